#include "measure/recompress.hpp"

#include "measure/compression.hpp"
#include "measure/csv_format.hpp"
#include "measure/pending_file.hpp"
#include "measure/recording_reader.hpp"

#include <optional>
#include <string>

namespace hil::measure {
namespace {

constexpr std::string_view unfinished = ".compressing";

// Collects text and writes it at the end of a file in large pieces.
class Output {
  public:
    Output(FileStore& store, std::filesystem::path file, const device::Schema& schema)
        : store_(store), file_(std::move(file)) {
        // Values keep the digits they were read with.
        shortest_.schema = &schema;
        shortest_.count.fill(1);
        text_ = csv_header(schema);
    }

    void add(const Row& row, const Zone& zone) {
        append_row(text_, row, shortest_, zone);
        ++rows_;
    }
    result<void> write() {
        if (const auto written = store_.write_at(file_, size_, text_); !written) return written;
        size_ += text_.size();
        text_.clear();
        return {};
    }
    [[nodiscard]] std::uint64_t rows() const { return rows_; }
    [[nodiscard]] std::uint64_t size() const { return size_; }

  private:
    FileStore& store_;
    std::filesystem::path file_;
    ColumnFormat shortest_;
    std::string text_;
    std::uint64_t rows_ = 0, size_ = 0;
};

result<void> check(FileStore& store, const std::filesystem::path& file, const device::Schema& schema) {
    const auto header = csv_header(schema);
    const auto head = store.read(file, 0, header.size());
    if (!head) return head.error();
    if (*head != header) return errc::not_a_header;
    const auto pending = store.size(pending_path(file));
    if (!pending) return pending.error();
    return *pending > 0 ? result<void>(errc::row_pending) : result<void>{};
}

result<void> squeeze(RecordingReader& reader, Compression compression, Output& output, const Zone& zone,
                     std::uint64_t& rows) {
    std::optional<Row> held;  // a measured row may still take the place of a null row
    const auto push = [&](const Row& row) {
        const auto& outcome = compression.push(row);
        for (std::uint8_t i = 0; i < outcome.final_count; ++i)
            output.add(outcome.final[i], zone);
    };
    for (;;) {
        const auto block = reader.next();
        if (!block) return block.error();
        if (block->empty()) break;
        for (const auto& row : *block) {
            if (held && row.at <= held->at) {
                if (row.at < held->at || row.null == held->null) return errc::not_in_order;
                if (held->null) held = row;
                continue;
            }
            if (held) push(*held);
            held = row;
        }
        rows += block->size();
        if (const auto written = output.write(); !written) return written;
    }
    if (reader.bad_lines() > 0) return errc::not_a_row;
    if (held) push(*held);
    if (const auto pending = compression.finish()) output.add(*pending, zone);
    return output.write();
}

}  // namespace

result<Recompressed> recompress(FileStore& store, const std::filesystem::path& file,
                                const config::Compression& rule, const ColumnFormat& format,
                                const Zone& zone) {
    if (const auto fit = check(store, file, *format.schema); !fit) return fit.error();
    Recompressed out;
    const auto before = store.size(file);
    if (!before) return before.error();
    out.bytes_before = *before;

    auto beside = file;
    beside += unfinished;
    RecordingReader reader(store, file, zone);
    Output output(store, beside, *format.schema);
    auto done = squeeze(reader, Compression(rule, format), output, zone, out.rows_before);
    out.rows_after = output.rows();
    out.bytes_after = output.size();
    const bool worth_it = out.rows_after < out.rows_before;
    if (done && worth_it) {
        done = store.sync(beside);
        if (done) done = store.rename(beside, file);
        out.replaced = done.has_value();
    }
    if (!out.replaced) (void)store.remove(beside);
    if (!done) return done.error();
    if (!worth_it) {
        out.rows_after = out.rows_before;
        out.bytes_after = out.bytes_before;
    }
    return out;
}

}  // namespace hil::measure
