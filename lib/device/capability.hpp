// What the devices of a kind can do, as data: what they take, what they keep, how they are started.
#pragma once

#include "device/schema.hpp"

#include <string_view>

namespace hil::device {

// Which setpoints a device takes.
struct Accepts {
    bool active_power = false, reactive_power = false;
    bool active_power_limit = false, current_limit = false, on_off = false;

    [[nodiscard]] bool anything() const {
        return active_power || reactive_power || active_power_limit || current_limit || on_off;
    }
};

struct Capabilities {
    const Schema* measures;
    Accepts accepts;          // empty: it is watched, without dispatch, start and stop
    bool stores = false;      // energy: it has a capacity and a state of charge
    std::string_view noun{};  // for sentences: "a photovoltaic system"
};

// Of a device of `devices`, which takes nothing whatever it could: it is only watched.
Capabilities watched(config::DeviceKind kind);
// Of one of `plants`, over one of its endpoints.
Capabilities dispatched(const config::Plant& plant, config::TransportMode mode);

}  // namespace hil::device
