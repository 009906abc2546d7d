#include "battery/identify/identify.hpp"

#include "battery/identify/least_squares.hpp"
#include "battery/identify/simplex.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace hil::battery {
namespace {

constexpr double worst = std::numeric_limits<double>::max();

// Means over rows: what one equation is made of.
struct Equation {
    std::size_t begin = 0, end = 0;  // rows
    double t_s = 0, current_a = 0, voltage_v = 0, soc = 0, warm = 1;
    double weight = 1;  // as many rows, as long as their noise is what parts them from the model
};

// Rows close to a step stand alone, later ones are put together over spans that grow with the time since.
std::vector<Equation> equations_of(const std::vector<CyclerRow>& rows, const std::vector<double>& soc,
                                   double activation_k) {
    double most = 0;
    for (const auto& row : rows)
        most = std::max(most, std::abs(row.current_a));
    std::vector<Equation> out;
    double step_s = rows.front().t_s;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        const bool stepped = i > 0 && std::abs(row.current_a - rows[i - 1].current_a) > 0.02 * most;
        if (stepped) step_s = row.t_s;
        const double since = row.t_s - step_s;
        if (out.empty() || stepped || since < 20 || row.t_s - rows[out.back().begin].t_s > 0.04 * since)
            out.push_back({.begin = i, .end = i});
        out.back().end = i + 1;
    }
    for (auto& one : out) {
        double warm = 0;
        for (std::size_t i = one.begin; i < one.end; ++i) {
            one.t_s += rows[i].t_s;
            one.current_a += rows[i].current_a;
            one.voltage_v += rows[i].voltage_v;
            one.soc += soc[i];
            const double kelvin = rows[i].temperature_k;
            warm += kelvin > 0 ? std::exp(activation_k * (1 / kelvin - 1 / 298.15)) : 1;
        }
        const auto count = static_cast<double>(one.end - one.begin);
        one.t_s /= count;
        one.current_a /= count;
        one.voltage_v /= count;
        one.soc /= count;
        one.warm = warm / count;
        one.weight = std::min(count, 30.0);
    }
    return out;
}

// The voltage of a pair of one ohm, as means of the equations.
std::vector<double> pair_course(const std::vector<CyclerRow>& rows, const std::vector<Equation>& equations,
                                double tau_s) {
    std::vector<double> out;
    out.reserve(equations.size());
    double at = 0, decay = 1, dt_then = -1;
    for (const auto& one : equations) {
        double sum = 0;
        for (std::size_t i = one.begin; i < one.end; ++i) {
            const double dt = i > 0 ? rows[i].t_s - rows[i - 1].t_s : 0;
            if (dt != dt_then) decay = std::exp(-(dt_then = dt) / tau_s);
            at = at * decay + (1 - decay) * rows[i].current_a;
            sum += at;
        }
        out.push_back(sum / static_cast<double>(one.end - one.begin));
    }
    return out;
}

struct Fit {
    double square = worst;  // sum of squares left
    std::vector<double> x;
    std::optional<LeastSquares> system;
};

class Fitting {
  public:
    Fitting(const std::vector<CyclerRow>& rows, std::vector<Equation> equations,
            const IdentifyOptions& options)
        : rows_(rows), equations_(std::move(equations)), ocv_(options.ocv_points), ohm_(options.ohm_points) {
        for (const auto& row : rows)
            most_a_ = std::max(most_a_, std::abs(row.current_a));
    }

    [[nodiscard]] std::size_t charge_at() const { return ocv_; }
    [[nodiscard]] std::size_t discharge_at() const { return ocv_ + ohm_; }
    [[nodiscard]] std::size_t pairs_at() const { return ocv_ + 2 * ohm_; }
    [[nodiscard]] std::size_t unknowns() const { return pairs_at() + 2; }
    [[nodiscard]] const std::vector<Equation>& equations() const { return equations_; }

    [[nodiscard]] Fit at(double tau1_s, double tau2_s) const;
    [[nodiscard]] std::vector<double> residuals(const Fit& fit, double tau1_s, double tau2_s) const;

  private:
    using Terms = std::array<std::pair<std::size_t, double>, 6>;
    [[nodiscard]] Terms terms(const Equation& one, double pair1, double pair2) const;
    void smooth(LeastSquares& system) const;

    const std::vector<CyclerRow>& rows_;
    std::vector<Equation> equations_;
    std::size_t ocv_, ohm_;
    double most_a_ = 0;
};

