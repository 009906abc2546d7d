#include "modbus/client.hpp"

#include "base/cancellation.hpp"
#include "base/mutation.hpp"
#include "base/recycled.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace hil::modbus {
namespace {

// A transaction and who waits for it. Owned by the machine's lists while it is under way.
class Call : public Transaction {
  public:
    virtual ~Call() = default;
    // Hands the outcome over; this object is gone before the waiting coroutine goes on.
    virtual void complete() = 0;
    virtual void stop_watching() = 0;
    static void* operator new(std::size_t size) { return take_block(size); }
    static void operator delete(void* block, std::size_t size) { give_block(block, size); }
    bool cancelled = false;
};

result<Response> response_of(Transaction& t) {
    if (t.outcome) return t.outcome;
    return std::move(t.response);
}

result<Words> words_of(Transaction& t) {
    if (t.outcome) return t.outcome;
    return t.response.words;
}

result<void> nothing_of(Transaction& t) {
    return t.outcome;
}

template <class Handler, class Value, result<Value> (*project)(Transaction&)>
class CallOf final : public Call {
  public:
    explicit CallOf(Handler handler) : handler_(std::move(handler)) {}

    template <class OnCancel>
    void watch(OnCancel on_cancel) {
        auto slot = asio::get_associated_cancellation_slot(handler_);
        if (slot.is_connected()) slot.assign([on_cancel](asio::cancellation_type) { on_cancel(); });
    }

    void stop_watching() override { leave_slot(handler_); }

    void complete() override {
        const error_code thrown = cancelled ? error_code(asio::error::operation_aborted) : error_code();
        auto handler = std::move(handler_);
        auto value = project(*this);
        delete this;
        std::move(handler)(thrown, std::move(value));
    }

  private:
    Handler handler_;
};

}  // namespace

struct Client::State : std::enable_shared_from_this<State> {
    State(Clock& c, std::unique_ptr<ByteStream> s, const ClientOptions& options)
        : clock(c),
          stream(std::move(s)),
          machine(options, c.io_timers().now()),
          deadline(c.io_timers(), [this] { on_deadline(); }),
          pause(c.io_timers(), [this] { on_pause_over(); }),
          quiet_since(c.io_timers().now()) {}

    // Every handler given to the stream keeps the state alive and calls one of its members.
    template <void (State::*member)(error_code, std::size_t)>
    struct Handler {
        std::shared_ptr<State> state;
        using allocator_type = Recycled<std::byte>;
        [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }
        void operator()(error_code error, std::size_t size) { ((*state).*member)(error, size); }
    };

    // `ask` fills the request in where it stays: the frame of a coroutine that held one would be kept by
    // nobody when it ends, for its size.
    template <class Value, result<Value> (*project)(Transaction&), class Ask>
    static awaitable<result<Value>> run(std::shared_ptr<State> state, Ask ask) {
        return asio::async_initiate<const asio::use_awaitable_t<>&, void(error_code, result<Value>)>(
            [state = std::move(state), ask = std::move(ask)](auto handler) mutable {
                using Op = CallOf<decltype(handler), Value, project>;
                auto* call = new Op(std::move(handler));  // owns itself until complete()
                ask(call->request);
                call->watch([s = state.get(), call] { s->cancel(*call); });
                state->submit(*call);
            },
            asio::use_awaitable);
    }

    void submit(Call& call) {
        const auto taken = machine.submit(call, now());
        if (!taken) {
            call.outcome = taken.error();
            deliver_later(call);
            return;
        }
        if (!hold) {
            hold.emplace(clock);
            quiet_before = now() - quiet_since;
        }
        watch_deadline();
        watch_pause();
        if (!receiving) flush();
    }

    void cancel(Call& call) {
        machine.cancel(call, now());
        call.cancelled = true;
        deliver_later(call);
        after_change();
    }

    void on_read(error_code error, std::size_t size) {
        if (closed) return;
        if (error) return fail(error);
        machine.received(size);
        const auto at = now();
        receiving = true;  // what the answered coroutines ask next leaves in one write
        while (auto* over = machine.next_completed(at))
            deliver(static_cast<Call&>(*over));
        receiving = false;
        after_change();
        if (!closed) read();
    }

    void on_written(error_code error, std::size_t /*size*/) {
        writing = false;
        if (closed) return;
        if (error) return fail(error);
        being_written.clear();
        flush();
    }

    void on_deadline() {
        const auto at = now();
        while (auto* over = machine.next_expired(at))
            deliver_later(static_cast<Call&>(*over));
        after_change();
        if (!closed) watch_deadline();
    }

    void on_pause_over() {
        if (closed) return;
        machine.release(now());
        watch_deadline();
        after_change();
    }

    // Follows what the machine has decided.
    void after_change() {
        if (closed) return;
        if (machine.over()) return fail(machine.over());
        if (machine.idle()) rest();
        watch_pause();
        flush();
    }

    // Nothing is outstanding.
    void rest() {
        if (!hold) return;
        hold.reset();
        quiet_since = now();
    }

    void read() {
        const auto space = machine.space();
        stream->async_read_some(asio::buffer(space.data(), space.size()),
                                IoHandler(Handler<&State::on_read>{shared_from_this()}));
    }

    void flush() {
        auto& output = machine.output();
        if (writing || closed || output.empty()) return;
        const auto bytes = output.pending();
        const auto taken = stream->try_write_some(asio::buffer(bytes.data(), bytes.size()));
        if (taken) {
            output.taken(*taken);
            if (output.empty()) return;
        } else if (taken.error() != asio::error::would_block) {
            return fail(taken.error());
        }
        std::swap(being_written, output);  // further requests must not move what is being written
        writing = true;
        const auto rest = being_written.pending();
        stream->async_write(asio::buffer(rest.data(), rest.size()),
                            IoHandler(Handler<&State::on_written>{shared_from_this()}));
    }

