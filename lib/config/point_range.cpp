// What the registers of a point can hold, in the unit it has inside.
#include "config/rules.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <utility>

namespace hil::config {
namespace {

// How many of the unit on the wire make one of the unit inside.
double wire_per_internal(Unit unit) {
    switch (unit) {
        case Unit::percent:
            return 100;
        case Unit::w:
        case Unit::var:
        case Unit::v:
        case Unit::wh:
            return 1000;
        case Unit::mw:
        case Unit::mvar:
        case Unit::mwh:
        case Unit::phase_kv:
            return 0.001;
        case Unit::raw:
        case Unit::pu:
        case Unit::kw:
        case Unit::kvar:
        case Unit::kv:
        case Unit::a:
        case Unit::phase_v:
        case Unit::kwh:
            break;
    }
    return 1;
}

}  // namespace

Range range_of(const Point& point) {
    double low = 0, high = 0;
    switch (point.format) {
        case Format::int16:
            low = -32'768, high = 32'767;
            break;
        case Format::uint16:
            high = 65'535;
            break;
        case Format::int32:
            low = -2'147'483'648.0, high = 2'147'483'647.0;
            break;
        case Format::uint32:
            high = 4'294'967'295.0;
            break;
        case Format::float32:
            low = static_cast<double>(std::numeric_limits<float>::lowest());
            high = static_cast<double>(std::numeric_limits<float>::max());
            break;
        case Format::int64:
            low = -9'223'372'036'854'775'808.0, high = 9'223'372'036'854'775'807.0;
            break;
        case Format::uint64:
            high = 18'446'744'073'709'551'615.0;
            break;
        case Format::float64:
            low = std::numeric_limits<double>::lowest();
            high = std::numeric_limits<double>::max();
            break;
    }
    // Shortest text of the product, so that 32767 counts of 0.1 are 3276.7 in a message.
    const auto scale = point.eng_per_count / wire_per_internal(point.unit);
    const auto tidy = [](double value) {
        const auto text = fmt::format("{:.12g}", value);
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    };
    const auto offset = point.offset / wire_per_internal(point.unit);
    if (scale < 0) std::swap(low, high);
    return {tidy(low * scale + offset), tidy(high * scale + offset)};
}

}  // namespace hil::config
