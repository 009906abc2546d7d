#include "observe/alert_causes.hpp"

#include <array>
#include <string_view>

namespace hil::observe {
namespace {

// Keys without the plant before them. A consequence that ends with / stands for all that begin so.
struct Rule {
    std::string_view cause, consequence;
};
constexpr std::array rules{
    Rule{"link", "safety/link_lost"},
    Rule{"link", "safety/stale_data"},
    Rule{"link", "safety/setpoint_not_followed"},
    Rule{"link", "setpoint"},
    Rule{"link", "idle"},
    Rule{"link", "plan_not_feasible"},
    Rule{"link", "opposed/"},
    Rule{"link", "device_limit/"},
    Rule{"link", "reading/"},
    Rule{"safety/link_lost", "safety/stale_data"},
    Rule{"safety/link_lost", "safety/setpoint_not_followed"},
    Rule{"safety/link_lost", "setpoint"},
    Rule{"safety/link_lost", "plan_not_feasible"},
    Rule{"reading/soc", "safety/stale_data"},
    Rule{"reading/v_poi", "safety/stale_data"},
    Rule{"reading/p_battery", "safety/stale_data"},
    Rule{"reading/q_battery", "safety/stale_data"},
    Rule{"safety/stale_data", "safety/setpoint_not_followed"},
    Rule{"safety/stale_data", "setpoint"},
    Rule{"safety/stale_data", "plan_not_feasible"},
    Rule{"expect", "setpoint"},
    Rule{"expect", "safety/setpoint_not_followed"},
    Rule{"expect", "idle"},
    Rule{"expect", "plan_not_feasible"},
    Rule{"safety/soc_low", "plan_not_feasible"},
    Rule{"safety/soc_low", "safety/setpoint_not_followed"},
    Rule{"safety/soc_high", "plan_not_feasible"},
    Rule{"safety/soc_high", "safety/setpoint_not_followed"},
    Rule{"device_limit/p_setpoint", "safety/setpoint_not_followed"},
    Rule{"device_limit/p_setpoint", "plan_not_feasible"},
    Rule{"opposed/p_setpoint", "safety/setpoint_not_followed"},
    Rule{"opposed/p_setpoint", "plan_not_feasible"},
    Rule{"setpoint", "safety/setpoint_not_followed"},
    Rule{"setpoint", "idle"},
    Rule{"setpoint", "plan_not_feasible"},
    Rule{"idle", "safety/setpoint_not_followed"},
    Rule{"idle", "plan_not_feasible"},
    Rule{"plan_not_feasible", "safety/setpoint_not_followed"},
    Rule{"recording/disk", "recording"},
    Rule{"data_directory", "recording/disk"},
    Rule{"data_directory", "recording"},
    Rule{"data_directory", "schedules/saved"},
    Rule{"data_directory", "safety/saved"},
    Rule{"data_directory", "database/"},
    Rule{"data_directory", "history"},
    Rule{"data_directory", "history/"},
    Rule{"market/login", "market/"},
    Rule{"market/fetch", "market/post"},
};

std::string_view without_plant(const Alert& alert) {
    std::string_view key = alert.key;
    if (!alert.plant.empty() && key.starts_with(alert.plant + "/")) key.remove_prefix(alert.plant.size() + 1);
    return key;
}

bool matches(std::string_view key, std::string_view pattern) {
    return pattern.ends_with('/') ? key.starts_with(pattern) : key == pattern;
}

using Active = std::vector<Alert>;
constexpr auto nowhere = static_cast<std::size_t>(-1);

std::size_t direct_cause(const Active& active, std::size_t of) {
    const auto key = without_plant(active[of]);
    for (const auto& rule : rules) {
        if (!matches(key, rule.consequence) || key == rule.cause) continue;
        for (std::size_t i = 0; i < active.size(); ++i) {
            const bool of_mine = active[i].plant.empty() || active[i].plant == active[of].plant;
            if (i != of && of_mine && without_plant(active[i]) == rule.cause) return i;
        }
    }
    return nowhere;
}

}  // namespace

std::vector<std::string> alert_causes(const Active& active) {
    std::vector<std::string> out(active.size());
    for (std::size_t i = 0; i < active.size(); ++i) {
        // The rules have no circle: each cause comes before its consequences.
        for (auto cause = direct_cause(active, i); cause != nowhere; cause = direct_cause(active, cause))
            out[i] = active[cause].key;
    }
    return out;
}

}  // namespace hil::observe
