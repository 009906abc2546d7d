#include "planner/projected_battery.hpp"

#include "battery/battery_model.hpp"
#include "support/catch.hpp"

#include <cmath>

using namespace hil;
using namespace hil::planner;
using namespace hil::schedule;
using namespace std::chrono_literals;

namespace {

config::PlantModel model_of(config::BatteryKind kind) {
    config::PlantModel model;
    model.capacity_kwh = 400;
    model.power_limits = {160, -160, 64, -64};
    model.poi_voltage_kv = 0.22;
    model.emulation.kind = kind;
    return model;
}

const WallTime start = std::chrono::sys_days{std::chrono::year{2025} / 10 / 1};

schedule::EffectiveSegment segment(WallTime from, WallTime to, double p_kw) {
    schedule::EffectiveSegment out{from, to, {}, {}};
    out.p.value = p_kw;
    return out;
}

// Down by two hours of half power and up again.
std::vector<schedule::EffectiveSegment> round_trip() {
    return {segment(start, start + 2h, 80), segment(start + 2h, start + 4h, -80)};
}

}  // namespace

TEST_CASE("a projection agrees with the emulator that dispatch will drive") {
    const auto kind = GENERATE(config::BatteryKind::li_ion, config::BatteryKind::vrfb);
    auto model = model_of(kind);
    model.emulation.response_delay = 2s;
    model.emulation.ramp_kw_per_s = 5;
    const auto projection = planner::project(round_trip(), model, 0.8, projected_battery);

    const auto emulated = battery::make_model(model, 0.8);
    double out = 0, in = 0, soc = 0;
    for (const auto& s : round_trip()) {
        for (auto t = s.from; t < s.to; t += 2s) {
            const auto output = emulated->advance({.p_kw = s.p.value, .q_kvar = 0, .running = true}, 2s);
            const double kwh = output.p_battery_kw * 2 / 3600;
            (kwh > 0 ? out : in) += std::abs(kwh);
            soc = output.soc_pu;
        }
    }
    CHECK(projection.soc_end == Approx(soc).margin(2e-3));
    CHECK(projection.energy_out_kwh == Approx(out).epsilon(5e-3));
    CHECK(projection.energy_in_kwh == Approx(in).epsilon(5e-3));
    // And not with an ideal battery, which would be where it was.
    CHECK(projection.soc_end < 0.795);
}

TEST_CASE("near its end a flow battery gives less, and the projection knows") {
    const std::vector schedule{segment(start, start + 3h, 160)};
    const auto projection =
        planner::project(schedule, model_of(config::BatteryKind::vrfb), 0.5, projected_battery);
    CHECK(projection.soc_end >= 0);
    CHECK(projection.energy_out_kwh < 200);
    CHECK(projection.pieces.back().bound == -1);
    CHECK(projection.pieces.back().delivered_kw < 80);
}

TEST_CASE("an ideal battery and a recording are projected as ideal ones") {
    CHECK(projected_battery(model_of(config::BatteryKind::ideal), 0.5) == nullptr);
    CHECK(projected_battery(model_of(config::BatteryKind::replay), 0.5) == nullptr);
    CHECK(battery_text(model_of(config::BatteryKind::ideal)) == "ideal, without losses");
    CHECK(battery_text(model_of(config::BatteryKind::vrfb)) == "vrfb, with its losses");
    CHECK(battery_text(model_of(config::BatteryKind::li_ion)) == "li_ion (lfp), with its losses");
}
