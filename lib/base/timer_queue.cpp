#include "base/timer_queue.hpp"

#include <utility>

namespace hil {

TimerQueue::~TimerQueue() {
    for (const auto& entry : heap_)
        entry.timer->index_ = Timer::none;
}

std::optional<Duration> TimerQueue::next_due() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().due;
}

std::size_t TimerQueue::fire_first_group() {
    if (heap_.empty()) return 0;
    const Duration due = heap_.front().due;
    const auto phase = heap_.front().phase();
    const std::uint64_t armed_before = sequence_;
    std::size_t fired = 0;
    while (!heap_.empty()) {
        const auto& first = heap_.front();
        if (first.due != due || first.phase() != phase || first.sequence() > armed_before) break;
        pop()->on_fire_();
        ++fired;
    }
    return fired;
}

std::size_t TimerQueue::fire_due(Duration time) {
    std::size_t fired = 0;
    while (!heap_.empty() && heap_.front().due <= time) {
        pop()->on_fire_();
        ++fired;
    }
    return fired;
}

void TimerQueue::place(std::size_t at, const Entry& entry) {
    heap_[at] = entry;
    entry.timer->index_ = at;
}

void TimerQueue::sift_up(std::size_t at, const Entry& entry) {
    while (at > 0) {
        const std::size_t parent = (at - 1) / 2;
        if (!entry.before(heap_[parent])) break;
        place(at, heap_[parent]);
        at = parent;
    }
    place(at, entry);
}

void TimerQueue::sift_down(std::size_t at, const Entry& entry) {
    for (;;) {
        std::size_t child = 2 * at + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && heap_[child + 1].before(heap_[child])) ++child;
        if (!heap_[child].before(entry)) break;
        place(at, heap_[child]);
        at = child;
    }
    place(at, entry);
}

void TimerQueue::insert(Timer& timer, Phase phase) {
    const auto rank = static_cast<std::uint64_t>(phase) << Entry::sequence_bits;
    heap_.emplace_back();
    sift_up(heap_.size() - 1, {.due = timer.due_, .order = rank | ++sequence_, .timer = &timer});
}

void TimerQueue::remove(Timer& timer) {
    const std::size_t at = timer.index_;
    const Entry last = heap_.back();
    heap_.pop_back();
    timer.index_ = Timer::none;
    if (last.timer == &timer) return;
    if (at > 0 && last.before(heap_[(at - 1) / 2])) {
        sift_up(at, last);
    } else {
        sift_down(at, last);
    }
}

Timer* TimerQueue::pop() {
    Timer* first = heap_.front().timer;
    remove(*first);
    return first;
}

void Timer::arm_at(Duration due, Phase phase) {
    disarm();
    due_ = due;
    queue_.insert(*this, phase);
}

void Timer::disarm() {
    if (armed()) queue_.remove(*this);
}

}  // namespace hil
