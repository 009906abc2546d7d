// Reads a scenario file. Every problem is found in one run, with its place, value and rule.
#pragma once

#include "base/zone.hpp"
#include "config/problems.hpp"
#include "scenario/scenario.hpp"

#include <boost/json/value.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hil::scenario {

// What the file is about: the site as the configuration describes it, the scenario's own changes included.
struct Subject {
    struct Plant {
        std::string id;
        std::vector<std::string> points;
        bool has_poi = false;  // battery and POI are measured apart
    };
    const Zone& zone;
    std::vector<Plant> plants;
    std::vector<std::string_view> columns;  // of a recording
    // The sentence a fault, or what the platform is told, is refused with. Both must be set.
    std::function<std::optional<std::string>(const boost::json::value&)> refuse_fault, refuse_platform_faults;
    std::filesystem::path directory;  // plan files are relative to it

    [[nodiscard]] const Plant* find(std::string_view id) const;
    [[nodiscard]] std::vector<std::string> ids() const;
};

// The members that change the configuration for this scenario: `config` of the service and of what its plants
// are, `devices` of the plants alone, which then are not what the service takes them for. Null where missing;
// a problem where they are no objects.
struct Changes {
    const boost::json::object* config = nullptr;
    const boost::json::object* devices = nullptr;  // by plant
};
Changes changes_of(const boost::json::value& document, config::Problems& problems);
// Puts `changes` over `document`: objects member by member, everything else replaces.
void merge(boost::json::object& document, const boost::json::object& changes);

// Kinds of commands a scenario may ask for.
std::span<const std::string_view> command_kinds();

// Meaningful only when no problem was added.
Scenario parse(const boost::json::value& document, const Subject& subject, config::Problems& problems);

}  // namespace hil::scenario
