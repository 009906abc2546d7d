#include "schedule/arbiter.hpp"

#include "base/mutation.hpp"

#include <algorithm>
#include <cmath>

namespace hil::schedule {

namespace {

// Ten years: sums with any time of a plan still fit a WallTime.
constexpr Duration longest_validity = std::chrono::hours(24 * 3652);

using Bound = std::optional<WallTime>;

Bound later(Bound a, Bound b) {
    return a && b ? std::max(*a, *b) : (a ? a : b);
}

Bound earlier(Bound a, Bound b) {
    return a && b ? std::min(*a, *b) : (a ? a : b);
}

// The end of the closed span [at, at + validity], as an exclusive bound.
WallTime stale_from(WallTime at, Duration validity) {
    return at + validity + Duration(1);
}

struct MarketPosition {
    const MarketRow* row = nullptr;  // also when stale
    Bound until;                     // of the row: the next one
};

MarketPosition find_in_market(const std::vector<MarketRow>& rows, WallTime now, std::size_t& hint) {
    const auto begins_later = [](WallTime t, const MarketRow& row) { return t < row.at; };
    std::size_t after = std::min(hint, rows.size());
    const auto fits = [&] {
        return (after == 0 || rows[after - 1].at <= now) && (after == rows.size() || now < rows[after].at);
    };
    if (!fits() && after < rows.size()) ++after;
    if (!fits()) {
        after = static_cast<std::size_t>(std::upper_bound(rows.begin(), rows.end(), now, begins_later) -
                                         rows.begin());
    }
    hint = after;
    return {after == 0 ? nullptr : &rows[after - 1], after < rows.size() ? Bound(rows[after].at) : Bound()};
}

}  // namespace

std::string_view to_string(Source source) {
    switch (source) {
        case Source::none:
            return "none";
        case Source::manual:
            return "manual";
        case Source::api:
            return "api";
    }
    return "none";
}

std::string_view to_string(Reason reason) {
    switch (reason) {
        case Reason::plan:
            return "plan";
        case Reason::no_plan:
            return "no_plan";
        case Reason::plan_disabled:
            return "plan_disabled";
        case Reason::before_plan:
            return "before_plan";
        case Reason::plan_ended:
            return "plan_ended";
        case Reason::api_stale:
            return "api_stale";
        case Reason::not_a_number:
            return "not_a_number";
    }
    return "no_plan";
}

Arbiter::Arbiter(const PlanStore& store, config::ScheduleSource source, Duration validity)
    : store_(store),
      source_(source),
      validity_(std::min<Duration>(validity, longest_validity)),
      cache_(store.plant_count()) {}

void Arbiter::set_source(config::ScheduleSource source) {
    source_ = source;
    for (auto& plant : cache_)
        plant = {};
}

ActiveEntry Arbiter::from_manual(const ManualPlan& plan, WallTime now, std::size_t& hint) const {
    ActiveEntry active;
    if (plan.series.empty()) return active;
    active.source = Source::manual;
    active.version = plan.version;
    if (!plan.enabled) {
        active.reason = Reason::plan_disabled;
        return active;
    }
    const SeriesPosition position = plan.series.at(now, hint);
    active.since = position.since;
    active.until = position.until;
    switch (position.kind) {
        case SeriesPosition::Kind::empty:
            break;
        case SeriesPosition::Kind::before:
            active.reason = Reason::before_plan;
            break;
        case SeriesPosition::Kind::ended:
            active.reason = Reason::plan_ended;
            if (mutated(Mutation::last_setpoint_kept)) active.value = plan.series.rows().back().value;
            break;
        case SeriesPosition::Kind::in_force:
            active.line = position.row->line;
            active.reason = std::isfinite(position.row->value) ? Reason::plan : Reason::not_a_number;
            if (active.planned()) active.value = position.row->value;
            break;
    }
    return active;
}

ActiveEntry Arbiter::from_market(const MarketSchedule& plan, Signal signal, WallTime now,
                                 std::size_t& hint) const {
    ActiveEntry active;
    if (plan.rows.empty()) return active;
    active.source = Source::api;
    active.version = plan.version;
    const MarketPosition position = find_in_market(plan.rows, now, hint);
    active.until = position.until;
    if (!position.row) {
        active.reason = Reason::before_plan;
        return active;
    }
    const WallTime stale =
        mutated(Mutation::stale_market_used) ? WallTime::max() : stale_from(position.row->at, validity_);
    if (now >= stale) {
        active.reason = Reason::api_stale;
        active.since = stale;
        return active;
    }
    active.since = position.row->at;
    active.until = earlier(active.until, stale);
    const bool finite = std::isfinite(position.row->p_kw) && std::isfinite(position.row->q_kvar);
    active.reason = finite ? Reason::plan : Reason::not_a_number;
    if (finite) active.value = signal == Signal::p ? position.row->p_kw : position.row->q_kvar;
    return active;
}

const ActiveEntry& Arbiter::cached(PlantIndex plant, Signal signal, WallTime now) const {
    Cached& entry = cache_[plant][index(signal)];
    const ActiveEntry& known = entry.active;
    if (entry.revision == store_.revision(plant) && (!known.since || *known.since <= now) &&
        (!known.until || now < *known.until)) {
        return known;
    }
    entry.revision = store_.revision(plant);
    ActiveEntry manual = from_manual(store_.manual(plant, signal), now, entry.hint);
    const bool manual_decides = manual.reason == Reason::plan || manual.reason == Reason::not_a_number;
    if (source_ == config::ScheduleSource::manual || manual_decides) {
        entry.active = manual;
    } else {
        // The base holds at most until the manual series begins, and not from before it ended.
        ActiveEntry market = from_market(store_.market(plant), signal, now, entry.market_hint);
        market.since = later(market.since, manual.since);
        market.until = earlier(market.until, manual.until);
        entry.active = market;
    }
    return entry.active;
}

ActiveEntry Arbiter::choose(PlantIndex plant, Signal signal, WallTime now) const {
    return cached(plant, signal, now);
}

std::optional<WallTime> Arbiter::next_change(PlantIndex plant, WallTime now) const {
    return earlier(cached(plant, Signal::p, now).until, cached(plant, Signal::q, now).until);
}

std::optional<double> Arbiter::market_value(PlantIndex plant, Signal signal, WallTime now) const {
    std::size_t hint = 0;
    const auto active = from_market(store_.market(plant), signal, now, hint);
    return active.planned() ? std::optional(active.value) : std::nullopt;
}

bool Arbiter::api_stale(PlantIndex plant, WallTime now) const {
    if (source_ != config::ScheduleSource::api) return false;
    const MarketPosition position =
        find_in_market(store_.market(plant).rows, now, cache_[plant][index(Signal::p)].market_hint);
    return !position.row || now >= stale_from(position.row->at, validity_);
}

}  // namespace hil::schedule
