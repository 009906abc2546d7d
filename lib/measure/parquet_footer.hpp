// The few structures of Apache Parquet (parquet.thrift of format 2.x) that a file of plain pages needs, as
// their bytes in Thrift's compact protocol.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hil::measure::parquet {

enum class Type : std::uint8_t { instant, number };  // INT64 as TIMESTAMP(MICROS, UTC); DOUBLE

struct ColumnSchema {
    std::string name;
    Type type = Type::number;
    bool optional = true;  // has definition levels
};

// One column of a row group, in one page.
struct Chunk {
    std::int64_t offset = 0;  // of the page header, from the begin of the file
    std::int64_t size = 0;    // with the page header, bytes
    std::int64_t values = 0;  // nulls included
    std::int64_t nulls = 0;
    std::optional<std::pair<std::string, std::string>> extremes;  // least and most, plain
};

struct RowGroup {
    std::int64_t rows = 0;
    std::vector<Chunk> chunks;  // by column
};

struct Footer {
    std::vector<ColumnSchema> columns;
    std::vector<RowGroup> groups;
    std::vector<std::pair<std::string, std::string>> notes;  // key and value, for people
    std::string created_by;
};

inline constexpr std::string_view magic = "PAR1";  // begins and ends a file

// The header of a data page of plain values; levels as in RLE. `bytes`: what follows it.
std::string page_header(std::int32_t values, std::int32_t bytes);
// The footer without its length and the magic bytes.
std::string footer_bytes(const Footer& footer);

}  // namespace hil::measure::parquet
