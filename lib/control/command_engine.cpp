#include "control/command_engine.hpp"

#include "base/async_event.hpp"
#include "control/command_payload.hpp"
#include "control/command_queues.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <exception>
#include <list>
#include <stdexcept>
#include <utility>

namespace hil::control {
namespace {

constexpr std::size_t longest_name = 64;  // of a kind or plant that nobody here knows

std::string describe(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        return e.what();
    } catch (...) {
        return "an exception of unknown type";
    }
}

// A flag that is set as long as this lives, however the block that has it is left.
class Within {
  public:
    explicit Within(bool& flag) : flag_(flag), before_(std::exchange(flag, true)) {}
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;
    ~Within() { flag_ = before_; }

  private:
    bool& flag_;
    bool before_;
};

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

struct CommandEngine::State : std::enable_shared_from_this<CommandEngine::State> {
    struct Record {
        Command command;
        const Kind* kind = nullptr;  // none: it was rejected before
        CommandQueues::QueueSlot slot;
        boost::json::object secrets;
        bool holds_queue = false;
    };
    // Somebody who waits for the end of a command, told with the record as it was then.
    struct Waiter {
        Waiter(Clock& clock, std::uint64_t n) : wakeup(clock), number(n) {}
        AsyncEvent wakeup;
        std::uint64_t number;
        std::optional<Command> ended;
        bool over = false;
    };

    State(Clock& c, std::vector<std::string> ids, Options o, Hooks h)
        : clock(c),
          plant_ids(std::move(ids)),
          options(o),
          hooks(std::move(h)),
          queues(plant_ids.size()),
          next_number(o.first_number),
          tasks(c) {}

    [[nodiscard]] const Record* find(std::string_view id) const {
        const auto number = command_number(id);
        if (!number) return nullptr;
        const auto found = records.find(*number);
        return found == records.end() ? nullptr : &found->second;
    }

    // Listeners get a copy: they may submit, and so make records go. One that throws is reported, and changes
    // nothing in what becomes of the command.
    void publish(const Record& record) {
        const Command copy = record.command;
        try {
            changed.publish(copy);
        } catch (...) {
            report(copy, std::current_exception());
        }
    }

    void report(const Command& command, const std::exception_ptr& thrown) const {
        if (hooks.on_failure) hooks.on_failure(command, describe(thrown));
    }

    // What the kind's own rule says; a rule that throws refuses.
    [[nodiscard]] std::optional<std::string> refusal(const Kind& kind, const Command& command) const {
        if (!kind.refuse) return std::nullopt;
        try {
            return kind.refuse(command);
        } catch (...) {
            report(command, std::current_exception());
            return "internal_error";
        }
    }

    // Of the ended ones the oldest go first; `kept` stays for its maker to look at, however few are kept.
    void prune(std::uint64_t kept = 0) {
        for (auto at = records.begin();
             at != records.end() && records.size() > std::max<std::size_t>(options.records, 1);) {
            at = ended(at->second.command.state) && at->first != kept ? records.erase(at) : std::next(at);
        }
    }

    void end(std::uint64_t number, Outcome outcome) {
        const auto found = records.find(number);
        auto& record = found->second;
        record.secrets.clear();
        record.command.state = outcome.state;
        record.command.message = std::move(outcome.message);
        record.command.result = std::move(outcome.result);
        record.command.finished_at = clock.wall_now();
        for (const auto& waiter : waiters) {
            if (waiter->number != number) continue;
            waiter->ended = record.command;
            waiter->over = true;
            waiter->wakeup.notify();
        }
        publish(record);
    }

    // The code this command is refused with as it arrives.
    std::optional<std::string> examine(Record& record, boost::json::object payload) {
        auto& command = record.command;
        if (record.kind == nullptr) return "unsupported_command";
        const auto& kind = *record.kind;
        const auto plant = std::find(plant_ids.begin(), plant_ids.end(), command.plant);
        if (plant == plant_ids.end() && (kind.queue == CommandQueue::plant || !command.plant.empty()))
            return "invalid_plant";
        if (kind.queue == CommandQueue::site && !command.plant.empty()) return "invalid_payload";
        record.slot = {kind.queue, static_cast<std::size_t>(plant - plant_ids.begin())};
        auto taken = take_payload(kind, std::move(payload), options.payload_bytes);
        if (!taken) return "invalid_payload";
        command.payload = std::move(taken->shown);
        record.secrets = std::move(taken->secrets);
        if (closing || (winding_down && !contains(still_taken, command.kind))) return "shutting_down";
        if (auto code = refusal(kind, command)) return code;
        if (kind.queue != CommandQueue::immediate && queues.waiting() >= options.queue_capacity &&
            !queues.free_for(record.slot)) {
            return "queue_full";
        }
        return std::nullopt;
    }

