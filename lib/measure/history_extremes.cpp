#include "measure/history_extremes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace hil::measure {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

// Appends the extreme rows among rows[begin, end).
void append_extremes(std::span<const Row> rows, std::size_t begin, std::size_t end, std::vector<Row>& out) {
    std::array<std::size_t, 2 * column_count + 1> chosen;
    chosen.fill(none);
    std::array<double, column_count> low{}, high{};
    for (std::size_t r = begin; r < end; ++r) {
        const auto& row = rows[r];
        if (row.null) {
            if (chosen[2 * column_count] == none) chosen[2 * column_count] = r;
            continue;
        }
        for (std::size_t i = 0; i < column_count; ++i) {
            const double value = row.values[i];
            // Of an unknown value no comparison is true.
            if (chosen[i] == none ? value == value : value < low[i]) {
                low[i] = value;
                chosen[i] = r;
            }
            if (chosen[column_count + i] == none ? value == value : value > high[i]) {
                high[i] = value;
                chosen[column_count + i] = r;
            }
        }
    }
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

std::uint64_t cell_of(WallTime at, Range range, std::size_t cells) {
    const auto width = to_seconds(range.to - range.from);
    const auto share = width > 0 ? to_seconds(at - range.from) / width : 0;
    return static_cast<std::uint64_t>(std::clamp(share, 0.0, 1.0) * static_cast<double>(cells));
}

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
    for (std::size_t r = 0; r < cells.rows.size(); ++r) {
        const auto number = cell_of(cells.rows[r].at, range, fine);
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
