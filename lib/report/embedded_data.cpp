#include "report/html_parts.hpp"

#include "config/names.hpp"
#include "report/json_members.hpp"
#include "report/picture.hpp"
#include "report/summary_json.hpp"

#include <cmath>
#include <functional>

namespace hil::report {
namespace {

constexpr std::string_view how_to_read =
    "t is in milliseconds since from (UTC). A value v holds until the next one; null: not known from then "
    "on. Positive "
    "power discharges. offsets: from t on, local time is so many minutes ahead of UTC.";

std::int64_t milliseconds(WallTime at, WallTime from) {
    return std::chrono::round<std::chrono::milliseconds>(at - from).count();
}

template <class Range, class Append>
void append_list(std::string& out, const Range& items, const Append& append) {
    out += '[';
    bool first = true;
    for (const auto& item : items) {
        if (!first) out += ',';
        first = false;
        append(item);
    }
    out += ']';
}

// When the local time of the range gets another offset, to the minute.
std::vector<std::pair<WallTime, Duration>> offsets(measure::Range range, const Zone& zone) {
    std::vector<std::pair<WallTime, Duration>> out{{range.from, zone.local(range.from).offset}};
    constexpr Duration stride = std::chrono::hours(24 * 7);
    for (auto at = range.from; at < range.to; at += stride) {
        auto low = at, high = std::min(at + stride, range.to);
        if (zone.local(high).offset == out.back().second) continue;
        while (high - low > Duration{1}) {
            const auto middle = low + (high - low) / 2;
            (zone.local(middle).offset == out.back().second ? low : high) = middle;
        }
        out.emplace_back(high, zone.local(high).offset);
    }
    return out;
}

void append_signal(std::string& out, const PlantPart& plant, std::size_t column, WallTime from) {
    const auto& curve = plant.curves[column];
    Members signal(out);
    signal.text("name", measure::column_names[column]);
    signal.name("thinned") += curve.thinned ? "true" : "false";
    append_list(signal.name("t"), curve.points,
                [&](const Point& point) { out += fmt::format("{}", milliseconds(point.at, from)); });
    append_list(signal.name("v"), curve.points, [&](const Point& point) {
        if (point.known()) {
            append_number(out, point.value, plant.format.decimals[column]);
        } else {
            out += "null";
        }
    });
    signal.end();
}

void append_plant(std::string& out, const Document& document, const PlantPart& plant) {
    const WallTime from = document.range.from;
    Members to(out);
    to.text("id", plant.id);
    to.text("name", plant.name);
    to.number("capacity_kwh", plant.model.capacity_kwh, 3);
    append_json(to.name("summary"), plant.summary);
    auto& signals = to.name("signals");
    signals += '[';
    for (std::size_t c = 0; c < measure::column_count; ++c) {
        if (c > 0) signals += ',';
        append_signal(signals, plant, c, from);
    }
    signals += ']';
    append_list(to.name("gaps"), plant.unknown, [&](const measure::Range& gap) {
        out += fmt::format("[{},{}]", milliseconds(gap.from, from), milliseconds(gap.to, from));
    });
    append_list(to.name("flags"), flags_of(document, plant), [&](const Flag& flag) {
        Members members(out);
        members.name("t") += fmt::format("{}", milliseconds(flag.at, from));
        if (flag.until) members.name("until") += fmt::format("{}", milliseconds(*flag.until, from));
        members.text("level", flag.level);
        members.text("text", flag.text);
        members.end();
    });
    to.end();
}

void append_lanes(std::string& out) {
    append_list(out, lanes(), [&](const Lane& lane) {
        Members members(out);
        members.text("name", lane.name);
        members.text("title", lane.title);
        members.text("unit", lane.unit);
        members.number("factor", lane.factor, 1);
        members.count("decimals", static_cast<std::uint64_t>(lane.decimals));
        members.count("height", static_cast<std::uint64_t>(lane.height));
        members.name("zero") += lane.zero ? "true" : "false";
        append_list(members.name("traces"), lane.traces, [&](const Trace& trace) {
            Members one(out);
            one.count("signal", measure::index(trace.column));
            one.text("style", trace.style);
            one.text("label", trace.label);
            one.end();
        });
        members.end();
    });
}

}  // namespace

std::string embedded_data(const Document& document) {
    std::string out;
    Members to(out);
    to.text("format", "hil-report 1");
    to.text("reading", how_to_read);
    to.text("program", document.version);
    to.text("made_at", utc_text(document.made_at));
    to.text("zone", document.zone.name());
    to.text("from", utc_text(document.range.from));
    to.text("to", utc_text(document.range.to));
    to.text("transport", config::to_string(document.transport));
    append_list(to.name("offsets"), offsets(document.range, document.zone), [&](const auto& offset) {
        out += fmt::format("[{},{}]", milliseconds(offset.first, document.range.from),
                           std::chrono::floor<std::chrono::minutes>(offset.second).count());
    });
    append_lanes(to.name("lanes"));
    append_list(to.name("plants"), document.plants, [&](const PlantPart& plant) {
        out += '\n';
        append_plant(out, document, plant);
    });
    to.end();
    return out;
}

}  // namespace hil::report
