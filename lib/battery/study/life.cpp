#include "battery/study/life.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numbers>
#include <utility>

namespace hil::battery {
namespace {

constexpr double lifetime_day_s = 86'400, year_s = 365 * lifetime_day_s;

// A pack as cells of which one is simulated; all are alike.
struct PackUnit {
    struct Begin {
        double loss_pu = 0, rise_pu = 0, place_k = 0, speed = 1;
    };
    PackUnit(const Physics& physics, const LifeSettings& settings, const Begin& begin)
        : cell(physics.cell,
               {.soc_pu = 0.5, .pair_v = {}, .temperature_k = settings.ambient_k + begin.place_k}),
          ageing(physics.ageing, physics.cell.ocv_v, begin.speed),
          cells(settings.capacity_kwh * 3.6e6 / cell.nominal_j()),
          commissioned(1 - begin.loss_pu),
          rise(begin.rise_pu),
          place_k(begin.place_k) {
        cell.age(commissioned, 1 + rise);
    }

    Cell cell;
    Ageing ageing;
    double cells, commissioned, rise, place_k;
    double warmth_ks = 0, charge_s = 0, since_s = 0;  // until it next grows older

    [[nodiscard]] double resistance_factor() const {
        return (1 + rise) * (1 + ageing.state().resistance_rise_pu);
    }
    [[nodiscard]] double health() const { return cell.capacity_pu() / commissioned; }

    void grow_older() {
        const double soc = cell.state().soc_pu;
        ageing.rest(since_s, warmth_ks / since_s, charge_s / since_s);
        warmth_ks = charge_s = since_s = 0;
        const auto state = ageing.state();
        // The law begins when the pack is commissioned: its losses are of the capacity it had then.
        cell.age(commissioned * std::max(0.05, 1 - state.capacity_loss_pu), resistance_factor());
        cell.set_soc(soc);
    }
};

// What is asked of the group: around noon it is charged, in the evening discharged, each day as much as
// drawn.
class Demand {
  public:
    Demand(const LifeSettings& settings, Random random) : settings_(settings), random_(random) {
        const double kwh = settings.capacity_kwh * static_cast<double>(settings.packs);
        rated_kw_ = kwh * settings.rate_c;
        day_kwh_ = kwh * (settings.soc_max - settings.soc_min) * settings.condition.utilisation;
    }

    // At this time of this day; the days come in order.
    double at(std::int64_t day, double second) {
        if (day != day_) begin_day(day);
        const double charge = window(second, charge_from_), discharge = window(second, discharge_from_);
        return discharge - charge;
    }

  private:
    void begin_day(std::int64_t day) {
        day_ = day;
        power_kw_ = rated_kw_ * std::min(1.0, settings_.condition.utilisation * random_.uniform(0.8, 1.2));
        charge_from_ = 3600 * random_.uniform(9.5, 11);
        discharge_from_ = 3600 * random_.uniform(17, 18.5);
        length_s_ = day_kwh_ * random_.uniform(0.75, 1) / power_kw_ * 3600;
    }
    // The mean over the step that begins here.
    [[nodiscard]] double window(double second, double from) const {
        const double inside = std::min(second + settings_.step_s, from + length_s_) - std::max(second, from);
        return power_kw_ * std::max(0.0, inside) / settings_.step_s;
    }

    const LifeSettings& settings_;
    Random random_;
    double rated_kw_ = 0, day_kwh_ = 0;
    std::int64_t day_ = -1;
    double power_kw_ = 0, charge_from_ = 0, discharge_from_ = 0, length_s_ = 0;
};

class LifeGroup {
  public:
    LifeGroup(const Physics& physics, const LifeSettings& settings, PackRule rule, std::uint64_t seed)
        : physics_(physics),
          settings_(settings),
          rule_(rule),
          options_{.end_of_life_pu = settings.end_of_life_pu} {
        Random random(seed);
        auto drawn = random.fork();
        const auto& of = settings.condition;
        for (std::size_t i = 0; i < settings.packs; ++i) {
            const PackUnit::Begin begin{.loss_pu = 0.05 + of.health_spread * drawn.uniform(),
                                        .rise_pu = 0.1 + of.resistance_spread * drawn.uniform(),
                                        .place_k = of.temperature_spread_k * drawn.uniform(),
                                        .speed = std::exp(of.speed_spread * drawn.normal())};
            units_.emplace_back(physics, settings, begin);
        }
        states_.resize(units_.size());
        demand_.emplace(settings, random.fork());
    }

    LifeRun run();

  private:
    void look(double ambient_k);
    void step(double demand_kw, double ambient_k);
    [[nodiscard]] double group_health() const;
    [[nodiscard]] double weakest_health() const;
    static Life life_of(const std::vector<double>& at_s, const std::vector<double>& health, double end);

