// History as tables of the site's database. Every call blocks; SqliteHistory makes them off the reactor.
//
// An hour of one plant and transport is one record of packed rows. Beside it, made again whenever the hour
// changes: the digests of its four quarters, the rows that carry its extremes, and the same extremes gathered
// for the day. A question about a year reads days, one about a week hours, one about a day the rows
// themselves.
#pragma once

#include "measure/history.hpp"
#include "measure/history_digest.hpp"
#include "store/database.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hil::measure {

std::span<const store::Migration> history_migrations();

class HistoryTables {
  public:
    explicit HistoryTables(std::shared_ptr<store::Database> database) : database_(std::move(database)) {}

    // Adds rows of one plant, in one transaction. Rows come in order of time. Of an instant that is there
    // already a measured row replaces a null row; otherwise what is there stays. Rows before 1970 are passed
    // over. How many rows were new or changed one. An hour whose record is damaged is begun anew with these
    // rows, see take_losses(): the recordings have what it held.
    std::uint64_t store(std::string_view plant, config::TransportMode transport, std::span<const Row> rows);

    // The hours that store() has begun anew since the last call, as sentences.
    std::vector<std::string> take_losses() { return std::exchange(losses_, {}); }

    HistoryAnswer rows(std::string_view plant, config::TransportMode transport, Range range,
                       std::optional<std::size_t> points);
    std::vector<Bucket> buckets(std::string_view plant, config::TransportMode transport, Range range,
                                Resolution resolution);
    std::vector<Interval> availability(std::string_view plant, config::TransportMode transport, Range range,
                                       Duration gap);
    std::optional<Range> extent(std::string_view plant, config::TransportMode transport);

    std::uint64_t count(std::string_view plant, config::TransportMode transport, Range range);

    // Removes whole hours that ended before, of every plant, up to so many; how many were removed.
    std::size_t prune(WallTime before, std::size_t hours);

    // Which recordings have been taken over, by their whole path: unchanged ones need not be read again.
    struct TakenOver {
        std::uint64_t size = 0, rows = 0, bad_lines = 0;
    };
    std::optional<TakenOver> taken_over(const std::string& path);
    void take_over(const std::string& path, const TakenOver& file);

    // Every plant and transport that has rows.
    std::vector<std::pair<std::string, config::TransportMode>> series();

    [[nodiscard]] store::Database& database() { return *database_; }

  private:
    using Key = std::int64_t;  // of an hour or a day: the series and its number since 1970

    [[nodiscard]] std::optional<std::int64_t> find(std::string_view plant, config::TransportMode transport);
    std::int64_t find_or_add(std::string_view plant, config::TransportMode transport);
    [[nodiscard]] std::vector<Row> read_hour(Key key);
    // None when its record is damaged.
    [[nodiscard]] std::optional<std::vector<Row>> try_hour(Key key);
    void write_hour(Key key, std::span<const Row> rows);
    void write_day(Key key);
    // Appends the rows of a range from one level of the pyramid; whole hours or days only where they lie
    // inside.
    void append_rows(std::int64_t series, Range range, std::vector<Row>& out);
    void append_hours(std::int64_t series, Range range, std::vector<Row>& out);
    void append_days(std::int64_t series, Range range, std::vector<Row>& out);
    [[nodiscard]] std::uint64_t count(std::int64_t series, Range range);
    [[nodiscard]] std::optional<Row> newest_before(std::int64_t series, WallTime before);
    [[nodiscard]] std::optional<Range> extent(std::int64_t series);

    std::shared_ptr<store::Database> database_;
    std::map<std::pair<std::string, config::TransportMode>, std::int64_t> known_series_;
    std::vector<std::string> losses_;
};

}  // namespace hil::measure
