// What happens on a site, and what becomes of it: one table says for each happening which line of the log,
// which event and which alert it makes. Who tells of something says what, of which plant, and the sentence
// for people; it knows nothing of levels, severities and keys.
//
// Alerts are conditions that last. They are named by a value (AlertKey); the text that clients and the record
// know them by is made here and nowhere else.
#pragma once

#include "observe/alerts.hpp"
#include "observe/events.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace hil::service {

// A condition that may hold.
enum class Alarm : std::uint8_t {
    // of a plant
    link,             // there is no link to it
    lost_running,     // it came back from a lost link no longer running
    setpoint,         // a setpoint is not confirmed for too long
    start,            // a start waits for the plant, or was given up
    stop,             // a stop is not confirmed
    idle,             // it gives nothing though it is asked to
    device,           // it is not the device that is expected: nothing is written
    zero_refused,     // it refuses even 0
    device_limit,     // it takes less than it is given; part: the register
    opposed,          // a register opposes the plan; part: the register
    write_budget,     // a register has few writes left for the day; part: the register
    reading,          // a value is not known; part: the point
    feasibility,      // its plan asks for more than it gives
    recording_file,   // its recording cannot be written
    recording_clock,  // its rows are refused because the wall clock was set back
    safety,           // a limit is reached or passed; part: the condition
    // of the site
    recording_disk,  // the disk of the recordings does not answer
    estop,           // the emergency stop is latched
    safety_record,   // what holds cannot be written down
    data_directory,  // it is no longer the one the service began with
    schedules,       // schedules cannot be saved
    records,         // records cannot be stored; part: commands, events, alerts
    history,         // history cannot be stored, read or cleaned up; part: empty, reading, removing
    market,          // something with the platform; part: login, fetch, posting, …
    receiver,        // messages do not reach one; part: its name
    disk_space,      // the disk will be full soon
};
inline constexpr std::size_t alarm_count = 26;

// Names one alert.
struct AlertKey {
    Alarm alarm{};
    std::string plant;  // empty: of the site
    std::string part;   // of a condition that has several

    // "lib/link", "vrfb/safety/soc_low", "estop", "database/commands".
    [[nodiscard]] std::string text() const;
    friend bool operator==(const AlertKey&, const AlertKey&) = default;
};

enum class Happening : std::uint8_t {
    // a plant's link
    link_up,
    link_lost,
    device_troubled,
    device_answers,
    device_unexpected,
    device_expected,
    one_at_a_time,
    value_unknown,
    value_known,
    // a plant's control
    state_changed,
    found_running,
    lost_running,
    runs_again,
    restart_failed,
    stop_asserted,
    setpoint_unconfirmed,
    setpoint_confirmed,
    setpoint_write_failed,
    setpoint_limited,
    zero_refused,
    zero_taken,
    device_limited,
    device_follows,
    opposed,
    not_opposed,
    writes_low,
    writes_spent,
    writes_again,
    start_waits,
    start_goes_on,
    start_retried,
    start_given_up,
    start_settled,
    stop_owed,
    stop_confirmed,
    idle,
    idle_over,
    not_feasible,
    feasible_again,
    // safety
    estop_latched,
    estop_reset,
    limit_reached,
    limit_left,
    limit_over,
    tripped,
    trip_reset,
    safety_not_saved,
    safety_saved,
    storage_lost,
    // recordings
    file_not_written,
    file_written,
    rows_refused,
    rows_kept,
    rows_given_up,
    disk_silent,
    disk_answers,
    // what is kept
    records_not_stored,
    records_stored,
    records_given_up,
    schedules_not_saved,
    schedules_saved,
    history_failed,
    history_works,
    history_lost,
    history_rows_given_up,
    // the site
    transport_switched,
    source_switched,
    // the platform
    market_news,
    market_trouble,
    market_condition,
    market_login,
    market_condition_over,
    // messages about alerts, and the disk
    receiver_failed,
    receiver_works,
    disk_filling,
    disk_roomy,
};
inline constexpr std::size_t happening_count = 76;

enum class Effect : std::uint8_t { none, raises, clears };

// What a happening becomes.
struct Becomes {
    Happening what;
    observe::Channel channel;
    std::optional<observe::Level> level;  // of its line in the log; none: there is no line
    std::string_view event;               // its kind; empty: there is no event
    observe::Severity severity;           // of the event and of the alert
    Effect effect;                        // on the alert
    Alarm alarm;
};

// One row for each, in the order of Happening.
std::span<const Becomes, happening_count> happenings_table();

class Happenings {
  public:
    // All outlive it.
    Happenings(observe::Log& log, observe::EventLog& events, observe::Alerts& alerts,
               observe::Metrics& metrics);
    Happenings(const Happenings&) = delete;
    Happenings& operator=(const Happenings&) = delete;

    struct About {
        std::string plant{};  // empty: the site
        std::string part{};   // of the alert's condition
        std::string log{};    // the line of the log, where it says more than the event and the alert
        std::optional<observe::Level> level{};  // another one than the table's: the same again and again
    };
    // `text`: a sentence for people.
    void notify(Happening what, std::string text, const About& about);
    void notify(Happening what, std::string text) { notify(what, std::move(text), About()); }

    // Whether an alert is active.
    [[nodiscard]] bool holds(const AlertKey& key) const;
    // The same, in these words.
    [[nodiscard]] bool holds(const AlertKey& key, std::string_view text) const;
    // Ends an alert for another reason than what usually does.
    void over(const AlertKey& key, std::string_view why);

  private:
    observe::Log& log_;
    observe::EventLog& events_;
    observe::Alerts& alerts_;
    observe::Metrics& metrics_;
    std::array<std::optional<observe::Counter>, happening_count> counters_;
};

}  // namespace hil::service
