#include "service/site_commands.hpp"

#include <fmt/format.h>

namespace hil::service {

using namespace commands;
using control::CommandQueue;
using control::PlantState;

namespace {

// Stopped, and seen to be so, and nobody wants it started: there is nothing to stop. Whenever that is not
// certain a stop is carried out.
bool certainly_stopped(const control::PlantControl& control) {
    if (control.start_wanted() || control.stop_owed()) return false;
    return control.state() == PlantState::stopping ||
           (control.state() == PlantState::stopped && control.operating() == false &&
            !control.dispatch_enabled());
}

// A plant that answers and refuses is known soon; one that is silent is waited for.
constexpr control::StopTimeouts stop_timeouts{.refused = std::chrono::seconds(10),
                                              .silent = std::chrono::minutes(10)};

void define_dispatch(Service& site, const char* name, bool on) {
    Refuse refuse;
    if (on) refuse = [&site](const Command& command) { return refused_by_safety(site, command); };
    const auto execute = [&site, on](const Command& command, Say) -> awaitable<Outcome> {
        auto& unit = unit_of(site, command);
        const bool before = unit.control().dispatch_enabled();
        if (!unit.control().set_dispatch_enabled(on)) {
            const auto why = site.parts().safety.interlock(unit.index());
            co_return Outcome::rejection(why ? why.message() : "refused");
        }
        site.changed(observe::Subject::plant(unit.index()));
        boost::json::object result{{"previous", before}, {"current", on}};
        // Nobody writes its setpoint any more, and it obeys one only for a while.
        if (const auto every = unit.control().refreshed_every(); every && !on) {
            result["note"] = fmt::format(
                "the setpoint is not refreshed any more (it was every {:g} s): the device falls back by "
                "itself "
                "after its own time",
                to_seconds(*every));
        }
        co_return Outcome::success(std::move(result));
    };
    site.parts().commands.define(name, kind(CommandQueue::plant, std::move(refuse), execute));
}

void define_recording(Service& site, const char* name, bool on) {
    const auto execute = [&site, on](const Command& command, Say) -> awaitable<Outcome> {
        const auto index = unit_of(site, command).index();
        const bool noop = site.parts().recorder.recording(index) == on;
        const auto done = co_await (on ? site.start_recording(index) : site.stop_recording(index));
        if (!done)
            co_return Outcome::failure("recording_failed",
                                       boost::json::object{{"error", done.error().message()}});
        boost::json::object result{{"noop", noop}};
        if (on) result["file_path"] = site.recording_file(index);
        co_return Outcome::success(std::move(result));
    };
    site.parts().commands.define(name, kind(CommandQueue::plant, {}, execute));
}

std::string_view word(plant_sim::SeedStatus status) {
    switch (status) {
        case plant_sim::SeedStatus::applied:
            return "applied";
        case plant_sim::SeedStatus::skipped:
            return "skipped";
        default:
            break;
    }
    return "error";
}

void define_seed(Service& site) {
    const auto refuse = [&site](const Command& command) -> std::optional<std::string> {
        if (!number_field(command, "soc_pu")) return "invalid_payload";
        if (unit_of(site, command).emulator() == nullptr) return "local_only";
        return std::nullopt;
    };
    const auto execute = [&site](const Command& command, Say) -> awaitable<Outcome> {
        const auto seeded = unit_of(site, command)
                                .emulator()
                                ->emulator()
                                .seed_soc(number_field(command, "soc_pu").value(), command.actor);
        boost::json::object result{{"status", word(seeded.status)}, {"message", seeded.message}};
        if (seeded.status == plant_sim::SeedStatus::applied) co_return Outcome::success(std::move(result));
        if (seeded.status == plant_sim::SeedStatus::skipped)
            co_return Outcome::rejection("plant_running", std::move(result));
        co_return Outcome::failure("seed_failed", std::move(result));
    };
    site.parts().commands.define("plant.soc_seed",
                                 kind(CommandQueue::plant, refuse, execute, {{"soc_pu"}, {}}));
}

}  // namespace

void define_plant_commands(Service& site) {
    const auto refuse_start = [&site](const Command& command) -> std::optional<std::string> {
        if (const auto why = refused_by_safety(site, command)) return why;
        const auto& control = unit_of(site, command).control();
        const auto state = control.state();
        if (control.start_wanted() || state == PlantState::starting || state == PlantState::running)
            return "already_running";
        return std::nullopt;
    };
    // Who waits for a plant to become ready, or to answer, holds up nothing else that is asked of it.
    const auto leaving_queue = [&site](const Command& command) {
        return [&site, id = command.id] { site.parts().commands.leave_queue(id); };
    };
    const auto start_plant = [&site, leaving_queue](const Command& command, Say say) {
        return start(unit_of(site, command), std::move(say), leaving_queue(command));
    };
    const auto refuse_stop = [&site](const Command& command) -> std::optional<std::string> {
        if (certainly_stopped(unit_of(site, command).control())) return "already_stopped";
        return std::nullopt;
    };
    const auto stop_plant = [&site, leaving_queue](const Command& command, Say say) -> awaitable<Outcome> {
        auto& unit = unit_of(site, command);
        unit.unfollow();
        const auto binding = unit.binding();
        const auto result =
            co_await binding->control->stop(std::move(say), stop_timeouts, leaving_queue(command));
        if (!result.error) co_return Outcome::success(to_json(result));
        co_return Outcome::failure(result.error.message(), to_json(result));
    };
    site.parts().commands.define("plant.start", kind(CommandQueue::plant, refuse_start, start_plant));
    site.parts().commands.define("plant.stop", kind(CommandQueue::plant, refuse_stop, stop_plant));
    define_dispatch(site, "plant.dispatch_enable", true);
    define_dispatch(site, "plant.dispatch_disable", false);
    define_recording(site, "plant.record_start", true);
    define_recording(site, "plant.record_stop", false);
    define_seed(site);
}

}  // namespace hil::service
