// Lets several coroutines wait for one event, each until the next notification. Unlike with an AsyncEvent,
// what is notified while nobody waits is not kept.
#pragma once

#include "base/async_event.hpp"

#include <iterator>
#include <list>
#include <memory>

namespace hil {

// Held by shared_ptr: a coroutine that waits keeps it until it has left.
class AsyncCondition : public std::enable_shared_from_this<AsyncCondition> {
  public:
    explicit AsyncCondition(Clock& clock) : clock_(clock) {}

    // Cancelling the coroutine ends the wait.
    awaitable<void> wait() {
        waiting_.emplace_back(clock_);
        const Leave leave{shared_from_this(), std::prev(waiting_.end())};
        co_await leave.place->wait();
    }
    void notify_all() {
        for (auto& event : waiting_)
            event.notify();
    }

  private:
    struct Leave {
        std::shared_ptr<AsyncCondition> condition;
        std::list<AsyncEvent>::iterator place;
        ~Leave() { condition->waiting_.erase(place); }
    };

    Clock& clock_;
    std::list<AsyncEvent> waiting_;
};

}  // namespace hil
