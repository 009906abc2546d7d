// A layer: one source of schedules. The layers of a site stand above each other; for each signal of a plant
// the highest one that says something decides, and layers of limits narrow what it asks for.
#pragma once

#include "base/time.hpp"
#include "config/layer_id.hpp"

#include <cstdint>
#include <optional>

namespace hil::schedule {

using config::LayerId;
using config::to_string;

// What the plans of a layer mean.
enum class Mode : std::uint8_t {
    fixed,  // the power, in kW or kvar
    idle,   // 0 while a row is in force, whatever its value
    limit,  // bounds only: asks for nothing, narrows what the others ask for
};

struct Layer {
    LayerId id;
    int priority = 0;  // higher decides first; those of one priority in the order in which they were added
    Mode mode = Mode::fixed;
    // The age at which a row is still good; one nanosecond later it says nothing. None: rows do not age, the
    // end of their series is what ends them.
    std::optional<Duration> validity = {};
    // Of the layers that can be selected, only the selected one is asked. The others are always.
    bool selectable = false;

    friend bool operator==(const Layer&, const Layer&) = default;
};

// What an operator overrides stands above what a fleet asks for, and that above the selected source.
inline constexpr int operator_priority = 300, fleet_priority = 200, source_priority = 100;

}  // namespace hil::schedule
