// The power limits of a plant's model, applied to one value.
#pragma once

#include "config/config.hpp"
#include "schedule/signal.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hil::schedule {

enum class Limit : std::uint8_t { none, p_max, p_min, q_max, q_min, not_a_number };

// The key of the configuration that limits ("p_max_kw"), "not_a_number", or "none".
std::string_view to_string(Limit limit);

struct Limited {
    double value = 0;  // what may be sent
    double asked = 0;
    Limit limit = Limit::none;  // what changed it

    [[nodiscard]] bool changed() const { return limit != Limit::none; }
};

// NaN and infinity become 0, which is always safe even where 0 is outside the limits' range.
Limited apply_limits(double asked, Signal signal, const config::PowerLimits& limits);

// "1500 kW is above p_max_kw 1000"; empty when nothing was changed.
std::string describe(const Limited& limited, Signal signal);

}  // namespace hil::schedule
