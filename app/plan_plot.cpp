#include "app/plan_plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace hil::app {
namespace {

using namespace std::chrono_literals;

constexpr int power_rows = 5, soc_rows = 3;
constexpr std::size_t label_width = 10;
constexpr std::array<std::string_view, 9> rising{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<std::string_view, 9> rising_ascii{" ", " ", " ", ".", ".", ":", ":", "#", "#"};
constexpr std::array<std::string_view, 9> falling{" ", " ", "▔", "▀", "▀", "▀", "▀", "█", "█"};
constexpr std::array<std::string_view, 9> falling_ascii{" ", " ", "'", "'", "'", ":", ":", "#", "#"};

struct ColumnOfPlot {
    WallTime from, to;
    double highest = 0, lowest = 0;  // 0 included: bars begin there
    double soc = 0;                  // at its end
};

// A day has 72 columns of 20 minutes, whatever number of hours it has; longer ranges coarser ones.
Duration column_length(Duration range) {
    for (const Duration length : {Duration(20min), Duration(30min), Duration(1h), Duration(2h), Duration(3h),
                                  Duration(6h), Duration(12h), Duration(24h)}) {
        if (range <= 76 * length) return length;
    }
    return 24h * ((range / 24h + 74) / 75);
}

std::vector<ColumnOfPlot> columns_of(std::span<const schedule::EffectiveSegment> schedule,
                                     const planner::Projection& projection) {
    std::vector<ColumnOfPlot> out;
    const WallTime begin = schedule.front().from, end = schedule.back().to;
    const Duration length = column_length(end - begin);
    std::size_t segment = 0;
    for (WallTime t = begin; t < end; t += length) {
        ColumnOfPlot column{.from = t, .to = std::min(t + length, end)};
        while (schedule[segment].to <= t)
            ++segment;
        for (auto i = segment; i < schedule.size() && schedule[i].from < column.to; ++i) {
            column.highest = std::max(column.highest, schedule[i].p.value);
            column.lowest = std::min(column.lowest, schedule[i].p.value);
        }
        column.soc = projection.soc_at(column.to);
        out.push_back(column);
    }
    return out;
}

// What of a bar of this height, in rows, lies in the given row, counted from where the bar begins: 0..8.
std::size_t part(double height, int row) {
    return static_cast<std::size_t>(std::lround(std::clamp(height - row, 0.0, 1.0) * 8));
}

class Picture {
  public:
    Picture(std::vector<ColumnOfPlot> columns, const Zone& zone, bool unicode)
        : columns_(std::move(columns)), zone_(zone), unicode_(unicode) {}

    std::string draw() {
        double highest = 0, lowest = 0;
        for (const auto& column : columns_) {
            highest = std::max(highest, column.highest);
            lowest = std::min(lowest, column.lowest);
        }
        const double scale = std::max(highest, -lowest) / power_rows;
        const auto& up = unicode_ ? rising : rising_ascii;
        const auto& down = unicode_ ? falling : falling_ascii;
        label("kW");
        out_ += '\n';
        if (scale > 0) {
            const int above = static_cast<int>(std::ceil(highest / scale - 1e-9));
            for (int row = above - 1; row >= 0; --row) {
                bars(row == above - 1 ? fmt::format("{:.1f}", highest) : "",
                     [&](const ColumnOfPlot& c) { return up[part(c.highest / scale, row)]; });
            }
        }
        bars("0.0", [&](const ColumnOfPlot&) { return unicode_ ? std::string_view("─") : "-"; });
        if (scale > 0) {
            const int below = static_cast<int>(std::ceil(-lowest / scale - 1e-9));
            for (int row = 0; row < below; ++row) {
                bars(row == below - 1 ? fmt::format("{:.1f}", lowest) : "",
                     [&](const ColumnOfPlot& c) { return down[part(-c.lowest / scale, row)]; });
            }
        }
        label("SoC");
        out_ += '\n';
        for (int row = soc_rows - 1; row >= 0; --row) {
            bars(row == soc_rows - 1 ? "100 %"
                 : row == 0          ? "0 %"
                                     : "",
                 [&](const ColumnOfPlot& c) { return up[part(c.soc * soc_rows, row)]; });
        }
        axis();
        return std::move(out_);
    }

  private:
    void label(std::string_view text) { out_ += fmt::format("{:>{}}", text, label_width); }

    template <class Cell>
    void bars(const std::string& text, const Cell& cell) {
        label(text);
        out_ += unicode_ ? " │" : " |";
        std::string line;
        for (const auto& column : columns_)
            line += cell(column);
        while (line.ends_with(' '))
            line.pop_back();
        out_ += line + '\n';
    }

    // Local hours of one day or a few, dates of many; written where their column begins, never into each
    // other. Nights of 23 and 25 hours shift what follows, so a mark stands where its hour falls.
    void axis() {
        const Duration range = columns_.back().to - columns_.front().from;
        const bool dates = range > 3 * Duration(25h);
        const auto step = range > Duration(25h) ? 6 : 2;
        std::string line;
        std::pair<LocalDate, std::int64_t> before;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const auto local = zone_.local(columns_[i].from);
            const auto hour = dates ? 0 : local.since_midnight / Duration(1h) / step * step;
            const std::pair<LocalDate, std::int64_t> present(local.date, hour);
            if (i > 0 && std::exchange(before, present) == present) continue;
            before = present;
            if (!line.empty() && line.size() + 1 > i) continue;
            line.resize(i, ' ');
            line += dates ? to_string(local.date).substr(5)
                          : fmt::format("{:02}", local.since_midnight / Duration(1h));
        }
        out_ += std::string(label_width + 2, ' ') + line + '\n';
    }

    std::vector<ColumnOfPlot> columns_;
    const Zone& zone_;
    bool unicode_;
    std::string out_;
};

}  // namespace

std::string plot_schedule(std::span<const schedule::EffectiveSegment> schedule,
                          const planner::Projection& projection, const Zone& zone, bool unicode) {
    if (schedule.empty()) return {};
    return Picture(columns_of(schedule, projection), zone, unicode).draw();
}

bool takes_unicode(const std::function<const char*(const char*)>& environment) {
    // The first of them that is set decides, as in the C library.
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* value = environment(name);
        if (value == nullptr || *value == '\0') continue;
        std::string lower(value);
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return lower.find("utf-8") != std::string::npos || lower.find("utf8") != std::string::npos;
    }
    return false;
}

}  // namespace hil::app
