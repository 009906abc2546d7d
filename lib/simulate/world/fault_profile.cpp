#include "simulate/world/fault_profile.hpp"

#include "config/document.hpp"
#include "config/problems.hpp"

#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <string_view>

namespace hil::simulate {
namespace {

struct Key {
    std::string_view name;
    double FaultProfile::* member;
    double highest;
};

constexpr double often = 100'000;  // a day
constexpr double long_time = 86'400;

constexpr std::array keys{
    Key{"delay", &FaultProfile::delay, 1},
    Key{"drop", &FaultProfile::drop, 1},
    Key{"cut", &FaultProfile::cut, 1},
    Key{"wrong_id", &FaultProfile::wrong_id, 1},
    Key{"exception", &FaultProfile::exception, 1},
    Key{"longest_delay_s", &FaultProfile::longest_delay_s, long_time},
    Key{"refuse", &FaultProfile::refuse, 1},
    Key{"hang", &FaultProfile::hang, 1},
    Key{"resets", &FaultProfile::resets, often},
    Key{"outages", &FaultProfile::outages, often},
    Key{"restarts", &FaultProfile::restarts, often},
    Key{"overwrites", &FaultProfile::overwrites, often},
    Key{"commands", &FaultProfile::commands, often},
    Key{"plan_changes", &FaultProfile::plan_changes, often},
    Key{"longest_outage_s", &FaultProfile::longest_outage_s, long_time},
    Key{"meter_faults", &FaultProfile::meter_faults, often},
    Key{"ignored_writes", &FaultProfile::ignored_writes, often},
    Key{"device_limits", &FaultProfile::device_limits, often},
    Key{"device_roundings", &FaultProfile::device_roundings, often},
    Key{"late_setpoints", &FaultProfile::late_setpoints, often},
    Key{"device_watchdogs", &FaultProfile::device_watchdogs, 1},
    Key{"longest_meter_fault_s", &FaultProfile::longest_meter_fault_s, long_time},
    Key{"link_habits", &FaultProfile::link_habits, often},
    Key{"longest_habit_s", &FaultProfile::longest_habit_s, long_time},
    Key{"refusals", &FaultProfile::refusals, often},
    Key{"longest_refusal_s", &FaultProfile::longest_refusal_s, long_time},
    Key{"not_available", &FaultProfile::not_available, often},
    Key{"models", &FaultProfile::models, 1},
    Key{"maps", &FaultProfile::maps, 1},
    Key{"gateways", &FaultProfile::gateways, 1},
    Key{"devices", &FaultProfile::devices, 1},
    Key{"takings", &FaultProfile::takings, often},
    Key{"strangers", &FaultProfile::strangers, often},
    Key{"remotes", &FaultProfile::remotes, 1},
    Key{"transports", &FaultProfile::transports, often},
    Key{"site_commands", &FaultProfile::site_commands, often},
    Key{"emergency_stops", &FaultProfile::emergency_stops, often},
    Key{"crashes", &FaultProfile::crashes, often},
    Key{"restarts_in_order", &FaultProfile::restarts_in_order, often},
    Key{"longest_absence_s", &FaultProfile::longest_absence_s, long_time},
    Key{"platform", &FaultProfile::platform, 1},
    Key{"platform_outages", &FaultProfile::platform_outages, often},
    Key{"platform_denials", &FaultProfile::platform_denials, often},
    Key{"disk_failure", &FaultProfile::disk_failure, 1},
    Key{"disk_delay", &FaultProfile::disk_delay, 1},
    Key{"longest_disk_delay_s", &FaultProfile::longest_disk_delay_s, long_time},
    Key{"disk_hangs", &FaultProfile::disk_hangs, often},
    Key{"longest_disk_hang_s", &FaultProfile::longest_disk_hang_s, long_time},
};

}  // namespace

FaultProfile no_faults() {
    return {};
}

FaultProfile default_faults() {
    FaultProfile profile;
    profile.delay = 2e-3;
    profile.drop = 5e-4;
    profile.cut = 2e-4;
    profile.wrong_id = 2e-4;
    profile.exception = 5e-4;
    profile.longest_delay_s = 1.5;
    profile.refuse = 0.1;
    profile.hang = 0.05;
    profile.resets = 6;
    profile.outages = 6;
    profile.restarts = 3;
    profile.overwrites = 12;
    profile.commands = 16;
    profile.plan_changes = 8;
    profile.longest_outage_s = 120;
    profile.meter_faults = 6;
    profile.ignored_writes = 6;
    profile.longest_meter_fault_s = 600;
    profile.link_habits = 4;
    profile.longest_habit_s = 600;
    profile.not_available = 6;
    profile.models = 0.5;
    profile.maps = 0.3;
    profile.gateways = 0.2;
    profile.device_limits = 4;
    profile.device_roundings = 2;
    profile.late_setpoints = 3;
    profile.device_watchdogs = 0.2;
    profile.refusals = 24;
    profile.longest_refusal_s = 60;
    profile.takings = 2;
    profile.strangers = 2;
    profile.remotes = 0.2;
    profile.transports = 6;
    profile.site_commands = 4;
    profile.emergency_stops = 2;
    profile.crashes = 1;
    profile.restarts_in_order = 1;
    profile.longest_absence_s = 120;
    profile.platform = 0.05;
    profile.platform_outages = 2;
    profile.platform_denials = 2;
    profile.disk_failure = 0.02;
    profile.disk_delay = 0.05;
    profile.longest_disk_delay_s = 20;
    profile.disk_hangs = 2;
    profile.longest_disk_hang_s = 60;
    return profile;
}

std::variant<FaultProfile, std::vector<std::string>> load_faults(const std::string& name) {
    if (name == "none") return no_faults();
    if (name == "default") return default_faults();
    std::ifstream in(name, std::ios::binary);
    if (!in) return std::vector{fmt::format("{}: cannot be read", name)};
    std::ostringstream text;
    text << in.rdbuf();

    config::Problems problems(name);
    FaultProfile profile;
    if (const auto document = config::read_document(text.str(), problems)) {
        if (const auto* object = document->if_object()) {
            for (const auto& member : *object) {
                const std::string_view key(member.key().data(), member.key().size());
                const auto pointer = config::below("", key);
                const auto* known =
                    std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == key; });
                if (known == keys.end()) {
                    problems.add(pointer, "unknown key");
                    continue;
                }
                const auto& value = member.value();
                const double number = value.is_number() ? value.to_number<double>() : -1;
                if (!(number >= 0 && number <= known->highest)) {
                    problems.add(pointer, fmt::format("must be a number 0..{:g}", known->highest));
                    continue;
                }
                profile.*(known->member) = number;
            }
        } else {
            problems.add("", "must be an object");
        }
    }
    std::vector<std::string> sentences;
    for (const auto& problem : problems.take_problems())
        sentences.push_back(problem.message());
    if (!sentences.empty()) return sentences;
    return profile;
}

}  // namespace hil::simulate
