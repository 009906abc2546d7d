// The pace of the site's clock. Emulated plants live by the same clock; real ones do not.
#include "service/site_commands.hpp"

namespace hil::service {

using namespace commands;
using control::CommandQueue;

namespace {

constexpr double fastest = 1e6, longest_step_s = 86'400;

// A field that is absent is fine; one that is there has a value above 0 and at most `most`.
bool in_order(const Command& command, const char* name, std::optional<double> value, double most) {
    if (!command.payload.contains(name)) return true;
    return value && *value > 0 && *value <= most;
}

}  // namespace

std::optional<std::string> clock_refusal(const Service& site) {
    if (site.transport() != config::TransportMode::local) return "local_only";
    if (site.real_time()) return "real_clock";
    if (site.is_ending()) return "shutting_down";  // what stops the plants needs a clock that runs
    return std::nullopt;
}

// At once and beside whatever runs: what waits for a clock that stands still must not be waited for.
void define_clock_command(Service& site) {
    const auto refuse = [&site](const Command& command) -> std::optional<std::string> {
        const auto& payload = command.payload;
        const auto* paused = payload.if_contains("paused");
        const bool step = payload.contains("step_s");
        if (!command.plant.empty() || (paused == nullptr && !step && !payload.contains("speed")))
            return "invalid_payload";
        if ((paused != nullptr && !paused->is_bool()) ||
            !in_order(command, "speed", number_field(command, "speed"), fastest) ||
            !in_order(command, "step_s", seconds_field(command, "step_s"), longest_step_s))
            return "invalid_payload";
        if (const auto why = clock_refusal(site)) return why;
        if (step && !(paused != nullptr ? paused->get_bool() : site.parts().context.clock.paused()))
            return "not_paused";
        return std::nullopt;
    };
    const auto execute = [&site](const Command& command, Say) -> awaitable<Outcome> {
        auto& clock = site.parts().context.clock;
        result<void> done;
        if (const auto factor = number_field(command, "speed")) done = clock.set_speed(*factor);
        if (done && command.payload.contains("paused"))
            done = clock.set_paused(command.payload.at("paused").as_bool());
        if (const auto step = seconds_field(command, "step_s"); done && step)
            done = clock.step(seconds(*step));
        site.changed();
        boost::json::object result{{"speed", clock.speed()}, {"paused", clock.paused()}};
        if (!done) co_return Outcome::failure("clock_refused", std::move(result));
        co_return Outcome::success(std::move(result));
    };
    site.parts().commands.define(
        "clock.set", kind(CommandQueue::immediate, refuse, execute, {{}, {"speed", "paused", "step_s"}}));
}

}  // namespace hil::service
