// Lets one coroutine wait until another part says "look again". Notifications coalesce; one given while
// nobody waits is kept for the next wait.
#pragma once

#include "base/clock.hpp"

#include <boost/asio/any_completion_handler.hpp>

#include <optional>

namespace hil {

class Wakeup {
  public:
    explicit Wakeup(Clock& clock);
    Wakeup(const Wakeup&) = delete;
    Wakeup& operator=(const Wakeup&) = delete;
    ~Wakeup();

    void notify();

    // Waits for notify(). One waiter at a time. Cancelling the coroutine ends the wait.
    awaitable<void> wait();
    // Waits for notify() or a due time, in site time; true when notified.
    awaitable<bool> wait_until(Instant due, Phase phase = Phase::other);
    // The same with a delay in unscaled time.
    awaitable<bool> wait_io_for(Duration delay);

  private:
    using Handler = asio::any_completion_handler<void(error_code, bool)>;
    enum class Until { notified, site, io };
    awaitable<bool> wait_for(Until until, Duration due, Phase phase);
    void complete(error_code error, bool notified);

    Clock& clock_;
    Timer site_timer_;
    Timer io_timer_;
    std::optional<Handler> waiting_;
    bool notified_ = false;
};

}  // namespace hil
