// plants.*.safety: what the safety monitor holds a plant against, and the limits it has unless told
// otherwise.
#include "config/describe.hpp"
#include "config/texts.hpp"

namespace hil::config {
namespace {

using namespace std::chrono_literals;

void window(Visitor& v, std::string_view name, std::string_view doc, std::string_view unit, SafetyWindow& w,
            Real range, bool* before_start = nullptr) {
    const auto key = [&](std::string_view what) { return std::string(what) + "_" + std::string(unit); };
    const std::string stop_min = key("stop_min"), derate_min = key("derate_min"), warn_min = key("warn_min"),
                      warn_max = key("warn_max"), derate_max = key("derate_max"), stop_max = key("stop_max"),
                      hysteresis = key("hysteresis");
    v.group({.name = name, .doc = doc}, [&] {
        v.real({.name = stop_min, .doc = "Below it the plant trips; null: never.", .nullable = true},
               w.stop_min, range);
        v.real({.name = derate_min,
                .doc = "Below it power is taken back, to nothing at the stop limit; null: never.",
                .nullable = true},
               w.derate_min, range);
        v.real({.name = warn_min, .doc = "Below it there is an alert; null: never.", .nullable = true},
               w.warn_min, range);
        v.real({.name = warn_max, .doc = "Above it there is an alert; null: never.", .nullable = true},
               w.warn_max, range);
        v.real({.name = derate_max,
                .doc = "Above it power is taken back, to nothing at the stop limit; null: never.",
                .nullable = true},
               w.derate_max, range);
        v.real({.name = stop_max, .doc = "Above it the plant trips; null: never.", .nullable = true},
               w.stop_max, range);
        v.real({.name = hysteresis, .doc = "How far within a limit the value must be to leave its stage."},
               w.hysteresis, {0, range.max});
        v.seconds({.name = "delay_s", .doc = "How long the value must be beyond a limit without a break."},
                  w.delay, {0, 3600});
        if (before_start != nullptr)
            v.flag({.name = "before_start",
                    .doc = "Looked at before a start, too; false for inverters that show no voltage until "
                           "they are started."},
                   *before_start);
    });
}

void times(Visitor& v, SafetyTimes& t, std::string_view derating) {
    constexpr Real range{0, 86'400};
    v.seconds({.name = "warn_s", .doc = "After so long there is an alert; null: never.", .nullable = true},
              t.warn, range);
    v.seconds({.name = "derate_s", .doc = derating, .nullable = true}, t.derate, range);
    v.seconds({.name = "stop_s", .doc = "After so long the plant trips; null: never.", .nullable = true},
              t.stop, range);
}

}  // namespace

PlantSafety::PlantSafety() {
    soc.stop_min = 0;
    soc.stop_max = 1;
    soc.delay = 5s;
    voltage.stop_min = 0.8;
    voltage.warn_min = 0.9;
    voltage.warn_max = 1.1;
    voltage.stop_max = 1.2;
    voltage.hysteresis = 0.01;
    voltage.delay = 2s;
    temperature.hysteresis = 2;
    temperature.delay = 5s;
    stale_data = {10s, 20s, 60s};
    setpoint_not_followed = {60s, std::nullopt, std::nullopt};
    link_lost = {10s, std::nullopt, std::nullopt};
}

void describe(Visitor& v, PlantSafety& safety) {
    constexpr std::string_view zero = "After so long the setpoint is 0; null: never.";
    v.seconds({.name = "poll_period_s", .doc = "How often the monitor reads the plant by itself."},
              safety.poll_period, {0.1, 60});
    window(v, "soc", "State of charge; derating takes back discharge below and charge above.", "pu",
           safety.soc, {0, 1});
    window(v, "voltage", "Voltage at the grid connection, in shares of model.poi_voltage_kv.", "pu",
           safety.voltage, {0, 10}, &safety.voltage_before_start);
    window(v, "temperature", "Temperature in degrees Celsius, where the map has the point.", "c",
           safety.temperature, {-100, 1000});
    v.text({.name = "temperature_point",
            .doc = "The point that gives the temperature; an endpoint without it is not watched for it."},
           safety.temperature_point, texts::point_name);
    v.group({.name = "stale_data", .doc = "The plant runs and is connected, and its values do not come."},
            [&] { times(v, safety.stale_data, zero); });
    v.group({.name = "setpoint_not_followed",
             .doc = "Power differs from the setpoint by more than the tolerance while dispatch is enabled."},
            [&] {
                times(v, safety.setpoint_not_followed, zero);
                v.real({.name = "tolerance_pu", .doc = "In shares of the power limits."},
                       safety.follow_tolerance_pu, {0, 10});
            });
    v.group(
        {.name = "link_lost",
         .doc = "The plant runs, or might, and cannot be reached. Without stop_s it is taken up again when "
                "the link returns."},
        [&] { times(v, safety.link_lost, zero); });
}

}  // namespace hil::config
