// Takes commands, keeps their order and their records, and runs them.
//
// The engine knows no kind by itself: whoever can do something registers it (define()), with the queue it
// runs in and the rule its payload must keep. Queues are what runs side by side: each plant is one, commands
// of one plant run in order; market, posting and schedule commands have queues of their own, so that a login
// that hangs delays nobody. A command of the whole site (start all, a switch) waits for every plant's queue
// and holds them all. An immediate one (the emergency stop) waits for nothing and is never refused for a full
// queue.
//
// Records change on the reactor only, each change is told to the subscribers, and is kept by the audit.
#pragma once

#include "base/clock.hpp"
#include "base/subscription.hpp"
#include "base/task_group.hpp"
#include "control/command.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::control {

enum class CommandQueue : std::uint8_t {
    plant,   // needs a plant; in order with the others of that plant
    site,    // alone: after all that was asked of plants before, before all that is asked of them later;
             // names no plant (`invalid_payload`)
    market,  // connection to the platform
    posting,
    schedule,
    immediate,  // at once, beside whatever runs
};

class CommandEngine {
  public:
    struct Options {
        std::size_t queue_capacity = 128;        // commands that wait, over all queues
        std::size_t records = 200;               // kept in memory; the oldest ended ones go first
        std::uint64_t first_number = 1;          // one more than the highest ever given, from the audit
        std::size_t payload_bytes = 16u << 10u;  // a longer payload is `invalid_payload` and not kept
    };

    // While a command runs: what it is doing now ("waiting for decay 4.1 s"), for the record's message.
    using Say = std::function<void(std::string)>;
    using Execute = std::function<awaitable<Outcome>(const Command& command, Say say)>;
    // The code it is refused with, and nothing when it is in order; called when the command arrives, again
    // before it runs (the world may have moved on: `estop_latched`).
    using Refuse = std::function<std::optional<std::string>(const Command& command)>;

    struct Kind {
        CommandQueue queue = CommandQueue::plant;
        std::vector<std::string> fields;    // the payload may have these
        std::vector<std::string> required;  // and must have these, else `invalid_payload`
        std::vector<std::string> secrets;   // of these fields the record shows "***"; see take_secrets()
        Refuse refuse;                      // may be empty
        Execute execute;
    };

    struct Hooks {
        // A command's coroutine threw, or its rule (Kind::refuse): a programming error. Its record ends
        // `failed` or `rejected internal_error`. Or a listener threw, which changes nothing in what becomes
        // of it.
        std::function<void(const Command&, std::string_view what)> on_failure;
    };

    CommandEngine(Clock& clock, std::vector<std::string> plant_ids, Options options, Hooks hooks = {});
    ~CommandEngine();
    CommandEngine(const CommandEngine&) = delete;
    CommandEngine& operator=(const CommandEngine&) = delete;

    // Throws std::logic_error for a kind that is defined already, or that nothing executes.
    void define(std::string kind, Kind what);
    [[nodiscard]] bool knows(std::string_view kind) const;
    [[nodiscard]] const Kind* kind(std::string_view kind) const;

    // Makes the record and queues it. Never fails: what cannot be done is `rejected` with a code:
    // unsupported_command, invalid_plant, invalid_payload, queue_full, shutting_down, or what Kind::refuse
    // says. Of a payload that was not understood nothing is kept: there may be a secret in it.
    // The reference is valid until the next submit().
    const Command& submit(std::string kind, std::string plant, boost::json::object payload,
                          std::string actor);
    // Waits until the command has ended; its record then. At once for one that is not known any more: none.
    awaitable<std::optional<Command>> finished(std::string id);
    // A command that runs holds up no others from now on, though it goes on. Its executor's to decide.
    void leave_queue(std::string_view id);
    // What the secret fields of a command hold: for its Execute, once. They are gone when the command ends.
    boost::json::object take_secrets(std::string_view id);

    [[nodiscard]] const Command* find(std::string_view id) const;
    // Newest first.
    [[nodiscard]] std::vector<const Command*> recent(std::size_t limit) const;
    // The newest command that runs now for this plant (site-wide ones included); none.
    [[nodiscard]] const Command* active(std::string_view plant) const;
    [[nodiscard]] std::size_t waiting() const;

    // Calls the listener at every change of a record, with a copy of it as it was then.
    Subscription subscribe(Publisher<Command>::Listener listener);

    // Only these kinds are taken from now on, all others are `rejected shutting_down`, those that wait, too.
    void wind_down(std::vector<std::string> still_taken);
    // No further command is taken (`rejected shutting_down`); queued ones end so, too. Those that run are
    // waited for.
    awaitable<void> close();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace hil::control
