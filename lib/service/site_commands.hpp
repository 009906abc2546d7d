// What can be asked of a site: every kind of command of the public interface, defined on the command engine.
//
// A command checks what it was given, does it through the parts of the service, and says how it ended; what
// it does while it runs is its record's message. Refusals are codes: `estop_latched`, `already_running`.
#pragma once

#include "control/command_engine.hpp"
#include "service/service.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::service {

void define_plant_commands(Service& site);     // plant.*
void define_fleet_commands(Service& site);     // fleet.*
void define_switch_commands(Service& site);    // transport.switch, source.switch
void define_clock_command(Service& site);      // clock.set
void define_schedule_commands(Service& site);  // schedule.*
void define_market_commands(Service& site);    // market.*, posting.*
void define_safety_commands(Service& site);    // estop*, plant.adopt, trip.reset, alert.acknowledge

// Why the clock of this site cannot be set, as a code; none when it can.
std::optional<std::string> clock_refusal(const Service& site);

// What several of them share.
namespace commands {

using control::Command;
using control::Outcome;
using Say = control::CommandEngine::Say;
using Refuse = control::CommandEngine::Refuse;
using Execute = control::CommandEngine::Execute;

// What the payload of a kind must have, and what it may have.
struct PayloadFields {
    std::vector<std::string> required, optional;
};
control::CommandEngine::Kind kind(control::CommandQueue queue, Refuse refuse, Execute execute,
                                  PayloadFields fields = {});

PlantRuntime& unit_of(Service& site, const Command& command);
// `estop_latched` while the emergency stop holds.
std::optional<std::string> refused_by_estop(const Service& site);
// The same, and `plant_tripped` while a trip of the command's plant is not reset.
std::optional<std::string> refused_by_safety(Service& site, const Command& command);

// Text of a payload's field; none when absent or something else.
std::optional<std::string> text_field(const Command& command, std::string_view name);
// Boolean of a payload's field, false when absent; none when something else.
std::optional<bool> flag_field(const Command& command, std::string_view name);
std::optional<double> number_field(const Command& command, std::string_view name);
// A length of time: a number of seconds, or a text as "1h30m". In seconds.
std::optional<double> seconds_field(const Command& command, std::string_view name);

boost::json::object to_json(const control::StartResult& result, bool dispatching);
boost::json::object to_json(const control::StopResult& result);

// Starts one plant, which is not running, and says how that ended; tried again as StartRetry says, `waiting`
// hears of each wait.
awaitable<Outcome> start(PlantRuntime& unit, Say say, std::function<void()> waiting);
// How long the stop of all repeats what is not confirmed after the wait for decay, all plants side by side.
// Switches wait for it, and so does the end of the service, for which its unit file allows.
inline constexpr Duration last_stop_timeout = std::chrono::seconds(10);
// What each plant is doing, in one message of a command.
std::function<void(const std::string& plant, std::string what)> notify_by_plant(Say say);
// Safe stop of all plants side by side; the result names each plant. `all_disabled` tells whether every one
// was confirmed. One that is not `concerned` keeps what it has but dispatch, and counts as confirmed.
struct FleetStop {
    std::vector<control::StopResult> plants;
    [[nodiscard]] bool all_disabled() const;
    [[nodiscard]] boost::json::object per_plant(const Service& site) const;
};
awaitable<FleetStop> stop_all(Service& site, Say say, std::function<bool(std::size_t)> concerned = {});
// It runs, or nobody knows that it does not.
bool may_run(const control::PlantControl& control);

}  // namespace commands

}  // namespace hil::service
