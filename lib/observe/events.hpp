// What happened on the site, for operators and for the record: commands, transitions, alerts, faults.
#pragma once

#include "base/clock.hpp"
#include "base/subscription.hpp"
#include "base/zone.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hil::observe {

enum class Severity : std::uint8_t { info, warning, alarm };
inline constexpr std::size_t severity_count = 3;
std::string_view to_string(Severity severity);

// null means: not known.
using FieldValue = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string>;
using Fields = std::vector<std::pair<std::string, FieldValue>>;

struct Event {
    std::uint64_t id = 0;  // ascending; given by the log
    WallTime time;         // given by the log
    std::string kind;      // "plant.started", "alert.raised": a noun and what happened to it
    Severity severity = Severity::info;
    std::string plant;        // empty: the site
    std::string message;      // a sentence for people
    std::string correlation;  // of the command that caused it, if one did
    Fields fields;
};

// One JSON object without a line end.
void append_json(std::string& out, const Event& event, const Zone& zone);
std::string to_json(const Event& event, const Zone& zone);

// Keeps the latest events and tells listeners of each; whoever stores them for longer subscribes.
class EventLog {
  public:
    // `first_id`: one more than the highest ever stored, so that ids stay unique over restarts.
    explicit EventLog(const Clock& clock, std::size_t capacity = 10'000, std::uint64_t first_id = 1);

    // Stamps the event with id and time, keeps it, tells the listeners. Returns the id.
    std::uint64_t emit(Event event);

    // Oldest first.
    [[nodiscard]] const std::deque<Event>& events() const { return events_; }
    // Up to `limit` events older than the cursor, newest first; cursor 0 starts with the newest.
    [[nodiscard]] std::vector<Event> before(std::uint64_t cursor, std::size_t limit) const;
    Subscription subscribe(Publisher<Event>::Listener listener) {
        return published_.subscribe(std::move(listener));
    }

  private:
    const Clock& clock_;
    std::size_t capacity_;
    std::uint64_t next_id_;
    std::deque<Event> events_;
    Publisher<Event> published_;
};

}  // namespace hil::observe
