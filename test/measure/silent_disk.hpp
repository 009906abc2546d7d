// A disk that stops answering: jobs are kept, in their order, until it answers again.
#pragma once

#include "base/async_event.hpp"
#include "base/blocking_executor.hpp"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace hil::measure {

class SilentDisk final : public BlockingExecutor {
  public:
    explicit SilentDisk(Clock& clock) : clock_(clock) {}

    void fall_silent() { silent_ = true; }
    void answer() {
        silent_ = false;
        for (auto& job : std::exchange(kept_, {})) {
            job.work();
            job.done->notify();
        }
    }

  protected:
    awaitable<void> run_erased(std::function<void()> work) override {
        if (!silent_) {
            work();
            co_return;
        }
        const auto done = std::make_shared<AsyncEvent>(clock_);
        kept_.push_back({std::move(work), done});
        co_await done->wait();
    }

  private:
    struct Job {
        std::function<void()> work;
        std::shared_ptr<AsyncEvent> done;
    };
    Clock& clock_;
    bool silent_ = false;
    std::vector<Job> kept_;
};

}  // namespace hil::measure
