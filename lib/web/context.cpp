#include "web/context.hpp"

#include "config/load.hpp"
#include "device/recorded.hpp"
#include "plant/register_map.hpp"

#include <algorithm>

namespace hil::web {
namespace {

using observe::Channel;

Authenticator::Hooks login_hooks(const Site& site) {
    Authenticator::Hooks hooks;
    hooks.on_failure = [&log = site.log, &events = site.events](
                           std::string_view peer, std::string_view account, std::uint32_t in_a_row) {
        log.warning(Channel::web, "login from {} as \"{}\" refused, attempt {}", peer, account.substr(0, 64),
                    in_a_row);
        // One event a series of attempts: a flood of them must not push everything else out of the log.
        if (in_a_row != 3) return;
        observe::Event event;
        event.kind = "login.refused";
        event.severity = observe::Severity::warning;
        event.message = fmt::format("Three logins from {} failed; further ones are slowed", peer);
        events.emit(std::move(event));
    };
    hooks.on_login = [&log = site.log](std::string_view peer, const Identity& who) {
        log.info(Channel::web, "{} logged in from {}", who.actor(), peer);
    };
    return hooks;
}

}  // namespace

Context::Context(Site given, ServerSettings with)
    : site(std::move(given)),
      settings(std::move(with)),
      auth(site.clock, site.blocking, settings, site.random_bytes, login_hooks(site)),
      effective_config(config::effective(site.config)) {
    for (const auto& range : settings.trusted_proxies)
        if (const auto parsed = parse_address_range(range)) trusted_proxies.push_back(*parsed);
    for (const auto& plant : site.config.plants) {
        plant_ids.push_back(plant.id);
        columns_.push_back({measure::column_format(plant, config::TransportMode::local),
                            measure::column_format(plant, config::TransportMode::remote)});
    }
    for (const auto& device : site.config.devices)
        columns_.push_back({measure::column_format(device, config::TransportMode::local),
                            measure::column_format(device, config::TransportMode::remote)});
    recorded_ids = device::recorded_ids(site.config);
}

std::optional<std::size_t> Context::find_plant(std::string_view id) const {
    return site.plans.find_plant(id);
}

std::optional<std::size_t> Context::find_recorded(std::string_view id) const {
    const auto found = std::ranges::find(recorded_ids, id);
    if (found == recorded_ids.end()) return std::nullopt;
    return static_cast<std::size_t>(found - recorded_ids.begin());
}

const control::Command& Context::submit(std::string kind, std::string plant, boost::json::object payload,
                                        const Identity& who) {
    const auto& command =
        site.commands.submit(std::move(kind), std::move(plant), std::move(payload), who.actor());
    site.log.info(Channel::web, {.plant = command.plant, .correlation = command.id}, "{} asks for {}",
                  command.actor, command.kind);
    return command;
}

}  // namespace hil::web
