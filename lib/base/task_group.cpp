#include "base/task_group.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <exception>
#include <list>
#include <utility>

namespace hil {

struct TaskGroup::Task {
    std::string name;
    OnEscape on_escape;
    bool started = false;
    bool cancelled = false;  // with the group; one that is spawned later is not
    asio::cancellation_signal cancel;
    std::list<std::shared_ptr<Task>>::iterator place;  // in its group
};

struct TaskGroup::State {
    State(Clock& c, FailureHook hook) : clock(c), on_failure(std::move(hook)), ended(c) {}

    Clock& clock;
    FailureHook on_failure;
    std::list<std::shared_ptr<Task>> tasks;
    AsyncEvent ended;
};

namespace {

bool is_cancellation(const std::exception_ptr& escaped) {
    try {
        std::rethrow_exception(escaped);
    } catch (const boost::system::system_error& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

std::string describe_failure(const std::exception_ptr& escaped) {
    try {
        std::rethrow_exception(escaped);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "an exception of unknown type";
    }
}

}  // namespace

// What a task's coroutine completes with. Because it names no executor, co_spawn hands a cancellation on at
// once. Given from outside the event loop, by a timer's callback for one, co_spawn of Boost 1.81 would
// otherwise post a pointer into the task, which may have ended and gone by then; and where the loop does not
// turn again, what a task waits for would keep the task, and the task what it waits for, for good.
struct TaskGroup::Ended {
    using cancellation_slot_type = asio::cancellation_slot;
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
        return task->cancel.slot();
    }

    void operator()(const std::exception_ptr& /*reported by supervise*/) const {
        state->tasks.erase(task->place);
        if (state->tasks.empty()) state->ended.notify();
    }

    std::shared_ptr<State> state;
    std::shared_ptr<Task> task;
};

TaskGroup::TaskGroup(Clock& clock, FailureHook on_failure)
    : state_(std::make_shared<State>(clock, std::move(on_failure))) {}

TaskGroup::~TaskGroup() {
    cancel();
}

awaitable<void> TaskGroup::supervise(std::shared_ptr<State> state, std::shared_ptr<Task> task, Body body) {
    constexpr Duration first_delay = std::chrono::seconds(1);
    constexpr Duration longest_delay = std::chrono::seconds(60);
    Duration delay = first_delay;
    task->started = true;
    if (task->cancelled) {
        // Where the body owns the group, its end cancels once more, on the way out; see below.
        co_await asio::this_coro::throw_if_cancelled(false);
        co_return;
    }
    for (;;) {
        const auto began = state->clock.io_now();
        std::exception_ptr escaped;
        try {
            co_await body();
        } catch (...) {
            escaped = std::current_exception();
        }
        // The way out of co_spawn waits once more, and an exception there would escape from the event loop.
        co_await asio::this_coro::throw_if_cancelled(false);
        if (!escaped || (task->cancelled && is_cancellation(escaped))) co_return;
        const bool restart = task->on_escape == OnEscape::restart && !task->cancelled;
        if (state->on_failure) {
            const auto what = describe_failure(escaped);
            state->on_failure({.task = task->name, .what = what, .restarting = restart});
        }
        if (!restart) co_return;
        // Whatever the body made of it on its way out, it can be cancelled again from here on.
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        co_await asio::this_coro::throw_if_cancelled(true);
        if (state->clock.io_now() - began >= longest_delay) delay = first_delay;  // it had run well
        co_await state->clock.io_sleep_for(delay);
        delay = std::min(2 * delay, longest_delay);
    }
}

void TaskGroup::spawn(std::string name, Body body, OnEscape on_escape) {
    auto task = std::make_shared<Task>();
    task->name = std::move(name);
    task->on_escape = on_escape;
    task->place = state_->tasks.insert(state_->tasks.end(), task);
    asio::co_spawn(state_->clock.executor(), supervise(state_, task, std::move(body)), Ended{state_, task});
}

void TaskGroup::cancel() {
    for (const auto& task : state_->tasks) {
        task->cancelled = true;
        // Told before it first ran, it would throw before it is in our hands; it then ends by itself.
        if (task->started) task->cancel.emit(asio::cancellation_type::terminal);
    }
}

awaitable<void> TaskGroup::join() {
    while (!state_->tasks.empty())
        co_await state_->ended.wait();
}

awaitable<void> TaskGroup::join_or_cancel() {
    std::exception_ptr cancelled;
    try {
        co_await join();
    } catch (...) {
        cancelled = std::current_exception();
    }
    if (!cancelled) co_return;
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    cancel();
    co_await join();
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    std::rethrow_exception(cancelled);
}

std::size_t TaskGroup::size() const {
    return state_->tasks.size();
}

}  // namespace hil
