// The judging of PlantInvariants between the requests: what stands in the registers and is shown by the
// service.
#include "simulate/invariants/plant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace hil::simulate {
namespace {

const char* yes_no(bool value) {
    return value ? "yes" : "no";
}

}  // namespace

// A safe stop waits for the power to go down that the meters show, broken ones too, or cannot tell.
Duration PlantInvariants::longest_stop(Instant now) {
    constexpr double none = 1;  // kW, kvar
    constexpr auto longest_decay = std::chrono::seconds(30);
    const auto shown = [&](const WatchedPoint& meter) {
        if (meter.point == nullptr) return false;
        const auto power = meter.known(emulator_->bank());
        return !power || std::abs(*power) >= none;
    };
    if (shown(p_meter_) || shown(q_meter_)) power_shown_at_ = now;
    const auto usual = settings_.dispatch_period + 2 * settings_.plant_period + timeout_;
    return now - power_shown_at_ > usual ? usual : usual + longest_decay;
}

void PlantInvariants::inspect(const Shown& shown) {
    ++counters_.inspections;
    constexpr auto slack = std::chrono::milliseconds(100);
    constexpr auto longest_back_off = std::chrono::seconds(30);
    const auto now = clock_.now();
    const auto quiet = now - quiet_since_;
    const bool running = runs(), p_right = right(p_, p_plan), q_right = right(q_, q_plan);
    if (!shown.connected) {
        if (quiet > longest_back_off + 4 * endpoint_.timeout)
            fail("reconnect",
                 fmt::format("no link for {:.0f} s in which nothing disturbed it", to_seconds(quiet)));
    } else if (quiet > settings_.dispatch_period + slack && operations_ == 0) {
        const auto wall = clock_.wall_now();
        if (wanted_ == Wanted::running && !running) {
            fail("reassert", "the plant does not run though it was started and nothing disturbed it");
        } else if (wanted_ == Wanted::running && dispatch_enabled_ && !bends()) {
            // What changed by itself a moment ago is still on its way.
            const auto since = wall - settings_.dispatch_period - slack;
            const auto stood = [&](const WatchedPoint& point, const PlanMemory& plan) {
                return planned(point, value(point), plan.values(since, wall));
            };
            if ((!p_right && !stood(p_, p_plan)) || (!q_right && !stood(q_, q_plan))) {
                fail("reassert",
                     fmt::format("the registers hold {:g} kW and {:g} kvar, the plan says {:g} and {:g}, and "
                                 "nothing disturbed the link for {:.1f} s",
                                 value(p_), value(q_), p_plan.value(wall), q_plan.value(wall),
                                 to_seconds(quiet)));
            }
        } else if (wanted_ == Wanted::stopped && running && quiet > longest_stop(now)) {
            fail("reassert", "the plant runs though it was stopped and nothing disturbed it");
        }
    }
    judge_hearing();
    judge_opposition(shown, running);
    judge_refresh(shown.connected);
    judge_taking(shown);
    if (shown.connected && operations_ == 0) judge_left(quiet);
    judge_knowing(shown, shown.connected && quiet > settings_.dispatch_period + slack && operations_ == 0 &&
                             wanted_ == Wanted::running);
    judge_following(shown, shown.connected && quiet > settings_.dispatch_period + slack && operations_ == 0 &&
                               wanted_ == Wanted::running && dispatch_enabled_ && p_right && q_right);
    const auto unconfirmed = now - std::max(readable_since_, std::min(p_confirmed_at_, q_confirmed_at_));
    const auto bound = settings_.unconfirmed_alarm + settings_.dispatch_period + timeout_;
    if (wanted_ == Wanted::running && dispatch_enabled_ && operations_ == 0 && !shown.unconfirmed_alarm &&
        unconfirmed > bound) {
        fail("unconfirmed", fmt::format("no read confirmed the setpoints for {:.0f} s and there is no alarm",
                                        to_seconds(unconfirmed)));
    }
}

void PlantInvariants::judge_hearing() {
    const auto now = clock_.now();
    if (!served_ || !habit_until_ || now >= *habit_until_) return;
    const auto since = std::max(alone_since_, read_at_);
    if (now - since <= habit_bound_) return;
    fail("heard", fmt::format("nothing was read for {:.1f} s from a plant that closes idle connections and "
                              "answers on new ones",
                              to_seconds(now - since)));
    alone_since_ = now;
}

