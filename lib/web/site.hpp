// What the web servers need of the site. Made by app, which fills in every member before a server is opened;
// everything referred to outlives the servers. Callables without a default may not be empty.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/subscription.hpp"
#include "base/zone.hpp"
#include "config/config.hpp"
#include "control/command_engine.hpp"
#include "measure/file_store.hpp"
#include "measure/history.hpp"
#include "measure/live_state.hpp"
#include "observe/alerts.hpp"
#include "observe/events.hpp"
#include "observe/log.hpp"
#include "observe/metrics.hpp"
#include "observe/subject.hpp"
#include "planner/projection.hpp"
#include "schedule/arbiter.hpp"
#include "schedule/drafts.hpp"
#include "schedule/plan_store.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hil::web {

struct HealthCheck {
    std::string name;  // "event_loop", "plant lib", "disk", "history"
    bool ok = true;
    std::string detail;  // a sentence, also when it is fine: "last sample 0.4 s ago"
};
struct Health {
    std::vector<HealthCheck> live;   // the process does its work; what fails here wants a restart
    std::vector<HealthCheck> ready;  // it can do what it is there for
};

// So many plans are optimised at once; who asks for one more is told to ask later.
inline constexpr unsigned solver_places = 2;

// What a report is asked for.
struct ReportQuestion {
    std::vector<std::size_t> plants;  // empty: all
    config::TransportMode transport{};
    measure::Range range;
};

struct Site {
    Clock& clock;
    // For password hashing, files and large answers. Its own pool, so that recordings never wait behind it.
    BlockingExecutor& blocking;
    // For plans that are optimised, which may take seconds: a pool of its own, in whose line nobody else
    // waits.
    BlockingExecutor& solver;
    const Zone& zone;
    const config::Config& config;

    control::CommandEngine& commands;
    schedule::PlanStore& plans;
    schedule::Drafts& drafts;
    const schedule::Arbiter& arbiter;  // the one that is dispatched by
    measure::History& history;
    measure::LiveState& live;  // read and listened to
    observe::EventLog& events;
    observe::Alerts& alerts;
    observe::Log& log;
    observe::Metrics& metrics;

    // The recordings are in config.general.data_dir, the log files in config.general.log_dir.
    std::shared_ptr<measure::FileStore> files;

    std::string version;

    // Which transport is in force.
    std::function<config::TransportMode()> transport;
    // The state document of interfaces 6 as it is now, numbers as numbers, unknown ones null.
    std::function<boost::json::object()> state;
    // The fragment of that document that is about the site, a plant or a device (keyed_state.hpp).
    std::function<boost::json::object(const observe::Subject&)> state_of;
    // Tells of what the document may have changed, beyond what samples, commands, alerts and plans do: links,
    // dispatch, market, posting, clock. Calls may come in any number; they are gathered.
    std::function<Subscription(std::function<void(const observe::Subject&)>)> on_change;
    // The reason of the value dispatched to a plant at an instant, for GET /why and `hil_scheduler why`.
    // errc of its own when the record of that time cannot be read; an object that says "nothing known" else.
    std::function<awaitable<result<boost::json::object>>(std::size_t plant, WallTime at)> why;
    std::function<Health()> health;
    // Events older than those in memory, newest first; may be empty: there are none.
    std::function<awaitable<result<std::vector<observe::Event>>>(std::uint64_t cursor, std::size_t limit)>
        stored_events;
    // The current state of charge of a plant, from where projections begin; none: not known.
    std::function<std::optional<double>(std::size_t plant)> state_of_charge;
    // What projections walk through a plan; may be empty: ideal batteries.
    planner::BatteryMaker battery{};
    // A workbook of rows, made off the reactor; may be empty: the format is not offered.
    std::function<awaitable<result<std::string>>(std::size_t plant, config::TransportMode, measure::Range)>
        workbook;
    // The HTML report of a range, made off the reactor; may be empty: it is not offered.
    std::function<awaitable<result<std::string>>(ReportQuestion)> report;
    // Messages about alerts: receivers, what waits, what was delivered; may be empty: none are sent.
    std::function<boost::json::object()> alerting{};
    // A message to try a receiver by; false: there is none of that name.
    std::function<bool(const std::string& receiver)> alerting_test{};
    // A backup in a file of the data directory, made off the reactor: its path and what is in it, or a
    // sentence under "problem"; may be empty: not offered.
    std::function<awaitable<boost::json::object>()> backup{};
    // Bytes nobody can guess; from libsodium in the service, fixed in tests.
    std::function<void(std::span<std::byte>)> random_bytes;
};

}  // namespace hil::web
