#include "service/site_commands.hpp"

#include <charconv>
#include <cmath>

namespace hil::service {

using namespace commands;
using control::CommandQueue;

namespace {

// An alert's id, as a number or as its decimal text.
std::optional<std::uint64_t> alert_id(const Command& command) {
    if (const auto number = number_field(command, "id")) {
        if (*number < 1 || *number > 9e15 || *number != std::floor(*number)) return std::nullopt;
        return static_cast<std::uint64_t>(*number);
    }
    const auto text = text_field(command, "id");
    if (!text) return std::nullopt;
    std::uint64_t id = 0;
    const char* last = text->data() + text->size();
    const auto [end, error] = std::from_chars(text->data(), last, id);
    if (error != std::errc{} || end != last) return std::nullopt;
    return id;
}

Outcome safety_outcome_of(const result<void>& done) {
    if (done) return Outcome::success();
    // Done, but a restart would not know of it yet.
    if (done.error() == control::errc::not_saved) return Outcome::failure("not_saved");
    return Outcome::rejection(done.error().message());
}

void define_emergency_stop(Service& site) {
    const auto refuse = [](const Command& command) -> std::optional<std::string> {
        const auto* reason = command.payload.if_contains("reason");
        if (reason != nullptr && !reason->is_string() && !reason->is_null()) return "invalid_payload";
        return std::nullopt;
    };
    const auto stop = [&site](const Command& command, Say say) -> awaitable<Outcome> {
        say("zeroing and disabling all plants");
        const auto stopped = co_await site.parts().safety.emergency_stop(
            text_field(command, "reason").value_or("asked for by " + command.actor), command.actor);
        boost::json::object per_plant;
        for (std::size_t i = 0; i < stopped.plants.size(); ++i)
            per_plant[site.unit(i).plant().id] = to_json(stopped.plants[i]);
        boost::json::object result{{"per_plant", std::move(per_plant)}, {"saved", stopped.saved}};
        if (!stopped.all_disabled()) co_return Outcome::failure("disable_failed", std::move(result));
        if (!stopped.saved) co_return Outcome::failure("not_saved", std::move(result));
        co_return Outcome::success(std::move(result));
    };
    const auto reset = [&site](const Command& command, Say) -> awaitable<Outcome> {
        co_return safety_outcome_of(co_await site.parts().safety.reset_emergency(command.actor));
    };
    site.parts().commands.define("estop", kind(CommandQueue::immediate, refuse, stop, {{}, {"reason"}}));
    site.parts().commands.define("estop.reset", kind(CommandQueue::immediate, {}, reset));
}

}  // namespace

void define_safety_commands(Service& site) {
    define_emergency_stop(site);
    const auto refuse_adopt = [&site](const Command& command) { return refused_by_safety(site, command); };
    const auto adopt = [&site](const Command& command, Say say) -> awaitable<Outcome> {
        const auto binding = unit_of(site, command).binding();
        const auto error = co_await binding->control->adopt(std::move(say));
        if (!error) co_return Outcome::success();
        if (error == control::errc::not_running || error == control::errc::already_running)
            co_return Outcome::rejection(error.message());
        co_return Outcome::failure(error.message());
    };
    const auto reset_trips = [&site](const Command& command, Say) -> awaitable<Outcome> {
        co_return safety_outcome_of(
            co_await site.parts().safety.reset_trips(unit_of(site, command).index(), command.actor));
    };
    const auto refuse_acknowledge = [](const Command& command) -> std::optional<std::string> {
        if (!alert_id(command)) return "invalid_payload";
        return std::nullopt;
    };
    const auto acknowledge = [&site](const Command& command, Say) -> awaitable<Outcome> {
        const auto done = site.parts().context.alerts.acknowledge(*alert_id(command), command.actor);
        co_return done ? Outcome::success() : Outcome::rejection("unknown_alert");
    };
    site.parts().commands.define("plant.adopt", kind(CommandQueue::plant, refuse_adopt, adopt));
    site.parts().commands.define("trip.reset", kind(CommandQueue::plant, {}, reset_trips));
    site.parts().commands.define("alert.acknowledge",
                                 kind(CommandQueue::schedule, refuse_acknowledge, acknowledge, {{"id"}, {}}));
}

}  // namespace hil::service