    const Physics& physics_;
    const LifeSettings& settings_;
    PackRule rule_;
    PackOptions options_;
    std::deque<PackUnit> units_;  // they stay where they are: what ages them points back
    std::vector<Pack> states_;
    std::optional<Demand> demand_;
    LifeRun out_;
};

void LifeGroup::look(double ambient_k) {
    const double rated_kw = settings_.capacity_kwh * settings_.rate_c, hours = settings_.step_s / 3600;
    for (std::size_t i = 0; i < units_.size(); ++i) {
        const auto& unit = units_[i];
        auto& state = states_[i];
        const double soc = unit.cell.state().soc_pu;
        state.capacity_kwh = settings_.capacity_kwh * unit.cell.capacity_pu();
        state.soc_pu = soc;
        state.health_pu = unit.health();
        state.resistance_factor = unit.resistance_factor();
        // Where it stands is what counts, not how warm it happens to be at this moment.
        state.temperature_k = ambient_k + unit.place_k;
        state.discharge_kw =
            std::clamp((soc - settings_.soc_min) * state.capacity_kwh / hours, 0.0, rated_kw);
        state.charge_kw = std::clamp((settings_.soc_max - soc) * state.capacity_kwh / hours, 0.0, rated_kw);
    }
}

void LifeGroup::step(double demand_kw, double ambient_k) {
    std::vector<double> kw;
    const double hours = settings_.step_s / 3600;
    if (demand_kw != 0) {
        look(ambient_k);
        auto shared = allocate_packs(states_, demand_kw, rule_, options_);
        kw = std::move(shared.kw);
    }
    double delivered_kw = 0;
    for (std::size_t i = 0; i < units_.size(); ++i) {
        auto& unit = units_[i];
        const double asked = kw.empty() ? 0 : kw[i];
        const auto step = unit.cell.advance(asked * 1000 / unit.cells, settings_.step_s,
                                            {.ambient_k = ambient_k + unit.place_k});
        delivered_kw += step.energy_j * unit.cells / settings_.step_s / 1000;
        out_.losses_kwh += step.loss_j * unit.cells / 3.6e6;
        unit.warmth_ks += unit.cell.state().temperature_k * settings_.step_s;
        unit.charge_s += unit.cell.state().soc_pu * settings_.step_s;
        unit.since_s += settings_.step_s;
        if (asked != 0) {
            const double c_rate =
                std::abs(step.current_a) / (physics_.cell.capacity_ah * unit.cell.capacity_pu());
            unit.ageing.move(std::round(unit.cell.state().soc_pu * 1e4) / 1e4, c_rate);
        }
        if (unit.since_s >= 3600) unit.grow_older();
    }
    if (demand_kw > 0) {
        out_.delivered_kwh += delivered_kw * hours;
        out_.missing_kwh += std::max(0.0, demand_kw - delivered_kw) * hours;
    }
}

double LifeGroup::group_health() const {
    double now = 0, then = 0;
    for (const auto& unit : units_) {
        now += unit.cell.capacity_pu();
        then += unit.commissioned;
    }
    return now / then;
}

double LifeGroup::weakest_health() const {
    double out = 1;
    for (const auto& unit : units_)
        out = std::min(out, unit.health());
    return out;
}

// When a fading health passes its end; beyond the last point by the power that its second half shows.
Life LifeGroup::life_of(const std::vector<double>& at_s, const std::vector<double>& health, double end) {
    for (std::size_t i = 1; i < health.size(); ++i) {
        if (health[i] > end) continue;
        const double part = (health[i - 1] - end) / (health[i - 1] - health[i]);
        return {(at_s[i - 1] + part * (at_s[i] - at_s[i - 1])) / year_s, false};
    }
    const double last = 1 - health.back(), half = 1 - health[health.size() / 2];
    const double power =
        half > 0 && last > half ? std::clamp(std::log(last / half) / std::log(2.0), 0.3, 3.0) : 1;
    const double years = at_s.back() / year_s;
    return {last > 0 ? std::min(200.0, years * std::pow((1 - end) / last, 1 / power)) : 200, true};
}

LifeRun LifeGroup::run() {
    const auto steps = static_cast<std::int64_t>(settings_.years * year_s / settings_.step_s);
    std::vector<double> at_s{0}, group{1}, weakest{1};
    double next_mark = 30 * lifetime_day_s, next_year = year_s;
    for (std::int64_t i = 0; i < steps; ++i) {
        const double t = static_cast<double>(i) * settings_.step_s;
        const auto day = static_cast<std::int64_t>(t / lifetime_day_s);
        const double season = std::sin(2 * std::numbers::pi * (t / year_s - 0.3));
        step(demand_->at(day, t - static_cast<double>(day) * lifetime_day_s),
             settings_.ambient_k + settings_.season_k * season);
        const double end = t + settings_.step_s;
        if (end >= next_mark || i + 1 == steps) {
            at_s.push_back(end);
            group.push_back(group_health());
            weakest.push_back(weakest_health());
            next_mark += 30 * lifetime_day_s;
        }
        if (end >= next_year) {
            out_.group_health_pu.push_back(group_health());
            out_.weakest_health_pu.push_back(weakest_health());
            next_year += year_s;
        }
    }
    for (const auto& unit : units_)
        out_.health_pu.push_back(unit.health());
    out_.first_pack = life_of(at_s, weakest, settings_.end_of_life_pu);
    out_.group = life_of(at_s, group, settings_.end_of_life_pu);
    out_.full_cycles = out_.delivered_kwh / (settings_.capacity_kwh * static_cast<double>(settings_.packs));
    return std::move(out_);
}

LifeGain gain_of(PackRule rule, const std::vector<LifeRun>& own, const std::vector<LifeRun>& equal) {
    LifeGain out{.rule = rule};
    std::vector<double> first, group;
    double missing = 0, asked = 0;
    const auto count = static_cast<double>(own.size());
    for (std::size_t i = 0; i < own.size(); ++i) {
        first.push_back(own[i].first_pack.years / equal[i].first_pack.years - 1);
        group.push_back(own[i].group.years / equal[i].group.years - 1);
        out.first_pack_years += own[i].first_pack.years / count;
        out.group_years += own[i].group.years / count;
        out.extrapolated += own[i].first_pack.extrapolated ? 1 : 0;
        missing += own[i].missing_kwh;
        asked += own[i].missing_kwh + own[i].delivered_kwh;
    }
    const auto by_first = mean_of(first), by_group = mean_of(group);
    out.first_pack_gain = by_first.value;
    out.first_pack_half = by_first.half;
    out.group_gain = by_group.value;
    out.group_half = by_group.half;
    out.missing_share = asked > 0 ? missing / asked : 0;
    return out;
}

std::vector<LifeCondition> other_conditions(const LifeCondition& of) {
    LifeCondition alike{.name = "all alike",
                        .health_spread = 0,
                        .resistance_spread = 0,
                        .temperature_spread_k = 0,
                        .speed_spread = 0,
                        .utilisation = of.utilisation};
    auto health = alike, places = alike, speed = alike, eased = of, pressed = of;
    health.name = "different in capacity and resistance only";
    health.health_spread = of.health_spread;
    health.resistance_spread = of.resistance_spread;
    places.name = "different in place only";
    places.temperature_spread_k = of.temperature_spread_k;
    speed.name = "different in speed of ageing only";
    speed.speed_spread = of.speed_spread;
    eased.name = "half the work";
    eased.utilisation = of.utilisation / 2;
    pressed.name = "half as much work again";
    pressed.utilisation = std::min(1.0, of.utilisation * 1.5);
    return {alike, health, places, speed, eased, pressed};
}

}  // namespace

LifeRun run_life(const Physics& physics, const LifeSettings& settings, PackRule rule, std::uint64_t seed) {
    return LifeGroup(physics, settings, rule, seed).run();
}

Mean mean_of(const std::vector<double>& values) {
    if (values.empty()) return {};
    const auto n = static_cast<double>(values.size());
    double sum = 0, square = 0;
    for (const double value : values)
        sum += value;
    const double mean = sum / n;
    for (const double value : values)
        square += (value - mean) * (value - mean);
    // Student's quantile at 97.5 %, by degrees of freedom.
    static constexpr double quantile[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262,
                                          2.228,  2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101};
    if (values.size() < 2) return {mean, 0};
    const double t = values.size() - 2 < std::size(quantile) ? quantile[values.size() - 2] : 1.99;
    return {mean, t * std::sqrt(square / (n - 1) / n)};
}

LifeStudy study_life(const Physics& physics, const LifeSettings& settings, std::size_t seeds,
                     std::size_t seeds_of_others,
                     const std::function<bool(std::size_t done, std::size_t all)>& progress) {
    const auto others =
        seeds_of_others > 0 ? other_conditions(settings.condition) : std::vector<LifeCondition>{};
    const std::size_t all = all_pack_rules().size() * seeds + others.size() * 2 * seeds_of_others;
    std::size_t done = 0;
    LifeStudy out;
    const auto part = [&](const LifeCondition& condition, std::size_t count,
                          std::span<const PackRule> rules) {
        auto& one = out.parts.emplace_back();
        one.condition = condition;
        one.seeds = count;
        auto own = settings;
        own.condition = condition;
        for (const auto rule : rules) {
            auto& runs = one.runs.emplace_back();
            for (std::size_t seed = 1; seed <= count; ++seed) {
                if (!progress(done++, all)) return false;
                runs.push_back(run_life(physics, own, rule, seed));
            }
            one.gains.push_back(gain_of(rule, runs, one.runs.front()));
        }
        return true;
    };
    if (!part(settings.condition, seeds, all_pack_rules())) return out;
    static constexpr PackRule two[] = {PackRule::equal, PackRule::health_aware};
    for (const auto& condition : others)
        if (!part(condition, seeds_of_others, two)) return out;
    return out;
}

}  // namespace hil::battery