    const Command& submit(std::string kind_name, std::string plant, boost::json::object payload,
                          std::string actor) {
        const auto number = next_number++;
        // A listener may submit, too: whoever came first prunes.
        const bool first = !submitting;
        const Within within(submitting);
        auto& record = records[number];
        auto& command = record.command;
        command.id = command_id(number);
        const auto known = kinds.find(kind_name);
        if (known != kinds.end()) record.kind = &known->second;
        command.kind = std::move(kind_name);
        command.plant = std::move(plant);
        command.actor = std::move(actor);
        command.created_at = clock.wall_now();
        const auto refused = examine(record, std::move(payload));
        if (command.kind.size() > longest_name) command.kind.resize(longest_name);
        if (command.plant.size() > longest_name) command.plant.resize(longest_name);
        if (refused) {
            end(number,
                Outcome::rejection(*refused,
                                   record.kind == nullptr ? kinds_there_are(command.kind, kinds) : nullptr));
        } else if (record.slot.queue == CommandQueue::immediate) {
            publish(record);
            run(number);
        } else {
            queues.wait(number, record.slot);
            publish(record);
            start_what_may_run();
        }
        if (first) prune(number);
        return command;
    }

    void start_what_may_run() {
        if (starting) {
            start_again = true;  // a listener submitted: whoever is starting looks once more
            return;
        }
        const Within within(starting);
        do {
            start_again = false;
            while (const auto number = queues.next())
                run(*number);
        } while (start_again);
    }

    // Its queue is held.
    void run(std::uint64_t number) {
        auto& record = records.find(number)->second;
        const Kind& kind = *record.kind;
        if (auto code = refusal(kind, record.command)) {
            const auto slot = record.slot;
            end(number, Outcome::rejection(std::move(*code)));
            queues.release(slot);
            return;
        }
        record.holds_queue = record.slot.queue != CommandQueue::immediate;
        record.command.state = CommandState::running;
        record.command.started_at = clock.wall_now();
        running.push_back(number);
        publish(record);
        tasks.spawn(record.command.id + " " + record.command.kind,
                    [self = shared_from_this(), number] { return execute(self, number); });
    }

    static awaitable<void> execute(std::shared_ptr<State> self, std::uint64_t number) {
        // Neither goes while the command runs.
        const auto& record = self->records.find(number)->second;
        const Kind& kind = *record.kind;
        Outcome outcome;
        std::exception_ptr thrown;
        try {
            outcome = co_await kind.execute(
                record.command, [self, number](std::string text) { self->say(number, std::move(text)); });
            if (!ended(outcome.state)) throw std::logic_error("the outcome of a command is not an end");
        } catch (...) {
            thrown = std::current_exception();
        }
        if (self->gone) co_return;  // the engine went: the audit will find the command interrupted
        if (thrown) {
            outcome = Outcome::failure("internal_error");
            self->report(record.command, thrown);
        }
        const auto slot = record.slot;
        const bool held = record.holds_queue;
        std::erase(self->running, number);
        self->end(number, std::move(outcome));
        if (held) self->queues.release(slot);
        // One that ends while it is submitted is still looked at by its maker, who prunes.
        if (!self->submitting) self->prune();
        self->start_what_may_run();
    }

    void leave_queue(std::string_view id) {
        const auto number = command_number(id);
        const auto found = number ? records.find(*number) : records.end();
        if (gone || found == records.end() || !std::exchange(found->second.holds_queue, false)) return;
        queues.release(found->second.slot);
        start_what_may_run();
    }

    void say(std::uint64_t number, std::string text) {
        const auto found = records.find(number);
        if (gone || found == records.end()) return;
        auto& command = found->second.command;
        if (command.state != CommandState::running || command.message == text) return;
        command.message = std::move(text);
        publish(found->second);
    }

    static awaitable<std::optional<Command>> finished(std::shared_ptr<State> self, std::string id) {
        const auto* record = self->find(id);
        if (record == nullptr) co_return std::nullopt;
        if (ended(record->command.state)) co_return record->command;
        auto waiter = std::make_shared<Waiter>(self->clock, *command_number(id));
        self->waiters.push_back(waiter);
        // Also when the one who waits is cancelled.
        const std::shared_ptr<void> leave(nullptr, [self, &waiter](void*) { self->waiters.remove(waiter); });
        while (!waiter->over)
            co_await waiter->wakeup.wait();
        co_return waiter->ended;
    }

