#include "scenario/span_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>

namespace hil::scenario {

std::string span_text(Duration span) {
    const double s = to_seconds(span);
    if (s < 120) return fmt::format("{:.6g} s", std::round(s * 1000) / 1000);
    const auto whole = static_cast<std::int64_t>(std::llround(s));
    std::string out;
    const auto add = [&out](std::int64_t n, const char* unit) {
        if (n > 0) out += fmt::format("{}{} {}", out.empty() ? "" : " ", n, unit);
    };
    add(whole / 3600, "h");
    add(whole % 3600 / 60, "min");
    add(whole % 60, "s");
    return out;
}

}  // namespace hil::scenario
