#include "schedule/limits.hpp"

#include "base/mutation.hpp"

#include <fmt/format.h>

#include <cmath>

namespace hil::schedule {

std::string_view to_string(Limit limit) {
    switch (limit) {
        case Limit::none:
            return "none";
        case Limit::p_max:
            return "p_max_kw";
        case Limit::p_min:
            return "p_min_kw";
        case Limit::q_max:
            return "q_max_kvar";
        case Limit::q_min:
            return "q_min_kvar";
        case Limit::not_a_number:
            return "not_a_number";
    }
    return "none";
}

Limited apply_limits(double asked, Signal signal, const config::PowerLimits& limits) {
    const bool p = signal == Signal::p;
    const double high = p ? limits.p_max_kw : limits.q_max_kvar;
    const double low = p ? limits.p_min_kw : limits.q_min_kvar;
    if (!std::isfinite(asked)) return {0, asked, Limit::not_a_number};
    if (mutated(Mutation::limit_skipped)) return {asked, asked, Limit::none};
    if (asked > high) return {high, asked, p ? Limit::p_max : Limit::q_max};
    if (asked < low) return {low, asked, p ? Limit::p_min : Limit::q_min};
    return {asked, asked, Limit::none};
}

std::string describe(const Limited& limited, Signal signal) {
    switch (limited.limit) {
        case Limit::none:
            return {};
        case Limit::not_a_number:
            return fmt::format("{} is not a number, 0 is used", limited.asked);
        case Limit::p_max:
        case Limit::q_max:
            return fmt::format("{} {} is above {} {}", limited.asked, unit(signal), to_string(limited.limit),
                               limited.value);
        case Limit::p_min:
        case Limit::q_min:
            return fmt::format("{} {} is below {} {}", limited.asked, unit(signal), to_string(limited.limit),
                               limited.value);
    }
    return {};
}

}  // namespace hil::schedule
