#include "service/site_commands.hpp"

#include <algorithm>
#include <memory>

namespace hil::service {

using namespace commands;
using control::CommandQueue;

namespace {

// Recordings first, so that no plant runs unrecorded; dispatch before each start, so that the first setpoint
// is the plan's.
awaitable<Outcome> start_all(Service& site, Say say, std::function<void()> waiting) {
    for (std::size_t i = 0; i < site.size(); ++i) {
        say("recording " + site.unit(i).plant().id);
        if (const auto recording = co_await site.start_recording(i); !recording) {
            co_return Outcome::failure("recording_failed",
                                       boost::json::object{{"plant", site.unit(i).plant().id},
                                                           {"error", recording.error().message()}});
        }
    }
    say("starting");
    const auto notify = notify_by_plant(say);
    std::vector<Outcome> outcomes(site.size());
    // From when every plant that does not run yet waits for its next try nothing else is held up.
    enum class Start : std::uint8_t { none, tried, waiting };
    auto under_way = std::make_shared<std::vector<Start>>(site.size(), Start::none);
    const auto is_now = [under_way, waiting](std::size_t plant, Start start) {
        (*under_way)[plant] = start;
        const auto any = [&](Start what) { return std::ranges::find(*under_way, what) != under_way->end(); };
        if (!any(Start::tried) && any(Start::waiting)) waiting();
    };
    for (std::size_t i = 0; i < site.size(); ++i) {
        if (const auto why = site.parts().safety.interlock(i)) {
            outcomes[i] = Outcome::rejection(why.message());
        } else {
            (*under_way)[i] = Start::tried;
        }
    }
    const auto begun = *under_way;
    TaskGroup starts(site.parts().context.clock);
    for (std::size_t i = 0; i < site.size(); ++i) {
        if (begun[i] == Start::none) continue;
        auto& unit = site.unit(i);
        unit.control().set_dispatch_enabled(true);
        starts.spawn(
            "start " + unit.plant().id, [&unit, i, is_now, out = &outcomes[i], notify]() -> awaitable<void> {
                *out = co_await start(
                    unit, [notify, &unit](std::string step) { notify(unit.plant().id, std::move(step)); },
                    [is_now, i] { is_now(i, Start::waiting); });
                is_now(i, Start::none);
            });
    }
    co_await starts.join_or_cancel();
    boost::json::object per_plant;
    bool all = true;
    for (std::size_t i = 0; i < site.size(); ++i) {
        const auto& outcome = outcomes[i];
        per_plant[site.unit(i).plant().id] = boost::json::object{{"state", control::to_string(outcome.state)},
                                                                 {"message", outcome.message},
                                                                 {"result", outcome.result}};
        all = all &&
              (outcome.state == control::CommandState::succeeded || outcome.message == "already_running");
    }
    boost::json::object result{{"per_plant", std::move(per_plant)}};
    if (all) co_return Outcome::success(std::move(result));
    co_return Outcome::failure("fleet_start_partial_failure", std::move(result));
}

}  // namespace

void define_fleet_commands(Service& site) {
    const auto refuse = [&site](const Command&) { return refused_by_estop(site); };
    const auto start = [&site](const Command& command, Say say) {
        return start_all(site, std::move(say),
                         [&site, id = command.id] { site.parts().commands.leave_queue(id); });
    };
    const auto stop = [&site](const Command&, Say say) -> awaitable<Outcome> {
        const auto stopped = co_await stop_all(site, say);
        boost::json::object result{{"per_plant", stopped.per_plant(site)}};
        // The recordings hold the stop itself, and end after it.
        for (std::size_t i = 0; i < site.size(); ++i) {
            say("ending the recording of " + site.unit(i).plant().id);
            (void)co_await site.stop_recording(i);
        }
        if (stopped.all_disabled()) co_return Outcome::success(std::move(result));
        co_return Outcome::failure("fleet_stop_partial_failure", std::move(result));
    };
    site.parts().commands.define("fleet.start_all", kind(CommandQueue::site, refuse, start));
    site.parts().commands.define("fleet.stop_all", kind(CommandQueue::site, {}, stop));
    const auto when_ending = [&site](const Command&) -> std::optional<std::string> {
        if (!site.is_ending()) return "not_ending";
        return std::nullopt;
    };
    const auto end = [&site](const Command& command, Say say) -> awaitable<Outcome> {
        const auto stopped = co_await stop_all(site, std::move(say), [&site, &command](std::size_t plant) {
            const auto& control = site.unit(plant).control();
            if (flag_field(command, "only_begun") == true)
                return control.state() == control::PlantState::stopping;
            return may_run(control);
        });
        boost::json::object result{{"per_plant", stopped.per_plant(site)}};
        if (stopped.all_disabled()) co_return Outcome::success(std::move(result));
        co_return Outcome::failure("fleet_stop_partial_failure", std::move(result));
    };
    // Beside whatever runs: nothing may hold up the last stop.
    site.parts().commands.define("site.stop",
                                 kind(CommandQueue::immediate, when_ending, end, {{}, {"only_begun"}}));
}

}  // namespace hil::service
