// Events and alerts as rows of the site's database.
#pragma once

#include "journal/event_store.hpp"

#include <string>

namespace hil::journal {

void store_events(store::Database& database, const store::WriteQueue<observe::Event>::Batch& batch);
void store_alerts(store::Database& database, const store::WriteQueue<observe::Alert>::Batch& batch);

// Newest first, older than the cursor (0: all).
std::vector<observe::Event> select_events(store::Database& database, std::uint64_t cursor, std::size_t limit,
                                          const EventFilter& filter);
std::vector<observe::Alert> select_alerts(store::Database& database, std::uint64_t cursor, std::size_t limit,
                                          const std::string& plant);

// The events of a range, oldest first, `limit` at most; and how many there are in all.
struct EventsOfRange {
    std::vector<observe::Event> events;
    std::uint64_t in_all = 0;
};
EventsOfRange select_events(store::Database& database, WallTime from, WallTime to, std::size_t limit);
// The alerts that were active at some time of a range, oldest first.
std::vector<observe::Alert> select_alerts(store::Database& database, WallTime from, WallTime to,
                                          std::size_t limit);

}  // namespace hil::journal
