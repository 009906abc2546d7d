#include "app/chart_page.hpp"

#include "base/number.hpp"
#include "report/markup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace hil::app {
namespace {

using report::escaped;

constexpr double chart_width = 900, chart_height = 280, left = 70, right = 20, top = 16, bottom = 44;
constexpr const char* chart_colours[] = {"#1f6feb", "#d1570a", "#2a8a3e", "#8a3ea8", "#7a6a00", "#b0243c"};

struct Span {
    double low = std::numeric_limits<double>::max(), high = std::numeric_limits<double>::lowest();
    void take(double value) {
        if (!std::isfinite(value)) return;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    void widen() {
        if (low > high) low = 0, high = 1;
        if (high - low < 1e-12 * std::max(1.0, std::abs(high))) low -= 0.5, high += 0.5;
    }
};

// 1, 2 or 5 times a power of ten, some five of them in the span.
double tick_of(const Span& span) {
    const double raw = (span.high - span.low) / 5, power = std::pow(10, std::floor(std::log10(raw)));
    for (const double one : {1.0, 2.0, 5.0})
        if (raw <= one * power) return one * power;
    return 10 * power;
}

std::string tick_text(double value, double tick) {
    const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(tick))), 0, 9);
    return fmt::format("{:.{}f}", std::abs(value) < tick * 1e-9 ? 0 : value, decimals);
}

// Points as the picture has them, at most some thousand.
std::string path_of(const std::vector<std::pair<double, double>>& points, const auto& x_of,
                    const auto& y_of) {
    std::string out;
    const auto every = std::max<std::size_t>(1, points.size() / 3000);
    for (std::size_t i = 0; i < points.size(); i += every)
        if (std::isfinite(points[i].second))
            out += fmt::format("{:.1f},{:.1f} ", x_of(points[i].first), y_of(points[i].second));
    return out;
}

}  // namespace

Page::Page(std::string title) : title_(std::move(title)) {
    body_ = fmt::format("<h1>{}</h1>\n", escaped(title_));
}

void Page::heading(const std::string& text) {
    body_ += fmt::format("<h2>{}</h2>\n", escaped(text));
}

void Page::paragraph(const std::string& text) {
    body_ += fmt::format("<p>{}</p>\n", escaped(text));
}

void Page::table(const std::vector<std::vector<std::string>>& rows) {
    body_ += "<table>\n";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        body_ += "<tr>";
        for (const auto& cell : rows[i])
            body_ += fmt::format("<{0}>{1}</{0}>", i == 0 ? "th" : "td", escaped(cell));
        body_ += "</tr>\n";
    }
    body_ += "</table>\n";
}

void Page::chart(const Chart& chart) {
    Span xs, ys;
    for (const auto& line : chart.lines) {
        for (const auto& [x, y] : line.points)
            xs.take(x), ys.take(y);
        for (const auto& [low, high] : line.band)
            ys.take(low), ys.take(high);
    }
    xs.widen();
    ys.widen();
    const auto x_of = [&](double x) {
        return left + (x - xs.low) / (xs.high - xs.low) * (chart_width - left - right);
    };
    const auto y_of = [&](double y) {
        return chart_height - bottom - (y - ys.low) / (ys.high - ys.low) * (chart_height - top - bottom);
    };
    body_ += fmt::format("<h3>{}</h3>\n<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n",
                         escaped(chart.title), chart_width, chart_height, escaped(chart.title));
    for (double tick = tick_of(ys), y = std::ceil(ys.low / tick) * tick; y <= ys.high + tick * 1e-9;
         y += tick)
        body_ += fmt::format(
            "<line class=\"grid\" x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/><text class=\"y\" "
            "x=\"{3}\" "
            "y=\"{4:.1f}\">{5}</text>\n",
            left, chart_width - right, y_of(y), left - 6, y_of(y) + 4, tick_text(y, tick));
    for (double tick = tick_of(xs), x = std::ceil(xs.low / tick) * tick; x <= xs.high + tick * 1e-9;
         x += tick)
        body_ += fmt::format("<text class=\"x\" x=\"{:.1f}\" y=\"{}\">{}</text>\n", x_of(x),
                             chart_height - bottom + 16, tick_text(x, tick));
    body_ += fmt::format(
        "<text class=\"x\" x=\"{}\" y=\"{}\">{}</text><text class=\"unit\" x=\"4\" y=\"12\">{}</text>\n",
        (left + chart_width - right) / 2, chart_height - 6, escaped(chart.x_label), escaped(chart.y_label));
    for (std::size_t i = 0; i < chart.lines.size(); ++i) {
        const auto& line = chart.lines[i];
        const auto* colour = chart_colours[i % std::size(chart_colours)];
        if (line.band.size() == line.points.size() && !line.band.empty()) {
            std::vector<std::pair<double, double>> outline;
            for (std::size_t k = 0; k < line.band.size(); ++k)
                outline.emplace_back(line.points[k].first, line.band[k].first);
            for (std::size_t k = line.band.size(); k-- > 0;)
                outline.emplace_back(line.points[k].first, line.band[k].second);
            body_ += fmt::format("<polygon fill=\"{}\" fill-opacity=\".18\" points=\"{}\"/>\n", colour,
                                 path_of(outline, x_of, y_of));
        }
        body_ += fmt::format(
            "<polyline fill=\"none\" stroke=\"{}\" points=\"{}\"/><text fill=\"{}\" x=\"{}\" "
            "y=\"{}\">{}</text>\n",
            colour, path_of(line.points, x_of, y_of), colour, left + 8, top + 14 * static_cast<double>(i + 1),
            escaped(line.label));
    }
    body_ += "</svg>\n";
}

std::string Page::html() const {
    return fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>\n<style>\nbody "
        "{{ font: 15px/1.5 system-ui, sans-serif; "
        "max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430 }}\ntable {{ border-collapse: "
        "collapse }} th, td {{ padding: .2rem "
        ".8rem; border-bottom: 1px solid #ccd3dc; text-align: right }} th:first-child, td:first-child {{ "
        "text-align: left }}\nsvg {{ width: 100%; "
        "height: auto }} svg text {{ font-size: 12px }} .grid {{ stroke: #d7dde5 }} .x {{ text-anchor: "
        "middle }} .y {{ text-anchor: end }}\n"
        "</style></head>\n<body>\n{}</body></html>\n",
        escaped(title_), body_);
}

}  // namespace hil::app
