// How a coroutine waits for a timer, without another coroutine around it. Internal to lib/base.
#pragma once

#include "base/cancellation.hpp"
#include "base/clock.hpp"
#include "base/recycled.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <new>
#include <utility>

namespace hil {

// One pending wait: fires or is cancelled, whichever comes first, and completes exactly once.
template <class Handler, class Finish>
struct TimerWait {
    TimerWait(Clock& clock, TimerQueue& queue, Handler h, Finish f)
        : executor(clock.executor()),
          handler(std::move(h)),
          finish(std::move(f)),
          timer(queue, [this] { complete({}); }) {}

    void complete(error_code error) {
        timer.disarm();
        leave_slot(handler);
        asio::post(executor, Kept{[error, h = std::move(handler), f = std::move(finish)]() mutable {
                       f(std::move(h), error);
                   }});
        this->~TimerWait();
        give_block(this, sizeof(TimerWait));
    }

    asio::io_context::executor_type executor;
    Handler handler;
    Finish finish;
    Timer timer;
};

// `finish` is called with the handler and the error, if any, when the coroutine is to go on.
template <class Signature, class Finish>
auto wait_on(Clock& clock, TimerQueue& queue, Duration due, Phase phase, Finish finish) {
    return asio::async_initiate<const asio::use_awaitable_t<>&, Signature>(
        [&clock, &queue, due, phase, finish = std::move(finish)](auto handler) mutable {
            using Op = TimerWait<decltype(handler), Finish>;
            // Owns itself until it completes.
            auto* op = new (take_block(sizeof(Op))) Op(clock, queue, std::move(handler), std::move(finish));
            auto slot = asio::get_associated_cancellation_slot(op->handler);
            if (slot.is_connected()) {
                slot.assign([op](asio::cancellation_type) { op->complete(asio::error::operation_aborted); });
            }
            op->timer.arm_at(due, phase);
        },
        asio::use_awaitable);
}

}  // namespace hil