Fitting::Terms Fitting::terms(const Equation& one, double pair1, double pair2) const {
    const auto between = [&one](std::size_t points) {
        const double x = std::clamp(one.soc, 0.0, 1.0) * static_cast<double>(points - 1);
        const auto i = std::min(static_cast<std::size_t>(x), points - 2);
        return std::pair(i, x - static_cast<double>(i));
    };
    const auto [o, o_part] = between(ocv_);
    const auto [r, r_part] = between(ohm_);
    const auto ohm = (one.current_a < 0 ? charge_at() : discharge_at()) + r;
    const double drop = -one.current_a * one.warm;
    return {{{o, 1 - o_part},
             {o + 1, o_part},
             {ohm, drop * (1 - r_part)},
             {ohm + 1, drop * r_part},
             {pairs_at(), -pair1},
             {pairs_at() + 1, -pair2}}};
}

// So that points nobody measured follow their neighbours: some decivolts in the bend of the curve, some
// millivolts between resistances, against equations that are good to a millivolt.
void Fitting::smooth(LeastSquares& system) const {
    using Three = std::array<std::pair<std::size_t, double>, 3>;
    using Two = std::array<std::pair<std::size_t, double>, 2>;
    for (std::size_t i = 1; i + 1 < ocv_; ++i)
        system.add(Three{{{i - 1, 1}, {i, -2}, {i + 1, 1}}}, 0, 1e-5);
    for (const auto begin : {charge_at(), discharge_at()})
        for (std::size_t i = 0; i + 1 < ohm_; ++i)
            system.add(Two{{{begin + i, most_a_}, {begin + i + 1, -most_a_}}}, 0, 1e-2);
    // A direction that was not measured takes the resistance of the other.
    for (std::size_t i = 0; i < ohm_; ++i)
        system.add(Two{{{charge_at() + i, most_a_}, {discharge_at() + i, -most_a_}}}, 0, 1e-4);
    for (std::size_t k = 0; k < 2; ++k)
        system.add(std::array<std::pair<std::size_t, double>, 1>{{{pairs_at() + k, most_a_}}}, 0, 1e-9);
}

Fit Fitting::at(double tau1_s, double tau2_s) const {
    const auto first = pair_course(rows_, equations_, tau1_s),
               second = pair_course(rows_, equations_, tau2_s);
    Fit out;
    out.system.emplace(unknowns());
    for (std::size_t i = 0; i < equations_.size(); ++i)
        out.system->add(terms(equations_[i], first[i], second[i]), equations_[i].voltage_v,
                        equations_[i].weight);
    smooth(*out.system);
    if (auto x = out.system->solve()) {
        out.x = std::move(*x);
        out.square = out.system->residual();
    }
    return out;
}

std::vector<double> Fitting::residuals(const Fit& fit, double tau1_s, double tau2_s) const {
    const auto first = pair_course(rows_, equations_, tau1_s),
               second = pair_course(rows_, equations_, tau2_s);
    std::vector<double> out;
    for (std::size_t i = 0; i < equations_.size(); ++i) {
        double model = 0;
        for (const auto& [unknown, factor] : terms(equations_[i], first[i], second[i]))
            model += factor * fit.x[unknown];
        out.push_back(equations_[i].voltage_v - model);
    }
    return out;
}

using Taus = std::array<double, 2>;

// How many rows say as much as one that stands alone.
double correlation_inflation(const std::vector<double>& residuals) {
    double product = 0, square = 0;
    for (std::size_t i = 1; i < residuals.size(); ++i) {
        product += residuals[i] * residuals[i - 1];
        square += residuals[i] * residuals[i];
    }
    const double r = square > 0 ? std::clamp(product / square, 0.0, 0.98) : 0;
    return (1 + r) / (1 - r);
}

struct Spread {
    std::array<double, 2> log_tau{1, 1}, ohm{};
};

