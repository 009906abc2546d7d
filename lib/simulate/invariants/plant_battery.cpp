// The judging of every step of the battery by PlantInvariants: its energy and its power.
#include "simulate/invariants/plant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace hil::simulate {

// What a model without losses holds is the integral of its power.
void PlantInvariants::judge_flow(double energy_before_kwh, double hours) {
    constexpr double tolerance = 1e-6;
    const auto& output = emulator_->output();
    const double after = emulator_->energy_kwh();
    if (std::abs(energy_before_kwh - output.p_battery_kw * hours - after) > tolerance) {
        fail("energy", fmt::format("{:g} kW for {:g} s took the battery from {:.6f} to {:.6f} kWh",
                                   output.p_battery_kw, hours * 3600, energy_before_kwh, after));
    }
}

// One with losses accounts for them: what its cells held less what they hold is what left at the connection
// and what was lost since, and nothing that was lost comes back.
void PlantInvariants::judge_losses(const battery::Inside& inside, double hours) {
    if (!inside_) return;
    const double tolerance = 1e-8 * std::max(1.0, plant_.model.capacity_kwh);
    const double lost = inside.losses_kwh - inside_->losses_kwh;
    const double gone = inside_->stored_kwh - inside.stored_kwh;
    const double delivered = emulator_->output().p_poi_kw * hours;
    if (std::abs(gone - delivered - lost) > tolerance) {
        fail("energy", fmt::format("the cells gave {:.9f} kWh, of which {:.9f} left and {:.9f} were lost",
                                   gone, delivered, lost));
    }
    if (lost < -tolerance) fail("energy", fmt::format("{:.9f} kWh that were lost came back", -lost));
}

void PlantInvariants::on_step(double energy_before_kwh, Duration dt) {
    ++counters_.steps;
    settle();
    constexpr double tolerance = 1e-6;
    const auto& output = emulator_->output();
    const auto& model = plant_.model;
    const double hours = to_seconds(dt) / 3600.0;
    const double after = emulator_->energy_kwh();
    const auto inside = emulator_->model().inside();
    if (energy_kwh_ && std::abs(*energy_kwh_ - energy_before_kwh) > tolerance) {
        fail("energy",
             fmt::format("{:.6f} kWh became {:.6f} kWh between two steps", *energy_kwh_, energy_before_kwh));
    }
    energy_kwh_ = after;
    if (inside) {
        judge_losses(*inside, hours);
    } else {
        judge_flow(energy_before_kwh, hours);
    }
    inside_ = inside;
    if (after < -tolerance || after > model.capacity_kwh + tolerance)
        fail("energy", fmt::format("the battery holds {:.6f} kWh of {:g}", after, model.capacity_kwh));
    const bool running = runs();
    if (!running && (output.p_battery_kw != 0 || output.q_battery_kvar != 0))
        fail("energy", "a plant that does not run gives power");
    if (!running) return;
    const double p = fell_back(p_written_at_) ? 0.0 : value(p_);
    const double asked = std::min(std::max(p, model.power_limits.p_min_kw), model.power_limits.p_max_kw);
    const auto& emulation = model.emulation;
    const bool at_once = emulation.response_delay == Duration{} && !emulation.ramp_kw_per_s;
    if (asked != asked_kw_) {
        asked_kw_ = asked;
        asked_since_ = clock_.now();
    }
    const double flows = output.p_battery_kw;
    if (flows > model.power_limits.p_max_kw + tolerance || flows < model.power_limits.p_min_kw - tolerance) {
        fail("energy", fmt::format("{:g} kW flow, which is beyond the limits of the plant", flows));
    } else if (inside || !at_once) {
        // It may give less, and not at once; but not more, and not the other way round.
        const double range = model.power_limits.p_max_kw - model.power_limits.p_min_kw;
        const auto on_its_way = emulation.response_delay +
                                seconds(range / emulation.ramp_kw_per_s.value_or(1e12)) +
                                2 * settings_.plant_period;
        const bool arrived = clock_.now() - asked_since_ > on_its_way;
        if (arrived && (flows * asked < 0 || std::abs(flows) > std::abs(asked) + tolerance))
            fail("energy", fmt::format("{:g} kW flow though {:g} kW are asked for", flows, asked));
    } else if (std::abs(flows - asked) > 1e-6) {
        const bool at_end = asked > 0 ? after < tolerance : after > model.capacity_kwh - tolerance;
        if (!at_end) fail("energy", fmt::format("{:g} kW flow though {:g} kW are asked for", flows, asked));
    }
}

}  // namespace hil::simulate
