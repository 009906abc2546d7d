#include "device/capability.hpp"

namespace hil::device {
namespace {

constexpr std::string_view noun_of(config::DeviceKind kind) {
    switch (kind) {
        case config::DeviceKind::battery:
            return "a battery";
        case config::DeviceKind::pv:
            return "a photovoltaic system";
        case config::DeviceKind::load:
            return "a load";
        case config::DeviceKind::meter:
            break;
    }
    return "a meter";
}

}  // namespace

Capabilities watched(config::DeviceKind kind) {
    return {.measures = &schema_of(kind),
            .accepts = {},
            .stores = kind == config::DeviceKind::battery,
            .noun = noun_of(kind)};
}

Capabilities dispatched(const config::Plant& plant, config::TransportMode mode) {
    auto capabilities = watched(config::DeviceKind::battery);
    capabilities.accepts = {.active_power = plant.has(mode),
                            .reactive_power = plant.takes_reactive_power(mode),
                            .on_off = plant.has(mode)};
    return capabilities;
}

}  // namespace hil::device
