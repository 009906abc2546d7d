// Reads a recording from its begin to its end in bounded memory.
#pragma once

#include "base/result.hpp"
#include "base/zone.hpp"
#include "measure/csv_format.hpp"
#include "measure/file_store.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hil::measure {

class RecordingReader {
  public:
    // `block`: how many bytes are read at once; a line is never longer.
    RecordingReader(FileStore& store, std::filesystem::path file, Zone zone, std::size_t block = 4u << 20u);

    // The rows of the next block, as they stand in the file; empty at the end. Lines that are not rows are
    // left out and counted, and so is a last line without its line end: it may be the begin of another.
    // errc::not_a_header for a file that is no recording.
    result<std::vector<Row>> next();

    // Whose columns these are, once rows were read.
    [[nodiscard]] const device::Schema& schema() const { return layout_.schema(); }
    [[nodiscard]] std::uint64_t bytes() const { return offset_; }
    [[nodiscard]] std::uint64_t bad_lines() const { return bad_lines_; }

  private:
    result<void> take_header();
    void take_lines(std::vector<Row>& rows);

    FileStore& store_;
    std::filesystem::path file_;
    Zone zone_;
    std::size_t block_;
    std::uint64_t offset_ = 0;  // read so far
    std::string text_;          // read and not taken
    bool headed_ = false;
    CsvLayout layout_;
    std::uint64_t bad_lines_ = 0;
};

}  // namespace hil::measure
