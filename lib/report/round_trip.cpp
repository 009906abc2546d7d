#include "report/round_trip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hil::report {
namespace {

// Less than this share of the capacity moved each way tells more of the registers' counts than of the
// battery.
constexpr double least_share = 0.05;
// More than this is no efficiency: power, capacity and state of charge contradict each other.
constexpr double most = 1.02;

}  // namespace

RoundTrip round_trip(double charged_kwh, double discharged_kwh, std::optional<double> stored_kwh,
                     double capacity_kwh) {
    const auto none = [](std::string why) { return RoundTrip{.efficiency = {}, .why_not = std::move(why)}; };
    const double least = least_share * capacity_kwh;
    if (charged_kwh <= 0) return none("nothing was charged");
    if (discharged_kwh <= 0) return none("nothing was discharged");
    if (std::min(charged_kwh, discharged_kwh) < least) {
        return none(fmt::format("less than {:g} % of the capacity was {}", least_share * 100,
                                charged_kwh < discharged_kwh ? "charged" : "discharged"));
    }
    if (!stored_kwh) return none("the state of charge is not known");
    const double stored = *stored_kwh;
    if (std::abs(stored) > std::min(charged_kwh, discharged_kwh)) {
        return none(
            fmt::format("the battery ended {:.1f} kWh {} than it began: more than went there and back",
                        std::abs(stored), stored > 0 ? "fuller" : "emptier"));
    }
    const double one_way =
        (stored + std::sqrt(stored * stored + 4 * charged_kwh * discharged_kwh)) / (2 * charged_kwh);
    const double efficiency = one_way * one_way;
    if (efficiency > most) {
        return none(fmt::format("power, capacity and state of charge contradict each other ({:.0f} %)",
                                efficiency * 100));
    }
    return {.efficiency = efficiency, .why_not = {}, .corrected = stored != 0};
}

}  // namespace hil::report
