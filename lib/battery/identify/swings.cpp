// What a test shows without a model: the charge of its swings, the resistance of its steps.
#include "battery/identify/identify.hpp"

#include <algorithm>
#include <cmath>

namespace hil::battery {
namespace {

// Ampere-hours taken out since the begin, at each row.
std::vector<double> taken_out(const std::vector<CyclerRow>& rows) {
    std::vector<double> out{0};
    for (std::size_t i = 1; i < rows.size(); ++i)
        out.push_back(out.back() + rows[i].current_a * (rows[i].t_s - rows[i - 1].t_s) / 3600);
    return out;
}

}  // namespace

std::vector<Swing> swings_of(const std::vector<CyclerRow>& rows) {
    const auto out_ah = taken_out(rows);
    const auto [least, most] = std::ranges::minmax(out_ah);
    const double small = 0.1 * (most - least);  // pulses turn nothing
    std::vector<Swing> swings;
    if (!(small > 0)) return swings;
    std::size_t turn = 0, far = 0, low = 0, high = 0;
    int direction = 0;
    const auto close = [&] {
        swings.push_back(
            {.begin_s = rows[turn].t_s, .end_s = rows[far].t_s, .ah = out_ah[far] - out_ah[turn]});
        turn = far;
    };
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const double at = out_ah[i];
        if (direction == 0) {
            // Which way the first swing goes; it begins where it turned.
            if (at < out_ah[low]) low = i;
            if (at > out_ah[high]) high = i;
            if (at - out_ah[low] > small) direction = 1, turn = low, far = i;
            if (out_ah[high] - at > small) direction = -1, turn = high, far = i;
        } else if (direction * (at - out_ah[far]) >= 0) {
            if (at != out_ah[far]) far = i;
        } else if (direction * (out_ah[far] - at) > small) {
            close();
            direction = -direction;
            far = i;
        }
    }
    if (direction != 0) close();
    double largest = 0;
    for (const auto& swing : swings)
        largest = std::max(largest, std::abs(swing.ah));
    for (auto& swing : swings)
        swing.whole = std::abs(swing.ah) >= 0.9 * largest;
    return swings;
}

std::vector<double> charge_of(const std::vector<CyclerRow>& rows, const std::vector<Swing>& swings,
                              double capacity_ah, std::optional<double> start_soc_pu) {
    const auto out_ah = taken_out(rows);
    std::vector<double> soc(rows.size(), 0.0);
    const auto first = std::ranges::find_if(swings, &Swing::whole);
    if (start_soc_pu || first == swings.end()) {
        for (std::size_t i = 0; i < rows.size(); ++i)
            soc[i] = std::clamp(start_soc_pu.value_or(1) - out_ah[i] / capacity_ah, 0.0, 1.0);
        return soc;
    }
    // From the last end of a whole swing on, and before the first one backwards from its begin.
    double anchor = first->ah > 0 ? 1 : 0, anchor_ah = 0, scale = capacity_ah;
    const auto row_at = [&](double t_s) {
        return static_cast<std::size_t>(std::ranges::lower_bound(rows, t_s, {}, &CyclerRow::t_s) -
                                        rows.begin());
    };
    anchor_ah = out_ah[row_at(first->begin_s)];
    auto swing = first;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        while (swing != swings.end() && rows[i].t_s > swing->end_s) {
            if (swing->whole) anchor = swing->ah > 0 ? 0 : 1, anchor_ah = out_ah[row_at(swing->end_s)];
            ++swing;
        }
        const bool inside = swing != swings.end() && swing->whole && rows[i].t_s >= swing->begin_s;
        if (inside && rows[i].t_s == swing->begin_s) anchor = swing->ah > 0 ? 1 : 0, anchor_ah = out_ah[i];
        scale = inside ? std::abs(swing->ah) : capacity_ah;
        soc[i] = std::clamp(anchor - (out_ah[i] - anchor_ah) / scale, 0.0, 1.0);
    }
    return soc;
}

std::vector<ResistanceStep> resistance_steps(const std::vector<CyclerRow>& rows,
                                             const std::vector<double>& soc) {
    double most = 0;
    for (const auto& row : rows)
        most = std::max(most, std::abs(row.current_a));
    std::vector<ResistanceStep> out;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const auto &before = rows[i - 1], &after = rows[i];
        const double by = after.current_a - before.current_a;
        if (std::abs(by) < 0.1 * most || after.t_s - before.t_s > 2) continue;
        // The one before is settled: a step of two rows is told by its first.
        if (i >= 2 && std::abs(before.current_a - rows[i - 2].current_a) > 0.02 * most) continue;
        out.push_back({.t_s = after.t_s,
                       .soc_pu = soc[i],
                       .before_a = before.current_a,
                       .after_a = after.current_a,
                       .ohm = (before.voltage_v - after.voltage_v) / by});
    }
    return out;
}

}  // namespace hil::battery