// Standard deviations of time constants and resistances of the pairs: the time constants by the bend of the
// cost, the resistances at given ones plus what those not known add.
Spread spread_of(const Fitting& fitting, const Fit& best, const Taus& at, double variance) {
    constexpr double h = 0.05;
    const auto shifted = [&](double a, double b) {
        return fitting.at(std::exp(at[0] + a), std::exp(at[1] + b));
    };
    const auto p0 = shifted(h, 0), m0 = shifted(-h, 0), p1 = shifted(0, h), m1 = shifted(0, -h),
               both = shifted(h, h);
    const double a = (p0.square - 2 * best.square + m0.square) / (h * h);
    const double d = (p1.square - 2 * best.square + m1.square) / (h * h);
    const double b = (both.square - p0.square - p1.square + best.square) / (h * h);
    const double det = a * d - b * b;
    Spread out;
    std::array<double, 3> cov{1, 0, 1};  // of the logarithms: not known at all
    if (a > 0 && det > 0) cov = {2 * variance * d / det, -2 * variance * b / det, 2 * variance * a / det};
    out.log_tau = {std::sqrt(std::min(cov[0], 9.0)), std::sqrt(std::min(cov[2], 9.0))};
    const auto first = fitting.pairs_at();
    for (std::size_t k = 0; k < 2; ++k) {
        const double g0 = (p0.x[first + k] - m0.x[first + k]) / (2 * h),
                     g1 = (p1.x[first + k] - m1.x[first + k]) / (2 * h);
        out.ohm[k] = std::sqrt(std::max(0.0, variance * best.system->inverse(first + k, first + k) +
                                                 g0 * g0 * cov[0] + 2 * g0 * g1 * cov[1] + g1 * g1 * cov[2]));
    }
    return out;
}

void take_pairs(Identified& out, const Fitting& fitting, const Fit& best, const Taus& at, double variance) {
    const auto spread = spread_of(fitting, best, at, variance);
    for (std::size_t k = 0; k < 2; ++k) {
        auto& pair = out.pairs[k];
        pair.ohm = {best.x[fitting.pairs_at() + k], spread.ohm[k]};
        pair.tau_s = {std::exp(at[k]), std::exp(at[k]) * spread.log_tau[k]};
        if (pair.ohm.value > 0) {
            pair.farad.value = pair.tau_s.value / pair.ohm.value;
            pair.farad.sigma =
                pair.farad.value * std::hypot(spread.log_tau[k], spread.ohm[k] / pair.ohm.value);
        }
        pair.found = pair.ohm.value > 3 * pair.ohm.sigma && spread.log_tau[k] < 1.0 / 3;
        if (!pair.found)
            out.notes.push_back(
                fmt::format("R{0} and C{0} cannot be told from this test: it has too few rows soon after its "
                            "steps, or rests that are too short",
                            k + 1));
    }
}

void take_tables(Identified& out, const Fitting& fitting, const Fit& best, const IdentifyOptions& options,
                 double variance) {
    const auto table = [&](std::size_t begin, std::size_t points) {
        std::vector<std::pair<double, double>> rows;
        for (std::size_t i = 0; i < points; ++i)
            rows.emplace_back(static_cast<double>(i) / static_cast<double>(points - 1), best.x[begin + i]);
        return rows;
    };
    out.ocv_v = table(0, options.ocv_points);
    out.charge_ohm = table(fitting.charge_at(), options.ohm_points);
    out.discharge_ohm = table(fitting.discharge_at(), options.ohm_points);
    std::size_t charging = 0, discharging = 0;
    for (const auto& one : fitting.equations()) {
        charging += one.current_a < 0 ? 1 : 0;
        discharging += one.current_a > 0 ? 1 : 0;
    }
    out.charge_seen = charging > 0;
    out.discharge_seen = discharging > 0;
    const auto middle = options.ohm_points / 2;
    const auto at = (charging > discharging ? fitting.charge_at() : fitting.discharge_at()) + middle;
    out.series_ohm = {best.x[at], std::sqrt(variance * best.system->inverse(at, at))};
}

// The capacity by the whole discharges, else by the whole charges.
void take_capacity(Identified& out, const IdentifyOptions& options) {
    if (options.capacity_ah) {
        out.capacity_ah = {*options.capacity_ah, 0};
        return;
    }
    for (const bool discharged : {true, false}) {
        std::vector<double> ah;
        for (const auto& swing : out.swings)
            if (swing.whole && (swing.ah > 0) == discharged) ah.push_back(std::abs(swing.ah));
        if (ah.empty()) continue;
        double sum = 0, square = 0;
        for (const double one : ah)
            sum += one;
        const double mean = sum / static_cast<double>(ah.size());
        for (const double one : ah)
            square += (one - mean) * (one - mean);
        const double sigma =
            ah.size() > 1 ? std::sqrt(square / static_cast<double>(ah.size() - 1)) : 0.002 * mean;
        out.capacity_ah = {mean, sigma};
        return;
    }
}

