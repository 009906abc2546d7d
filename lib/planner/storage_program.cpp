#include "planner/storage_program.hpp"

#include <coin/CbcModel.hpp>
#include <coin/CglGomory.hpp>
#include <coin/CglProbing.hpp>
#include <coin/ClpSimplex.hpp>
#include <coin/CoinBuild.hpp>
#include <coin/CoinPackedMatrix.hpp>
#include <coin/OsiClpSolverInterface.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace hil::planner {
namespace {

class StorageCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "storage programme"; }
    std::string message(int code) const override {
        switch (static_cast<storage_errc>(code)) {
            case storage_errc::bad_model:
                return "the battery's limits, efficiencies or states of charge make no sense";
            case storage_errc::infeasible:
                return "no schedule keeps every limit and reaches the state of charge wanted at the end";
            case storage_errc::not_solved:
                break;
        }
        return "the solver found no proven optimum in its time";
    }
};

bool sound(const StorageModel& model, const std::vector<Interval>& intervals) {
    const auto efficiency = [](double value) { return value > 0 && value <= 1; };
    const auto limit = [](double value) { return std::isfinite(value) && value >= 0; };
    const auto within = [&](double soc) { return soc >= model.soc_min && soc <= model.soc_max; };
    return std::isfinite(model.capacity_kwh) && model.capacity_kwh > 0 && limit(model.charge_limit_kw) &&
           limit(model.discharge_limit_kw) && efficiency(model.charge_efficiency) &&
           efficiency(model.discharge_efficiency) && model.soc_min >= 0 && model.soc_max <= 1 &&
           within(model.soc_start) && within(model.soc_end) &&
           (!model.max_cycles || limit(*model.max_cycles)) && !intervals.empty() &&
           std::ranges::all_of(intervals, [](const Interval& i) {
               return std::isfinite(i.hours) && i.hours > 0 && std::isfinite(i.price) &&
                      std::isfinite(i.load_kw);
           });
}

// The programme as rows and columns: per interval the columns charge, discharge, stored; then what a caller
// adds.
class Programme {
  public:
    Programme(const StorageModel& model, const std::vector<Interval>& intervals)
        : model_(model), intervals_(intervals) {
        const auto last = intervals.size() - 1;
        for (std::size_t t = 0; t < intervals.size(); ++t) {
            add_column(0, model.charge_limit_kw, 0);
            add_column(0, model.discharge_limit_kw, 0);
            const double low = (t == last ? model.soc_end : model.soc_min) * model.capacity_kwh;
            const double high = (t == last ? model.soc_end : model.soc_max) * model.capacity_kwh;
            add_column(low, high, 0);
        }
        for (std::size_t t = 0; t < intervals.size(); ++t) {
            std::vector<std::pair<int, double>> row{
                {stored(t), 1},
                {charge(t), -model.charge_efficiency * intervals[t].hours},
                {discharge(t), intervals[t].hours / model.discharge_efficiency}};
            const double before = t == 0 ? model.soc_start * model.capacity_kwh : 0;
            if (t > 0) row.emplace_back(stored(t - 1), -1);
            add_row(row, before, before);
        }
        if (model.max_cycles) {
            std::vector<std::pair<int, double>> row;
            for (std::size_t t = 0; t < intervals.size(); ++t)
                row.emplace_back(discharge(t), intervals[t].hours / model.discharge_efficiency);
            add_row(row, -COIN_DBL_MAX, *model.max_cycles * model.capacity_kwh);
        }
    }

    static int charge(std::size_t t) { return static_cast<int>(3 * t); }
    static int discharge(std::size_t t) { return static_cast<int>(3 * t + 1); }
    static int stored(std::size_t t) { return static_cast<int>(3 * t + 2); }

    int add_column(double low, double high, double cost) {
        low_.push_back(low);
        high_.push_back(high);
        cost_.push_back(cost);
        return static_cast<int>(low_.size()) - 1;
    }
    void add_row(std::span<const std::pair<int, double>> entries, double low, double high) {
        const int row = static_cast<int>(row_low_.size());
        for (const auto& [column, value] : entries) {
            rows_.push_back(row);
            columns_.push_back(column);
            values_.push_back(value);
        }
        row_low_.push_back(low);
        row_high_.push_back(high);
    }
    void set_cost(int column, double cost) { cost_[static_cast<std::size_t>(column)] = cost; }
    void set_high(int column, double high) { high_[static_cast<std::size_t>(column)] = high; }

    // Charging or discharging, decided by a column that is 0 or 1.
    void exclude(std::size_t t) {
        const int charging = add_column(0, 1, 0);
        decisions_.push_back(charging);
        const std::array<std::pair<int, double>, 2> while_charging{
            {{charge(t), 1.0}, {charging, -model_.charge_limit_kw}}};
        add_row(while_charging, -COIN_DBL_MAX, 0);
        const std::array<std::pair<int, double>, 2> otherwise{
            {{discharge(t), 1.0}, {charging, model_.discharge_limit_kw}}};
        add_row(otherwise, -COIN_DBL_MAX, model_.discharge_limit_kw);
    }

    // The values of all columns.
    [[nodiscard]] result<std::vector<double>> minimise() const {
        const CoinPackedMatrix matrix(false, rows_.data(), columns_.data(), values_.data(),
                                      static_cast<int>(values_.size()));
        return decisions_.empty() ? solve_linear(matrix) : solve_mixed(matrix);
    }

