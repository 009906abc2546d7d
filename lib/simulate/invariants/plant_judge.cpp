// The judging half of PlantInvariants: every request, every step of the battery, and what stands between
// them.
#include "simulate/invariants/plant.hpp"

#include <fmt/format.h>
#include <limits>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

namespace hil::simulate {
namespace {

const char* yes_no(bool value) {
    return value ? "yes" : "no";
}

}  // namespace

// ---- every request ------------------------------------------------------------------------------------

void PlantInvariants::on_request(const modbus::Request& request, const modbus::Response& response) {
    if (foreign_) return;
    if (on_request_seen) on_request_seen(request, response);
    ++counters_.requests;
    Answer answer;
    switch (request.function) {
        case modbus::Function::read_input_registers:
            ++counters_.reads;
            if (response.exception == 0) note_read(0, 0);
            break;
        case modbus::Function::read_holding_registers:
            ++counters_.reads;
            if (response.exception == 0) {
                note_read(request.address, request.count);
                const auto end = static_cast<unsigned>(request.count);
                answer.p_right = p_.within(request.address, end) && right(p_, p_plan);
                answer.q_right =
                    (q_.point == nullptr || q_.within(request.address, end)) && right(q_, q_plan);
                if (enable_.within(request.address, end))
                    answer.enabled = std::abs(value(enable_) - 1.0) < 1e-9;
            }
            break;
        case modbus::Function::write_single_register:
            ++counters_.writes;
            judge_function(request);
            if (response.exception == 0) {
                note_written(request);
                judge_write(request.address, 1);
            }
            break;
        case modbus::Function::write_multiple_registers:
            ++counters_.writes;
            judge_function(request);
            if (response.exception == 0) {
                note_written(request);
                judge_write(request.address, static_cast<unsigned>(request.words.size()));
            }
            break;
        default:
            fail("limits", fmt::format("a request of function {} reached the plant",
                                       static_cast<int>(request.function)));
    }
    if (immediate_) {
        take(answer);
    } else {
        answers_.push_back(answer);
    }
}

// A value that the plant refused: whoever wants it taken has no second door.
void PlantInvariants::on_refused(const modbus::Request& request, const modbus::Response& response) {
    const bool for_its_sake = response.exception >= 2 && response.exception <= 4;
    if (!for_its_sake || request.words.empty()) return;
    device_limits(refusal_memory);
    refused_ = {request.address, request.words.front(), request.function, clock_.now()};
}

// What was refused keeps no plant from falling back.
void PlantInvariants::note_written(const modbus::Request& request) {
    const auto count = static_cast<unsigned>(request.words.size());
    if (p_.within(request.address, count)) p_written_at_ = clock_.now();
    if (q_.point != nullptr && q_.within(request.address, count)) q_written_at_ = clock_.now();
}

void PlantInvariants::judge_function(const modbus::Request& request) {
    const auto now = clock_.now();
    if (!refused_ || request.words.empty() || refused_->address != request.address ||
        refused_->word != request.words.front() || request.words.front() == 0)
        return;
    if (refused_->function != request.function && now - refused_->at < std::chrono::seconds(1))
        fail("refused",
             fmt::format("a value that function {} was refused was written with function {}",
                         static_cast<int>(refused_->function), static_cast<int>(request.function)));
}

bool PlantInvariants::fell_back(Instant written_at) const {
    return settings_.obeys_for && clock_.now() > written_at + *settings_.obeys_for;
}

void PlantInvariants::note_read(unsigned first, unsigned count) {
    if (enable_.within(first, count)) read_since_connect_ = true;
    read_at_ = clock_.now();
    const auto k = (clock_.wall_now() - settings_.grid) / settings_.sample_period;
    if (k >= 0) {
        const auto index = static_cast<std::size_t>(k);
        if (index >= reads_.size()) reads_.resize(index + 1);
        reads_[index] = true;
    }
    take_snapshot();
}

bool PlantInvariants::read_in(std::int64_t k) const {
    return k >= 0 && static_cast<std::size_t>(k) < reads_.size() && reads_[static_cast<std::size_t>(k)];
}

void PlantInvariants::take_snapshot() {
    const auto& bank = emulator_->bank();
    std::array<std::uint16_t, 32> words{};
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const auto& column = columns_[i];
        if (column.point == nullptr) continue;
        for (unsigned k = 0; k < column.words(); ++k)
            words[4 * i + k] = column.table(bank)[column.address() + k];
    }
    if (!snapshots_.empty() && words == last_words_) return;
    last_words_ = words;
    Snapshot snapshot{.at = clock_.wall_now(), .values = {}};
    for (std::size_t i = 0; i < columns_.size(); ++i)
        snapshot.values[i] =
            columns_[i].point == nullptr ? std::nan("") : columns_[i].known(bank).value_or(std::nan(""));
    snapshots_.push_back(snapshot);
}

