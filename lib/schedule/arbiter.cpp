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

}  // namespace

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

std::optional<Duration> Arbiter::validity(const Layer& layer) const {
    if (layer.id == LayerId::api) return validity_;
    if (!layer.validity) return std::nullopt;
    return std::min(*layer.validity, longest_validity);
}

std::size_t& Arbiter::hint(std::size_t layer, PlantIndex plant, Signal signal) const {
    const std::size_t each = store_.layers().size() * all_signals.size();
    if (hints_.size() != each * cache_.size()) hints_.assign(each * cache_.size(), 0);
    return hints_[plant * each + layer * all_signals.size() + index(signal)];
}

// What a layer by itself says. Without rows it is nobody's, and never was.
ActiveEntry Arbiter::of_layer(std::size_t layer, const LayerPlan& plan, WallTime now,
                              std::size_t& hint) const {
    const Layer& rules = store_.layers()[layer];
    ActiveEntry active;
    if (plan.series.empty()) return active;
    active.source = rules.id;
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
            return active;
        case SeriesPosition::Kind::before:
            active.reason = Reason::before_plan;
            return active;
        case SeriesPosition::Kind::ended:
            active.reason = Reason::plan_ended;
            if (mutated(Mutation::last_setpoint_kept)) active.value = plan.series.rows().back().value;
            return active;
        case SeriesPosition::Kind::in_force:
            break;
    }
    const auto good = validity(rules);
    if (good && !mutated(Mutation::stale_market_used)) {
        const WallTime stale = stale_from(position.row->at, *good);
        if (now >= stale) {
            active.reason = Reason::api_stale;
            active.since = stale;
            return active;
        }
        active.until = earlier(active.until, stale);
    }
    active.line = position.row->line;
    active.reason = std::isfinite(position.row->value) ? Reason::plan : Reason::not_a_number;
    if (active.planned() && rules.mode == Mode::fixed) active.value = position.row->value;
    return active;
}

// A side about which nothing is said is not bounded. The times at which that may change are kept in any case.
void Arbiter::narrow(ActiveEntry& entry, std::size_t layer, const LayerPlan& plan, WallTime now) const {
    const Layer& rules = store_.layers()[layer];
    if (!plan.enabled) return;
    const auto good = validity(rules);
    const auto bound = [&](const Series& series) -> std::optional<double> {
        const SeriesPosition position = series.at(now);
        entry.since = later(entry.since, position.since);
        entry.until = earlier(entry.until, position.until);
        if (position.kind != SeriesPosition::Kind::in_force) return std::nullopt;
        if (good) {
            const WallTime stale = stale_from(position.row->at, *good);
            (now < stale ? entry.until : entry.since) =
                now < stale ? earlier(entry.until, stale) : later(entry.since, stale);
            if (now >= stale) return std::nullopt;
        }
        return position.row->value;
    };
    const auto least = bound(plan.least), most = bound(plan.series);
    double left = entry.value;
    if (least) left = std::max(left, *least);
    if (most) left = std::min(left, *most);
    if (left == entry.value || mutated(Mutation::limit_skipped)) return;
    entry.narrowed.push_back({rules.id, entry.value, left});
    entry.value = left;
}

ActiveEntry Arbiter::decide(PlantIndex plant, Signal signal, WallTime now) const {
    const auto& layers = store_.layers();
    ActiveEntry out;
    Bound since, until;  // in which the layers above say nothing else
    bool decided = false;
    for (std::size_t i = 0; i < layers.size() && !decided; ++i) {
        if (layers[i].mode == Mode::limit || !asked(layers[i])) continue;
        ActiveEntry entry = of_layer(i, store_.plan(i, plant, signal), now, hint(i, plant, signal));
        since = later(since, entry.since);
        until = earlier(until, entry.until);
        decided = entry.reason == Reason::plan || entry.reason == Reason::not_a_number;
        // Where nobody decides, it is what the selected source says that is told.
        if (decided || layers[i].id == source_) out = std::move(entry);
    }
    out.since = since;
    out.until = until;
    for (std::size_t i = 0; i < layers.size(); ++i)
        if (layers[i].mode == Mode::limit && asked(layers[i]))
            narrow(out, i, store_.plan(i, plant, signal), now);
    return out;
}

const ActiveEntry& Arbiter::cached(PlantIndex plant, Signal signal, WallTime now) const {
    Cached& entry = cache_[plant][index(signal)];
    const ActiveEntry& known = entry.active;
    if (entry.revision == store_.revision(plant) && (!known.since || *known.since <= now) &&
        (!known.until || now < *known.until)) {
        return known;
    }
    entry.revision = store_.revision(plant);
    entry.active = decide(plant, signal, now);
    return entry.active;
}

ActiveEntry Arbiter::choose(PlantIndex plant, Signal signal, WallTime now) const {
    return cached(plant, signal, now);
}

std::optional<WallTime> Arbiter::next_change(PlantIndex plant, WallTime now) const {
    return earlier(cached(plant, Signal::p, now).until, cached(plant, Signal::q, now).until);
}

ActiveEntry Arbiter::market_entry(PlantIndex plant, Signal signal, WallTime now) const {
    const auto layer = store_.find_layer(LayerId::api);
    if (!layer) return {};
    std::size_t anywhere = 0;
    return of_layer(*layer, store_.plan(*layer, plant, signal), now, anywhere);
}

std::optional<double> Arbiter::market_value(PlantIndex plant, Signal signal, WallTime now) const {
    const auto active = market_entry(plant, signal, now);
    return active.planned() ? std::optional(active.value) : std::nullopt;
}

bool Arbiter::api_stale(PlantIndex plant, WallTime now) const {
    if (source_ != LayerId::api) return false;
    const Reason reason = market_entry(plant, Signal::p, now).reason;
    return reason != Reason::plan && reason != Reason::not_a_number;
}

}  // namespace hil::schedule
