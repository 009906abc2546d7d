#include "base/task_group.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <exception>
#include <list>
#include <utility>

namespace hil {

struct TaskGroup::Task {
    std::string name;
    Body body;
    OnEscape on_escape;
    asio::cancellation_signal cancel;
};

struct TaskGroup::State {
    State(Clock& c, FailureHook hook) : clock(c), on_failure(std::move(hook)), ended(c) {}

    Clock& clock;
    FailureHook on_failure;
    std::list<std::shared_ptr<Task>> tasks;
    Wakeup ended;
    bool cancelled = false;
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

std::string describe(const std::exception_ptr& escaped) {
    try {
        std::rethrow_exception(escaped);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "an exception of unknown type";
    }
}

}  // namespace

// What a task's coroutine completes with. Because it names no executor, Asio hands a cancellation on at once;
// otherwise one from outside the event loop would wait for a turn of it that may never come, and whatever the
// task waits for would keep the task, and the task what it waits for, for good.
struct TaskGroup::Ended {
    using cancellation_slot_type = asio::cancellation_slot;
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept {
        return task->cancel.slot();
    }

    void operator()(const std::exception_ptr& /*reported by supervise*/) const {
        state->tasks.remove(task);
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

awaitable<void> TaskGroup::supervise(std::shared_ptr<State> state, std::shared_ptr<Task> task) {
    constexpr Duration first_delay = std::chrono::seconds(1);
    constexpr Duration longest_delay = std::chrono::seconds(60);
    Duration delay = first_delay;
    for (;;) {
        std::exception_ptr escaped;
        try {
            co_await task->body();
        } catch (...) {
            escaped = std::current_exception();
        }
        if (!escaped || (state->cancelled && is_cancellation(escaped))) co_return;
        const bool restart = task->on_escape == OnEscape::restart && !state->cancelled;
        if (state->on_failure) {
            const auto what = describe(escaped);
            state->on_failure({.task = task->name, .what = what, .restarting = restart});
        }
        if (!restart) co_return;
        co_await state->clock.io_sleep_for(delay);
        delay = std::min(2 * delay, longest_delay);
    }
}

void TaskGroup::spawn(std::string name, Body body, OnEscape on_escape) {
    auto task = std::make_shared<Task>();
    task->name = std::move(name);
    task->body = std::move(body);
    task->on_escape = on_escape;
    state_->tasks.push_back(task);
    asio::co_spawn(state_->clock.executor(), supervise(state_, task), Ended{state_, task});
}

void TaskGroup::cancel() {
    state_->cancelled = true;
    const auto tasks = state_->tasks;  // a task may end, and leave the list, while it is told
    for (const auto& task : tasks) {
        // Told on the reactor: from elsewhere, a timer's callback for one, co_spawn of Boost 1.81 would post
        // a pointer into the task, which may have ended and gone by then.
        asio::dispatch(state_->clock.executor(),
                       [task] { task->cancel.emit(asio::cancellation_type::terminal); });
    }
}

awaitable<void> TaskGroup::join() {
    while (!state_->tasks.empty())
        co_await state_->ended.wait();
}

std::size_t TaskGroup::size() const {
    return state_->tasks.size();
}

}  // namespace hil
