#include "report/overlay.hpp"

#include "report/axis.hpp"
#include "report/markup.hpp"
#include "report/picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hil::report {
namespace {

constexpr double overlay_width = 960, begin_x = 56, end_x = 948;
constexpr int head = 22, after_lane = 4, foot = 30;
constexpr std::size_t overlay_cells = 300;

constexpr const char* styles[] = {"first", "second"};

// What the battery did, or where that was not measured, the POI.
measure::Column shown_column(const Comparison& comparison, std::size_t plant, const Lane& lane) {
    for (auto trace = lane.traces.rbegin(); trace != lane.traces.rend(); ++trace) {
        if (std::string_view(trace->style) == "setpoint") continue;
        for (const auto& side : comparison.sides)
            if (!std::isnan(side.plants[plant].summary.span(trace->column).least)) return trace->column;
    }
    return lane.traces.front().column;
}

// Steps of time since the begin that make at most nine of the length.
Duration time_step(Duration length) {
    using namespace std::chrono;
    constexpr Duration steps[] = {seconds(1), seconds(5),  seconds(15), seconds(30), minutes(1),
                                  minutes(5), minutes(15), minutes(30), hours(1),    hours(2),
                                  hours(3),   hours(6),    hours(12),   hours(24),   hours(48),
                                  hours(168), hours(720),  hours(2160)};
    for (const auto step : steps)
        if (length / step < 9) return step;
    return steps[std::size(steps) - 1];
}

// "0:30", "26:00", "0:00:15", "3 d"
std::string since_begin(Duration at, Duration step) {
    const auto s = std::chrono::duration_cast<std::chrono::seconds>(at).count();
    if (step >= std::chrono::hours(24)) return fmt::format("{} d", s / 86'400);
    if (step < std::chrono::minutes(1)) return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
    return fmt::format("{}:{:02}", s / 3600, s / 60 % 60);
}

class Overlay {
  public:
    Overlay(const Comparison& comparison, std::size_t plant) : comparison_(comparison), plant_(plant) {
        for (const auto& side : comparison.sides)
            length_ = std::max(length_, side.range.to - side.range.from);
        step_ = time_step(length_);
    }

    std::string draw() {
        int bottom = 0;
        for (const auto& lane : lanes())
            bottom += head + lane.height + after_lane;
        const auto& name = comparison_.sides[0].plants[plant_].name;
        out_ = fmt::format(
            "<svg viewBox=\"0 0 {0:.0f} {1}\" width=\"{0:.0f}\" height=\"{1}\" role=\"img\" "
            "aria-label=\"{2}: "
            "power, state of charge, reactive power and voltage of both ranges over the time since their "
            "begin\">",
            overlay_width, bottom + foot, escaped(name));
        int top = 0;
        for (const auto& lane : lanes()) {
            draw_lane(lane, top);
            top += head + lane.height + after_lane;
        }
        for (Duration at{}; at <= length_; at += step_)
            out_ += fmt::format("<text class=\"tick x\" x=\"{:.1f}\" y=\"{}\">{}</text>",
                                std::min(x(at), end_x - 14), bottom + 18, since_begin(at, step_));
        return out_ + "</svg>\n";
    }

  private:
    [[nodiscard]] double x(Duration since) const {
        return begin_x + std::clamp(to_seconds(since) / to_seconds(length_), 0.0, 1.0) * (end_x - begin_x);
    }

    void draw_lane(const Lane& lane, int top) {
        const double upper = top + head, lower = upper + lane.height;
        const auto column = shown_column(comparison_, plant_, lane);
        out_ += fmt::format("<g class=\"lane {}\"><text class=\"title\" x=\"{:.0f}\" y=\"{}\">{} ({})</text>",
                            lane.name, begin_x, top + 15, lane.title, lane.unit);
        for (Duration at{}; at <= length_; at += step_)
            out_ += fmt::format(
                "<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.0f}\" y2=\"{2:.0f}\"/>", x(at),
                upper, lower);
        double low = INFINITY, high = -INFINITY;
        for (const auto& side : comparison_.sides) {
            const auto& span = side.plants[plant_].summary.span(column);
            if (std::isnan(span.least)) continue;
            low = std::min(low, span.least * lane.factor);
            high = std::max(high, span.greatest * lane.factor);
        }
        if (low > high) {
            out_ += fmt::format("<text class=\"none\" x=\"{:.0f}\" y=\"{:.0f}\">not measured</text></g>",
                                begin_x + 8, upper + 20);
            return;
        }
        const auto fitted = fitted_axis(low, high, lane.zero);
        const auto y = [&](double value) {
            return lower - (value - fitted.low) / (fitted.high - fitted.low) * (lower - upper);
        };
        const double step = nice_step(fitted.high - fitted.low, lane.height > 100 ? 5 : 4);
        for (double v = std::ceil(fitted.low / step) * step; v <= fitted.high; v += step)
            out_ += fmt::format(
                "<line class=\"{}\" x1=\"{:.0f}\" x2=\"{:.0f}\" y1=\"{:.1f}\" y2=\"{:.1f}\"/><text "
                "class=\"tick y\" x=\"{:.0f}\" y=\"{:.1f}\">{}</text>",
                lane.zero && std::abs(v) < step / 1000 ? "base" : "grid", begin_x, end_x, y(v), y(v),
                begin_x - 6, y(v) + 4, shown(v, decimals_of(step)));
        for (std::size_t i = 0; i < 2; ++i) {
            const auto& side = comparison_.sides[i];
            const auto& curve = side.plants[plant_].curves[measure::index(column)];
            const auto path = path_of(
                thin(curve, side.range, overlay_cells), x(side.range.to - side.range.from),
                [&](WallTime at) { return x(at - side.range.from); },
                [&](double value) { return y(value * lane.factor); });
            if (!path.empty()) out_ += fmt::format("<path class=\"trace {}\" d=\"{}\"/>", styles[i], path);
        }
        out_ += "</g>\n";
    }

    const Comparison& comparison_;
    std::size_t plant_;
    Duration length_{}, step_{};
    std::string out_;
};

}  // namespace

std::string overlay(const Comparison& comparison, std::size_t plant) {
    return Overlay(comparison, plant).draw();
}

}  // namespace hil::report
