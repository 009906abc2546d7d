#include "control/command_queues.hpp"

#include "base/mutation.hpp"

namespace hil::control {

CommandQueues::View CommandQueues::view() const {
    return {.plants = plants_busy_,
            .any_plant = plants_running_ > 0,
            .all_plants = site_busy_,
            .market = market_busy_,
            .posting = posting_busy_,
            .schedule = schedule_busy_};
}

bool CommandQueues::open(const View& view, QueueSlot slot) {
    switch (slot.queue) {
        case CommandQueue::plant:
            return !view.all_plants && !view.plants[slot.plant];
        case CommandQueue::site:
            return !view.all_plants && (!view.any_plant || mutated(Mutation::barrier_ignored));
        case CommandQueue::market:
            return !view.market;
        case CommandQueue::posting:
            return !view.posting;
        case CommandQueue::schedule:
            return !view.schedule;
        case CommandQueue::immediate:
            break;
    }
    return true;
}

void CommandQueues::close(View& view, QueueSlot slot) {
    switch (slot.queue) {
        case CommandQueue::plant:
            view.plants[slot.plant] = true;
            view.any_plant = true;
            break;
        case CommandQueue::site:
            view.all_plants = true;
            break;
        case CommandQueue::market:
            view.market = true;
            break;
        case CommandQueue::posting:
            view.posting = true;
            break;
        case CommandQueue::schedule:
            view.schedule = true;
            break;
        case CommandQueue::immediate:
            break;
    }
}

void CommandQueues::hold(QueueSlot slot, bool busy) {
    switch (slot.queue) {
        case CommandQueue::plant:
            if (plants_busy_[slot.plant] == busy) break;
            busy ? ++plants_running_ : --plants_running_;
            plants_busy_[slot.plant] = busy;
            break;
        case CommandQueue::site:
            site_busy_ = busy;
            break;
        case CommandQueue::market:
            market_busy_ = busy;
            break;
        case CommandQueue::posting:
            posting_busy_ = busy;
            break;
        case CommandQueue::schedule:
            schedule_busy_ = busy;
            break;
        case CommandQueue::immediate:
            break;
    }
}

bool CommandQueues::free_for(QueueSlot slot) const {
    View seen = view();
    for (const auto& waiting : waiting_)
        close(seen, waiting.slot);
    return open(seen, slot);
}

std::optional<std::uint64_t> CommandQueues::next() {
    View seen = view();
    for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
        if (open(seen, at->slot)) {
            const auto [number, slot] = *at;
            waiting_.erase(at);
            hold(slot, true);
            return number;
        }
        close(seen, at->slot);
    }
    return std::nullopt;
}

std::vector<std::uint64_t> CommandQueues::drop_waiting() {
    std::vector<std::uint64_t> numbers;
    for (const auto& waiting : waiting_)
        numbers.push_back(waiting.number);
    waiting_.clear();
    return numbers;
}

}  // namespace hil::control
