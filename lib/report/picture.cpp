#include "report/picture.hpp"

#include "report/axis.hpp"
#include "report/markup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace hil::report {
namespace {

using measure::Column;

constexpr double page_width = 960, left = 56, right = 948;
// Marks and their lengths stand in the upper row of the strip, alerts and events in the lower one.
constexpr int strip = 46, upper = 3, lower = 24, title = 22, below = 4, axis = 30;
constexpr std::size_t drawn_cells = 300;
constexpr std::size_t most_flags = 1000;

struct Scale {
    measure::Range range;
    double low = 0, high = 1;
    double top = 0, bottom = 0;

    [[nodiscard]] double x(WallTime at) const {
        const auto part = to_seconds(at - range.from) / to_seconds(range.to - range.from);
        return left + std::clamp(part, 0.0, 1.0) * (right - left);
    }
    [[nodiscard]] double y(double value) const {
        return bottom - (value - low) / (high - low) * (bottom - top);
    }
};

// The least and greatest of what a lane shows, with some room; false where nothing is known.
bool fit(Scale& scale, const PlantPart& plant, const Lane& lane) {
    double low = INFINITY, high = -INFINITY;
    for (const auto& trace : lane.traces) {
        const auto& span = plant.summary.span(trace.column);
        if (std::isnan(span.least)) continue;
        low = std::min(low, span.least * lane.factor);
        high = std::max(high, span.greatest * lane.factor);
    }
    if (low > high) return false;
    const auto fitted = fitted_axis(low, high, lane.zero);
    scale.low = fitted.low;
    scale.high = fitted.high;
    return true;
}

struct Tick {
    WallTime at;
    std::string text;
    bool day;
};

std::vector<Tick> time_ticks(measure::Range range, const Zone& zone) {
    using namespace std::chrono;
    constexpr Duration steps[] = {seconds(1),  seconds(5), seconds(15), minutes(1), minutes(5), minutes(15),
                                  minutes(30), hours(1),   hours(2),    hours(3),   hours(6),   hours(12),
                                  hours(24),   hours(48),  hours(168),  hours(720), hours(2160)};
    constexpr int most = 9;
    Duration step = steps[std::size(steps) - 1];
    for (const auto candidate : steps) {
        if ((range.to - range.from) / candidate < most) {
            step = candidate;
            break;
        }
    }
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::vector<Tick> ticks;
    const auto day_text = [](LocalDate date) {
        return fmt::format("{} {}", static_cast<unsigned>(date.day()),
                           months[static_cast<unsigned>(date.month()) - 1]);
    };
    auto date = zone.date(range.from);
    const auto days = std::max<Duration::rep>(1, step / Duration(hours(24)));
    while (zone.midnight(date) < range.to && ticks.size() < 400) {
        const auto begin = zone.midnight(date);
        auto next = date;
        for (Duration::rep i = 0; i < days; ++i)
            next = next_day(next);
        for (auto at = begin; at < zone.midnight(next); at += step) {
            if (at >= range.from && at <= range.to) {
                const auto clock = zone.format(at).substr(11, step < Duration(minutes(1)) ? 8 : 5);
                ticks.push_back({at, at == begin ? day_text(date) : clock, at == begin});
            }
            if (days > 1) break;
        }
        date = next;
    }
    return ticks;
}

std::string flag_shape(const Flag& flag, double x, int y) {
    // High: a diamond, medium: a triangle, low: a square; a mark: a flag on its pole.
    if (flag.level == "alarm") return fmt::format("M{:.1f} {}l6 6l-6 6l-6-6z", x, y - 1);
    if (flag.level == "warning") return fmt::format("M{:.1f} {}l6.5 11h-13z", x, y);
    if (flag.level == "mark") return fmt::format("M{:.1f} {}v12m0-12h9l-3 3.5l3 3.5h-9z", x, y);
    return fmt::format("M{:.1f} {}h5v5h-5z", x - 2.5, y + 4);
}

void append_flags(std::string& out, const std::vector<Flag>& flags, const Scale& scale, int bottom) {
    for (const auto& flag : flags) {
        const double x = scale.x(flag.at);
        const int y = flag.level == "mark" ? upper : lower;
        out += fmt::format("<g class=\"flag {}\"><title>{}</title>", flag.level, escaped(flag.text));
        if (flag.until) {
            out += fmt::format("<rect x=\"{:.1f}\" y=\"{}\" width=\"{:.1f}\" height=\"3\"/>", x, y + 16,
                               std::max(1.0, scale.x(*flag.until) - x));
        }
        if (flag.level != "info") {
            out +=
                fmt::format("<line x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"{}\" y2=\"{}\"/>", x, x, y + 16, bottom);
        }
        out += fmt::format("<path d=\"{}\"/></g>", flag_shape(flag, x, y));
    }
}

// One quantity over time, from `top` on. Leaves the lane's scale behind.
void append_lane(std::string& out, const Document& document, const PlantPart& plant, const Lane& lane,
                 const std::vector<Tick>& ticks, int top, Scale& scale) {
    scale.top = top + title;
    scale.bottom = scale.top + lane.height;
    std::string names;
    for (const auto& trace : lane.traces) {
        if (lane.traces.size() > 1 && !plant.curves[measure::index(trace.column)].points.empty())
            names += fmt::format("<tspan class=\"name {0}\" dx=\"10\">{1}</tspan>", trace.style, trace.label);
    }
    out += fmt::format("<g class=\"lane {}\"><text class=\"title\" x=\"{:.0f}\" y=\"{}\">{} ({}){}</text>",
                       lane.name, left, top + 15, lane.title, lane.unit, names);
    for (const auto& tick : ticks) {
        const double x = scale.x(tick.at);
        out +=
            fmt::format("<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.0f}\" y2=\"{2:.0f}\"/>",
                        x, scale.top, scale.bottom);
    }
    if (!fit(scale, plant, lane)) {
        out += fmt::format("<text class=\"none\" x=\"{:.0f}\" y=\"{:.0f}\">not measured</text></g>", left + 8,
                           scale.top + 20);
        return;
    }
    const double step = nice_step(scale.high - scale.low, lane.height > 100 ? 5 : 4);
    for (double v = std::ceil(scale.low / step) * step; v <= scale.high; v += step) {
        const double y = scale.y(v);
        const bool zero = lane.zero && std::abs(v) < step / 1000;
        out += fmt::format(
            "<line class=\"{}\" x1=\"{:.0f}\" x2=\"{:.0f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text "
            "class=\"tick y\" "
            "x=\"{:.0f}\" y=\"{:.1f}\">{}</text>",
            zero ? "base" : "grid", left, right, y, y, left - 6, y + 4, shown(v, decimals_of(step)));
    }
    for (const auto& gap : plant.unknown) {
        const double x = scale.x(gap.from);
        out += fmt::format("<rect class=\"gap\" x=\"{:.1f}\" y=\"{:.0f}\" width=\"{:.1f}\" height=\"{}\"/>",
                           x, scale.top, std::max(0.5, scale.x(gap.to) - x), lane.height);
    }
    for (const auto& trace : lane.traces) {
        const auto& curve = plant.curves[measure::index(trace.column)];
        const auto path = path_of(
            thin(curve, document.range, drawn_cells), right, [&](WallTime at) { return scale.x(at); },
            [&](double value) { return scale.y(value * lane.factor); });
        if (!path.empty()) out += fmt::format("<path class=\"trace {}\" d=\"{}\"/>", trace.style, path);
    }
    out += "</g>\n";
}

}  // namespace

