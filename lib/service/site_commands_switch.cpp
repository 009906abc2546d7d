// Changing what the whole site works with: the transport, the source of schedules.
#include "base/mutation.hpp"
#include "config/names.hpp"
#include "service/site_commands.hpp"

#include <fmt/format.h>

namespace hil::service {

using namespace commands;
using config::ScheduleSource;
using config::TransportMode;
using control::CommandQueue;

namespace {

template <class Enum>
std::optional<Enum> parse(std::span<const config::Named<Enum>> names,
                          const std::optional<std::string>& text) {
    for (const auto& entry : names) {
        if (text && entry.name == *text) return entry.value;
    }
    return std::nullopt;
}

std::optional<TransportMode> mode_of(const Command& command) {
    return parse<TransportMode>(config::transport_modes, text_field(command, "mode"));
}

std::optional<ScheduleSource> source_of(const Command& command) {
    return parse<ScheduleSource>(config::schedule_sources, text_field(command, "source"));
}

// Shown while a switch is under way, however it ends.
class Flag {
  public:
    Flag(Service& site, Service::Switching what) : site_(site) { site_.set_switching(what); }
    ~Flag() { site_.set_switching(Service::Switching::nothing); }
    Flag(const Flag&) = delete;
    Flag& operator=(const Flag&) = delete;

  private:
    Service& site_;
};

// All plants stopped, and why the switch may not go on, if so.
struct Cleared {
    FleetStop stops;
    std::optional<std::string> refusal;
};
awaitable<Cleared> clear_plants(Service& site, bool force, Say say) {
    Cleared out;
    out.stops = co_await stop_all(site, std::move(say));
    if (!out.stops.all_disabled() && !force && !mutated(Mutation::side_left_running)) {
        out.refusal = "disable_failed";
    } else if (site.parts().safety.latched()) {
        out.refusal = "estop_latched";
    }
    co_return out;
}

// The ids of the plants that have no endpoint of that side, with commas between them.
std::string plants_without(const Service& site, TransportMode mode) {
    std::string ids;
    for (std::size_t i = 0; i < site.size(); ++i) {
        const auto& plant = site.unit(i).plant();
        if (!plant.has(mode)) ids += (ids.empty() ? "" : ", ") + plant.id;
    }
    return ids;
}

struct Failure {
    std::string code;
    boost::json::object details;
};

// Binds the other endpoint of every plant, or of none.
std::optional<Failure> prepare(Service& site, TransportMode mode,
                               std::vector<std::shared_ptr<EndpointRuntime>>& out) {
    for (std::size_t i = 0; i < site.size(); ++i) {
        auto prepared = site.unit(i).prepare(mode);
        if (prepared) {
            out.push_back(std::move(*prepared));
            continue;
        }
        const auto& plant = site.unit(i).plant();
        return Failure{prepared.error() == asio::error::address_in_use ? "port_in_use" : "bind_failed",
                       {{"plant", plant.id},
                        {"endpoint", to_string(plant.endpoint(mode).address)},
                        {"error", prepared.error().message()}}};
    }
    return std::nullopt;
}

// What was prepared and is not used: listening emulators are ended in order.
awaitable<void> discard(std::vector<std::shared_ptr<EndpointRuntime>>& prepared) {
    for (const auto& binding : prepared)
        if (binding->emulator) co_await binding->emulator->stop();
}

awaitable<Outcome> switch_transport(Service& site, TransportMode mode, bool force, Say say) {
    if (site.transport() == mode) co_return Outcome::success(boost::json::object{{"noop", true}});
    const Flag flag(site, Service::Switching::transport);
    const auto cleared = co_await clear_plants(site, force, say);
    boost::json::object result{{"noop", false}, {"per_plant", cleared.stops.per_plant(site)}};
    if (cleared.refusal) co_return Outcome::failure(*cleared.refusal, std::move(result));

    say("opening the other endpoints");
    std::vector<std::shared_ptr<EndpointRuntime>> next;
    if (auto failed = prepare(site, mode, next)) {
        co_await discard(next);
        for (auto& [key, value] : failed->details)
            result[key] = std::move(value);
        co_return Outcome::failure(failed->code, std::move(result));
    }
    say("changing over");
    for (std::size_t i = 0; i < site.size(); ++i) {
        (void)co_await site.stop_recording(i);
        // A plant that was not confirmed as stopped is not shown as stopped until it has been seen.
        if (!cleared.stops.plants[i].disable_ok) next[i]->control->forget(control::PlantState::unknown);
    }
    // Somebody may have stopped everything meanwhile: the links that stop the plants must not be taken away.
    if (site.parts().safety.latched()) {
        co_await discard(next);
        co_return Outcome::failure("estop_latched", std::move(result));
    }
    co_await site.change_transport(mode, std::move(next));
    co_return Outcome::success(std::move(result));
}

awaitable<Outcome> switch_source(Service& site, ScheduleSource source, bool force, Say say) {
    if (site.parts().arbiter.source() == source)
        co_return Outcome::success(boost::json::object{{"noop", true}});
    const Flag flag(site, Service::Switching::source);
    const auto cleared = co_await clear_plants(site, force, say);
    boost::json::object result{{"noop", false}, {"per_plant", cleared.stops.per_plant(site)}};
    if (cleared.refusal) co_return Outcome::failure(*cleared.refusal, std::move(result));
    site.set_source(source);
    co_return Outcome::success(std::move(result));
}

}  // namespace

void define_switch_commands(Service& site) {
    const auto refuse_transport = [&site](const Command& command) -> std::optional<std::string> {
        const auto mode = mode_of(command);
        if (!mode || !flag_field(command, "force")) return "invalid_payload";
        if (const auto why = refused_by_estop(site)) return why;
        // Nothing is stopped for a side that some plant does not have.
        if (auto lacking = plants_without(site, *mode); !lacking.empty())
            return fmt::format("no_endpoint: no modbus.{} is configured for {}", config::to_string(*mode),
                               lacking);
        // Real plants live in the present and cannot be hurried.
        if (*mode == TransportMode::remote && !site.real_time()) return "real_time_only";
        return std::nullopt;
    };
    const auto transport = [&site](const Command& command, Say say) {
        return switch_transport(site, *mode_of(command), *flag_field(command, "force"), std::move(say));
    };
    const auto refuse_source = [&site](const Command& command) -> std::optional<std::string> {
        if (!source_of(command) || !flag_field(command, "force")) return "invalid_payload";
        return refused_by_estop(site);
    };
    const auto source = [&site](const Command& command, Say say) {
        return switch_source(site, *source_of(command), *flag_field(command, "force"), std::move(say));
    };
    site.parts().commands.define(
        "transport.switch", kind(CommandQueue::site, refuse_transport, transport, {{"mode"}, {"force"}}));
    site.parts().commands.define("source.switch",
                                 kind(CommandQueue::site, refuse_source, source, {{"source"}, {"force"}}));
}

}  // namespace hil::service
