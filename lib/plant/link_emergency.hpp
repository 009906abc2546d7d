// The writes of one emergency on their way. Internal to lib/plant.
#pragma once

#include "plant/link_state.hpp"

#include <cstddef>
#include <optional>
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
    [[nodiscard]] std::size_t open() const {
        std::size_t count = 0;
        for (const auto& write : writes)
            count += write.settled ? 0 : 1;
        return count;
    }
    // The next write that is not settled, each once since `next` was 0.
    std::optional<std::size_t> take() {
        while (next < writes.size() && writes[next].settled)
            ++next;
        return next < writes.size() ? std::optional(next++) : std::nullopt;
    }
    // The connection that was made for it is done with, whatever came of it.
    void finish() {
        if (!std::exchange(over, true)) ended.notify();
    }

    std::vector<Write> writes;
    EmergencyOutcome outcome;
    std::size_t next = 0;
    std::size_t under_way = 0;  // tasks that write
    AsyncEvent progress;        // one of them ended
    AsyncEvent ended;
    bool over = false;
};

}  // namespace hil::plant
