#include "control/trip_machine.hpp"

#include "base/mutation.hpp"
#include "control/safety_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::control {
namespace {

constexpr std::array stages{Stage::warn, Stage::derate, Stage::stop};

constexpr Stage below(Stage stage) {
    return static_cast<Stage>(static_cast<int>(stage) - 1);
}

}  // namespace

// One end of a window: values are turned round for the upper one, so that "beyond" is always "less".
struct TripMachine::Side {
    Condition condition;
    Watched what;
    bool upper;
    std::optional<double> warn, derate, stop;
    double hysteresis;
    Duration delay;

    [[nodiscard]] std::optional<double> limit(Stage stage) const {
        return stage == Stage::warn ? warn : stage == Stage::derate ? derate : stop;
    }
    [[nodiscard]] bool beyond(double value, double limit) const {
        return upper ? value > limit : value < limit;
    }
    [[nodiscard]] bool within(double value, double limit) const {
        return upper ? value <= limit - hysteresis : value >= limit + hysteresis;
    }
    [[nodiscard]] std::string reason(double value, Stage stage) const {
        return limit_text(what, value, upper, stage, *limit(stage));
    }
};

struct TripMachine::Trouble {
    Condition condition;
    std::string_view what;
    const config::SafetyTimes& times;
    bool on;
    bool over;

    [[nodiscard]] std::optional<Duration> limit(Stage stage) const {
        return stage == Stage::warn ? times.warn : stage == Stage::derate ? times.derate : times.stop;
    }
};

TripMachine::TripMachine(const config::PlantSafety& limits) : limits_(limits) {}

void TripMachine::restore(Condition condition, std::string reason) {
    auto& state = states_[index(condition)];
    state.tripped = true;
    state.reason = std::move(reason);
}

void TripMachine::heal(Condition condition, double soc_pu) {
    auto& state = states_[index(condition)];
    state.heals_from = soc_pu;
    if (state.live >= Stage::stop) return;
    state.left = 0;
    settle(state, Stage::derate, value_text(Watched::soc, soc_pu) + " is beyond its limit");
}

std::vector<StageChange> TripMachine::observe(const Observation& seen, Instant now) {
    std::array<Stage, condition_count> before{};
    for (std::size_t i = 0; i < condition_count; ++i)
        before[i] = stage(static_cast<Condition>(i));

    const auto both = [&](Condition low, Condition high, Watched what, const config::SafetyWindow& w,
                          std::optional<double> value) {
        window({low, what, false, w.warn_min, w.derate_min, w.stop_min, w.hysteresis, w.delay},
               {high, what, true, w.warn_max, w.derate_max, w.stop_max, w.hysteresis, w.delay},
               seen.fresh ? value : std::nullopt, seen.active, now);
    };
    both(Condition::soc_low, Condition::soc_high, Watched::soc, limits_.soc, seen.soc_pu);
    both(Condition::voltage_low, Condition::voltage_high, Watched::voltage, limits_.voltage,
         mutated(Mutation::voltage_not_watched) ? std::nullopt : seen.voltage_pu);
    both(Condition::temperature_low, Condition::temperature_high, Watched::temperature, limits_.temperature,
         seen.temperature_c);
    const bool known = seen.connected && seen.fresh;
    // A device that shows nothing of itself has done so since before the start, too.
    const bool in_the_dark = !seen.unknown.empty() && !mutated(Mutation::unknown_not_stale);
    const bool blind = !seen.fresh || in_the_dark;
    const auto unknown =
        seen.fresh && in_the_dark ? fmt::format("{} cannot be known", seen.unknown) : std::string();
    const std::string_view what = seen.fresh ? std::string_view(unknown) : "values do not come";
    trouble({Condition::stale_data, what, limits_.stale_data,
             seen.connected && ((seen.active && !seen.fresh) || in_the_dark), seen.connected && !blind},
            seen.active, now);
    trouble({Condition::link_lost, "the link is lost", limits_.link_lost, seen.active && !seen.connected,
             seen.connected},
            seen.active, now);
    const bool astray = known && !mutated(Mutation::power_not_watched) && seen.deviation_pu &&
                        *seen.deviation_pu > limits_.follow_tolerance_pu;
    // Unseen power follows no better than before.
    if ((known && seen.power_seen) || !seen.active) {
        trouble({Condition::setpoint_not_followed, "the setpoint is not followed",
                 limits_.setpoint_not_followed, seen.active && astray, !astray},
                seen.active, now);
    }

    std::vector<StageChange> changes;
    for (std::size_t i = 0; i < condition_count; ++i) {
        const auto condition = static_cast<Condition>(i);
        const auto after = stage(condition);
        if (after != before[i]) changes.push_back({condition, before[i], after, states_[i].reason});
    }
    return changes;
}

void TripMachine::window(const Side& low, const Side& high, std::optional<double> value, bool active,
                         Instant now) {
    if (!value) return;  // what is not seen stays as it was
    side(low, *value, active, now);
    side(high, *value, active, now);
}

