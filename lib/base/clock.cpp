#include "base/clock.hpp"

#include "base/timer_wait.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace hil {
namespace {

awaitable<void> sleep(Clock& clock, TimerQueue& queue, Duration due, Phase phase) {
    return wait_on<void(error_code)>(clock, queue, due, phase,
                                     [](auto handler, error_code error) { std::move(handler)(error); });
}

Duration since(std::chrono::steady_clock::time_point start) {
    return std::chrono::steady_clock::now() - start;
}

// A wake-up of the reactor at a real time, re-armed only when that time changes.
struct RealAlarm {
    explicit RealAlarm(asio::io_context& context) : timer(context) {}

    void set(std::optional<std::chrono::steady_clock::time_point> at) {
        if (at == due) return;
        due = at;
        if (!at) {
            timer.cancel();
            return;
        }
        timer.expires_at(*at);
        timer.async_wait([this](error_code error) {
            if (!error) due.reset();
        });
    }

    asio::steady_timer timer;
    std::optional<std::chrono::steady_clock::time_point> due;
};

}  // namespace

Clock::Clock(asio::io_context& context) : context_(context), work_(asio::make_work_guard(context)) {}

Clock::~Clock() {
    if (holds_->count == 0) {
        delete holds_;
    } else {
        holds_->orphaned = true;
    }
}

awaitable<void> Clock::sleep_until(Instant due, Phase phase) {
    return sleep(*this, *timers_, due.time_since_epoch(), phase);
}

awaitable<void> Clock::sleep_for(Duration delay, Phase phase) {
    return sleep(*this, *timers_, timers_->now() + delay, phase);
}

awaitable<void> Clock::io_sleep_for(Duration delay) {
    return sleep(*this, *io_timers_, io_timers_->now() + delay, Phase::other);
}

void Clock::stop() {
    stopped_ = true;
    context_.stop();
}

void Clock::drain() {
    while (context_.poll() > 0 && !stopped_) {
    }
}

result<void> Clock::set_speed(double /*factor*/) {
    return asio::error::operation_not_supported;
}

result<void> Clock::set_paused(bool /*paused*/) {
    return asio::error::operation_not_supported;
}

result<void> Clock::step(Duration /*by*/) {
    return asio::error::operation_not_supported;
}

// ---- real ---------------------------------------------------------------------------------------------

struct RealClock::Alarm : RealAlarm {
    using RealAlarm::RealAlarm;
};

RealClock::RealClock(asio::io_context& context)
    : Clock(context), alarm_(std::make_unique<Alarm>(context)), start_(std::chrono::steady_clock::now()) {
    timers_ = std::make_unique<TimerQueue>([this] { return since(start_); });
    io_timers_ = timers_.get();
    follow_wall();
}

RealClock::~RealClock() = default;

Instant RealClock::now() const {
    return Instant{since(start_)};
}

IoInstant RealClock::io_now() const {
    return IoInstant{since(start_)};
}

WallTime RealClock::wall(Instant at) const {
    follow_wall();
    return WallTime{wall_offset_ + at.time_since_epoch()};
}

// Two clocks are never read at once. An offset that followed every reading would give one instant a different
// wall time at each call, and rows times like 09:59:59.999999; so it moves only when the wall clock has.
void RealClock::follow_wall() const {
    constexpr auto noise = std::chrono::milliseconds(1);
    constexpr int attempts = 5;
    for (int i = 0; i < attempts; ++i) {
        const Duration before = since(start_);
        const Duration wall = std::chrono::system_clock::now().time_since_epoch();
        const Duration after = since(start_);
        if (after - before > noise) continue;  // interrupted between the readings
        const Duration offset = wall - (before + after) / 2;
        if (std::chrono::abs(offset - wall_offset_) > noise) wall_offset_ = offset;
        return;
    }
}

void RealClock::run() {
    while (!stopped_) {
        timers_->fire_due(since(start_));
        if (stopped_) break;
        const auto due = timers_->next_due();
        alarm_->set(due ? std::optional(start_ + *due) : std::nullopt);
        // One handler at a time, so that due timers never wait for a long queue of ready work.
        context_.run_one();
    }
    context_.restart();
    stopped_ = false;
}

// ---- scaled -------------------------------------------------------------------------------------------

struct ScaledClock::Alarm : RealAlarm {
    using RealAlarm::RealAlarm;
};

ScaledClock::ScaledClock(asio::io_context& context, WallTime start, double speed)
    : Clock(context),
      alarm_(std::make_unique<Alarm>(context)),
      start_(std::chrono::steady_clock::now()),
      wall_start_(start),
      speed_(speed) {
    timers_ = std::make_unique<TimerQueue>([this] { return now().time_since_epoch(); });
    own_io_timers_ = std::make_unique<TimerQueue>([this] { return real_elapsed(); });
    io_timers_ = own_io_timers_.get();
}

