#include "control/command.hpp"

#include "base/zone.hpp"

#include <fmt/format.h>

#include <charconv>

namespace hil::control {
namespace {

constexpr std::string_view id_prefix = "cmd-";

boost::json::value time_or_null(const std::optional<WallTime>& at) {
    if (!at) return nullptr;
    return boost::json::string(Zone::utc().format(*at));
}

}  // namespace

std::string_view to_string(CommandState state) {
    switch (state) {
        case CommandState::queued:
            return "queued";
        case CommandState::running:
            return "running";
        case CommandState::succeeded:
            return "succeeded";
        case CommandState::failed:
            return "failed";
        case CommandState::rejected:
            break;
    }
    return "rejected";
}

std::optional<CommandState> parse_command_state(std::string_view text) {
    for (const auto state : {CommandState::queued, CommandState::running, CommandState::succeeded,
                             CommandState::failed, CommandState::rejected}) {
        if (to_string(state) == text) return state;
    }
    return std::nullopt;
}

std::string command_id(std::uint64_t number) {
    return fmt::format("{}{:06}", id_prefix, number);
}

std::optional<std::uint64_t> command_number(std::string_view id) {
    if (!id.starts_with(id_prefix)) return std::nullopt;
    id.remove_prefix(id_prefix.size());
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (error != std::errc{} || end != id.data() + id.size()) return std::nullopt;
    return number;
}

boost::json::object to_json(const Command& command) {
    boost::json::object out;
    out["id"] = command.id;
    out["kind"] = command.kind;
    if (!command.plant.empty()) out["plant"] = command.plant;
    out["payload"] = command.payload;
    out["actor"] = command.actor;
    out["state"] = to_string(command.state);
    out["message"] = command.message;
    out["result"] = command.result;
    out["created_at"] = time_or_null(command.created_at);
    out["started_at"] = time_or_null(command.started_at);
    out["finished_at"] = time_or_null(command.finished_at);
    return out;
}

}  // namespace hil::control
