#include "service/operator_actions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace hil::service {
namespace {

using namespace std::string_view_literals;

constexpr std::array<std::pair<std::string_view, std::string_view>, 25> kinds{{
    {"plant.start"sv, "start"sv},
    {"plant.stop"sv, "stop"sv},
    {"plant.adopt"sv, "adopt"sv},
    {"plant.dispatch_enable"sv, "dispatch on"sv},
    {"plant.dispatch_disable"sv, "dispatch paused"sv},
    {"plant.record_start"sv, "record"sv},
    {"plant.record_stop"sv, "stop recording"sv},
    {"plant.soc_seed"sv, "set the state of charge"sv},
    {"fleet.start_all"sv, "start all"sv},
    {"fleet.stop_all"sv, "stop all"sv},
    {"site.stop"sv, "last stop"sv},
    {"transport.switch"sv, "switch the transport"sv},
    {"source.switch"sv, "switch the source of the plan"sv},
    {"schedule.activate"sv, "activate the series"sv},
    {"schedule.update"sv, "update the series"sv},
    {"schedule.inactivate"sv, "inactivate the series"sv},
    {"market.connect"sv, "connect to the market platform"sv},
    {"market.disconnect"sv, "disconnect from the market platform"sv},
    {"posting.enable"sv, "post measurements"sv},
    {"posting.disable"sv, "stop posting measurements"sv},
    {"estop"sv, "emergency stop"sv},
    {"estop.reset"sv, "reset the emergency stop"sv},
    {"trip.reset"sv, "reset the trip"sv},
    {"alert.acknowledge"sv, "acknowledge an alarm"sv},
    {"clock.set"sv, "set the clock"sv},
}};

std::string_view in_words(std::string_view kind) {
    const auto* known =
        std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.first == kind; });
    return known == kinds.end() ? kind : known->second;
}

// The fields of a command that say what was asked for: "to remote", "lib_p", "to 0.5".
std::string asked_for(const control::Command& command) {
    std::string out;
    for (const char* name : {"mode", "source", "series", "soc_pu", "speed", "paused"}) {
        const auto* value = command.payload.if_contains(name);
        if (value == nullptr) continue;
        if (value->is_string())
            out += fmt::format(" {}", std::string_view(value->get_string()));
        else if (value->is_number())
            out += fmt::format(" {} {:g}", name, value->to_number<double>());
        else if (value->is_bool() && value->get_bool())
            out += fmt::format(" {}", name);
    }
    return out;
}

}  // namespace

observe::Event action_event(const control::Command& command) {
    using control::CommandState;
    observe::Event event;
    event.kind = action_kind;
    event.plant = command.plant;
    event.correlation = command.id;
    event.severity =
        command.state == CommandState::succeeded ? observe::Severity::info : observe::Severity::warning;
    std::string ending;
    if (command.state != CommandState::succeeded)
        ending = fmt::format(": {}{}{}", command.state == CommandState::rejected ? "refused" : "failed",
                             command.message.empty() ? "" : ", ", command.message);
    event.message = fmt::format("{}{}{} (asked by {})", in_words(command.kind), asked_for(command), ending,
                                command.actor);
    event.fields.emplace_back("actor", command.actor);
    event.fields.emplace_back("command", command.kind);
    return event;
}

}  // namespace hil::service
