// Which of the waiting commands may run now: the order of queues, decided without running anything.
//
// Every plant is a queue, and so are market, posting and schedule. A command runs when its queue is free and
// nothing asked for earlier waits for that queue. One of the whole site needs all plants' queues at once;
// from the moment it waits, later commands of plants wait behind it, so that it cannot be passed for ever.
#pragma once

#include "control/command_engine.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace hil::control {

class CommandQueues {
  public:
    struct QueueSlot {
        CommandQueue queue = CommandQueue::plant;
        std::size_t plant = 0;  // of CommandQueue::plant
    };

    explicit CommandQueues(std::size_t plants) : plants_busy_(plants, false) {}

    // Takes a place at the end of the line. Not for CommandQueue::immediate, which waits for nothing.
    void wait(std::uint64_t number, QueueSlot slot) { waiting_.push_back({number, slot}); }
    // Whether a command that came now would run at once.
    [[nodiscard]] bool free_for(QueueSlot slot) const;
    // The first in line that may run; it leaves the line and holds its queue until release().
    std::optional<std::uint64_t> next();
    void release(QueueSlot slot) { hold(slot, false); }

    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    // Empties the line: its numbers, first come first.
    std::vector<std::uint64_t> drop_waiting();

  private:
    struct Waiting {
        std::uint64_t number;
        QueueSlot slot;
    };
    // The queues as somebody further down the line sees them.
    struct View {
        std::vector<bool> plants;
        bool any_plant = false, all_plants = false, market = false, posting = false, schedule = false;
    };
    [[nodiscard]] View view() const;
    [[nodiscard]] static bool open(const View& view, QueueSlot slot);
    static void close(View& view, QueueSlot slot);
    void hold(QueueSlot slot, bool busy);

    std::vector<bool> plants_busy_;
    std::size_t plants_running_ = 0;
    bool site_busy_ = false, market_busy_ = false, posting_busy_ = false, schedule_busy_ = false;
    std::deque<Waiting> waiting_;
};

}  // namespace hil::control