const std::vector<Lane>& lanes() {
    // clang-format off
    static const std::vector<Lane> all{
        {"p", "Active power", "kW", 1, 1, 150, true,
         {{Column::p_poi, "poi", "at the POI"}, {Column::p_battery, "p", "battery"}, {Column::p_setpoint, "setpoint", "setpoint"}}},
        {"soc", "State of charge", "%", 100, 1, 84, false, {{Column::soc, "soc", "measured"}}},
        {"q", "Reactive power", "kvar", 1, 1, 84, true,
         {{Column::q_poi, "poi", "at the POI"}, {Column::q_battery, "q", "battery"}, {Column::q_setpoint, "setpoint", "setpoint"}}},
        {"v", "Voltage at the POI", "kV", 1, 3, 70, false, {{Column::v_poi, "v", "measured"}}},
    };
    // clang-format on
    return all;
}

std::vector<Flag> flags_of(const Document& document, const PlantPart& plant) {
    std::vector<Flag> flags;
    const auto concerns = [&](const std::string& id) { return id.empty() || id == plant.id; };
    const auto shown_from = [&](WallTime at) { return std::max(at, document.range.from); };
    for (const auto& mark : document.marks) {
        if (concerns(mark.plant))
            flags.push_back({shown_from(mark.at), mark.until, "mark", mark.kind + ": " + mark.text});
    }
    for (const auto& alert : document.alerts) {
        if (!concerns(alert.plant)) continue;
        flags.push_back({shown_from(alert.since), alert.cleared_at.value_or(document.range.to),
                         std::string(observe::to_string(alert.severity)), alert.message});
    }
    for (const auto& event : document.events) {
        // Alerts are there from their begin to their end already.
        if (!concerns(event.plant) || event.kind.starts_with("alert.")) continue;
        const bool change = event.kind == "plant.transition" || event.kind.ends_with(".switched");
        if (event.severity == observe::Severity::info && !change) continue;
        flags.push_back(
            {event.time, std::nullopt, std::string(observe::to_string(event.severity)), event.message});
    }
    if (flags.size() > most_flags)
        std::erase_if(flags, [](const Flag& flag) { return flag.level == "info"; });
    std::sort(flags.begin(), flags.end(), [](const Flag& a, const Flag& b) {
        return std::tie(a.at, a.level, a.text) < std::tie(b.at, b.level, b.text);
    });
    if (flags.size() > most_flags) flags.resize(most_flags);
    return flags;
}

std::string picture(const Document& document, const PlantPart& plant) {
    Scale scale{.range = document.range};
    int height = strip;
    for (const auto& lane : lanes())
        height += title + lane.height + below;
    const int bottom = height;
    height += axis;

    std::string out = fmt::format(
        "<svg viewBox=\"0 0 {:.0f} {}\" width=\"{:.0f}\" height=\"{}\" role=\"img\" aria-label=\"{}: power, "
        "state of "
        "charge, reactive power and voltage from {} to {}\">",
        page_width, height, page_width, height, escaped(plant.name),
        shown_time(document.range.from, document.zone), shown_time(document.range.to, document.zone));
    const auto ticks = time_ticks(document.range, document.zone);
    int top = strip;
    for (const auto& lane : lanes()) {
        append_lane(out, document, plant, lane, ticks, top, scale);
        top += title + lane.height + below;
    }
    append_flags(out, flags_of(document, plant), scale, bottom);
    for (const auto& tick : ticks) {
        out += fmt::format("<text class=\"tick x{}\" x=\"{:.1f}\" y=\"{}\">{}</text>", tick.day ? " day" : "",
                           std::min(scale.x(tick.at), right - 10), bottom + 18, tick.text);
    }
    out += "</svg>\n";
    return out;
}

}  // namespace hil::report
