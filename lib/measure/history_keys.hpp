// How the tables of history are keyed and what is in their records. Internal to history_tables.cpp, which
// writes, and history_answers.cpp, which reads.
#pragma once

#include "measure/history_codec.hpp"
#include "measure/history_digest.hpp"
#include "store/database.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace hil::measure {

inline constexpr Duration an_hour = std::chrono::hours(1);
inline constexpr Duration a_day = std::chrono::hours(24);
inline constexpr Duration a_quarter = std::chrono::minutes(15);

// Hours since 1970 need 24 bits for the next thousand years.
inline constexpr int series_shift = 32;

inline std::int64_t number(WallTime at, Duration width) {
    const auto since = at.time_since_epoch();
    return since / width - (since % width < Duration::zero() ? 1 : 0);
}
inline std::int64_t number_up(WallTime at, Duration width) {
    return number(at - Duration{1}, width) + 1;
}
inline WallTime time_of(std::int64_t number, Duration width) {
    return WallTime{number * width};
}
inline std::int64_t clamped(std::int64_t number) {
    return std::clamp<std::int64_t>(number, 0, (std::int64_t{1} << series_shift) - 1);
}
inline std::int64_t key(std::int64_t series, std::int64_t number) {
    return series << series_shift | clamped(number);
}
inline std::int64_t number_of(std::int64_t key) {
    return key & ((std::int64_t{1} << series_shift) - 1);
}

inline void decode(std::span<const std::byte> bytes, std::vector<Row>& out) {
    if (!decode_rows(bytes, out))
        throw store::DatabaseError(11 /* SQLITE_CORRUPT */, "a record of history is damaged");
}

using Quarters = std::array<Digest, 4>;
static_assert(std::is_trivially_copyable_v<Quarters>);

inline Quarters unpack(std::span<const std::byte> bytes) {
    Quarters quarters;
    if (bytes.size() != sizeof quarters)
        throw store::DatabaseError(11 /* SQLITE_CORRUPT */, "a roll-up of history is damaged");
    std::memcpy(&quarters, bytes.data(), sizeof quarters);
    return quarters;
}

// The part of rows in order of time that lies in a range.
inline std::span<const Row> within(std::span<const Row> rows, WallTime from, WallTime to) {
    const auto before = [](const Row& row, WallTime at) { return row.at < at; };
    const auto begin = std::lower_bound(rows.begin(), rows.end(), from, before);
    const auto end = std::lower_bound(begin, rows.end(), to, before);
    return {begin, end};
}

}  // namespace hil::measure
