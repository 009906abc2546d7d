// Measurements that still have to reach the platform, in the site's database: what was taken in is delivered,
// whatever happens to the process meanwhile, or is dropped because too much waits.
//
// Everything here blocks and belongs on the database's thread. Values of one series leave in the order in
// which they entered, and one leaves the table only after the platform has answered for it: a crash between
// the two repeats it, identical in series, time and value.
#pragma once

#include "market/messages.hpp"
#include "store/database.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hil::market {

struct OutboxItem {
    std::string plant;   // id
    std::string metric;  // "soc", "p", "q", "v"
    int series = 0;
    Measurement measured;
};

class Outbox {
  public:
    // Values are for this platform alone: what was measured for another address (an emulator on this machine)
    // stays in the table and is never sent here. At most `capacity` values wait, over all plants and
    // platforms. Reads how much waits; throws store::DatabaseError, as every call can.
    Outbox(store::Database& database, std::string platform, std::size_t capacity);

    static const std::vector<store::Migration>& migrations();

    struct Removed {
        std::string plant;
        int series = 0;
        std::size_t count = 0;
    };
    struct Enqueued {
        std::vector<OutboxItem> taken;
        // Not later than what was taken of the series before (the clock was set back): a series has one value
        // a second, and its times rise.
        std::size_t repeated = 0;
        std::vector<Removed> dropped;  // the oldest, because too many waited
    };
    // All or nothing. A time that lies more than a day ahead of `now` and was stored by a clock that was
    // wrong does not count as taken.
    Enqueued enqueue(std::span<const OutboxItem> items, WallTime now);

    struct Entry {
        std::int64_t id = 0;
        std::string plant, metric;
        Measurement measured;
    };
    // The oldest values of a series, oldest first.
    std::vector<Entry> oldest(int series, std::size_t limit);
    // The platform has them: the values of the series up to that id are forgotten.
    std::vector<Removed> confirm(int series, std::int64_t last_id);
    // The platform will not have it. The latest thousand are kept, with the reason, for whoever looks.
    std::vector<Removed> dead_letter(int series, std::int64_t id, std::string_view reason, WallTime now);

    struct Waiting {
        std::string plant;
        int series = 0;
        std::size_t count = 0;
    };
    // Of this platform, by plant and series.
    std::vector<Waiting> waiting();
    // When the oldest value of a plant was enqueued; none when nothing waits.
    std::optional<WallTime> oldest_enqueued(std::string_view plant);
    // Of all platforms.
    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    std::vector<Removed> drop_oldest(std::size_t count);
    std::vector<Removed> grouped(store::Statement& rows);
    std::size_t count_rows();

    store::Database& database_;
    std::string platform_;
    std::size_t capacity_;
    std::size_t size_ = 0;
};

}  // namespace hil::market
