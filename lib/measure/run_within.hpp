// A job off the reactor that is waited for so long and no longer: a disk that does not answer must not hold
// up who has other things to do, such as to stop a plant.
#pragma once

#include "base/async_event.hpp"
#include "base/blocking_executor.hpp"
#include "base/clock.hpp"
#include "base/task_group.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace hil::measure {

// How long a command waits for the disk, in unscaled time.
inline constexpr Duration disk_timeout = std::chrono::seconds(5);

// The job's result; none when it has not ended within `timeout`, in unscaled time. It then goes on for
// itself and what it finds out is thrown away: like any job, it owns what it uses. What it throws in time is
// thrown here. `blocking` outlives the coroutine.
template <class Job>
awaitable<std::optional<std::invoke_result_t<Job&>>> run_within(Clock& clock, BlockingExecutor& blocking,
                                                                Duration timeout, Job job) {
    struct Shared {
        explicit Shared(Clock& c) : ended(c) {}
        AsyncEvent ended;
        std::optional<std::invoke_result_t<Job&>> value;
        std::exception_ptr error;
    };
    auto shared = std::make_shared<Shared>(clock);
    TaskGroup tasks(clock);
    tasks.spawn("job of the disk", [shared, &blocking, job = std::move(job)]() -> awaitable<void> {
        try {
            shared->value.emplace(co_await blocking.run(job));
        } catch (...) {
            shared->error = std::current_exception();
        }
        shared->ended.notify();
    });
    co_await shared->ended.wait_io_for(timeout);
    if (shared->error) std::rethrow_exception(shared->error);
    co_return std::move(shared->value);
}

}  // namespace hil::measure
