// Work that blocks (files, SQLite, compression) leaves the reactor through here: values move in, results out.
#pragma once

#include "base/clock.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace hil {

class BlockingExecutor {
  public:
    virtual ~BlockingExecutor() = default;

    // Runs `job` off the reactor and resumes with its result; what it throws is thrown here.
    // Jobs start in the order given. The site clock is held meanwhile. The job must own what it uses:
    // cancelling the waiting coroutine does not stop it.
    template <class Job>
    awaitable<std::invoke_result_t<Job&>> run(Job job) {
        using Result = std::invoke_result_t<Job&>;
        struct Shared {
            explicit Shared(Job j) : job(std::move(j)) {}
            Job job;
            std::conditional_t<std::is_void_v<Result>, std::monostate, std::optional<Result>> value{};
            std::exception_ptr error;
        };
        auto shared = std::make_shared<Shared>(std::move(job));
        std::function<void()> work = [shared] {
            try {
                if constexpr (std::is_void_v<Result>) {
                    shared->job();
                } else {
                    shared->value.emplace(shared->job());
                }
            } catch (...) {
                shared->error = std::current_exception();
            }
        };
        co_await run_erased(std::move(work));
        if (shared->error) std::rethrow_exception(shared->error);
        if constexpr (!std::is_void_v<Result>) co_return std::move(*shared->value);
    }

  protected:
    virtual awaitable<void> run_erased(std::function<void()> work) = 0;
};

// A thread pool of `threads` workers.
std::unique_ptr<BlockingExecutor> make_pool(Clock& clock, unsigned threads = 1);

// Runs the job at once, on the reactor, and completes after a delay drawn by `delay` (zero without it):
// for virtual time, where a real thread beside a jumping clock could not be replayed.
std::unique_ptr<BlockingExecutor> make_inline_executor(Clock& clock, std::function<Duration()> delay = {});

}  // namespace hil