    Clock& clock;
    std::vector<std::string> plant_ids;
    Options options;
    Hooks hooks;
    CommandQueues queues;
    std::uint64_t next_number;
    std::map<std::string, Kind, std::less<>> kinds;
    std::map<std::uint64_t, Record> records;  // by number: oldest first
    std::vector<std::uint64_t> running;       // in the order in which they began
    std::list<std::shared_ptr<Waiter>> waiters;
    Publisher<Command> changed;
    bool submitting = false, starting = false, start_again = false, winding_down = false, closing = false,
         gone = false;
    std::vector<std::string> still_taken;  // while winding down
    TaskGroup tasks;
};

CommandEngine::CommandEngine(Clock& clock, std::vector<std::string> plant_ids, Options options, Hooks hooks)
    : state_(std::make_shared<State>(clock, std::move(plant_ids), options, std::move(hooks))) {}

CommandEngine::~CommandEngine() {
    state_->gone = true;
    state_->tasks.cancel();
    for (const auto& waiter : state_->waiters) {
        waiter->over = true;
        waiter->wakeup.notify();
    }
}

void CommandEngine::define(std::string kind, Kind what) {
    if (!what.execute) throw std::logic_error("nothing executes " + kind);
    if (!state_->kinds.emplace(kind, std::move(what)).second)
        throw std::logic_error(kind + " is defined already");
}

bool CommandEngine::knows(std::string_view kind) const {
    return state_->kinds.contains(kind);
}

const CommandEngine::Kind* CommandEngine::kind(std::string_view kind) const {
    const auto found = state_->kinds.find(kind);
    return found == state_->kinds.end() ? nullptr : &found->second;
}

const Command& CommandEngine::submit(std::string kind, std::string plant, boost::json::object payload,
                                     std::string actor) {
    return state_->submit(std::move(kind), std::move(plant), std::move(payload), std::move(actor));
}

awaitable<std::optional<Command>> CommandEngine::finished(std::string id) {
    return State::finished(state_, std::move(id));
}

void CommandEngine::leave_queue(std::string_view id) {
    state_->leave_queue(id);
}

boost::json::object CommandEngine::take_secrets(std::string_view id) {
    const auto number = command_number(id);
    const auto found = number ? state_->records.find(*number) : state_->records.end();
    return found == state_->records.end() ? boost::json::object() : std::exchange(found->second.secrets, {});
}

const Command* CommandEngine::find(std::string_view id) const {
    const auto* record = state_->find(id);
    return record == nullptr ? nullptr : &record->command;
}

std::vector<const Command*> CommandEngine::recent(std::size_t limit) const {
    std::vector<const Command*> out;
    for (auto at = state_->records.rbegin(); at != state_->records.rend() && out.size() < limit; ++at)
        out.push_back(&at->second.command);
    return out;
}

const Command* CommandEngine::active(std::string_view plant) const {
    for (auto at = state_->running.rbegin(); at != state_->running.rend(); ++at) {
        const auto& record = state_->records.find(*at)->second;
        const bool whole_site =
            record.command.plant.empty() &&
            (record.slot.queue == CommandQueue::site || record.slot.queue == CommandQueue::immediate);
        if (whole_site || record.command.plant == plant) return &record.command;
    }
    return nullptr;
}

std::size_t CommandEngine::waiting() const {
    return state_->queues.waiting();
}

Subscription CommandEngine::subscribe(Publisher<Command>::Listener listener) {
    return state_->changed.subscribe(std::move(listener));
}

void CommandEngine::wind_down(std::vector<std::string> still_taken) {
    const auto state = state_;
    state->winding_down = true;
    state->still_taken = std::move(still_taken);
    const auto waiting = state->queues.drop_waiting();
    for (const auto number : waiting) {
        const auto& record = state->records.find(number)->second;
        if (contains(state->still_taken, record.command.kind))
            state->queues.wait(number, record.slot);
        else
            state->end(number, Outcome::rejection("shutting_down"));
    }
    state->start_what_may_run();
}

awaitable<void> CommandEngine::close() {
    const auto state = state_;
    state->closing = true;
    for (const auto number : state->queues.drop_waiting())
        state->end(number, Outcome::rejection("shutting_down"));
    co_await state->tasks.join();
}

}  // namespace hil::control