    void watch_deadline() {
        if (deadline.armed() || mutated(Mutation::deadline_forgotten)) return;
        if (const auto due = machine.next_deadline()) deadline.arm_at(*due);
    }

    // Costs nothing where the device asks for no pauses.
    void watch_pause() {
        const auto until = machine.paused_until();
        if (!until) {
            if (pause.armed()) pause.disarm();
        } else if (!pause.armed() || pause.due() != *until) {
            pause.arm_at(*until);
        }
    }

    void deliver(Call& call) {
        if (machine.idle()) rest();
        call.stop_watching();
        report(call);
        call.complete();
    }

    void deliver_later(Call& call) {
        call.stop_watching();
        asio::post(clock.executor(),
                   [self = shared_from_this(), owned = std::unique_ptr<Call>(&call)]() mutable {
                       self->report(*owned);
                       owned.release()->complete();
                   });
    }

    void report(const Call& call) {
        if (owner_gone || !on_exchange || call.cancelled || !call.was_sent()) return;
        on_exchange({.function = call.request.function,
                     .outcome = call.outcome,
                     .duration = call.ended - call.sent,
                     .mismatch = call.mismatch,
                     .overtaken = call.overtaken});
    }

    void close() {
        if (std::exchange(closed, true)) return;
        machine.end(errc::disconnected);
        const auto at = now();
        while (auto* over = machine.next_abandoned(at))
            deliver_later(static_cast<Call&>(*over));
        deadline.disarm();
        pause.disarm();
        hold.reset();
        stream->abort();  // a write nobody waits for any more must not reach the device after later ones
    }

    void fail(error_code why) {
        if (closed) return;
        const auto at = now();
        const bool outstanding = !machine.idle();
        ending = Ending{.why = why,
                        .outstanding = outstanding,
                        .oldest_age = machine.oldest_age(at),
                        .quiet = outstanding ? quiet_before : at - quiet_since};
        close();
        asio::post(clock.executor(), [self = shared_from_this(), why] {
            if (!self->owner_gone && self->on_disconnect) self->on_disconnect(why);
        });
    }

    [[nodiscard]] Duration now() const { return clock.io_timers().now(); }

    Clock& clock;
    std::unique_ptr<ByteStream> stream;
    ClientMachine machine;
    Timer deadline;
    Timer pause;
    Duration quiet_since;     // since when nothing has been outstanding, while that is so
    Duration quiet_before{};  // how long that was, before what is outstanding now
    std::optional<Ending> ending;
    std::optional<Clock::Hold> hold;  // while anything is outstanding
    Output being_written;
    bool writing = false;
    bool receiving = false;
    bool closed = false;
    bool owner_gone = false;
    std::function<void(const Exchange&)> on_exchange;
    std::function<void(error_code)> on_disconnect;
};

Client::Client(Clock& clock, std::unique_ptr<ByteStream> stream, ClientOptions options)
    : state_(std::make_shared<State>(clock, std::move(stream), options)),
      on_exchange(state_->on_exchange),
      on_disconnect(state_->on_disconnect) {
    state_->read();
}

Client::~Client() {
    state_->owner_gone = true;
    state_->close();
}

awaitable<result<Response>> Client::execute(const Request& request) {
    return State::run<Response, response_of>(state_, [request](Request& asked) { asked = request; });
}

awaitable<result<Words>> Client::read(Function function, std::uint8_t unit, std::uint16_t address,
                                      std::uint16_t count) {
    return State::run<Words, words_of>(state_, [=](Request& asked) {
        asked.unit = unit;
        asked.function = function;
        asked.address = address;
        asked.count = count;
    });
}

awaitable<result<Words>> Client::read_holding_registers(std::uint8_t unit, std::uint16_t address,
                                                        std::uint16_t count) {
    return read(Function::read_holding_registers, unit, address, count);
}

awaitable<result<Words>> Client::read_input_registers(std::uint8_t unit, std::uint16_t address,
                                                      std::uint16_t count) {
    return read(Function::read_input_registers, unit, address, count);
}

awaitable<result<void>> Client::write_register(std::uint8_t unit, std::uint16_t address,
                                               std::uint16_t value) {
    return State::run<void, nothing_of>(state_, [=](Request& asked) {
        asked.unit = unit;
        asked.function = Function::write_single_register;
        asked.address = address;
        asked.words.push_back(value);
    });
}

awaitable<result<void>> Client::write_registers(std::uint8_t unit, std::uint16_t address,
                                                std::span<const std::uint16_t> values) {
    // One more than the protocol allows is enough for check() to refuse it.
    const auto taken = values.first(std::min(values.size(), std::size_t{max_write_registers} + 1));
    const Words words(taken.begin(), taken.end());
    return State::run<void, nothing_of>(state_, [=](Request& asked) {
        asked.unit = unit;
        asked.function = Function::write_multiple_registers;
        asked.address = address;
        asked.words = words;
    });
}

bool Client::connected() const {
    return !state_->closed;
}

std::size_t Client::in_flight() const {
    return state_->machine.in_flight() + state_->machine.waiting();
}

Duration Client::pause_left() const {
    return state_->machine.pause_left(state_->now());
}

Duration Client::oldest_age() const {
    return state_->machine.oldest_age(state_->now());
}

void Client::close() {
    state_->close();
}

const std::optional<Ending>& Client::ending() const {
    return state_->ending;
}

void Client::set_max_consecutive_timeouts(std::uint16_t limit) {
    state_->machine.set_max_consecutive_timeouts(limit);
}

const ClientStatistics& Client::statistics() const {
    return state_->machine.statistics();
}

}  // namespace hil::modbus
