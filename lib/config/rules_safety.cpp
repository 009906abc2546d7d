#include "config/describe.hpp"
#include "config/rules.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace hil::config {
namespace {

// The limits of a window stand in this order, from the lowest up; derating needs a stop to end at.
void safety_window(const SafetyWindow& w, const std::string& where, const char* unit, Problems& problems) {
    const auto at = [&](const char* key) { return fmt::format("{}/{}_{}", where, key, unit); };
    const std::vector<std::pair<const char*, std::optional<double>>> order{
        {"stop_min", w.stop_min}, {"derate_min", w.derate_min}, {"warn_min", w.warn_min},
        {"warn_max", w.warn_max}, {"derate_max", w.derate_max}, {"stop_max", w.stop_max}};
    const std::pair<const char*, std::optional<double>>* below = nullptr;
    for (const auto& limit : order) {
        if (!limit.second) continue;
        if (below != nullptr && *limit.second < *below->second)
            problems.add_unless_wrong(at(limit.first), {at(below->first)},
                                      fmt::format("must not be below {}_{} ({}), got {}", below->first, unit,
                                                  *below->second, *limit.second));
        below = &limit;
    }
    if (w.derate_min && (!w.stop_min || !(*w.stop_min < *w.derate_min)))
        problems.add_unless_wrong(at("derate_min"), {at("stop_min")},
                                  fmt::format("needs a stop_min_{} below it, where power ends", unit));
    if (w.derate_max && (!w.stop_max || !(*w.stop_max > *w.derate_max)))
        problems.add_unless_wrong(at("derate_max"), {at("stop_max")},
                                  fmt::format("needs a stop_max_{} above it, where power ends", unit));
}

void safety_times(const SafetyTimes& t, const std::string& where, Problems& problems) {
    const std::pair<const char*, std::optional<Duration>> order[] = {
        {"warn_s", t.warn}, {"derate_s", t.derate}, {"stop_s", t.stop}};
    const std::pair<const char*, std::optional<Duration>>* before = nullptr;
    for (const auto& stage : order) {
        if (!stage.second) continue;
        if (before != nullptr && *stage.second < *before->second)
            problems.add_unless_wrong(where + "/" + stage.first, {where + "/" + before->first},
                                      fmt::format("must not be below {} ({}), got {}", before->first,
                                                  to_seconds(*before->second), to_seconds(*stage.second)));
        before = &stage;
    }
}

}  // namespace

void check_safety(const PlantSafety& safety, const std::string& pointer, Problems& problems) {
    safety_window(safety.soc, pointer + "/soc", "pu", problems);
    safety_window(safety.voltage, pointer + "/voltage", "pu", problems);
    safety_window(safety.temperature, pointer + "/temperature", "c", problems);
    safety_times(safety.stale_data, pointer + "/stale_data", problems);
    safety_times(safety.setpoint_not_followed, pointer + "/setpoint_not_followed", problems);
    safety_times(safety.link_lost, pointer + "/link_lost", problems);
}

}  // namespace hil::config
