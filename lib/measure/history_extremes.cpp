#include "measure/history_extremes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace hil::measure {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

// Appends the extreme rows among rows[begin, end).
void append_extremes(std::span<const Row> rows, std::size_t begin, std::size_t end, std::vector<Row>& out) {
    // Without branches and with the places as numbers of the values' own kind, the compiler looks at several
    // columns at once. Of an unknown value no comparison is true.
    constexpr double infinity = std::numeric_limits<double>::infinity();
    std::array<double, column_count> low, high, low_at, high_at;
    low.fill(infinity);
    high.fill(-infinity);
    low_at.fill(-1);
    high_at.fill(-1);
    std::size_t first_null = none;
    for (std::size_t r = begin; r < end; ++r) {
        const auto& row = rows[r];
        if (row.null) {
            first_null = std::min(first_null, r);
            continue;
        }
        const auto place = static_cast<double>(r);
        for (std::size_t i = 0; i < column_count; ++i) {
            const double value = row.values[i];
            const bool lower = value<low[i], higher = value> high[i];
            low[i] = lower ? value : low[i];
            low_at[i] = lower ? place : low_at[i];
            high[i] = higher ? value : high[i];
            high_at[i] = higher ? place : high_at[i];
        }
    }
    std::array<std::size_t, 2 * column_count + 1> chosen;
    for (std::size_t i = 0; i < column_count; ++i) {
        chosen[i] = low_at[i] < 0 ? none : static_cast<std::size_t>(low_at[i]);
        chosen[column_count + i] = high_at[i] < 0 ? none : static_cast<std::size_t>(high_at[i]);
    }
    chosen.back() = first_null;
    std::sort(chosen.begin(), chosen.end());
    const auto last = std::unique(chosen.begin(), chosen.end());
    for (auto r = chosen.begin(); r != last && *r != none; ++r)
        out.push_back(rows[*r]);
}

struct Cells {
    std::vector<Row> rows;
    std::vector<std::size_t> begins;  // of each cell that has rows
    std::vector<std::uint64_t> numbers;
};

Cells reduce(const Cells& from, std::uint64_t together) {
    Cells out;
    for (std::size_t c = 0; c < from.begins.size();) {
        const auto number = from.numbers[c] / together;
        const auto begin = from.begins[c];
        while (c < from.begins.size() && from.numbers[c] / together == number)
            ++c;
        const auto end = c < from.begins.size() ? from.begins[c] : from.rows.size();
        out.begins.push_back(out.rows.size());
        out.numbers.push_back(number);
        append_extremes(from.rows, begin, end, out.rows);
    }
    return out;
}

}  // namespace

std::vector<Row> extremes(std::span<const Row> rows) {
    std::vector<Row> out;
    append_extremes(rows, 0, rows.size(), out);
    return out;
}

std::vector<Row> downsample(std::vector<Row> rows, Range range, std::size_t points) {
    if (rows.size() <= points || rows.empty()) return rows;
    const Row first = rows.front(), last = rows.back();
    const std::size_t fine = std::max<std::size_t>(1, points / 2);
    Cells cells{.rows = std::move(rows), .begins = {}, .numbers = {}};
    const auto boundary = [&](std::uint64_t number) {
        const double share = static_cast<double>(number) / static_cast<double>(fine);
        return range.from + Duration{static_cast<std::int64_t>(
                                share * static_cast<double>((range.to - range.from).count()))};
    };
    std::uint64_t number = 0;
    WallTime end = boundary(1);
    for (std::size_t r = 0; r < cells.rows.size(); ++r) {
        while (cells.rows[r].at >= end && number + 1 < fine)
            end = boundary(++number + 1);
        if (!cells.numbers.empty() && cells.numbers.back() == number) continue;
        cells.begins.push_back(r);
        cells.numbers.push_back(number);
    }
    cells = reduce(cells, 1);
    const std::size_t room = std::max<std::size_t>(points, 2) - 2;  // for the first and the last row
    Cells kept = cells;
    for (std::uint64_t together = 1; kept.rows.size() > room && together <= fine;) {
        const auto wanted = together * kept.rows.size() / std::max<std::size_t>(room, 1);
        together = std::max<std::uint64_t>(together + 1, wanted);
        kept = reduce(cells, together);
    }
    auto out = std::move(kept.rows);
    if (out.empty() || out.front().at != first.at) out.insert(out.begin(), first);
    if (out.back().at != last.at) out.push_back(last);
    return out;
}

}  // namespace hil::measure
