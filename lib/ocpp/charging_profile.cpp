#include "ocpp/charging_profile.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace hil::ocpp {
namespace {

constexpr double volts = 230;  // a phase, where nothing else is known
constexpr unsigned all_phases = 3;

struct Limit {
    double value = 0;
    RateUnit unit = RateUnit::ampere;
    std::optional<unsigned> phases;
};

double since(WallTime at, WallTime begin) {
    return to_seconds(at - begin);
}

double length_of(Recurrency recurrency) {
    return recurrency == Recurrency::daily ? 86'400 : 604'800;
}

// When the schedule of a profile began that holds at `at`; none: it does not.
std::optional<WallTime> begin_of(const ChargingProfile& profile, WallTime at, const CompositeQuery& query,
                                 const CompositeRules& rules) {
    if (profile.kind == ProfileKind::relative) {
        if (query.transaction) return query.transaction->begun;
        if (rules.default_needs_transaction) return std::nullopt;
        return query.from;
    }
    const auto fallback = rules.default_needs_transaction && query.transaction ? query.transaction->begun
                          : profile.valid_from                                 ? *profile.valid_from
                                                                               : query.from;
    const auto start = profile.start.value_or(fallback);
    if (profile.kind == ProfileKind::absolute) return start;
    if (!profile.recurrency && !rules.daily_by_default) return std::nullopt;
    const double each = length_of(profile.recurrency.value_or(Recurrency::daily));
    const double times = std::floor(since(at, start) / each);
    if (times < 0 && !rules.recurs_backwards) return std::nullopt;
    return start + seconds(times * each);
}

std::optional<Limit> limit_of(const ChargingProfile& profile, WallTime at, const CompositeQuery& query,
                              const CompositeRules& rules) {
    if (profile.valid_from && at < *profile.valid_from) return std::nullopt;
    if (profile.valid_to && (rules.last_second_counts ? at > *profile.valid_to : at >= *profile.valid_to))
        return std::nullopt;
    const auto begin = begin_of(profile, at, query, rules);
    if (!begin) return std::nullopt;
    const double offset = since(at, *begin);
    if (offset < 0 || (profile.duration_s && offset >= *profile.duration_s)) return std::nullopt;
    std::optional<Limit> out;
    for (const auto& period : profile.periods) {
        if (period.start_s > offset) break;
        out = Limit{period.limit, profile.unit, period.phases};
    }
    if (out && rules.raises_to_least && profile.least) out->value = std::max(out->value, *profile.least);
    return out;
}

bool holds(const ChargingProfile& profile, const CompositeQuery& query, const CompositeRules& rules) {
    switch (profile.purpose) {
        case Purpose::charge_point_max:
            return true;
        case Purpose::tx_default:
            return query.transaction.has_value() || !rules.default_needs_transaction;
        case Purpose::tx:
            break;
    }
    if (!profile.transaction) return query.transaction.has_value() || !rules.default_needs_transaction;
    return query.transaction && query.transaction->id == *profile.transaction;
}

// Of one purpose: the highest stack level that says something.
std::optional<Limit> limit_of(std::span<const ChargingProfile> profiles, Purpose purpose, WallTime at,
                              const CompositeQuery& query, const CompositeRules& rules) {
    std::optional<Limit> out;
    int level = std::numeric_limits<int>::min();
    for (const auto& profile : profiles) {
        if (profile.purpose != purpose || profile.stack_level <= level || !holds(profile, query, rules))
            continue;
        if (!rules.converts && profile.unit != query.unit) continue;
        if (const auto limit = limit_of(profile, at, query, rules)) {
            out = limit;
            level = profile.stack_level;
        }
    }
    return out;
}

double in_unit(const Limit& limit, RateUnit unit, unsigned phases) {
    if (limit.unit == unit) return limit.value;
    const double per_ampere = volts * phases;
    return unit == RateUnit::ampere ? limit.value / per_ampere : limit.value * per_ampere;
}

CompositePeriod said(const Limit& limit, RateUnit unit) {
    const auto phases = limit.phases.value_or(all_phases);
    return {0, in_unit(limit, unit, phases), phases};
}

// The lower of both; where one does not say on how many phases, it is on those of the other.
CompositePeriod lower(const Limit& a, const Limit& b, RateUnit unit) {
    const auto phases_a = a.phases.value_or(b.phases.value_or(all_phases)),
               phases_b = b.phases.value_or(a.phases.value_or(all_phases));
    const double value_a = in_unit(a, unit, phases_a), value_b = in_unit(b, unit, phases_b);
    return {0, std::min(value_a, value_b), std::min(phases_a, phases_b)};
}

std::optional<Limit> gap(RateUnit unit, const CompositeRules& rules) {
    const auto& value = unit == RateUnit::ampere ? rules.gap_a : rules.gap_w;
    if (!value) return std::nullopt;
    return Limit{*value, unit, std::nullopt};
}

CompositePeriod merged(std::optional<Limit> own, const std::optional<Limit>& most, RateUnit unit,
                       const CompositeRules& rules) {
    if (own && most) return lower(*own, *most, unit);
    if (own) return said(*own, unit);
    if (most) return said(*most, unit);
    if (const auto nothing = gap(unit, rules)) return said(*nothing, unit);
    return {};
}

std::optional<Limit> own_limit(std::span<const ChargingProfile> profiles, WallTime at,
                               const CompositeQuery& query, const CompositeRules& rules) {
    if (const auto tx = limit_of(profiles, Purpose::tx, at, query, rules)) return tx;
    return limit_of(profiles, Purpose::tx_default, at, query, rules);
}

// Every second at which a profile may begin to say something else.
void add_turns(std::set<double>& turns, const ChargingProfile& profile, const CompositeQuery& query,
               const CompositeRules& rules) {
    const auto add = [&](double s) {
        if (s > 0 && s < query.length_s) turns.insert(s);
    };
    if (profile.valid_from) add(since(*profile.valid_from, query.from));
    if (profile.valid_to) add(since(*profile.valid_to, query.from) + (rules.last_second_counts ? 1 : 0));
    const double each = profile.kind == ProfileKind::recurring
                            ? length_of(profile.recurrency.value_or(Recurrency::daily))
                            : std::numeric_limits<double>::infinity();
    // From the schedule that holds at the begin, and each that follows.
    const auto first = begin_of(profile, query.from, query, rules);
    const auto begin = first ? *first : profile.start.value_or(query.from);
    for (double from = since(begin, query.from); from < query.length_s; from += each) {
        add(from);
        for (const auto& period : profile.periods)
            add(from + period.start_s);
        if (profile.duration_s) add(from + *profile.duration_s);
        if (!std::isfinite(each)) break;
    }
}

template <class At>
std::vector<CompositePeriod> walk(const std::set<double>& turns, At at) {
    std::vector<CompositePeriod> out;
    for (const double s : turns) {
        auto period = at(s);
        period.start_s = s;
        const bool same =
            !out.empty() && out.back().phases == period.phases &&
            (out.back().limit == period.limit || (std::isnan(out.back().limit) && std::isnan(period.limit)));
        if (!same) out.push_back(period);
    }
    return out;
}

}  // namespace

