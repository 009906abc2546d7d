// A job off the reactor that can be told to come to an end: because its time is over, because whoever asked
// has gone, because nobody waits for it any more. What it has found by then is its result.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/clock.hpp"
#include "base/timer_queue.hpp"

#include <memory>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace hil {

// A thread pool as make_pool() makes one, whose jobs do not hold the site clock: they may take seconds, and
// nothing of the site depends on them.
std::unique_ptr<BlockingExecutor> make_free_pool(Clock& clock, unsigned threads);

// Runs `job(std::stop_token)` off the reactor; the token asks to stop after `timeout` (unscaled time), when
// `sooner` does, and when the waiting coroutine is cancelled. The job looks at it every few milliseconds, so
// that this ends soon after. In virtual time no time passes while the job runs: it is never cut.
template <class Job>
awaitable<std::invoke_result_t<Job&, std::stop_token>> run_stoppable(Clock& clock, BlockingExecutor& blocking,
                                                                     Duration timeout, std::stop_token sooner,
                                                                     Job job) {
    std::stop_source stop;
    const struct Leaving {
        ~Leaving() { stop.request_stop(); }
        std::stop_source stop;
    } leaving{stop};
    const auto ask = [&stop] { stop.request_stop(); };
    const std::stop_callback forward(std::move(sooner), ask);
    Timer over(clock.io_timers(), ask);
    over.arm_after(timeout);
    auto work = [job = std::move(job), token = stop.get_token()]() mutable { return job(token); };
    co_return co_await blocking.run(std::move(work));
}

}  // namespace hil
