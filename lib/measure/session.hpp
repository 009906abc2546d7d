// What of a plant's samples goes into which file: sessions with their boundary null rows, a null row at a
// lost link, compression per file, and the file of a row's own local date. No I/O: lines out, for the
// recorder to write.
#pragma once

#include "base/zone.hpp"
#include "measure/compression.hpp"
#include "measure/csv_format.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hil::measure {

// Text that waits to be appended to the file of one date.
struct FileLines {
    LocalDate date;
    std::string text;
    std::size_t rows = 0;
    // The newest row of a stretch that is still open; empty when there is none. Belongs after `text`.
    std::string pending;
};

struct RowCounters {
    std::uint64_t kept = 0, merged = 0, null = 0;
    std::uint64_t refused = 0;  // not after the newest measured row of their file
    std::uint64_t dropped = 0;  // given up because they could not be written for too long
};

enum class RowKind : std::uint8_t { kept, merged, null, refused };

class Session {
  public:
    struct Settings {
        Duration period{};  // of sampling
        config::Compression compression;
        ColumnFormat format;
    };
    // `newest`: what the plant's recordings end with. `on_row` hears of every row.
    Session(Zone zone, Settings settings, std::optional<Row> newest, std::optional<Row> newest_measured,
            WallTime now, std::function<void(RowKind)> on_row = {});

    // One measured row, kept where the rule says so. A row that is not after the newest measured one of its
    // file is refused: a file never goes back in time.
    void sample(const Row& row);
    // A sample failed: one null row, one period after the last measured row.
    void gap();
    // Closes the session; nothing may follow.
    void end(WallTime now);

    // Takes what is final since the last call, oldest file first, each with its pending row as it is now.
    std::vector<FileLines> take();
    // The local date whose file the next row is expected to go to.
    [[nodiscard]] std::optional<LocalDate> date() const;

  private:
    void put_null(WallTime at);
    void open_file(WallTime at);
    void append(const Row& row);
    FileLines& lines(LocalDate date);

    Zone zone_;
    Settings settings_;
    std::function<void(RowKind)> on_row_;
    Compression compression_;
    std::optional<Row> newest_;                // of any file, nulls included; a pending row counts
    std::optional<WallTime> newest_measured_;  // of the file in hand
    bool awaiting_first_ = true;
    bool saw_sample_ = false;
    std::optional<LocalDate> date_;     // of the file in hand
    WallTime day_begin_{}, day_end_{};  // of that date
    std::vector<FileLines> waiting_;
};

}  // namespace hil::measure
