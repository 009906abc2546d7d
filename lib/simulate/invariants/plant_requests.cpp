// The judging of every request by PlantInvariants: what is read and written, and what a plant refuses.
#include "simulate/invariants/plant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

namespace hil::simulate {

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
    for (const auto& [table, address, place] : cells_)
        words[place] = (table == config::RegisterType::input ? bank.input : bank.holding)[address];
    if (!snapshots_.empty() && words == last_words_) return;
    last_words_ = words;
    Snapshot snapshot{.at = clock_.wall_now(), .values = {}};
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t i = 0; i < columns_.size(); ++i)
        snapshot.values[i] =
            columns_[i].point == nullptr ? unknown : columns_[i].known(bank).value_or(unknown);
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
    // An emergency stop does not ask first.
    if (exchanged_ && !(forbidden && forbidden()))
        fail("expected", fmt::format("register {} was written though another device answers", first));
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

}  // namespace hil::simulate
