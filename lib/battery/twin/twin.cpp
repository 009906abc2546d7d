#include "battery/twin/twin.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::battery {
namespace {

struct PathEnd {
    double delivered_kwh = 0, losses_kwh = 0, soc_pu = 0, capacity_loss_pu = 0, resistance_rise_pu = 0,
           warmest_c = -300;
    std::array<BindingTime, bindings> binding{};
};

// The battery of one path.
struct Drawn {
    config::PlantModel model;
    Physics physics;
    double soc_pu;
};

Drawn drawn_from(const TwinCase& of, const TwinSpread& spread, Random* random) {
    Drawn out{of.model, of.physics, of.soc_pu};
    if (!random) return out;
    const auto factor = [random](double deviation) { return std::exp(deviation * random->normal()); };
    out.soc_pu = std::clamp(of.soc_pu + spread.soc_pu * random->normal(), 0.0, 1.0);
    out.model.capacity_kwh *= factor(spread.capacity_pu);
    auto& cell = out.physics.cell;
    const double ohm = factor(spread.resistance_pu);
    cell.charge_ohm = cell.charge_ohm.scaled(ohm);
    cell.discharge_ohm = cell.discharge_ohm.scaled(ohm);
    for (auto& pair : cell.pairs)
        pair.ohm *= ohm;
    out.physics.ambient_k += spread.ambient_k * random->normal();
    out.physics.ageing_factor *= factor(spread.ageing_pu.value_or(info_of(out.physics.ageing).spread_pu));
    return out;
}

// Walks the profile; knows which of its steps holds at a time that only grows.
class ProfileWalk {
  public:
    explicit ProfileWalk(const TwinCase& of) : of_(of) {}

    double at(double t_s) {
        if (of_.repeat) {
            while (t_s - begin_s_ >= of_.period_s) {
                begin_s_ += of_.period_s;
                next_ = 0;
            }
            t_s -= begin_s_;
        }
        while (next_ < of_.profile.size() && of_.profile[next_].from_s <= t_s)
            ++next_;
        return next_ == 0 ? 0 : of_.profile[next_ - 1].p_kw;
    }

  private:
    const TwinCase& of_;
    double begin_s_ = 0;
    std::size_t next_ = 0;
};

Binding binding_of(const Drawn& drawn, double asked_kw, double soc_before, double soc_after, double kelvin) {
    const bool charging = asked_kw < 0;
    const auto& limits = drawn.model.power_limits;
    if (drawn.physics.temperature.share(charging, kelvin) < 1) return Binding::temperature;
    constexpr double end = 1e-6;
    if (!charging && soc_after <= end) return Binding::empty;
    if (charging && soc_after >= 1 - end) return Binding::full;
    if ((charging ? 1 - soc_before : soc_before) < drawn.physics.taper_soc) return Binding::taper;
    if (asked_kw > limits.p_max_kw || asked_kw < limits.p_min_kw) return Binding::power;
    return Binding::voltage;
}

using Sample = std::array<double, twin_quantities>;

// One battery through the profile; `take` gets the samples in order.
template <class Take>
PathEnd run_path(const TwinCase& of, const Drawn& drawn, const Take& take) {
    PhysicalModel model(drawn.model, drawn.physics, drawn.soc_pu);
    ProfileWalk walk(of);
    PathEnd out;
    const auto sample = [&model, &out] {
        const auto inside = *model.inside();
        out.warmest_c = std::max(out.warmest_c, inside.temperature_c);
        return Sample{inside.dc_voltage_v,         inside.dc_current_a, inside.temperature_c,
                      model.cell().state().soc_pu, inside.losses_kwh,   inside.capacity_loss_pu,
                      inside.resistance_rise_pu};
    };
    const double rated_kw =
        std::max(std::abs(of.model.power_limits.p_max_kw), std::abs(of.model.power_limits.p_min_kw));
    const auto steps = static_cast<std::int64_t>(std::ceil(of.length_s / of.step_s - 1e-9));
    const auto every = std::max<std::int64_t>(1, std::llround(of.report_s / of.step_s));
    take(sample());
    for (std::int64_t i = 0; i < steps; ++i) {
        const double t = static_cast<double>(i) * of.step_s, dt = std::min(of.step_s, of.length_s - t);
        const double asked = walk.at(t), soc = model.cell().state().soc_pu, kelvin = model.temperature_k();
        const auto step = model.advance({.p_kw = asked, .q_kvar = 0, .running = true}, hil::seconds(dt));
        const double missing = std::abs(asked - step.p_battery_kw);
        if (missing > 1e-6 * rated_kw) {
            auto& bound =
                out.binding[static_cast<std::size_t>(binding_of(drawn, asked, soc, step.soc_pu, kelvin))];
            if (bound.first_s < 0) bound.first_s = t;
            bound.seconds += dt;
            bound.missing_kwh += missing * dt / 3600;
        }
        if ((i + 1) % every == 0 || i + 1 == steps) take(sample());
    }
    const auto inside = *model.inside();
    out.delivered_kwh = model.delivered_kwh();
    out.losses_kwh = inside.losses_kwh;
    out.soc_pu = model.cell().state().soc_pu;
    out.capacity_loss_pu = inside.capacity_loss_pu;
    out.resistance_rise_pu = inside.resistance_rise_pu;
    return out;
}

Quantiles quantiles_of(std::vector<double>& values) {
    std::ranges::sort(values);
    const auto at = [&values](double share) {
        const double place = share * static_cast<double>(values.size() - 1);
        const auto i = static_cast<std::size_t>(place);
        if (i + 1 >= values.size()) return values.back();
        return values[i] + (values[i + 1] - values[i]) * (place - static_cast<double>(i));
    };
    return {at(0.05), at(0.5), at(0.95)};
}

void add_binding(TwinResult& out, const PathEnd& path) {
    const double share = 1 / static_cast<double>(out.paths);
    for (std::size_t b = 0; b < bindings; ++b) {
        const auto& one = path.binding[b];
        auto& all = out.binding[b];
        all.seconds += one.seconds * share;
        all.missing_kwh += one.missing_kwh * share;
        if (one.first_s < 0) continue;
        all.share_pu += share;
        if (all.first_s < 0 || one.first_s < all.first_s) all.first_s = one.first_s;
    }
}

}  // namespace

