// Scenarios as text, read against a site of two plants.
#pragma once

#include "config/document.hpp"
#include "scenario/parser.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

#include <string>
#include <vector>

namespace hil::scenario {

inline const Zone& madrid() {
    static const Zone zone = Zone::find("Europe/Madrid").value();
    return zone;
}

inline Subject site() {
    Subject out{madrid(), {}, {"soc_pu", "p_poi_kw"}, {}, {}, {}};
    const std::vector<std::string> points{"p_setpoint", "q_setpoint", "enable", "soc", "p_battery", "p_poi"};
    out.plants = {{"lib", points, true}, {"vrfb", points, false}};
    out.refuse_fault = [](const boost::json::value& fault) -> std::optional<std::string> {
        const auto* object = fault.if_object();
        if (object != nullptr && object->contains("kind")) return std::nullopt;
        return "kind: must be one of those there are";
    };
    out.refuse_platform_faults = [](const boost::json::value&) { return std::nullopt; };
    return out;
}

struct Read {
    Scenario scenario;
    std::vector<std::string> problems;
};

inline Read read(const std::string& text) {
    config::Problems problems("s.json");
    Read out;
    if (const auto document = config::read_document(text, problems))
        out.scenario = parse(*document, site(), problems);
    for (const auto& problem : problems.take_problems())
        out.problems.push_back(problem.message());
    return out;
}

// Ten minutes from ten o'clock with these steps and expectations.
inline Read read(const std::string& steps, const std::string& expect, const std::string& more = "") {
    return read(R"({ "name": "s", "from": "2025-10-01T10:00:00", "duration": "10m", )" + more +
                R"("steps": [)" + steps + R"(], "expect": [)" + expect + "] }");
}

inline Scenario good(const std::string& steps, const std::string& expect, const std::string& more = "") {
    auto out = read(steps, expect, more);
    for (const auto& problem : out.problems)
        UNSCOPED_INFO(problem);
    REQUIRE(out.problems.empty());
    return out.scenario;
}

}  // namespace hil::scenario
