// The writes of one emergency on their way. Internal to lib/plant.
#pragma once

#include "plant/link_state.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace hil::plant {

// Shared by who asked, by the tasks that write, and by the link that makes the connection.
struct Link::State::Emergency {
    explicit Emergency(Clock& clock) : progress(clock), ended(clock) {}

    struct Write {
        PointId point{};
        Registers words{};
        bool settled = false;  // acknowledged, refused by the device, or impossible to send
    };

    [[nodiscard]] bool settled() const {
        for (const auto& write : writes)
            if (!write.settled) return false;
        return true;
    }
    // The connection that was made for it is done with, whatever came of it.
    void finish() {
        if (!std::exchange(over, true)) ended.notify();
    }

    std::vector<Write> writes;
    EmergencyOutcome outcome;
    std::size_t under_way = 0;
    AsyncEvent progress;  // a write of those under way ended
    AsyncEvent ended;
    bool over = false;
};

}  // namespace hil::plant