void PlantInvariants::judge_opposition(const Shown& shown, bool running) {
    const auto now = clock_.now();
    const auto wall = clock_.wall_now();
    const bool judged =
        shown.connected && wanted_ == Wanted::running && dispatch_enabled_ && operations_ == 0 && running;
    const auto one = [&](OppositionWatch& watch, const WatchedPoint& point, const PlanMemory& plan,
                         const std::string& alarm) {
        const auto only = plan.standing(wall);
        PlanMemory::Values several;
        if (!only) several = plan.values(wall);
        const auto wrong =
            watch.inspect({.held = value(point),
                           .plan = only ? std::span(&*only, 1) : std::span<const double>(several),
                           .judged = judged,
                           .undisturbed_since = link_quiet_since_,
                           .device_delay = now < late_until_ ? late_ : Duration::zero(),
                           .alarm = alarm},
                          now);
        if (wrong) fail("opposed", point.point->name + ": " + *wrong);
    };
    one(p_opposition_, p_, p_plan, shown.p_opposed);
    if (q_.point != nullptr) one(q_opposition_, q_, q_plan, shown.q_opposed);
}

void PlantInvariants::judge_refresh(bool connected) {
    if (!connected || !settings_.obeys_for || wanted_ != Wanted::running || !dispatch_enabled_ ||
        operations_ > 0)
        return;
    const auto now = clock_.now();
    if (now - quiet_since_ < *settings_.obeys_for + settings_.dispatch_period) return;
    if (fell_back(p_written_at_) || (q_.point != nullptr && fell_back(q_written_at_)))
        fail("refreshed",
             fmt::format("the plant fell back: its setpoints were written {:.1f} s and {:.1f} s ago",
                         to_seconds(now - p_written_at_), to_seconds(now - q_written_at_)));
}

void PlantInvariants::judge_taking(const Shown& shown) {
    const bool judged = shown.connected && shown.dispatching && operations_ == 0 && !bends();
    // A register of 0 may be a command that has cleared itself, or one that was never given to a plant that
    // was found running: that tells of nobody.
    const bool ours = std::ranges::all_of(run_rule_, [this](const auto& rule) {
        const double held = value(rule.first);
        return std::abs(held - rule.second) < 1e-9 || std::abs(held) < 1e-9;
    });
    const auto wrong = taking_.inspect({.judged = judged,
                                        .enabled = enabled(),
                                        .ours = ours,
                                        .readable = readable_start_,
                                        .asked_kw = value(p_),
                                        .shown_kw = value(p_meter_),
                                        .soc_pu = value(soc_),
                                        .alarm = shown.idle_alarm,
                                        .undisturbed_since = std::max(quiet_since_, link_quiet_since_)},
                                       clock_.now());
    if (wrong) fail(wrong->invariant, wrong->text);
}

// The steps of the stop sequence; of several writes of one register the last one.
void PlantInvariants::judge_left(Duration quiet) {
    constexpr auto longest_pause = std::chrono::seconds(10);
    if (!left_ || settings_.restarts_by_itself || quiet < longest_stop(clock_.now()) + longest_pause) return;
    std::map<std::string, double> wanted;
    for (const auto& step : endpoint_.stop_sequence)
        wanted[step.point] = step.value;
    for (const auto& [name, held] : wanted) {
        const auto point = watch(endpoint_, name);
        if (!point || std::abs(value(*point) - held) < 1e-9) continue;
        left_ = false;
        fail("left", fmt::format("{} holds {:g}, a stop writes {:g}, and nothing disturbed it for {:.0f} s",
                                 name, value(*point), held, to_seconds(quiet)));
        return;
    }
}

