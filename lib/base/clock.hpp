// Time, handed in. Production code asks a Clock for the time and waits on it; which clock it is
// decides whether the site runs in real time, faster, or as fast as the machine can replay it.
//
//   RealClock     the machine's clocks. Late work is late: missed steps are skipped and counted.
//   ScaledClock   up to N times faster than real time, pausable, steppable. It does not pass a due timer
//                 before the reactor is idle and every Hold is released, so a busy machine makes the run
//                 slower, never different. I/O deadlines stay in real time.
//   VirtualClock  jumps to the next timer as soon as nothing is ready. Replays exactly.
//
// A clock also drives the reactor: call run() instead of io_context::run().
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "base/timer_queue.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>

namespace hil {

namespace asio = boost::asio;
using asio::awaitable;

class Clock {
  public:
    explicit Clock(asio::io_context& context);
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock();

    [[nodiscard]] virtual Instant now() const = 0;
    [[nodiscard]] virtual IoInstant io_now() const = 0;
    // What a wall clock in UTC shows, showed or will show at an instant, as far as is known now.
    [[nodiscard]] virtual WallTime wall(Instant at) const = 0;
    [[nodiscard]] WallTime wall_now() const { return wall(now()); }
    [[nodiscard]] Instant instant(WallTime at) const { return Instant{} + (at - wall(Instant{})); }

    // Waits in site time. Cancelling the coroutine ends the wait with operation_aborted.
    awaitable<void> sleep_until(Instant due, Phase phase = Phase::other);
    awaitable<void> sleep_for(Duration delay, Phase phase = Phase::other);
    // Waits in unscaled time: for reconnect back-off and other dealings with real peers.
    awaitable<void> io_sleep_for(Duration delay);

    // Timers of site time, and of unscaled time (one and the same in a VirtualClock).
    [[nodiscard]] TimerQueue& timers() { return *timers_; }
    [[nodiscard]] TimerQueue& io_timers() { return *io_timers_; }
    [[nodiscard]] asio::io_context& context() { return context_; }
    [[nodiscard]] asio::io_context::executor_type executor() { return context_.get_executor(); }

    // Runs the reactor until stop(); a VirtualClock also returns when nothing is left to wait for.
    virtual void run() = 0;
    void stop();

    // How many holds there are. Outlives the clock where coroutines that are destroyed with the io_context
    // still hold it.
    struct Holds {
        std::size_t count = 0;
        bool orphaned = false;
    };
    // While a Hold lives, a ScaledClock does not move on: take one for work that belongs to the present
    // instant but waits for something the clock cannot see (a local transaction, a flush).
    // Never hold across a sleep in site time.
    class [[nodiscard]] Hold {
      public:
        Hold() = default;
        explicit Hold(Clock& clock) : holds_(clock.holds_) { ++holds_->count; }
        Hold(Hold&& other) noexcept : holds_(std::exchange(other.holds_, nullptr)) {}
        Hold& operator=(Hold&& other) noexcept {
            std::swap(holds_, other.holds_);
            return *this;
        }
        ~Hold() { release(); }
        void release() {
            if (auto* holds = std::exchange(holds_, nullptr);
                holds && --holds->count == 0 && holds->orphaned) {
                delete holds;
            }
        }

      private:
        Holds* holds_ = nullptr;
    };
    Hold hold() { return Hold{*this}; }

    // How far real time may be outrun. 1 on a RealClock, which refuses to change: errc
    // operation_not_supported.
    [[nodiscard]] virtual double speed() const { return 1.0; }
    [[nodiscard]] virtual bool paused() const { return false; }
    virtual result<void> set_speed(double factor);
    virtual result<void> set_paused(bool paused);
    // Lets a paused clock run on by this much site time.
    virtual result<void> step(Duration by);

  protected:
    [[nodiscard]] std::size_t holds() const { return holds_->count; }
    // Runs every handler that is ready now.
    void drain();

    asio::io_context& context_;
    std::unique_ptr<TimerQueue> timers_;
    std::unique_ptr<TimerQueue> own_io_timers_;
    TimerQueue* io_timers_ = nullptr;
    bool stopped_ = false;

  private:
    Holds* holds_ = new Holds;
    asio::executor_work_guard<asio::io_context::executor_type> work_;
};

class RealClock final : public Clock {
  public:
    explicit RealClock(asio::io_context& context);
    ~RealClock() override;

    Instant now() const override;
    IoInstant io_now() const override;
    WallTime wall(Instant at) const override;
    void run() override;

  private:
    struct Alarm;
    void follow_wall() const;

    std::unique_ptr<Alarm> alarm_;
    std::chrono::steady_clock::time_point start_;
    mutable Duration wall_offset_{};
};

class ScaledClock final : public Clock {
  public:
    // Site time starts at `start` and runs at most `speed` times as fast as real time.
    ScaledClock(asio::io_context& context, WallTime start, double speed);
    ~ScaledClock() override;

    Instant now() const override;
    IoInstant io_now() const override;
    WallTime wall(Instant at) const override;
    void run() override;

    double speed() const override { return speed_; }
    bool paused() const override { return paused_; }
    result<void> set_speed(double factor) override;
    result<void> set_paused(bool paused) override;
    result<void> step(Duration by) override;

  private:
    struct Alarm;
    [[nodiscard]] Duration scaled_now() const;
    [[nodiscard]] Duration real_elapsed() const;
    void anchor_here();

    std::unique_ptr<Alarm> alarm_;
    std::chrono::steady_clock::time_point start_;
    WallTime wall_start_;
    double speed_;
    bool paused_ = false;
    mutable Duration reached_{};  // site time: moves when a timer fires, or on demand after an idle wait
    mutable bool idle_ = false;   // the reactor waited: what wakes it happens at a later site time
    Duration anchor_site_{};      // site time and real time that belong together
    Duration anchor_real_{};
    Duration step_limit_{};  // while paused: how far step() allows
};

class VirtualClock final : public Clock {
  public:
    VirtualClock(asio::io_context& context, WallTime start);

    Instant now() const override { return Instant{now_}; }
    IoInstant io_now() const override { return IoInstant{now_}; }
    WallTime wall(Instant at) const override { return wall_start_ + at.time_since_epoch(); }
    void run() override;

    // Runs until site time is `until`; everything due up to and at that instant has been done. Returns early,
    // at the time reached, after stop().
    void run_until(Instant until);
    void run_for(Duration by) { run_until(now() + by); }
    // Runs what is ready at this instant, without moving time.
    void settle() { drain(); }
    // The wall clock is set forward or back; steady time does not notice.
    void jump_wall(Duration by) { wall_start_ += by; }

  private:
    WallTime wall_start_;
    Duration now_{};
};

}  // namespace hil