    // What the columns mean, whatever was optimised.
    [[nodiscard]] StorageSolution solution(const std::vector<double>& x) const {
        StorageSolution out;
        double taken = 0;
        for (std::size_t t = 0; t < intervals_.size(); ++t) {
            const auto& interval = intervals_[t];
            double power = x[index(discharge(t))] - x[index(charge(t))];
            if (std::abs(power) < 1e-9) power = 0;
            out.power_kw.push_back(power);
            out.energy_kwh.push_back(x[index(stored(t))]);
            out.profit += interval.price / 1000 * power * interval.hours;
            out.peak_kw = t == 0 ? interval.load_kw - power : std::max(out.peak_kw, interval.load_kw - power);
            taken += std::max(power, 0.0) * interval.hours / model_.discharge_efficiency;
        }
        out.cycles = taken / model_.capacity_kwh;
        return out;
    }

  private:
    static std::size_t index(int column) { return static_cast<std::size_t>(column); }

    [[nodiscard]] result<std::vector<double>> solve_linear(const CoinPackedMatrix& matrix) const {
        ClpSimplex simplex;
        simplex.setLogLevel(0);
        simplex.loadProblem(matrix, low_.data(), high_.data(), cost_.data(), row_low_.data(),
                            row_high_.data());
        simplex.dual();
        if (simplex.isProvenPrimalInfeasible()) return storage_errc::infeasible;
        if (!simplex.isProvenOptimal()) return storage_errc::not_solved;
        const double* x = simplex.primalColumnSolution();
        return std::vector<double>(x, x + low_.size());
    }

    [[nodiscard]] result<std::vector<double>> solve_mixed(const CoinPackedMatrix& matrix) const {
        OsiClpSolverInterface solver;
        solver.messageHandler()->setLogLevel(0);
        solver.getModelPtr()->setLogLevel(0);
        solver.loadProblem(matrix, low_.data(), high_.data(), cost_.data(), row_low_.data(),
                           row_high_.data());
        for (const int column : decisions_)
            solver.setInteger(column);
        solver.initialSolve();
        if (solver.isProvenPrimalInfeasible()) return storage_errc::infeasible;
        CbcModel model(solver);
        model.setLogLevel(0);
        model.setAllowableFractionGap(1e-9);
        model.setAllowableGap(1e-9);
        CglProbing probing;
        CglGomory gomory;
        model.addCutGenerator(&probing, -1, "probing");
        model.addCutGenerator(&gomory, -1, "gomory");
        model.setMaximumNodes(200'000);
        model.branchAndBound();
        if (model.isProvenInfeasible()) return storage_errc::infeasible;
        if (!model.isProvenOptimal()) return storage_errc::not_solved;
        const double* x = model.bestSolution();
        return std::vector<double>(x, x + low_.size());
    }

    const StorageModel& model_;
    const std::vector<Interval>& intervals_;
    std::vector<double> low_, high_, cost_;
    std::vector<int> rows_, columns_;
    std::vector<double> values_, row_low_, row_high_;
    std::vector<int> decisions_;
};

}  // namespace

const boost::system::error_category& storage_category() {
    static const StorageCategory instance;
    return instance;
}

result<StorageSolution> most_profit(const StorageModel& model, const std::vector<Interval>& intervals) {
    if (!sound(model, intervals)) return storage_errc::bad_model;
    Programme programme(model, intervals);
    for (std::size_t t = 0; t < intervals.size(); ++t) {
        const double per_kw = intervals[t].price / 1000 * intervals[t].hours;
        programme.set_cost(Programme::charge(t), per_kw);
        programme.set_cost(Programme::discharge(t), -per_kw);
        if (intervals[t].price < 0) programme.exclude(t);
    }
    const auto x = programme.minimise();
    if (!x) return x.error();
    return programme.solution(*x);
}

result<StorageSolution> lowest_peak(const StorageModel& model, const std::vector<Interval>& intervals) {
    if (!sound(model, intervals)) return storage_errc::bad_model;
    Programme programme(model, intervals);
    double highest = 0;
    for (const auto& interval : intervals)
        highest = std::max(highest, interval.load_kw + model.charge_limit_kw);
    const int peak = programme.add_column(-COIN_DBL_MAX, highest, 1);
    for (std::size_t t = 0; t < intervals.size(); ++t) {
        const std::array<std::pair<int, double>, 3> under{
            {{peak, 1.0}, {Programme::charge(t), -1.0}, {Programme::discharge(t), 1.0}}};
        programme.add_row(under, intervals[t].load_kw, COIN_DBL_MAX);
        programme.set_high(Programme::discharge(t),
                           std::clamp(intervals[t].load_kw, 0.0, model.discharge_limit_kw));
    }
    const auto lowest = programme.minimise();
    if (!lowest) return lowest.error();

    // The same peak with the least energy moved. The allowance keeps rounding from making it infeasible.
    const double reached = (*lowest)[static_cast<std::size_t>(peak)];
    programme.set_high(peak, reached + 1e-7 * std::max(1.0, std::abs(reached)));
    programme.set_cost(peak, 0);
    for (std::size_t t = 0; t < intervals.size(); ++t) {
        programme.set_cost(Programme::charge(t), intervals[t].hours);
        programme.set_cost(Programme::discharge(t), intervals[t].hours);
    }
    const auto calm = programme.minimise();
    if (!calm) return calm.error();
    return programme.solution(*calm);
}

}  // namespace hil::planner
