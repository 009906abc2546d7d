// Conditions that need somebody's attention for as long as they last.
#pragma once

#include "base/result.hpp"
#include "base/subscription.hpp"
#include "observe/events.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace hil::observe {

enum class alert_errc {
    unknown_alert = 1,  // no active alert has that id or key
};
error_code make_error_code(alert_errc e);

struct Alert {
    std::uint64_t id = 0;
    std::string key;  // names the condition: "lib/link", "market/login"; one active alert a key
    Severity severity = Severity::warning;
    std::string plant;    // empty: the site
    std::string message;  // of the latest raise
    WallTime since;
    std::uint64_t raised = 1;  // how often it was raised since it became active
    std::optional<WallTime> acknowledged_at;
    std::string acknowledged_by;
    std::optional<WallTime> cleared_at;  // set in the history only
};

// Emits `alert.raised`, `alert.changed` (severity), `alert.acknowledged` and `alert.cleared` events.
class Alerts {
  public:
    // `first_id`: one more than the highest ever stored, so that ids stay unique over restarts.
    Alerts(const Clock& clock, EventLog& events, std::size_t history = 1000, std::uint64_t first_id = 1);

    // Makes the condition active; raising it again updates the message, and emits only if the severity
    // changed. A severity that rises takes an acknowledgement back. Returns the alert's id.
    std::uint64_t raise(std::string_view key, Severity severity, std::string message,
                        std::string_view plant = {});
    // The condition is over. Does nothing if it is not active; true if it was.
    bool clear(std::string_view key, std::string_view why = {});
    // Somebody has seen it; it stays active. Again: no effect.
    result<void> acknowledge(std::uint64_t id, std::string_view actor);
    result<void> acknowledge(std::string_view key, std::string_view actor);

    [[nodiscard]] const Alert* find(std::string_view key) const;
    // In the order in which they became active.
    [[nodiscard]] const std::vector<Alert>& active() const { return active_; }
    [[nodiscard]] std::size_t count(Severity severity) const;
    // Cleared ones, oldest first.
    [[nodiscard]] const std::deque<Alert>& history() const { return history_; }
    // Told after every change of the active set or of an alert in it.
    Subscription subscribe(Publisher<Alert>::Listener listener) {
        return changed_.subscribe(std::move(listener));
    }

  private:
    void emit(const char* kind, const Alert& alert, Severity severity, std::string message);
    result<void> acknowledge_at(std::vector<Alert>::iterator alert, std::string_view actor);

    const Clock& clock_;
    EventLog& events_;
    std::size_t history_capacity_;
    std::uint64_t next_id_;
    std::vector<Alert> active_;
    std::deque<Alert> history_;
    Publisher<Alert> changed_;
};

}  // namespace hil::observe

template <>
struct boost::system::is_error_code_enum<hil::observe::alert_errc> : std::true_type {};
