#include "planner/storage_program.hpp"

#include "planner/cycle_limit.hpp"
#include "planner/storage_course.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace hil::planner {
namespace {

// What counts as proven, of the bound.
constexpr double proven = 1e-6;
// Curves of so many points first; where that leaves a gap, of eight times as many, and so on.
constexpr std::size_t few_points = 64, most_points = 32'768;
// Where there are many times so many intervals, they are first put together to about so many.
constexpr std::size_t few_stages = 2000;

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
        return "the time was over before any schedule was found that keeps every limit";
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

StoreBounds bounds_of(const StorageModel& model) {
    return {.start = model.soc_start * model.capacity_kwh,
            .end = model.soc_end * model.capacity_kwh,
            .low = model.soc_min * model.capacity_kwh,
            .high = model.soc_max * model.capacity_kwh};
}

double taken_at_most(const StorageModel& model) {
    return model.max_cycles ? *model.max_cycles * model.capacity_kwh
                            : std::numeric_limits<double>::infinity();
}

double gap_between(double found, double bound) {
    const double gap = std::abs(bound - found) / std::max(1.0, std::abs(bound));
    return gap <= proven ? 0 : gap;
}

// What a course means on the grid's side.
StorageSolution solution_of(const StorageModel& model, const std::vector<Interval>& intervals,
                            const Course& course) {
    StorageSolution out;
    double stored = model.soc_start * model.capacity_kwh;
    for (std::size_t t = 0; t < intervals.size(); ++t) {
        const auto& interval = intervals[t];
        const double change = course.change[t];
        stored += change;
        double power = change > 0 ? -change / (model.charge_efficiency * interval.hours)
                                  : -change * model.discharge_efficiency / interval.hours;
        if (std::abs(power) < 1e-9) power = 0;
        out.power_kw.push_back(power);
        out.energy_kwh.push_back(stored);
        out.profit += interval.price / 1000 * power * interval.hours;
        out.peak_kw = t == 0 ? interval.load_kw - power : std::max(out.peak_kw, interval.load_kw - power);
    }
    out.cycles = course.taken / model.capacity_kwh;
    return out;
}

std::vector<Stage> priced(const StorageModel& model, const std::vector<Interval>& intervals) {
    double highest = 1;
    for (const auto& interval : intervals)
        highest = std::max(highest, std::abs(interval.price));
    const double least_gain = 1e-9 * highest / 1000;
    std::vector<Stage> out;
    for (const auto& interval : intervals) {
        const double per_kwh = interval.price / 1000;
        out.push_back({.lowest = -model.discharge_limit_kw * interval.hours / model.discharge_efficiency,
                       .highest = model.charge_limit_kw * interval.hours * model.charge_efficiency,
                       .charge_slope = -per_kwh / model.charge_efficiency - least_gain,
                       .discharge_slope = per_kwh * model.discharge_efficiency - least_gain});
    }
    return out;
}

// The course of the most reward, better step by step.
class ProfitSearch {
  public:
    ProfitSearch(StoreBounds store, std::vector<Stage> stages, double taken_at_most, const SolverWatch& watch)
        : store_(store), stages_(std::move(stages)), taken_at_most_(taken_at_most), watch_(watch) {}

    // None: there is no course.
    [[nodiscard]] std::optional<Course> run() const {
        auto best = lazy_course(store_, stages_);
        if (!best || best->taken > taken_at_most_) return std::nullopt;
        if (stages_.size() > 2 * few_stages) start_coarsely(*best);
        for (auto points = few_points; points <= most_points && gap(*best) > 0; points *= 8) {
            if (!improve(*best, points)) break;
        }
        return best;
    }

  private:
    [[nodiscard]] static double gap(const Course& course) { return gap_between(course.value, course.bound); }

    // One round; false when it was stopped.
    bool improve(Course& best, std::size_t points) const {
        auto course = best_course(store_, stages_, points, watch_);
        if (!course) return false;
        best.bound = std::min(best.bound, course->bound);
        if (course->taken > taken_at_most_) {
            best = best_limited_course({.store = store_,
                                        .stages = stages_,
                                        .taken_at_most = taken_at_most_,
                                        .most_points = points,
                                        .unlimited = std::move(*course),
                                        .good_enough = proven / 2 * std::max(1.0, std::abs(best.bound)),
                                        .watch = watch_},
                                       std::move(best));
        } else if (course->value > best.value) {
            course->bound = best.bound;
            best = std::move(*course);
        }
        watch_.notify(best.value, best.bound);
        return true;
    }

