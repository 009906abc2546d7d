#include "measure/history_digest.hpp"

#include <algorithm>
#include <cmath>

namespace hil::measure {
namespace {

void include(Digest::Part& part, double value) {
    if (std::isnan(value)) return;
    part.min = std::isnan(part.min) ? value : std::min(part.min, value);
    part.max = std::isnan(part.max) ? value : std::max(part.max, value);
}

// The values of a row last for so long.
void hold(Digest& digest, const Row& row, Duration time) {
    if (row.null || time <= Duration::zero()) return;
    for (std::size_t i = 0; i < column_count; ++i) {
        const double value = row.values[i];
        if (std::isnan(value)) continue;
        digest.parts[i].integral += value * to_seconds(time);
        digest.parts[i].known += time;
    }
}

}  // namespace

Digest digest(std::span<const Row> rows) {
    Digest out;
    if (rows.empty()) return out;
    out.rows = static_cast<std::uint32_t>(rows.size());
    out.first_row = rows.front();
    out.last_row = rows.back();
    for (std::size_t r = 0; r < rows.size(); ++r) {
        const auto& row = rows[r];
        if (row.null) continue;
        for (std::size_t i = 0; i < column_count; ++i) {
            include(out.parts[i], row.values[i]);
            if (!std::isnan(row.values[i])) out.parts[i].last = row.values[i];
        }
        if (r + 1 < rows.size()) hold(out, row, rows[r + 1].at - row.at);
    }
    return out;
}

Bucket make_bucket(WallTime begin, Duration width, const Digest& inside, const Row* held, bool followed) {
    Digest whole = inside;
    const WallTime end = begin + width;
    const bool carried = held && !held->null && (inside.rows > 0 || followed);
    if (carried) {
        const WallTime until = inside.rows > 0 ? inside.first_row.at : end;
        if (until > begin) {
            hold(whole, *held, until - begin);
            for (std::size_t i = 0; i < column_count; ++i) {
                include(whole.parts[i], held->values[i]);
                if (std::isnan(whole.parts[i].last)) whole.parts[i].last = held->values[i];
            }
        }
    }
    if (inside.rows > 0 && followed) hold(whole, inside.last_row, end - inside.last_row.at);

    Bucket bucket{.begin = begin, .width = width, .columns = {}, .coverage = 0};
    for (std::size_t i = 0; i < column_count; ++i) {
        const auto& part = whole.parts[i];
        // A single row that ends the recording is known for no time: its value is all there is to say.
        const double mean =
            part.known > Duration::zero() ? part.integral / to_seconds(part.known) : part.last;
        bucket.columns[i] = {.min = part.min, .max = part.max, .mean = mean, .last = part.last};
        bucket.coverage = std::max(bucket.coverage, to_seconds(part.known) / to_seconds(width));
    }
    return bucket;
}

}  // namespace hil::measure