ScaledClock::~ScaledClock() = default;

Duration ScaledClock::real_elapsed() const {
    return since(start_);
}

Duration ScaledClock::scaled_now() const {
    if (paused_) return step_limit_;
    const auto elapsed = static_cast<double>((real_elapsed() - anchor_real_).count()) * speed_;
    return anchor_site_ + Duration{static_cast<Duration::rep>(elapsed)};
}

void ScaledClock::anchor_here() {
    anchor_site_ = reached_;
    anchor_real_ = real_elapsed();
    step_limit_ = reached_;
}

Instant ScaledClock::now() const {
    // One turn of the event loop is one instant, whatever it costs.
    if (std::exchange(idle_, false) && holds() == 0 && !paused_) {
        Duration at = scaled_now();
        if (const auto due = timers_->next_due()) at = std::min(at, *due);
        reached_ = std::max(reached_, at);
    }
    return Instant{reached_};
}

IoInstant ScaledClock::io_now() const {
    return IoInstant{real_elapsed()};
}

WallTime ScaledClock::wall(Instant at) const {
    return wall_start_ + at.time_since_epoch();
}

result<void> ScaledClock::set_speed(double factor) {
    if (!(factor > 0) || !std::isfinite(factor)) return asio::error::invalid_argument;
    reached_ = now().time_since_epoch();
    anchor_here();
    speed_ = factor;
    return {};
}

result<void> ScaledClock::set_paused(bool paused) {
    reached_ = now().time_since_epoch();
    anchor_here();
    paused_ = paused;
    return {};
}

result<void> ScaledClock::step(Duration by) {
    if (by <= Duration::zero()) return asio::error::invalid_argument;
    if (!paused_) return asio::error::operation_not_supported;
    step_limit_ += by;
    return {};
}

void ScaledClock::run() {
    // A machine that fell behind by more than this gives the lost time up instead of racing after it.
    constexpr auto max_catch_up = std::chrono::milliseconds(250);
    while (!stopped_) {
        drain();
        if (stopped_) break;
        if (io_timers_->fire_due(real_elapsed()) > 0) continue;
        const auto next_io = io_timers_->next_due();
        auto wake = next_io ? std::optional(start_ + *next_io) : std::nullopt;
        if (holds() == 0) {
            const auto due = timers_->next_due();
            const Duration target = scaled_now();
            if (due && *due <= std::max(target, reached_)) {
                reached_ = std::max(reached_, *due);
                if (!paused_ && static_cast<double>((target - reached_).count()) / speed_ >
                                    static_cast<double>(Duration{max_catch_up}.count())) {
                    anchor_here();
                }
                idle_ = false;
                timers_->fire_first_group();
                continue;
            }
            if (paused_) {
                reached_ = std::max(reached_, step_limit_);
            } else if (due) {
                const auto wait = static_cast<double>((*due - anchor_site_).count()) / speed_;
                const auto at = start_ + anchor_real_ + Duration{static_cast<Duration::rep>(std::ceil(wait))};
                wake = wake ? std::min(*wake, at) : at;
            }
        }
        alarm_->set(wake);
        idle_ = holds() == 0;  // otherwise what wakes it is work of the present instant
        context_.run_one();
    }
    context_.restart();
    stopped_ = false;
}

// ---- virtual ------------------------------------------------------------------------------------------

VirtualClock::VirtualClock(asio::io_context& context, WallTime start) : Clock(context), wall_start_(start) {
    timers_ = std::make_unique<TimerQueue>([this] { return now_; });
    io_timers_ = timers_.get();
}

// One poll of the event loop runs everything that is ready, and what becomes ready by it.
void VirtualClock::run() {
    for (;;) {
        context_.poll();
        if (stopped_) break;
        const auto due = timers_->next_due();
        if (!due) break;
        now_ = std::max(now_, *due);
        timers_->fire_first_group();
    }
    if (stopped_) context_.restart();
    stopped_ = false;
}

void VirtualClock::run_until(Instant until) {
    for (;;) {
        context_.poll();
        if (stopped_) break;
        const auto due = timers_->next_due();
        if (!due || *due > until.time_since_epoch()) break;
        now_ = std::max(now_, *due);
        timers_->fire_first_group();
    }
    if (stopped_) {
        context_.restart();
        stopped_ = false;
        return;  // at the time at which it was stopped
    }
    now_ = std::max(now_, until.time_since_epoch());
}

}  // namespace hil
