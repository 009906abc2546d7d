// Lines of one plant that wait to be written, file by file, and what one write of them does.
#pragma once

#include "base/result.hpp"
#include "measure/file_store.hpp"
#include "measure/session.hpp"

#include <cstdint>
#include <filesystem>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace hil::measure {

// One file's part of a write: goes out to perform(), comes back with `error` and what was done.
struct FileWrite {
    enum class Beside : std::uint8_t { leave, keep, remove };

    std::size_t plant = 0;
    std::filesystem::path path;
    const device::Schema* schema = &device::battery_schema();
    std::string text;  // to be appended; empty once it is
    std::size_t rows = 0;
    std::vector<Row> values;        // of the rows; left alone, for those who hear of what was written
    Beside beside = Beside::leave;  // what to do with the pending row
    bool beside_done = false;
    std::string pending;
    std::uint64_t slot = 0;               // where to keep it
    bool sync = false;                    // cleared once everything so far is on the disk
    bool checked = false;                 // the file is known to be a recording
    bool over_null = false;               // a row may take the place of a null row of the same time
    std::optional<std::uint64_t> cut_to;  // an earlier write failed: what it left behind goes first
    error_code error;
};

// Appends, then keeps the pending row, then syncs: what is beside a file is never newer than what precedes it
// in the file. Blocking. errc::not_a_header for a file that is no recording: it is not touched.
void perform(FileStore& store, FileWrite& write);

class FileQueue {
  public:
    void push(std::filesystem::path path, FileLines lines);
    // Appends to `writes` whatever there is to do, with `sync` what is not on the disk yet as well. Until
    // tidy() the rows count as waiting.
    void take(std::size_t plant, bool sync, std::vector<FileWrite>& writes);
    // What came of one write; the newest of several first. After the last of them, tidy().
    void give_back(FileWrite write);
    void tidy();
    // Gives up the oldest rows until at most so many bytes wait; how many rows that were.
    std::size_t bound(std::size_t bytes);

    [[nodiscard]] std::size_t rows() const { return rows_ + taken_rows_; }
    // A file's last write failed and it will be tried again.
    [[nodiscard]] bool failing() const;

  private:
    struct File {
        std::filesystem::path path;
        const device::Schema* schema = &device::battery_schema();
        std::string text;
        std::size_t rows = 0;
        std::vector<Row> values;
        std::string pending, kept_pending;
        std::uint64_t slot = 0;
        bool closed = false;    // no more rows are expected
        bool unsynced = false;  // written and not synced
        bool checked = false, over_null = false;
        std::optional<std::uint64_t> cut_to;
        bool failed = false;

        [[nodiscard]] FileWrite::Beside beside() const;
        [[nodiscard]] bool has_work() const;
    };

    std::list<File> files_;  // oldest first; the last is the one rows go to
    std::size_t rows_ = 0, taken_rows_ = 0;
};

}  // namespace hil::measure
