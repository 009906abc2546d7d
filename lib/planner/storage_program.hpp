// The best use of one battery against prices or a load.
//
// Per interval t of length dt: charging c and discharging d on the grid's side, never both at once, and the
// stored energy s:
//
//     s(t) = s(t-1) + charge_efficiency * c * dt - d * dt / discharge_efficiency
//
// Solved by recursion over the stored energy (storage_course.hpp), exactly: a year of quarters in a tenth of
// a second. Only a limit of cycles at negative prices, or very many short intervals, can take longer; whoever
// asks says when to stop and gets the best plan found by then and the bound that is known.
#pragma once

#include "base/result.hpp"
#include "planner/solver_watch.hpp"

#include <optional>
#include <vector>

namespace hil::planner {

struct StorageModel {
    double capacity_kwh = 0;
    double charge_limit_kw = 0, discharge_limit_kw = 0;               // both positive
    double charge_efficiency = 1, discharge_efficiency = 1;           // 0 < efficiency <= 1
    double soc_start = 0.5, soc_end = 0.5, soc_min = 0, soc_max = 1;  // of the capacity
    // At most so many full cycles: the energy taken from the store over the capacity. None: no limit.
    std::optional<double> max_cycles;
};

struct Interval {
    double hours = 0;
    double price = 0;    // per MWh, for energy in and out
    double load_kw = 0;  // of the site behind the same meter; for peak shaving only
};

struct StorageSolution {
    std::vector<double> power_kw;    // by interval; positive discharges
    std::vector<double> energy_kwh;  // stored at the end of each interval
    double profit = 0;               // in the currency of the prices
    double peak_kw = 0;              // highest net import
    double cycles = 0;
    // Of what was optimised: no plan has more profit, none a lower peak. Proven to a millionth.
    double bound = 0;
    // How far the plan may fall short of that, of the bound (or of 1, where that is less); 0 where it is
    // proven that nothing is better.
    double gap_pu = 0;
};

enum class storage_errc {
    bad_model = 1,  // a limit, efficiency or state of charge that makes no sense
    infeasible,     // no schedule keeps every rule: the end cannot be reached from the start
    not_solved,     // stopped before it was known whether there is a schedule at all
};
const boost::system::error_category& storage_category();
inline error_code make_error_code(storage_errc e) {
    return {static_cast<int>(e), storage_category()};
}

// The most profit. Of equal profits the schedule that moves the least energy: a move earns at least a
// billionth of the highest price, or it is not made.
result<StorageSolution> most_profit(const StorageModel& model, const std::vector<Interval>& intervals,
                                    const SolverWatch& watch = {});

// The lowest peak of net import (load plus charging minus discharging), never exporting; among the schedules
// with that peak the one that moves the least energy.
result<StorageSolution> lowest_peak(const StorageModel& model, const std::vector<Interval>& intervals,
                                    const SolverWatch& watch = {});

}  // namespace hil::planner

template <>
struct boost::system::is_error_code_enum<hil::planner::storage_errc> : std::true_type {};
