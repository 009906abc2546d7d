// What of a plant's samples goes into which file: sessions with their boundary null rows, a null row at a
// lost link, compression per file, and the file of a row's own local date. No I/O: lines out, for the
// recorder to write.
//
// A file never goes back in time. When the wall clock is set back by a moment, the rows of that moment are
// refused; when it is set back further, they go to the next part of their date's recording, from then on.
#pragma once

#include "base/zone.hpp"
#include "measure/compression.hpp"
#include "measure/csv_format.hpp"
#include "measure/file_index.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hil::measure {

// Text that waits to be appended to the file of one date and part.
struct FileLines {
    LocalDate date;
    unsigned part = 1;
    const device::Schema* schema = &device::battery_schema();
    std::string text;
    std::size_t rows = 0;
    std::vector<Row> values;  // the same rows, with the values of the text
    // The newest row of a stretch that is still open; empty when there is none. Belongs after `text`.
    std::string pending;
    bool closed = false;  // no more rows are expected
    // A row has the time of the null row before it, which may be in the file already: it takes its place.
    bool over_null = false;
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
    Session(Zone zone, Settings settings, const Newest& newest, WallTime now,
            std::function<void(RowKind)> on_row = {});

    // One measured row, kept where the rule says so.
    void sample(const Row& row);
    // A sample failed: one null row, one period after the last measured row.
    void gap();
    // Closes the session; nothing may follow.
    void end(WallTime now);

    // Takes what is final since the last call, oldest file first, each with its pending row as it is now.
    // Empty when nothing is new.
    std::vector<FileLines> take();
    // Of the file that rows went to last.
    [[nodiscard]] std::optional<LocalDate> date() const { return date_; }
    [[nodiscard]] unsigned part() const { return part_; }
    // Rows before this instant are refused, as the last one was; none when the last one was not.
    [[nodiscard]] std::optional<WallTime> refusing_until() const { return refusing_until_; }
    // While rows go to a further part of their date because the wall clock was set back: when what was
    // recorded before is reached again. None otherwise.
    [[nodiscard]] std::optional<WallTime> behind_until() const { return behind_until_; }

    // So far back a clock that is put right costs the rows of that time instead of a file of their own.
    static constexpr Duration moment = std::chrono::minutes(1);
    // What the recordings end with now, written or not.
    [[nodiscard]] const Newest& newest() const { return newest_; }

  private:
    enum class Awaiting : std::uint8_t { nothing, first_sample, link };

    void put_null(WallTime at);
    void mark_begin(WallTime first);
    Verdict append(const Row& row);
    void open_file(WallTime at);
    void break_off();
    void begin_part(const LocalDate& date, WallTime at);
    void close_file();
    void print(const Row& row);
    [[nodiscard]] bool in_file(WallTime at) const { return date_ && at >= day_begin_ && at < day_end_; }
    [[nodiscard]] LocalDate date_of(WallTime at) const;
    [[nodiscard]] RecordingEnd* end_of(const LocalDate& date);
    void remember(const Row& row);
    FileLines& lines();

    Zone zone_;
    Settings settings_;
    std::function<void(RowKind)> on_row_;
    Compression compression_;
    Newest newest_;  // a pending row counts
    Awaiting awaiting_ = Awaiting::first_sample;
    bool saw_sample_ = false, over_null_ = false;
    std::optional<WallTime> refusing_until_, behind_until_;
    std::optional<LocalDate> date_;  // of the file in hand
    unsigned part_ = 1;
    WallTime day_begin_{}, day_end_{};  // of that date
    std::vector<FileLines> waiting_;
};

}  // namespace hil::measure