const char* name_of(TwinQuantity quantity) {
    static constexpr const char* names[] = {"voltage_v",  "current_a",        "temperature_c",     "soc_pu",
                                            "losses_kwh", "capacity_loss_pu", "resistance_rise_pu"};
    return names[static_cast<std::size_t>(quantity)];
}

const char* name_of(Binding binding) {
    static constexpr const char* names[] = {"none",  "power", "temperature", "taper",
                                            "empty", "full",  "voltage"};
    return names[static_cast<std::size_t>(binding)];
}

TwinResult run_twin(const TwinCase& of, const TwinSpread& spread, std::size_t paths, std::uint64_t seed) {
    TwinResult out;
    out.paths = std::max<std::size_t>(paths, 1);
    Random random(seed);
    std::vector<std::vector<Sample>> samples(out.paths);
    std::vector<PathEnd> ends;
    for (std::size_t path = 0; path < out.paths; ++path) {
        auto own = random.fork();
        const auto drawn = drawn_from(of, spread, path == 0 ? nullptr : &own);
        ends.push_back(run_path(of, drawn, [&](const Sample& sample) { samples[path].push_back(sample); }));
        add_binding(out, ends.back());
    }
    const double every_s = std::max(of.report_s, of.step_s);
    std::vector<double> values;
    for (std::size_t i = 0; i < samples.front().size(); ++i) {
        out.at_s.push_back(std::min(static_cast<double>(i) * every_s, of.length_s));
        auto& row = out.course.emplace_back();
        for (std::size_t q = 0; q < twin_quantities; ++q) {
            values.clear();
            for (const auto& path : samples)
                values.push_back(path[i][q]);
            row[q] = quantiles_of(values);
        }
    }
    const auto of_ends = [&](double PathEnd::* member) {
        values.clear();
        for (const auto& end : ends)
            values.push_back(end.*member);
        return quantiles_of(values);
    };
    out.delivered_kwh = of_ends(&PathEnd::delivered_kwh);
    out.losses_kwh = of_ends(&PathEnd::losses_kwh);
    out.end_soc_pu = of_ends(&PathEnd::soc_pu);
    out.capacity_loss_pu = of_ends(&PathEnd::capacity_loss_pu);
    out.resistance_rise_pu = of_ends(&PathEnd::resistance_rise_pu);
    out.warmest_c = of_ends(&PathEnd::warmest_c);
    return out;
}

bool ResidualAlarm::add(double measured, double foretold, double dt_s) {
    if (!std::isfinite(measured) || !std::isfinite(foretold) || !(dt_s > 0)) return alarmed_;
    residual_ += -std::expm1(-dt_s / smooth_s_) * (measured - foretold - residual_);
    const double size = std::abs(residual_);
    beyond_s_ = size > limit_ ? beyond_s_ + dt_s : 0;
    if (beyond_s_ >= hold_s_) alarmed_ = true;
    if (size < limit_ / 2) alarmed_ = false;
    return alarmed_;
}

}  // namespace hil::battery
