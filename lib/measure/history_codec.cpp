#include "measure/history_codec.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <optional>
#include <type_traits>

namespace hil::measure {
namespace {

static_assert(std::endian::native == std::endian::little, "the bytes are those of the machine");

constexpr std::uint8_t format_version = 1;
constexpr std::array<std::int64_t, 4> time_units{1'000'000'000, 1'000'000, 1'000, 1};
constexpr std::array<double, 7> powers{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
enum class Mode : std::uint8_t { constant, scaled, raw };

class Writer {
  public:
    template <class T>
    void put(T value) {
        static_assert(std::is_trivially_copyable_v<T>);
        const auto at = bytes_.size();
        bytes_.resize(at + sizeof value);
        std::memcpy(bytes_.data() + at, &value, sizeof value);
    }
    // Room for `count` values of `width` bytes.
    std::byte* room(std::size_t count, std::size_t width) {
        const auto at = bytes_.size();
        bytes_.resize(at + count * width);
        return bytes_.data() + at;
    }
    std::vector<std::byte> take() { return std::move(bytes_); }

  private:
    std::vector<std::byte> bytes_;
};

class Reader {
  public:
    explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    template <class T>
    bool get(T& value) {
        const auto* from = take(1, sizeof value);
        if (from) std::memcpy(&value, from, sizeof value);
        return from;
    }
    const std::byte* take(std::size_t count, std::size_t width) {
        if (width != 0 && count > bytes_.size() / width) return nullptr;
        const auto* from = bytes_.data();
        bytes_ = bytes_.subspan(count * width);
        return from;
    }

  private:
    std::span<const std::byte> bytes_;
};

std::uint8_t width_of(std::uint64_t largest) {
    if (largest <= 0xff) return 1;
    if (largest <= 0xffff) return 2;
    if (largest <= 0xffffffff) return 4;
    return 8;
}

// Calls `with` with a value of the unsigned type of that width; false for a width there is not.
template <class F>
bool with_width(std::uint8_t width, F with) {
    switch (width) {
        case 1:
            with(std::uint8_t{});
            return true;
        case 2:
            with(std::uint16_t{});
            return true;
        case 4:
            with(std::uint32_t{});
            return true;
        case 8:
            with(std::uint64_t{});
            return true;
        default:
            return false;
    }
}

// `number(i)` for every row, less `base`, in `width` bytes each.
template <class F>
void put_offsets(Writer& out, std::size_t rows, std::int64_t base, std::uint8_t width, F number) {
    auto* to = out.room(rows, width);
    with_width(width, [&](auto zero) {
        for (std::size_t i = 0; i < rows; ++i) {
            const auto offset = static_cast<decltype(zero)>(number(i) - base);
            std::memcpy(to + i * sizeof offset, &offset, sizeof offset);
        }
    });
}

void put_times(Writer& out, std::span<const Row> rows) {
    const auto base = rows.front().at.time_since_epoch().count();
    std::size_t unit = 0;
    for (const auto& row : rows) {
        while ((row.at.time_since_epoch().count() - base) % time_units[unit] != 0)
            ++unit;
    }
    const auto offset = [&](std::size_t i) {
        return (rows[i].at.time_since_epoch().count() - base) / time_units[unit];
    };
    const auto width = width_of(static_cast<std::uint64_t>(offset(rows.size() - 1)));
    out.put(std::int64_t{base});
    out.put(static_cast<std::uint8_t>(unit));
    out.put(width);
    put_offsets(out, rows.size(), 0, width, offset);
}

// Nearest whole number, for |x| < 2^51.
double whole(double x) {
    constexpr double magic = 6755399441055744.0;  // 1.5 * 2^52: no bits are left for a fraction
    return (x + magic) - magic;
}

// How many decimals tell all values of the column apart from any other; none when more than six would be
// needed.
std::optional<std::uint8_t> decimals_of(std::span<const Row> rows, std::size_t column) {
    constexpr double limit = 1125899906842624.0;  // 2^50: exact with every smaller number of decimals too
    std::size_t decimals = 0;
    for (const auto& row : rows) {
        if (row.null) continue;
        const double value = row.values[column];
        for (;;) {
            const double scaled = value * powers[decimals];
            if (!(std::abs(scaled) < limit)) return {};
            if (whole(scaled) / powers[decimals] == value) break;
            if (++decimals == powers.size()) return {};
        }
    }
    return static_cast<std::uint8_t>(decimals);
}

void put_column(Writer& out, std::span<const Row> rows, std::size_t column, const Row& first) {
    const auto bits = [column](const Row& row) { return std::bit_cast<std::uint64_t>(row.values[column]); };
    if (std::all_of(rows.begin(), rows.end(),
                    [&](const Row& r) { return r.null || bits(r) == bits(first); })) {
        out.put(Mode::constant);
        out.put(first.values[column]);
        return;
    }
    const auto decimals = decimals_of(rows, column);
    if (!decimals) {
        out.put(Mode::raw);
        for (const auto& row : rows)
            out.put(row.values[column]);
        return;
    }
    const double power = powers[*decimals];
    const auto number = [&](const Row& row) {
        return static_cast<std::int64_t>(whole(row.values[column] * power));
    };
    std::int64_t lowest = number(first), highest = lowest;
    for (const auto& row : rows) {
        if (row.null) continue;
        lowest = std::min(lowest, number(row));
        highest = std::max(highest, number(row));
    }
    const auto width = width_of(static_cast<std::uint64_t>(highest - lowest));
    out.put(Mode::scaled);
    out.put(*decimals);
    out.put(lowest);
    out.put(width);
    put_offsets(out, rows.size(), lowest, width,
                [&](std::size_t i) { return rows[i].null ? lowest : number(rows[i]); });
}

bool get_times(Reader& in, std::span<Row> rows) {
    std::int64_t base = 0;
    std::uint8_t unit = 0, width = 0;
    if (!in.get(base) || !in.get(unit) || !in.get(width) || unit >= time_units.size()) return false;
    const auto* from = in.take(rows.size(), width);
    if (!from) return false;
    return with_width(width, [&](auto offset) {
        for (auto& row : rows) {
            std::memcpy(&offset, from, sizeof offset);
            from += sizeof offset;
            row.at = WallTime{Duration{base + static_cast<std::int64_t>(offset) * time_units[unit]}};
        }
    });
}

bool get_column(Reader& in, std::span<Row> rows, std::size_t column) {
    Mode mode{};
    if (!in.get(mode)) return false;
    if (mode == Mode::constant) {
        double value = 0;
        if (!in.get(value)) return false;
        for (auto& row : rows)
            row.values[column] = value;
        return true;
    }
    if (mode == Mode::raw) {
        const auto* from = in.take(rows.size(), sizeof(double));
        if (!from) return false;
        for (auto& row : rows) {
            std::memcpy(&row.values[column], from, sizeof(double));
            from += sizeof(double);
        }
        return true;
    }
    std::uint8_t decimals = 0, width = 0;
    std::int64_t base = 0;
    if (mode != Mode::scaled || !in.get(decimals) || !in.get(base) || !in.get(width)) return false;
    const auto* from = in.take(rows.size(), width);
    if (!from || decimals >= powers.size()) return false;
    const double power = powers[decimals];
    return with_width(width, [&](auto offset) {
        for (auto& row : rows) {
            std::memcpy(&offset, from, sizeof offset);
            from += sizeof offset;
            row.values[column] = static_cast<double>(base + static_cast<std::int64_t>(offset)) / power;
        }
    });
}

bool get_nulls(Reader& in, std::span<Row> rows) {
    std::uint32_t count = 0;
    if (!in.get(count) || count > rows.size()) return false;
    for (std::uint32_t i = 0; i < count; ++i) {
        std::uint32_t at = 0;
        if (!in.get(at) || at >= rows.size()) return false;
        rows[at] = null_row(rows[at].at);
    }
    return true;
}

}  // namespace

std::vector<std::byte> encode_rows(std::span<const Row> rows) {
    Writer out;
    out.put(format_version);
    out.put(static_cast<std::uint32_t>(rows.size()));
    if (rows.empty()) return out.take();
    put_times(out, rows);
    const auto first = std::find_if(rows.begin(), rows.end(), [](const Row& row) { return !row.null; });
    for (std::size_t column = 0; column < column_count; ++column)
        put_column(out, rows, column, first == rows.end() ? rows.front() : *first);
    const auto nulls = std::count_if(rows.begin(), rows.end(), [](const Row& row) { return row.null; });
    out.put(static_cast<std::uint32_t>(nulls));
    for (std::uint32_t i = 0; i < rows.size(); ++i)
        if (rows[i].null) out.put(i);
    return out.take();
}

bool decode_rows(std::span<const std::byte> bytes, std::vector<Row>& out) {
    Reader in(bytes);
    std::uint8_t version = 0;
    std::uint32_t count = 0;
    if (!in.get(version) || version != format_version || !in.get(count)) return false;
    if (count == 0) return true;
    if (count > bytes.size()) return false;  // a row takes a byte at least, for its time
    const auto before = out.size();
    out.resize(before + count);
    const std::span rows(out.data() + before, count);
    bool good = get_times(in, rows);
    for (std::size_t column = 0; good && column < column_count; ++column)
        good = get_column(in, rows, column);
    if (good && get_nulls(in, rows)) return true;
    out.resize(before);
    return false;
}

}  // namespace hil::measure
