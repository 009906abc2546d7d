// What somebody asked for, from any door: one record that goes from queued to its end.
#pragma once

#include "base/time.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hil::control {

enum class CommandState : std::uint8_t { queued, running, succeeded, failed, rejected };
std::string_view to_string(CommandState state);
std::optional<CommandState> parse_command_state(std::string_view text);
inline bool ended(CommandState state) {
    return state != CommandState::queued && state != CommandState::running;
}

struct Command {
    std::string id;               // "cmd-000123": ascending, never used twice, restarts included
    std::string kind;             // "plant.start"
    std::string plant;            // empty: the site
    boost::json::object payload;  // without kind and plant; secrets never get here
    std::string actor;            // "operator anna", "console", "safety": who asked
    CommandState state = CommandState::queued;
    std::string message;        // a code when refused or failed ("queue_full"), the step while it runs
    boost::json::value result;  // null until it ended
    WallTime created_at;
    std::optional<WallTime> started_at, finished_at;
};
// "cmd-000123", and back; none for a text that is no id.
std::string command_id(std::uint64_t number);
std::optional<std::uint64_t> command_number(std::string_view id);

// The record of interfaces 5: `plant` only where one is named, times in UTC, null while they are not known.
boost::json::object to_json(const Command& command);

// How a command ended.
struct Outcome {
    CommandState state = CommandState::succeeded;
    std::string message;
    boost::json::value result;

    static Outcome success(boost::json::value result = nullptr) {
        return {CommandState::succeeded, "", std::move(result)};
    }
    static Outcome failure(std::string code, boost::json::value result = nullptr) {
        return {CommandState::failed, std::move(code), std::move(result)};
    }
    static Outcome rejection(std::string code, boost::json::value result = nullptr) {
        return {CommandState::rejected, std::move(code), std::move(result)};
    }
};

}  // namespace hil::control
