#include "base/async_event.hpp"

#include "base/cancellation.hpp"
#include "base/recycled.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace hil {

AsyncEvent::Waiter::Waiter(Clock& clock)
    : site_timer(clock.timers(), [this, &clock] { complete(clock, *this, {}, false); }),
      io_timer(clock.io_timers(), [this, &clock] { complete(clock, *this, {}, false); }) {}

AsyncEvent::AsyncEvent(Clock& clock) : clock_(clock), first_(clock) {}

AsyncEvent::~AsyncEvent() {
    complete_all(asio::error::operation_aborted, false);
}

void AsyncEvent::notify() {
    if (!complete_all({}, true)) notified_ = true;
}

// False when nobody waits.
bool AsyncEvent::complete_all(error_code error, bool notified) {
    bool any = first_.handler.has_value();
    if (any) complete(clock_, first_, error, notified);
    for (auto& waiter : others_) {
        if (!waiter.handler) continue;
        any = true;
        complete(clock_, waiter, error, notified);
    }
    return any;
}

void AsyncEvent::complete(Clock& clock, Waiter& waiter, error_code error, bool notified) {
    waiter.site_timer.disarm();
    waiter.io_timer.disarm();
    leave_slot(*waiter.handler);
    asio::post(clock.executor(), Kept{[handler = std::move(*waiter.handler), error, notified]() mutable {
                   std::move(handler)(error, notified);
               }});
    waiter.handler.reset();
}

AsyncEvent::Waiter& AsyncEvent::free_waiter() {
    if (!first_.handler) return first_;
    const auto free = std::ranges::find_if(others_, [](const Waiter& waiter) { return !waiter.handler; });
    return free == others_.end() ? others_.emplace_back(clock_) : *free;
}

namespace {

// A handler of who does not ask what ended the wait.
template <class Handler>
struct WithoutReason {
    using cancellation_slot_type = asio::cancellation_slot;
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
        return asio::get_associated_cancellation_slot(handler);
    }
    void operator()(error_code error, bool /*notified*/) { std::move(handler)(error); }

    Handler handler;
};

}  // namespace

void AsyncEvent::begin_wait(Handler handler, Until until, Duration due, Phase phase) {
    auto& waiter = free_waiter();
    waiter.handler.emplace(std::move(handler));
    if (std::exchange(notified_, false)) {
        complete(clock_, waiter, {}, true);
        return;
    }
    auto slot = asio::get_associated_cancellation_slot(*waiter.handler);
    if (slot.is_connected()) {
        slot.assign([&clock = clock_, &waiter](asio::cancellation_type) {
            if (waiter.handler) complete(clock, waiter, asio::error::operation_aborted, false);
        });
    }
    if (until == Until::site) waiter.site_timer.arm_at(due, phase);
    if (until == Until::io) waiter.io_timer.arm_at(due);
}

awaitable<bool> AsyncEvent::wait_for(Until until, Duration due, Phase phase) {
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(error_code, bool)>(
        [this, until, due, phase](auto handler) { begin_wait(std::move(handler), until, due, phase); },
        asio::use_awaitable);
}

awaitable<void> AsyncEvent::wait() {
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(error_code)>(
        [this](auto handler) {
            begin_wait(WithoutReason<decltype(handler)>{std::move(handler)}, Until::notified, {}, {});
        },
        asio::use_awaitable);
}

awaitable<bool> AsyncEvent::wait_until(Instant due, Phase phase) {
    return wait_for(Until::site, due.time_since_epoch(), phase);
}

awaitable<bool> AsyncEvent::wait_io_for(Duration delay) {
    return wait_for(Until::io, clock_.io_timers().now() + delay, Phase::other);
}

}  // namespace hil
