#include "measure/parquet_footer.hpp"

#include <thrift/protocol/TCompactProtocol.h>
#include <thrift/transport/TBufferTransports.h>

#include <memory>
#include <numeric>

namespace hil::measure::parquet {
namespace {

namespace thrift = apache::thrift;
using thrift::protocol::TType;

// Names and numbers of parquet.thrift.
constexpr std::int32_t parquet_version = 2;
constexpr std::int32_t type_int64 = 2, type_double = 5;
constexpr std::int32_t repetition_required = 0, repetition_optional = 1;
constexpr std::int32_t converted_timestamp_micros = 10;
constexpr std::int32_t encoding_plain = 0, encoding_rle = 3;
constexpr std::int32_t codec_uncompressed = 0;
constexpr std::int32_t page_data = 0;

// Writes structures field by field; Thrift knows how their bytes are.
class FooterWriter {
  public:
    void begin() { protocol_.writeStructBegin(""); }
    void end() {
        protocol_.writeFieldStop();
        protocol_.writeStructEnd();
    }
    void i16(std::int16_t field, std::int16_t value) {
        open(TType::T_I16, field);
        protocol_.writeI16(value);
    }
    void i32(std::int16_t field, std::int32_t value) {
        open(TType::T_I32, field);
        protocol_.writeI32(value);
    }
    void i64(std::int16_t field, std::int64_t value) {
        open(TType::T_I64, field);
        protocol_.writeI64(value);
    }
    void flag(std::int16_t field, bool value) {
        open(TType::T_BOOL, field);
        protocol_.writeBool(value);
    }
    void text(std::int16_t field, const std::string& value) {
        open(TType::T_STRING, field);
        protocol_.writeBinary(value);
    }
    // A structure as a field; end() ends it.
    void begin(std::int16_t field) {
        open(TType::T_STRUCT, field);
        begin();
    }
    // A union of which one member has no fields of its own.
    void choice(std::int16_t member) {
        begin(member);
        end();
    }
    // Elements follow.
    void list(std::int16_t field, TType of, std::size_t size) {
        open(TType::T_LIST, field);
        protocol_.writeListBegin(of, static_cast<std::uint32_t>(size));
    }
    void i32_element(std::int32_t value) { protocol_.writeI32(value); }
    void text_element(const std::string& value) { protocol_.writeString(value); }

    [[nodiscard]] std::string bytes() const { return buffer_->getBufferAsString(); }

  private:
    void open(TType type, std::int16_t field) { protocol_.writeFieldBegin("", type, field); }

    std::shared_ptr<thrift::transport::TMemoryBuffer> buffer_ =
        std::make_shared<thrift::transport::TMemoryBuffer>();
    thrift::protocol::TCompactProtocolT<thrift::transport::TMemoryBuffer> protocol_{buffer_};
};

std::int32_t physical(Type type) {
    return type == Type::instant ? type_int64 : type_double;
}

void put_schema(FooterWriter& out, const ColumnSchema& column) {
    out.begin();
    out.i32(1, physical(column.type));
    out.i32(3, column.optional ? repetition_optional : repetition_required);
    out.text(4, column.name);
    if (column.type == Type::instant) {
        out.i32(6, converted_timestamp_micros);
        out.begin(10);      // LogicalType
        out.begin(8);       // TIMESTAMP
        out.flag(1, true);  // adjusted to UTC
        out.begin(2);       // unit
        out.choice(2);      // MICROS
        out.end();
        out.end();
        out.end();
    }
    out.end();
}

void put_chunk(FooterWriter& out, const ColumnSchema& column, const Chunk& chunk) {
    out.begin();
    out.i64(2, chunk.offset);
    out.begin(3);  // ColumnMetaData
    out.i32(1, physical(column.type));
    out.list(2, TType::T_I32, 2);
    out.i32_element(encoding_plain);
    out.i32_element(encoding_rle);
    out.list(3, TType::T_STRING, 1);
    out.text_element(column.name);
    out.i32(4, codec_uncompressed);
    out.i64(5, chunk.values);
    out.i64(6, chunk.size);
    out.i64(7, chunk.size);
    out.i64(9, chunk.offset);
    out.begin(12);  // Statistics
    out.i64(3, chunk.nulls);
    if (chunk.extremes) {
        out.text(5, chunk.extremes->second);
        out.text(6, chunk.extremes->first);
    }
    out.end();
    out.end();
    out.end();
}

void put_group(FooterWriter& out, const std::vector<ColumnSchema>& columns, const RowGroup& group,
               std::size_t number) {
    const auto size = std::accumulate(group.chunks.begin(), group.chunks.end(), std::int64_t{0},
                                      [](std::int64_t sum, const Chunk& chunk) { return sum + chunk.size; });
    out.begin();
    out.list(1, TType::T_STRUCT, group.chunks.size());
    for (std::size_t i = 0; i < group.chunks.size(); ++i)
        put_chunk(out, columns[i], group.chunks[i]);
    out.i64(2, size);
    out.i64(3, group.rows);
    out.i64(5, group.chunks.front().offset);
    out.i64(6, size);
    // A reader may leave it out, and from here on it would not fit.
    if (number <= 32'767) out.i16(7, static_cast<std::int16_t>(number));
    out.end();
}

}  // namespace

std::string page_header(std::int32_t values, std::int32_t bytes) {
    FooterWriter out;
    out.begin();
    out.i32(1, page_data);
    out.i32(2, bytes);
    out.i32(3, bytes);
    out.begin(5);  // DataPageHeader
    out.i32(1, values);
    out.i32(2, encoding_plain);
    out.i32(3, encoding_rle);
    out.i32(4, encoding_rle);
    out.end();
    out.end();
    return out.bytes();
}

std::string footer_bytes(const Footer& footer) {
    FooterWriter out;
    std::int64_t rows = 0;
    for (const auto& group : footer.groups)
        rows += group.rows;
    out.begin();
    out.i32(1, parquet_version);
    out.list(2, TType::T_STRUCT, footer.columns.size() + 1);
    out.begin();  // the root, whose children are the columns
    out.text(4, "measurements");
    out.i32(5, static_cast<std::int32_t>(footer.columns.size()));
    out.end();
    for (const auto& column : footer.columns)
        put_schema(out, column);
    out.i64(3, rows);
    out.list(4, TType::T_STRUCT, footer.groups.size());
    for (std::size_t i = 0; i < footer.groups.size(); ++i)
        put_group(out, footer.columns, footer.groups[i], i);
    out.list(5, TType::T_STRUCT, footer.notes.size());
    for (const auto& [key, value] : footer.notes) {
        out.begin();
        out.text(1, key);
        out.text(2, value);
        out.end();
    }
    out.text(6, footer.created_by);
    // The extremes are ordered as the types are.
    out.list(7, TType::T_STRUCT, footer.columns.size());
    for (std::size_t i = 0; i < footer.columns.size(); ++i) {
        out.begin();
        out.choice(1);
        out.end();
    }
    out.end();
    return out.bytes();
}

}  // namespace hil::measure::parquet