void TripMachine::side(const Side& side, double value, bool active, Instant now) {
    auto& state = states_[index(side.condition)];
    Stage reached = Stage::normal;
    for (const auto stage : stages) {
        auto& since = state.beyond_since[static_cast<std::size_t>(stage)];
        const auto limit = side.limit(stage);
        if (!limit || !side.beyond(value, *limit)) {
            since.reset();
        } else {
            if (!since) since = now;
            if (now - *since >= side.delay) reached = stage;
        }
    }
    state.over = !side.stop || side.within(value, *side.stop);
    if (healing(state, side, value, active)) {
        state.left = 0;
        settle(state, Stage::derate, side.reason(value, Stage::stop));
        return;
    }

    // A stage that was entered is held until the value is back by the hysteresis.
    Stage live = reached;
    for (Stage held = state.live; held > reached; held = below(held)) {
        const auto limit = side.limit(held);
        if (!limit || side.within(value, *limit)) continue;
        live = held;
        break;
    }
    const Stage reason_of = live;
    if (!active && live > Stage::warn) live = Stage::warn;
    if (live >= Stage::derate && side.derate && side.stop)
        state.left = std::clamp((value - *side.stop) / (*side.derate - *side.stop), 0.0, 1.0);
    settle(state, live, live == Stage::normal ? std::string() : side.reason(value, reason_of));
}

// Whether a plant that was started beyond its limit is still on its way back.
bool TripMachine::healing(State& state, const Side& side, double value, bool active) {
    constexpr double worse = 0.005;  // more than a meter's whim
    if (!state.heals_from) return false;
    const double best = side.upper ? std::min(*state.heals_from, value) : std::max(*state.heals_from, value);
    const bool on_the_way = active && side.stop && side.beyond(value, *side.stop) &&
                            std::abs(value - best) <= worse && !state.tripped;
    state.heals_from = on_the_way ? std::optional(best) : std::nullopt;
    return on_the_way;
}

void TripMachine::trouble(const Trouble& trouble, bool active, Instant now) {
    auto& state = states_[index(trouble.condition)];
    state.over = trouble.over;
    if (!trouble.on) {
        state.trouble_since.reset();
        settle(state, Stage::normal, {});
        return;
    }
    if (!state.trouble_since) state.trouble_since = now;
    const Duration lasted = now - *state.trouble_since;
    Stage live = Stage::normal;
    for (const auto stage : stages) {
        const auto limit = trouble.limit(stage);
        if (limit && lasted >= *limit) live = stage;
    }
    if (!active && live > Stage::warn) live = Stage::warn;
    state.left = 0;
    auto reason = live == Stage::normal ? std::string()
                                        : lasting_text(trouble.what, lasted, live, *trouble.limit(live));
    settle(state, live, std::move(reason));
}

void TripMachine::settle(State& state, Stage live, std::string reason) {
    // The reason of a trip is that of the moment in which it tripped.
    if (!state.tripped && (live != state.live || live >= Stage::derate || state.reason.empty()))
        state.reason = std::move(reason);
    state.live = live;
    if (live == Stage::stop) state.tripped = true;
}

bool TripMachine::tripped() const {
    return std::ranges::any_of(states_, [](const State& state) { return state.tripped; });
}

std::vector<Condition> TripMachine::lasting() const {
    std::vector<Condition> out;
    for (std::size_t i = 0; i < condition_count; ++i)
        if (states_[i].tripped && !states_[i].over.value_or(false)) out.push_back(static_cast<Condition>(i));
    return out;
}

bool TripMachine::reset() {
    if (!lasting().empty()) return false;
    for (auto& state : states_) {
        if (std::exchange(state.tripped, false)) state.reason.clear();
    }
    return true;
}

Derating TripMachine::derating() const {
    Derating out;
    for (std::size_t i = 0; i < condition_count; ++i) {
        const auto condition = static_cast<Condition>(i);
        const auto at = stage(condition);
        if (at < Stage::derate) continue;
        const double left = at == Stage::stop ? 0.0 : states_[i].left;
        // Of several the one that leaves least is named, a stop before all others.
        const double least = std::min({out.discharge, out.charge, out.reactive});
        if (at > out.stage || left < least) out.condition = condition;
        out.stage = std::max(out.stage, at);
        if (at == Stage::stop || condition != Condition::soc_high)
            out.discharge = std::min(out.discharge, left);
        if (at == Stage::stop || condition != Condition::soc_low) out.charge = std::min(out.charge, left);
        // The state of charge has nothing to do with reactive power, and a voltage out of bounds may need it.
        const bool active_only = condition <= Condition::voltage_high;
        if (at == Stage::stop || !active_only) out.reactive = std::min(out.reactive, left);
    }
    return out;
}

void TripMachine::forget() {
    for (auto& state : states_) {
        State kept;
        kept.tripped = state.tripped;
        if (state.tripped) kept.reason = std::move(state.reason);
        state = std::move(kept);
    }
}

}  // namespace hil::control
