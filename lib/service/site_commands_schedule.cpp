#include "schedule/series_changes.hpp"
#include "service/operator_actions.hpp"
#include "service/site_commands.hpp"

#include <fmt/format.h>

namespace hil::service {

using namespace commands;
using control::CommandQueue;
using schedule::Activation;

namespace {

struct Place {
    schedule::PlantIndex plant = 0;
    schedule::Signal signal = schedule::Signal::p;
};

std::optional<Place> place_of(Service& site, const Command& command) {
    const auto name = text_field(command, "series");
    const auto key = name ? schedule::parse_series_key(*name) : std::nullopt;
    const auto plant = key ? site.parts().plans.find_plant(key->plant) : std::nullopt;
    if (!plant) return std::nullopt;
    return Place{*plant, key->signal};
}

schedule::Series in_force(Service& site, const Place& at) {
    const auto& plan = site.parts().plans.manual(at.plant, at.signal);
    return plan.enabled ? plan.series : schedule::Series();
}

// Who changed which step from what to what. A series that is as it was is no news.
void tell_changes(Service& site, const Place& at, const schedule::Series& before, const Command& command) {
    const auto now = site.parts().context.clock.wall_now();
    const auto changes = schedule::series_changes(before, in_force(site, at), now);
    if (changes.empty()) return;
    observe::Event event;
    event.kind = changed_plan_kind;
    event.plant = site.unit(at.plant).plant().id;
    event.correlation = command.id;
    event.message = fmt::format(
        "{} changed {}: {}", command.actor, schedule::to_string(schedule::SeriesKey{event.plant, at.signal}),
        schedule::changes_text(changes, schedule::unit(at.signal), site.parts().setup.zone, now));
    event.fields.emplace_back("actor", command.actor);
    event.fields.emplace_back("changes", static_cast<std::int64_t>(changes.size()));
    site.parts().context.events.emit(std::move(event));
}

void define(Service& site, const char* name, Activation what) {
    const auto refuse = [&site, what](const Command& command) -> std::optional<std::string> {
        if (!text_field(command, "series")) return "invalid_payload";
        const auto at = place_of(site, command);
        if (!at) return "invalid_series_key";
        if (at->signal == schedule::Signal::q && what != Activation::inactivate &&
            !site.unit(at->plant).plant().takes_reactive_power(site.transport()))
            return "no_reactive_power";
        const auto why = schedule::refusal(what, site.parts().drafts.draft(at->plant, at->signal),
                                           site.parts().plans.manual(at->plant, at->signal));
        if (why.empty()) return std::nullopt;
        return std::string(why);
    };
    const auto execute = [&site, what](const Command& command, Say) -> awaitable<Outcome> {
        const auto at = place_of(site, command).value();
        const auto before = in_force(site, at);
        schedule::apply(what, site.parts().plans, at.plant, at.signal,
                        site.parts().drafts.draft(at.plant, at.signal));
        const auto& plan = site.parts().plans.manual(at.plant, at.signal);
        tell_changes(site, at, before, command);
        co_return Outcome::success(boost::json::object{{"series", *text_field(command, "series")},
                                                       {"active", plan.enabled},
                                                       {"row_count", plan.series.size()},
                                                       {"version", plan.version}});
    };
    site.parts().commands.define(name, kind(CommandQueue::schedule, refuse, execute, {{"series"}, {}}));
}

}  // namespace

void define_schedule_commands(Service& site) {
    define(site, "schedule.activate", Activation::activate);
    define(site, "schedule.update", Activation::update);
    define(site, "schedule.inactivate", Activation::inactivate);
}

}  // namespace hil::service