// What stands in the registers has long arrived, and the meters tell of something else.
bool PlantInvariants::astray() const {
    // What no meter shows, nobody can hold against the setpoint.
    const auto& bank = emulator_->bank();
    if (!p_meter_.known(bank) || (q_meter_.point != nullptr && !q_meter_.known(bank))) return false;
    const auto& limits = plant_.model.power_limits;
    constexpr double margin = 0.01;  // of resolution and of what the service rounds otherwise
    const auto far = [&](const WatchedPoint& meter, const WatchedPoint& setpoint, double most, double least) {
        const double range = std::max(std::abs(most), std::abs(least));
        return std::abs(value(meter) - value(setpoint)) >
               range * (plant_.safety.follow_tolerance_pu + margin);
    };
    // An empty battery gives nothing and a full one takes nothing.
    const double soc = value(soc_), asked = value(p_);
    const bool at_end = (soc < 0.01 && asked > 0) || (soc > 0.99 && asked < 0);
    return (!at_end && far(p_meter_, p_, limits.p_max_kw, limits.p_min_kw)) ||
           (q_.point != nullptr && q_meter_.point != nullptr &&
            far(q_meter_, q_, limits.q_max_kvar, limits.q_min_kvar));
}

// Setpoint and meters that agree for a moment between two inspections end what was astray.
void PlantInvariants::settle() {
    if (astray_since_ && !astray()) astray_since_.reset();
}

// Something that safety looks at is in registers that say nothing.
bool PlantInvariants::blind() const {
    const auto& bank = emulator_->bank();
    const auto limited = [](const config::SafetyWindow& w) {
        return w.stop_min || w.stop_max || w.warn_min || w.warn_max || w.derate_min || w.derate_max;
    };
    return (limited(plant_.safety.soc) && !soc_.known(bank)) ||
           (limited(plant_.safety.voltage) && !v_.known(bank)) || !p_meter_.known(bank) ||
           (q_.point != nullptr && q_meter_.point != nullptr && !q_meter_.known(bank));
}

void PlantInvariants::judge_knowing(const Shown& shown, bool settled) {
    const auto now = clock_.now();
    if (!settled || shown.stale_alarm || !plant_.safety.stale_data.warn || !blind()) {
        blind_since_.reset();
        return;
    }
    if (!blind_since_) blind_since_ = now;
    const auto bound =
        *plant_.safety.stale_data.warn + 2 * plant_.safety.poll_period + settings_.dispatch_period + timeout_;
    if (now - *blind_since_ <= bound) return;
    fail("stale", fmt::format("what safety looks at is not known for {:.0f} s, and there is no alarm",
                              to_seconds(now - *blind_since_)));
    blind_since_.reset();
}

void PlantInvariants::judge_following(const Shown& shown, bool settled) {
    const auto now = clock_.now();
    if (!settled || shown.astray_alarm || !plant_.safety.setpoint_not_followed.warn || !astray()) {
        astray_since_.reset();
        return;
    }
    if (!astray_since_) astray_since_ = now;
    const auto bound =
        *plant_.safety.setpoint_not_followed.warn + 2 * plant_.safety.poll_period + settings_.dispatch_period;
    if (now - *astray_since_ > bound) {
        fail("followed",
             fmt::format("the meters show {:g} kW and {:g} kvar, {:g} and {:g} are asked for since "
                         "{:.0f} s, and there is no alarm",
                         value(p_meter_), value(q_meter_), value(p_), value(q_),
                         to_seconds(now - *astray_since_)));
        astray_since_.reset();
    }
}

std::string PlantInvariants::state_text(const plant_sim::Emulator* emulator) const {
    const auto wall = clock_.wall_now();
    const auto unknown = std::numeric_limits<double>::quiet_NaN();  // no emulator of this process
    return fmt::format(
        "wanted {}, gate {}, plan {:g} kW {:g} kvar; registers {:g} kW {:g} kvar, runs {}; {:.3f} kWh, {:g} "
        "kW; "
        "undisturbed for {:.1f} s, confirmed {:.1f} s ago",
        wanted_ == Wanted::running   ? "running"
        : wanted_ == Wanted::stopped ? "stopped"
                                     : "nothing known",
        dispatch_enabled_ ? "open" : "closed", p_plan.value(wall), q_plan.value(wall), value(p_), value(q_),
        yes_no(runs()), emulator ? emulator->energy_kwh() : unknown,
        emulator ? emulator->output().p_battery_kw : unknown, to_seconds(clock_.now() - quiet_since_),
        to_seconds(clock_.now() - std::min(p_confirmed_at_, q_confirmed_at_)));
}

}  // namespace hil::simulate