CompositeRules CompositeRules::libocpp() {
    CompositeRules out;
    out.gap_a = 48;
    out.gap_w = 33'120;
    out.recurs_backwards = true;
    return out;
}

CompositeRules CompositeRules::micro_ocpp() {
    CompositeRules out;
    out.raises_to_least = true;
    out.converts = false;
    out.last_second_counts = true;
    out.default_needs_transaction = true;
    out.daily_by_default = true;
    return out;
}

std::vector<CompositePeriod> composite(std::span<const ChargingProfile> profiles, const CompositeQuery& query,
                                       const CompositeRules& rules) {
    std::set<double> turns{0};
    for (const auto& profile : profiles)
        add_turns(turns, profile, query, rules);
    return walk(turns, [&](double s) {
        const auto at = query.from + seconds(s);
        return merged(own_limit(profiles, at, query, rules),
                      limit_of(profiles, Purpose::charge_point_max, at, query, rules), query.unit, rules);
    });
}

std::vector<CompositePeriod> composite_of_station(std::span<const std::vector<ChargingProfile>> connectors,
                                                  std::span<const ChargingProfile> maxima,
                                                  const CompositeQuery& query, const CompositeRules& rules) {
    std::set<double> turns{0};
    for (const auto& profile : maxima)
        add_turns(turns, profile, query, rules);
    for (const auto& profiles : connectors)
        for (const auto& profile : profiles)
            add_turns(turns, profile, query, rules);
    return walk(turns, [&](double s) {
        const auto at = query.from + seconds(s);
        const auto most = limit_of(maxima, Purpose::charge_point_max, at, query, rules);
        double sum = 0;
        unsigned phases = 0;
        bool any = false;
        for (const auto& profiles : connectors) {
            auto own = own_limit(profiles, at, query, rules);
            any = any || own.has_value();
            const auto one = merged(own, std::nullopt, query.unit, rules);
            sum += one.limit;
            phases = std::max(phases, one.phases);
        }
        if (!any && most) return said(*most, query.unit);
        const Limit together{sum, query.unit, phases == all_phases ? std::nullopt : std::optional(phases)};
        return most ? lower(together, *most, query.unit) : said(together, query.unit);
    });
}

bool install(std::vector<ChargingProfile>& profiles, ChargingProfile profile,
             const std::optional<CompositeQuery::Transaction>& running) {
    if (profile.purpose == Purpose::tx &&
        (!running || (profile.transaction && *profile.transaction != running->id)))
        return false;
    std::erase_if(profiles, [&](const ChargingProfile& other) {
        return other.id == profile.id ||
               (other.purpose == profile.purpose && other.stack_level == profile.stack_level);
    });
    profiles.push_back(std::move(profile));
    return true;
}

}  // namespace hil::ocpp
