// Lets coroutines wait until another part says "look again": all that wait then go on. Notifications
// coalesce; one given while nobody waits is kept for the next wait.
#pragma once

#include "base/clock.hpp"

#include <boost/asio/any_completion_handler.hpp>

#include <list>
#include <optional>

namespace hil {

class AsyncEvent {
  public:
    explicit AsyncEvent(Clock& clock);
    AsyncEvent(const AsyncEvent&) = delete;
    AsyncEvent& operator=(const AsyncEvent&) = delete;
    ~AsyncEvent();

    void notify();

    // Waits for notify(). Cancelling the coroutine ends its wait, and nobody else's.
    awaitable<void> wait();
    // Waits for notify() or a due time, in site time; true when notified.
    awaitable<bool> wait_until(Instant due, Phase phase = Phase::other);
    // The same with a delay in unscaled time.
    awaitable<bool> wait_io_for(Duration delay);

  private:
    using Handler = asio::any_completion_handler<void(error_code, bool)>;
    enum class Until { notified, site, io };
    struct Waiter {
        explicit Waiter(Clock& clock);

        Timer site_timer, io_timer;
        std::optional<Handler> handler;  // none: nobody waits here
    };
    awaitable<bool> wait_for(Until until, Duration due, Phase phase);
    void begin_wait(Handler handler, Until until, Duration due, Phase phase);
    Waiter& free_waiter();
    static void complete(Clock& clock, Waiter& waiter, error_code error, bool notified);
    bool complete_all(error_code error, bool notified);

    Clock& clock_;
    Waiter first_;              // nearly always the only one
    std::list<Waiter> others_;  // for who comes while others wait; kept for the next time
    bool notified_ = false;
};

}  // namespace hil
