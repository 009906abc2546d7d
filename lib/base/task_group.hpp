// Every coroutine that is not awaited by its caller belongs to a TaskGroup, whose owner can cancel it and
// wait for its end. The one place in the program that starts coroutines.
#pragma once

#include "base/async_event.hpp"
#include "base/clock.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace hil {

// What an exception that escapes a task does, besides being reported.
enum class OnEscape {
    end,      // the task is over
    restart,  // the task is started again after a back-off (1 s doubling to 60 s, unscaled time)
};

struct TaskFailure {
    std::string_view task;
    std::string_view what;
    bool restarting = false;
};

class TaskGroup {
  public:
    using Body = std::function<awaitable<void>()>;
    using FailureHook = std::function<void(const TaskFailure&)>;

    // `on_failure` hears of every exception that escapes a task, cancellation excepted.
    explicit TaskGroup(Clock& clock, FailureHook on_failure = {});
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;
    // Cancels what still runs. An owner whose tasks use its members awaits join() before it goes.
    ~TaskGroup();

    // Starts `body` on the reactor; it first runs from the event loop, not from here.
    // Everything the body refers to must live until it ended: capture by value or own it beside the group.
    void spawn(std::string name, Body body, OnEscape on_escape = OnEscape::end);

    // Asks every task there is to end: its current wait completes with operation_aborted and the coroutine
    // unwinds. What is spawned afterwards is not concerned.
    void cancel();
    // Waits until no task is left.
    awaitable<void> join();
    // The same for tasks that use what their owner, a coroutine, has in its frame: when the owner is
    // cancelled, they are cancelled too, and it goes on only when the last one has ended.
    awaitable<void> join_or_cancel();
    [[nodiscard]] std::size_t size() const;

  private:
    struct State;
    struct Task;
    struct Ended;
    // The coroutine owns the body: what it captured goes when the coroutine does, be it with the event loop.
    static awaitable<void> supervise(std::shared_ptr<State> state, std::shared_ptr<Task> task, Body body);

    std::shared_ptr<State> state_;
};

}  // namespace hil
