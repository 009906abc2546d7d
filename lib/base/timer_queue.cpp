#include "base/timer_queue.hpp"

#include <tuple>
#include <utility>

namespace hil {

TimerQueue::~TimerQueue() {
    for (Timer* timer : heap_)
        timer->index_ = Timer::none;
}

std::optional<Duration> TimerQueue::next_due() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front()->due_;
}

std::size_t TimerQueue::fire_first_group() {
    if (heap_.empty()) return 0;
    const Duration due = heap_.front()->due_;
    const Phase phase = heap_.front()->phase_;
    const std::uint64_t armed_before = sequence_;
    std::size_t fired = 0;
    while (!heap_.empty()) {
        const Timer* first = heap_.front();
        if (first->due_ != due || first->phase_ != phase || first->sequence_ > armed_before) break;
        pop()->on_fire_();
        ++fired;
    }
    return fired;
}

std::size_t TimerQueue::fire_due(Duration time) {
    std::size_t fired = 0;
    while (!heap_.empty() && heap_.front()->due_ <= time) {
        pop()->on_fire_();
        ++fired;
    }
    return fired;
}

void TimerQueue::place(std::size_t at, Timer* timer) {
    heap_[at] = timer;
    timer->index_ = at;
}

void TimerQueue::sift_up(std::size_t at) {
    Timer* timer = heap_[at];
    const auto key = std::tuple(timer->due_, timer->phase_, timer->sequence_);
    while (at > 0) {
        const std::size_t parent = (at - 1) / 2;
        Timer* above = heap_[parent];
        if (key >= std::tuple(above->due_, above->phase_, above->sequence_)) break;
        place(at, above);
        at = parent;
    }
    place(at, timer);
}

void TimerQueue::sift_down(std::size_t at) {
    Timer* timer = heap_[at];
    const auto key = std::tuple(timer->due_, timer->phase_, timer->sequence_);
    const auto key_of = [&](std::size_t i) {
        return std::tuple(heap_[i]->due_, heap_[i]->phase_, heap_[i]->sequence_);
    };
    for (;;) {
        std::size_t child = 2 * at + 1;
        if (child >= heap_.size()) break;
        if (child + 1 < heap_.size() && key_of(child + 1) < key_of(child)) ++child;
        if (key_of(child) >= key) break;
        place(at, heap_[child]);
        at = child;
    }
    place(at, timer);
}

void TimerQueue::insert(Timer& timer) {
    timer.sequence_ = ++sequence_;
    heap_.push_back(&timer);
    timer.index_ = heap_.size() - 1;
    sift_up(timer.index_);
}

void TimerQueue::remove(Timer& timer) {
    const std::size_t at = timer.index_;
    Timer* last = heap_.back();
    heap_.pop_back();
    timer.index_ = Timer::none;
    if (last == &timer) return;
    place(at, last);
    sift_up(at);
    sift_down(last->index_);
}

Timer* TimerQueue::pop() {
    Timer* first = heap_.front();
    remove(*first);
    return first;
}

void Timer::arm_at(Duration due, Phase phase) {
    disarm();
    due_ = due;
    phase_ = phase;
    queue_.insert(*this);
}

void Timer::disarm() {
    if (armed()) queue_.remove(*this);
}

}  // namespace hil
