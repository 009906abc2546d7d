#include "config/time_value.hpp"

#include "base/duration_text.hpp"

#include <boost/json/value.hpp>

#include <cmath>

namespace hil::config {

std::optional<double> time_in(const boost::json::value& value, Duration unit) {
    if (value.is_number()) {
        const auto number = value.to_number<double>();
        return std::isfinite(number) ? std::optional(number) : std::nullopt;
    }
    const auto* text = value.if_string();
    const auto length = text != nullptr ? parse_duration({text->data(), text->size()}) : std::nullopt;
    if (!length) return std::nullopt;
    return static_cast<double>(length->count()) / static_cast<double>(unit.count());
}

std::optional<double> seconds_in(const boost::json::value& value) {
    return time_in(value, std::chrono::seconds(1));
}

}  // namespace hil::config