    // A plan of longer intervals is one of the short ones, too: something to begin with where there are many.
    void start_coarsely(Course& best) const {
        const std::size_t together = stages_.size() / few_stages;
        std::vector<Stage> sums;
        for (std::size_t t = 0; t < stages_.size(); ++t) {
            if (t % together == 0) sums.emplace_back();
            auto& sum = sums.back();
            const auto& stage = stages_[t];
            // Means of the slopes in the end: weighted by what each can move.
            sum.charge_slope += stage.charge_slope * stage.highest;
            sum.discharge_slope += stage.discharge_slope * stage.lowest;
            sum.highest += stage.highest;
            sum.lowest += stage.lowest;
        }
        for (auto& sum : sums) {
            sum.charge_slope /= sum.highest > 0 ? sum.highest : 1;
            sum.discharge_slope /= sum.lowest < 0 ? sum.lowest : 1;
        }
        const SolverWatch quietly{.stop = watch_.stop};  // what it finds is worth something else
        const ProfitSearch coarse(store_, std::move(sums), taken_at_most_, quietly);
        auto rough = lazy_course(store_, coarse.stages_);
        if (!rough) return;
        coarse.improve(*rough, few_points);
        Course course{.change = {}, .bound = best.bound};
        for (std::size_t t = 0; t < stages_.size(); ++t) {
            const auto& sum = coarse.stages_[t / together];
            const double change = rough->change[t / together];
            course.change.push_back(change > 0   ? change * (stages_[t].highest / sum.highest)
                                    : change < 0 ? change * (stages_[t].lowest / sum.lowest)
                                                 : 0.0);
        }
        add_up(course, stages_);
        if (course.value > best.value && course.taken <= taken_at_most_) best = std::move(course);
        watch_.notify(best.value, best.bound);
    }

    StoreBounds store_;
    std::vector<Stage> stages_;
    double taken_at_most_;
    const SolverWatch& watch_;
};

// The peak as a limit: how much each interval may charge, and must discharge.
std::vector<Stage> under_peak(const StorageModel& model, const std::vector<Interval>& intervals,
                              double peak_kw) {
    std::vector<Stage> out;
    for (const auto& interval : intervals) {
        const auto stored = [&](double power) {  // by discharging with `power`, kWh
            return power > 0 ? -power * interval.hours / model.discharge_efficiency
                             : -power * interval.hours * model.charge_efficiency;
        };
        const double most = std::clamp(interval.load_kw, 0.0, model.discharge_limit_kw);
        const double least = std::max(-model.charge_limit_kw, interval.load_kw - peak_kw);
        out.push_back({.lowest = stored(most),
                       .highest = std::max(stored(most), stored(least)),
                       .charge_slope = -1 / model.charge_efficiency,
                       .discharge_slope = -model.discharge_efficiency});
        // More than the battery can give: no course.
        if (least > most) out.back().highest = -std::numeric_limits<double>::infinity();
    }
    return out;
}

// Peaks between one that can be kept and one that cannot, halved until both are the same.
class PeakSearch {
  public:
    PeakSearch(const StorageModel& model, const std::vector<Interval>& intervals, const SolverWatch& watch)
        : model_(model), intervals_(intervals), watch_(watch), store_(bounds_of(model)) {}

    result<StorageSolution> run() {
        double high = -std::numeric_limits<double>::infinity(), low = high;
        for (const auto& interval : intervals_) {
            high = std::max(high, interval.load_kw + model_.charge_limit_kw);
            low = std::max(low, interval.load_kw - model_.discharge_limit_kw);
        }
        if (!lazy_course(store_, under_peak(model_, intervals_, high))) return storage_errc::infeasible;
        if (!keeps(high)) return unknown_ ? storage_errc::not_solved : storage_errc::infeasible;
        const double close = 1e-9 * std::max({1.0, std::abs(high), std::abs(low)});
        while (high - low > close && !watch_.stopped()) {
            const double middle = low + (high - low) / 2;
            const bool kept = keeps(middle);
            if (unknown_) break;
            (kept ? high : low) = middle;
            watch_.notify(high, low);
        }
        // Without a limit of cycles only whether there is a course has been asked until now.
        const auto stages = under_peak(model_, intervals_, high);
        if (auto calm = best_course(store_, stages, most_points, watch_)) course_ = std::move(calm);
        auto out = solution_of(model_, intervals_, *course_);
        out.bound = std::min(low, out.peak_kw);
        out.gap_pu = gap_between(out.peak_kw, out.bound);
        return out;
    }

  private:
    // Whether some course stays under the peak; it is kept. Not known when it was stopped.
    bool keeps(double peak_kw) {
        const auto stages = under_peak(model_, intervals_, peak_kw);
        auto course = lazy_course(store_, stages);
        if (!course) return false;
        if (course->taken > taken_at_most(model_)) {
            course = best_course(store_, stages, most_points, watch_);
            unknown_ = !course;
            if (!course || course->taken > taken_at_most(model_) * (1 + 1e-12) + 1e-9) return false;
        }
        course_ = std::move(course);
        return true;
    }

    const StorageModel& model_;
    const std::vector<Interval>& intervals_;
    const SolverWatch& watch_;
    StoreBounds store_;
    std::optional<Course> course_;
    bool unknown_ = false;
};

}  // namespace

const boost::system::error_category& storage_category() {
    static const StorageCategory instance;
    return instance;
}

result<StorageSolution> most_profit(const StorageModel& model, const std::vector<Interval>& intervals,
                                    const SolverWatch& watch) {
    if (!sound(model, intervals)) return storage_errc::bad_model;
    const ProfitSearch search(bounds_of(model), priced(model, intervals), taken_at_most(model), watch);
    const auto best = search.run();
    if (!best) return storage_errc::infeasible;
    auto out = solution_of(model, intervals, *best);
    out.bound = std::max(best->bound, out.profit);
    out.gap_pu = gap_between(best->value, best->bound);
    return out;
}

result<StorageSolution> lowest_peak(const StorageModel& model, const std::vector<Interval>& intervals,
                                    const SolverWatch& watch) {
    if (!sound(model, intervals)) return storage_errc::bad_model;
    return PeakSearch(model, intervals, watch).run();
}

}  // namespace hil::planner