void PlantInvariants::judge_write(unsigned first, unsigned count) {
    bool known = false;
    for (const auto& point : endpoint_.points) {
        const WatchedPoint watched(endpoint_, point);
        if (point.register_type == config::RegisterType::input || !watched.within(first, count)) continue;
        known = true;
        if (point.access == config::Access::read)
            fail("limits", fmt::format("{}, which is for reading, was written", point.name));
    }
    if (!known) fail("limits", fmt::format("register {} was written, which no point names", first));
    // A stop does not wait to look first.
    if (!read_since_connect_ && may_run_) {
        fail("reassert",
             fmt::format("register {} was written before anything was read after a reconnect", first));
    }
    const auto& limits = plant_.model.power_limits;
    if (p_.within(first, count)) judge_setpoint(p_, p_plan, limits.p_min_kw, limits.p_max_kw);
    if (q_.within(first, count)) judge_setpoint(q_, q_plan, limits.q_min_kvar, limits.q_max_kvar);
    settle();
    if (enable_.within(first, count) && std::abs(value(enable_)) > 1e-9 && !may_run_ &&
        clock_.now() > may_run_since_) {
        fail("stop", "the plant was enabled though it was stopped and not started since");
    }
}

void PlantInvariants::judge_setpoint(const WatchedPoint& point, const PlanMemory& plan, double low,
                                     double high) {
    const double written = value(point);
    const auto& name = point.point->name;
    if (written < std::min(low, 0.0) - 1e-9 || written > std::max(high, 0.0) + 1e-9) {
        fail("limits", fmt::format("{} = {:g} is outside {:g}..{:g}", name, written, low, high));
        return;
    }
    if (std::abs(written) < 1e-9) return;
    const auto now = clock_.now();
    if (!may_run_ && now > may_run_since_) {
        fail("stop", fmt::format("{} = {:g} was written though the plant was stopped and not started since",
                                 name, written));
        return;
    }
    if (!dispatch_enabled_ && now > dispatch_since_ + timeout_) {
        fail("stop", fmt::format("{} = {:g} was written though dispatch is off", name, written));
        return;
    }
    if (seen_disabled_ && operations_ == 0 && !settings_.restarts_by_itself &&
        now > *seen_disabled_ + settings_.dispatch_period + timeout_) {
        fail("stop",
             fmt::format("{} = {:g} was written to a plant that was read as not enabled", name, written));
        return;
    }
    const auto wall = clock_.wall_now();
    if (!planned(point, written, plan.values(wall - timeout_, wall))) {
        fail("plan",
             fmt::format("{} = {:g} was written, the plan says {:g}", name, written, plan.value(wall)));
    }
}

// ---- the battery --------------------------------------------------------------------------------------

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

// ---- between the requests -----------------------------------------------------------------------------

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
    if (!shown.connected) {
        if (quiet > longest_back_off + 4 * endpoint_.timeout)
            fail("reconnect",
                 fmt::format("no link for {:.0f} s in which nothing disturbed it", to_seconds(quiet)));
    } else if (quiet > settings_.dispatch_period + slack && operations_ == 0) {
        const auto wall = clock_.wall_now();
        if (wanted_ == Wanted::running && !runs()) {
            fail("reassert", "the plant does not run though it was started and nothing disturbed it");
        } else if (wanted_ == Wanted::running && dispatch_enabled_ && !bends()) {
            // What changed by itself a moment ago is still on its way.
            const auto since = wall - settings_.dispatch_period - slack;
            const auto stands = [&](const WatchedPoint& point, const PlanMemory& plan) {
                return right(point, plan) || planned(point, value(point), plan.values(since, wall));
            };
            if (!stands(p_, p_plan) || (q_.point != nullptr && !stands(q_, q_plan))) {
                fail("reassert",
                     fmt::format("the registers hold {:g} kW and {:g} kvar, the plan says {:g} and {:g}, and "
                                 "nothing disturbed the link for {:.1f} s",
                                 value(p_), value(q_), p_plan.value(wall), q_plan.value(wall),
                                 to_seconds(quiet)));
            }
        } else if (wanted_ == Wanted::stopped && runs() && quiet > longest_stop(now)) {
            fail("reassert", "the plant runs though it was stopped and nothing disturbed it");
        }
    }
    judge_hearing();
    judge_opposition(shown);
    judge_refresh(shown.connected);
    judge_taking(shown);
    if (shown.connected && operations_ == 0) judge_left(quiet);
    judge_knowing(shown, shown.connected && quiet > settings_.dispatch_period + slack && operations_ == 0 &&
                             wanted_ == Wanted::running);
    judge_following(shown, shown.connected && quiet > settings_.dispatch_period + slack && operations_ == 0 &&
                               wanted_ == Wanted::running && dispatch_enabled_ && right(p_, p_plan) &&
                               right(q_, q_plan));
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

void PlantInvariants::judge_opposition(const Shown& shown) {
    const auto now = clock_.now();
    const auto wall = clock_.wall_now();
    const bool judged =
        shown.connected && wanted_ == Wanted::running && dispatch_enabled_ && operations_ == 0 && runs();
    const auto one = [&](OppositionWatch& watch, const WatchedPoint& point, const PlanMemory& plan,
                         const std::string& alarm) {
        const auto values = plan.values(wall);
        const auto wrong = watch.inspect({.held = value(point),
                                          .plan = {values.data(), values.size()},
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
    const bool readable = std::ranges::all_of(endpoint_.start_sequence, [this](const auto& step) {
        const auto* point = endpoint_.find(step.point);
        return step.verify && point != nullptr && point->access != config::Access::write;
    });
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
                                        .readable = readable,
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
