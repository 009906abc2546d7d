// The timers of one timeline, ordered by due time, then phase, then arming order.
// A queue does not wait: a Clock asks it for the next due time and fires it.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

namespace hil {

// Order among timers due at one instant: the plant acts, then it is told, then it is measured.
enum class Phase : std::uint8_t { plant, dispatch, sample, other };

class Timer;

class TimerQueue {
  public:
    explicit TimerQueue(std::function<Duration()> now) : now_(std::move(now)) {}
    TimerQueue(const TimerQueue&) = delete;
    TimerQueue& operator=(const TimerQueue&) = delete;
    // Timers may outlive their queue: they are then disarmed for good.
    ~TimerQueue();

    // Time since the start of this timeline.
    [[nodiscard]] Duration now() const { return now_(); }
    // When the first timer is due; none when nothing is armed.
    [[nodiscard]] std::optional<Duration> next_due() const;
    [[nodiscard]] std::size_t size() const { return heap_.size(); }

    // Calls back every timer that shares the due time and phase of the first one. Timers armed by the
    // callbacks wait for the next call. Returns how many were called.
    std::size_t fire_first_group();
    // Calls back every timer due at or before `time`, in order, including those armed meanwhile.
    std::size_t fire_due(Duration time);

  private:
    friend class Timer;
    // What decides the order lies in the heap itself: looking it up in every timer costs more than sorting.
    struct Entry {
        Duration due{};
        std::uint64_t order = 0;  // phase, then arming order
        Timer* timer = nullptr;

        [[nodiscard]] bool before(const Entry& other) const {
            return due != other.due ? due < other.due : order < other.order;
        }
        [[nodiscard]] std::uint64_t phase() const { return order >> sequence_bits; }
        [[nodiscard]] std::uint64_t sequence() const { return order & ((1ull << sequence_bits) - 1); }
        static constexpr unsigned sequence_bits = 60;
    };
    void insert(Timer& timer, Phase phase);
    void remove(Timer& timer);
    void sift_up(std::size_t at, const Entry& entry);
    void sift_down(std::size_t at, const Entry& entry);
    void place(std::size_t at, const Entry& entry);
    Timer* pop();

    std::function<Duration()> now_;
    std::vector<Entry> heap_;
    std::uint64_t sequence_ = 0;
};

// One reusable timer. Disarms itself when destroyed; never calls back from arm().
class Timer {
  public:
    Timer(TimerQueue& queue, std::function<void()> on_fire) : queue_(queue), on_fire_(std::move(on_fire)) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    ~Timer() { disarm(); }

    // Due at a time of the queue's timeline; a time already past fires at the next opportunity.
    void arm_at(Duration due, Phase phase = Phase::other);
    void arm_at(Instant due, Phase phase = Phase::other) { arm_at(due.time_since_epoch(), phase); }
    void arm_after(Duration delay, Phase phase = Phase::other) { arm_at(queue_.now() + delay, phase); }
    void disarm();
    [[nodiscard]] bool armed() const { return index_ != none; }
    [[nodiscard]] Duration due() const { return due_; }

  private:
    friend class TimerQueue;
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

    TimerQueue& queue_;
    std::function<void()> on_fire_;
    Duration due_{};
    std::size_t index_ = none;
};

}  // namespace hil