Taus search(const Fitting& fitting, double shortest_s, double longest_s) {
    const auto cost = [&](const Taus& log_tau) {
        const double first = std::exp(log_tau[0]), second = std::exp(log_tau[1]);
        if (first < shortest_s || second > longest_s || second < 1.5 * first) return worst;
        return fitting.at(first, second).square;
    };
    Taus best{std::log(20.0), std::log(300.0)};
    double least = cost(best);
    for (const double first : {4.0, 12.0, 36.0})
        for (const double second : {100.0, 300.0, 1000.0}) {
            const Taus at{std::log(std::max(first, shortest_s * 1.1)), std::log(second)};
            if (const double here = cost(at); here < least) least = here, best = at;
        }
    return least_of(cost, best);
}

}  // namespace

Identified identify(const std::vector<CyclerRow>& rows, const IdentifyOptions& options) {
    Identified out;
    const auto fail = [&out](const char* why) {
        out.problem = why;
        return out;
    };
    if (rows.size() < 50) return fail("the test has less than 50 rows");
    out.swings = swings_of(rows);
    if (out.swings.empty()) return fail("no current flows in this test");
    take_capacity(out, options);
    if (!(out.capacity_ah.value > 0))
        return fail("the test has no whole discharge or charge: give the capacity");
    const auto soc = charge_of(rows, out.swings, out.capacity_ah.value,
                               options.capacity_ah ? options.start_soc_pu : std::nullopt);
    out.steps = resistance_steps(rows, soc);
    out.lowest_v = out.highest_v = rows.front().voltage_v;
    for (const auto& row : rows) {
        out.lowest_v = std::min(out.lowest_v, row.voltage_v);
        out.highest_v = std::max(out.highest_v, row.voltage_v);
    }
    if (!options.capacity_ah)
        out.notes.push_back(fmt::format("full and empty are the ends of this test: {:.3f} V and {:.3f} V",
                                        out.highest_v, out.lowest_v));

    const Fitting fitting(rows, equations_of(rows, soc, options.resistance_activation_k), options);
    std::vector<double> spacing;
    for (std::size_t i = 1; i < rows.size(); ++i)
        spacing.push_back(rows[i].t_s - rows[i - 1].t_s);
    std::ranges::nth_element(spacing, spacing.begin() + static_cast<std::ptrdiff_t>(spacing.size() / 2));
    const double usual_s = spacing[spacing.size() / 2];
    const auto at =
        search(fitting, std::max(usual_s, 0.5), std::max(2000.0, (rows.back().t_s - rows.front().t_s) / 4));
    const auto best = fitting.at(std::exp(at[0]), std::exp(at[1]));
    if (best.x.empty()) return fail("the test leaves parameters open: it needs steps of the current");

    const auto residuals = fitting.residuals(best, std::exp(at[0]), std::exp(at[1]));
    const auto& equations = fitting.equations();
    double square = 0, weights = 0;
    for (std::size_t i = 0; i < residuals.size(); ++i) {
        square += equations[i].weight * residuals[i] * residuals[i];
        weights += equations[i].weight;
        out.worst_v = std::max(out.worst_v, std::abs(residuals[i]));
        out.residuals.push_back({equations[i].t_s, equations[i].voltage_v, residuals[i]});
    }
    out.rms_v = std::sqrt(square / weights);
    const auto free = static_cast<double>(residuals.size()) - static_cast<double>(fitting.unknowns());
    const double variance = square / std::max(free, 1.0) * correlation_inflation(residuals);
    take_tables(out, fitting, best, options, variance);
    take_pairs(out, fitting, best, at, variance);
    return out;
}

CellParameters Identified::cell(const CellParameters& like) const {
    auto out = like;
    const auto positive = [](std::vector<std::pair<double, double>> points) {
        for (auto& [soc, ohm] : points)
            ohm = std::max(ohm, 1e-7);
        return points;
    };
    out.capacity_ah = capacity_ah.value;
    out.ocv_v = SocTable(ocv_v);
    out.charge_ohm = SocTable(positive(charge_ohm));
    out.discharge_ohm = SocTable(positive(discharge_ohm));
    for (std::size_t k = 0; k < 2; ++k)
        out.pairs[k] = pairs[k].ohm.value > 0 ? RcPair{pairs[k].ohm.value, pairs[k].tau_s.value} : RcPair{};
    out.v_min = lowest_v;
    out.v_max = highest_v;
    return out;
}

}  // namespace hil::battery
