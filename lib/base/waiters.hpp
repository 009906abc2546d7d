// Lets several coroutines wait for one event, each until the next notification. Unlike with a Wakeup,
// what is notified while nobody waits is not kept.
#pragma once

#include "base/wakeup.hpp"

#include <iterator>
#include <list>
#include <memory>

namespace hil {

// Held by shared_ptr: a coroutine that waits keeps it until it has left.
class Waiters : public std::enable_shared_from_this<Waiters> {
  public:
    explicit Waiters(Clock& clock) : clock_(clock) {}

    // Cancelling the coroutine ends the wait.
    awaitable<void> wait() {
        waiting_.emplace_back(clock_);
        const Leave leave{shared_from_this(), std::prev(waiting_.end())};
        co_await leave.place->wait();
    }
    void notify_all() {
        for (auto& wakeup : waiting_)
            wakeup.notify();
    }

  private:
    struct Leave {
        std::shared_ptr<Waiters> waiters;
        std::list<Wakeup>::iterator place;
        ~Leave() { waiters->waiting_.erase(place); }
    };

    Clock& clock_;
    std::list<Wakeup> waiting_;
};

}  // namespace hil
