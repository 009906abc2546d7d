#include "measure/parquet_encoder.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <optional>

namespace hil::measure {
namespace {

static_assert(std::endian::native == std::endian::little, "plain values are little-endian");

void append_plain(std::string& out, double value) {
    const auto bytes = std::bit_cast<std::array<char, sizeof value>>(value);
    out.append(bytes.data(), bytes.size());
}
void append_plain(std::string& out, std::int64_t value) {
    const auto bytes = std::bit_cast<std::array<char, sizeof value>>(value);
    out.append(bytes.data(), bytes.size());
}
template <class Value>
std::string plain(Value value) {
    std::string out;
    append_plain(out, value);
    return out;
}

// Definition levels 0 and 1 as runs: the length of the run times two as a varint, then the level.
class Levels {
  public:
    void add(bool defined) {
        if (run_ > 0 && defined != level_) flush();
        level_ = defined;
        ++run_;
    }
    // With their length in front, as a data page has them.
    std::string finish() {
        flush();
        const auto size = static_cast<std::uint32_t>(runs_.size());
        const auto bytes = std::bit_cast<std::array<char, sizeof size>>(size);
        return std::string(bytes.data(), bytes.size()) + runs_;
    }

  private:
    void flush() {
        if (run_ == 0) return;
        for (auto rest = run_ << 1u;;) {
            const auto low = static_cast<unsigned char>(rest & 0x7Fu);
            rest >>= 7u;
            runs_.push_back(static_cast<char>(rest > 0 ? low | 0x80u : low));
            if (rest == 0) break;
        }
        runs_.push_back(level_ ? '\1' : '\0');
        run_ = 0;
    }

    std::string runs_;
    std::uint64_t run_ = 0;
    bool level_ = false;
};

struct Page {
    std::string bytes;  // levels and values
    std::int64_t nulls = 0;
    std::optional<std::pair<std::string, std::string>> extremes;
};

Page instants(std::span<const Row> rows) {
    const auto micros = [](const Row& row) -> std::int64_t {
        return std::chrono::floor<std::chrono::microseconds>(row.at.time_since_epoch()).count();
    };
    Page out;
    for (const auto& row : rows)
        append_plain(out.bytes, micros(row));
    out.extremes = {plain(micros(rows.front())), plain(micros(rows.back()))};
    return out;
}

Page numbers(std::span<const Row> rows, std::size_t column) {
    Levels levels;
    std::string values;
    double least = INFINITY, most = -INFINITY;
    Page out;
    for (const auto& row : rows) {
        const double value = row.null ? unknown : row.values[column];
        const bool known = std::isfinite(value);
        levels.add(known);
        if (!known) {
            ++out.nulls;
            continue;
        }
        append_plain(values, value);
        least = std::min(least, value);
        most = std::max(most, value);
    }
    out.bytes = levels.finish() + values;
    // Zeros of both signs are equal, and readers differ in which is less: the format wants the wider pair.
    if (least <= most) out.extremes = {plain(least == 0 ? -0.0 : least), plain(most == 0 ? 0.0 : most)};
    return out;
}

}  // namespace

ParquetEncoder::ParquetEncoder(std::string_view plant, std::string_view transport,
                               const device::Schema& schema) {
    footer_.created_by = "hil-scheduler";
    footer_.notes = {{"plant", std::string(plant)}, {"transport", std::string(transport)}};
    footer_.columns.push_back({.name = "timestamp", .type = parquet::Type::instant, .optional = false});
    for (const auto& column : schema.columns)
        footer_.columns.push_back(
            {.name = std::string(column.name), .type = parquet::Type::number, .optional = true});
}

std::string ParquetEncoder::begin() {
    written_ = static_cast<std::int64_t>(parquet::magic.size());
    return std::string(parquet::magic);
}

std::string ParquetEncoder::row_group(std::span<const Row> rows) {
    std::string out;
    auto& group = footer_.groups.emplace_back();
    group.rows = static_cast<std::int64_t>(rows.size());
    for (std::size_t i = 0; i < footer_.columns.size(); ++i) {
        auto page = i == 0 ? instants(rows) : numbers(rows, i - 1);
        const auto head = parquet::page_header(static_cast<std::int32_t>(rows.size()),
                                               static_cast<std::int32_t>(page.bytes.size()));
        const auto size = static_cast<std::int64_t>(head.size() + page.bytes.size());
        group.chunks.push_back({.offset = written_,
                                .size = size,
                                .values = group.rows,
                                .nulls = page.nulls,
                                .extremes = std::move(page.extremes)});
        written_ += size;
        out += head;
        out += page.bytes;
    }
    return out;
}

std::string ParquetEncoder::end() {
    auto out = parquet::footer_bytes(footer_);
    const auto size = static_cast<std::uint32_t>(out.size());
    const auto bytes = std::bit_cast<std::array<char, sizeof size>>(size);
    out.append(bytes.data(), bytes.size());
    out += parquet::magic;
    return out;
}

std::size_t rows_of_first_day(std::span<const Row> rows, const Zone& zone) {
    if (rows.empty()) return 0;
    const auto next = zone.midnight(next_day(zone.date(rows.front().at)));
    const auto end = std::ranges::lower_bound(rows, next, {}, &Row::at);
    return static_cast<std::size_t>(end - rows.begin());
}

}  // namespace hil::measure
