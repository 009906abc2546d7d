#include "simulate/invariants/opposition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace hil::simulate {

bool names_both(const std::string& text, double held) {
    bool same = false, other = false;
    for (const char* at = text.c_str(); *at != 0;) {
        char* end = nullptr;
        const double number = std::strtod(at, &end);
        if (end == at) {
            ++at;
            continue;
        }
        same = same || std::abs(number - held) < 0.051;
        other = other || number * held < 0;
        at = end;
    }
    return same && other;
}

bool OppositionWatch::opposes(const Seen& seen) const {
    if (std::abs(seen.held) <= least_ || seen.plan.empty()) return false;
    return std::all_of(seen.plan.begin(), seen.plan.end(),
                       [&](double planned) { return planned * seen.held < 0 && std::abs(planned) > least_; });
}

std::optional<std::string> OppositionWatch::inspect(const Seen& seen, Instant now) {
    if (!seen.judged || !opposes(seen)) {
        since_.reset();
        return std::nullopt;
    }
    if (!since_) since_ = now;
    const auto lasts = now - std::max(*since_, seen.undisturbed_since);
    if (lasts <= bound_ + seen.device_delay || names_both(seen.alarm, seen.held)) return std::nullopt;
    return fmt::format(
        "the register holds {:g} while the plan says {:g} since {:.1f} s, and no alarm names both", seen.held,
        seen.plan.front(), to_seconds(lasts));
}

}  // namespace hil::simulate
