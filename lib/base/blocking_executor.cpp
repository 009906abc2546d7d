#include "base/blocking_executor.hpp"

#include "base/async_event.hpp"
#include "base/stoppable.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <utility>

namespace hil {
namespace {

class Pool final : public BlockingExecutor {
  public:
    Pool(Clock& clock, unsigned threads, bool holds_clock)
        : clock_(clock), holds_clock_(holds_clock), pool_(threads) {}
    ~Pool() override { pool_.join(); }

  protected:
    awaitable<void> run_erased(std::function<void()> work) override {
        const auto hold = holds_clock_ ? clock_.hold() : Clock::Hold();
        auto done = std::make_shared<AsyncEvent>(clock_);
        asio::post(pool_, [this, work = std::move(work), done]() mutable {
            work();
            work = {};
            asio::post(clock_.executor(), [done = std::move(done)] { done->notify(); });
        });
        co_await done->wait();
    }

  private:
    Clock& clock_;
    bool holds_clock_;
    asio::thread_pool pool_;
};

class Inline final : public BlockingExecutor {
  public:
    Inline(Clock& clock, std::function<Duration()> delay) : clock_(clock), delay_(std::move(delay)) {}

  protected:
    awaitable<void> run_erased(std::function<void()> work) override {
        work();
        const Duration delay = delay_ ? delay_() : Duration::zero();
        if (delay > Duration::zero()) co_await clock_.io_sleep_for(delay);
    }

  private:
    Clock& clock_;
    std::function<Duration()> delay_;
};

}  // namespace

std::unique_ptr<BlockingExecutor> make_pool(Clock& clock, unsigned threads) {
    return std::make_unique<Pool>(clock, threads, true);
}

std::unique_ptr<BlockingExecutor> make_free_pool(Clock& clock, unsigned threads) {
    return std::make_unique<Pool>(clock, threads, false);
}

std::unique_ptr<BlockingExecutor> make_inline_executor(Clock& clock, std::function<Duration()> delay) {
    return std::make_unique<Inline>(clock, std::move(delay));
}

}  // namespace hil
