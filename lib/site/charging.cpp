#include "site/charging.hpp"

#include <algorithm>

namespace hil::site {
namespace {

constexpr double assumed_hours = 24, least_hours = 0.01;
constexpr double calm = 0.3, urgent = 0.8;

}  // namespace

ChargingRequest charging_request(const ChargingGoal& goal, double surplus_kw) {
    ChargingRequest out;
    out.expected_soc_pu = goal.soc_pu;
    const double needed_kwh = goal.capacity_kwh * (goal.target_pu - goal.soc_pu);
    if (needed_kwh <= 0 || goal.max_kw <= 0 || goal.capacity_kwh <= 0) return out;
    const double hours = goal.hours_left.value_or(assumed_hours);
    const double rate = hours <= least_hours ? goal.max_kw : needed_kwh / hours;
    out.urgency = std::min(rate / goal.max_kw, 1.0);
    const double floor = rate / goal.efficiency;
    const double surplus = std::clamp(surplus_kw, 0.0, goal.max_kw);
    if (out.urgency > urgent) {
        out.kw = goal.max_kw;
    } else if (out.urgency > calm) {
        const double share = (out.urgency - calm) / (urgent - calm);
        out.kw = std::min(std::max(surplus + share * (goal.max_kw - surplus), floor), goal.max_kw);
    } else {
        out.kw = surplus;
    }
    const double stored = std::max(hours, 0.0) * out.kw * goal.efficiency / goal.capacity_kwh;
    out.expected_soc_pu = std::min(goal.soc_pu + stored, goal.target_pu);
    out.unreachable = goal.hours_left && floor > goal.max_kw + 1e-9;
    return out;
}

double taper_kw(double max_kw, double soc_pu) {
    constexpr double bend = 0.8, at_full = 0.1;
    const double beyond = std::clamp((soc_pu - bend) / (1 - bend), 0.0, 1.0);
    return max_kw * (1 - (1 - at_full) * beyond);
}

}  // namespace hil::site
