#include "base/wakeup.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/assert.hpp>

#include <utility>

namespace hil {

Wakeup::Wakeup(Clock& clock)
    : clock_(clock),
      site_timer_(clock.timers(), [this] { complete({}, false); }),
      io_timer_(clock.io_timers(), [this] { complete({}, false); }) {}

Wakeup::~Wakeup() {
    if (waiting_) complete(asio::error::operation_aborted, false);
}

void Wakeup::notify() {
    if (waiting_) {
        complete({}, true);
    } else {
        notified_ = true;
    }
}

void Wakeup::complete(error_code error, bool notified) {
    site_timer_.disarm();
    io_timer_.disarm();
    auto slot = asio::get_associated_cancellation_slot(*waiting_);
    if (slot.is_connected()) slot.clear();
    asio::post(clock_.executor(), [handler = std::move(*waiting_), error, notified]() mutable {
        std::move(handler)(error, notified);
    });
    waiting_.reset();
}

awaitable<bool> Wakeup::wait_for(Until until, Duration due, Phase phase) {
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(error_code, bool)>(
        [this, until, due, phase](auto handler) {
            BOOST_ASSERT_MSG(!waiting_, "a Wakeup has one waiter");
            waiting_.emplace(std::move(handler));
            if (std::exchange(notified_, false)) {
                complete({}, true);
                return;
            }
            auto slot = asio::get_associated_cancellation_slot(*waiting_);
            if (slot.is_connected()) {
                slot.assign([this](asio::cancellation_type) {
                    if (waiting_) complete(asio::error::operation_aborted, false);
                });
            }
            if (until == Until::site) site_timer_.arm_at(due, phase);
            if (until == Until::io) io_timer_.arm_at(due);
        },
        asio::use_awaitable);
}

awaitable<void> Wakeup::wait() {
    co_await wait_for(Until::notified, {}, {});
}

awaitable<bool> Wakeup::wait_until(Instant due, Phase phase) {
    return wait_for(Until::site, due.time_since_epoch(), phase);
}

awaitable<bool> Wakeup::wait_io_for(Duration delay) {
    return wait_for(Until::io, clock_.io_timers().now() + delay, Phase::other);
}

}  // namespace hil
