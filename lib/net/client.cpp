#include "net/client.hpp"

#include "base/async_event.hpp"
#include "net/errors.hpp"
#include "net/outgoing.hpp"
#include "net/parser.hpp"
#include "net/tls.hpp"
#include "net/wire.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

namespace hil::net {

struct Client::State {
    State(Clock& c, Network& n, Url u, Options o)
        : clock(c),
          network(n),
          origin(std::move(u)),
          options(std::move(o)),
          tls(origin.tls ? TlsContext::client(options.ca_file) : nullptr),
          idle(c.io_timers(), [this] { drop(); }) {}

    class Turn;
    class Brake;
    // How one attempt to send a request ended.
    struct Attempt {
        result<Response> answer;
        bool unanswered = false;  // a kept connection was gone before a byte of the answer
    };

    static awaitable<result<Response>> send(std::shared_ptr<State> state, Request request);
    awaitable<result<Response>> exchange(const Request& request, std::string text);
    awaitable<Attempt> attempt(const Request& request, const std::string& text, Duration due);
    awaitable<result<void>> open(Duration due);

    void drop() {
        idle.disarm();
        if (!wire) return;
        wire->interrupt();
        wire->close();
        wire.reset();
    }

    [[nodiscard]] Duration now() const { return clock.io_timers().now(); }

    Clock& clock;
    Network& network;
    Url origin;
    Options options;
    std::shared_ptr<TlsContext> tls;
    std::shared_ptr<Wire> wire;  // the connection while one is open
    Timer idle;
    std::deque<std::shared_ptr<AsyncEvent>> line;  // those who wait for their turn
    bool busy = false;
    bool slow = false;           // the last request took longer than the clock may be held
    std::uint64_t closings = 0;  // calls of close()
    bool gone = false;           // the client is no more; those in line must not use its network
};

// The right to use the connection. Given up in the order of asking.
class Client::State::Turn {
  public:
    static awaitable<std::unique_ptr<Turn>> take(std::shared_ptr<State> state) {
        if (std::exchange(state->busy, true)) {
            const Place place(state);
            co_await place.wakeup->wait();
        }
        co_return std::make_unique<Turn>(std::move(state));
    }

    explicit Turn(std::shared_ptr<State> state) : state_(std::move(state)) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() {
        if (state_->line.empty()) {
            state_->busy = false;
        } else {
            // The turn passes to the first in line, who leaves it before anybody else can be called.
            const auto next = std::move(state_->line.front());
            state_->line.pop_front();
            next->notify();
        }
    }

  private:
    struct Place {
        explicit Place(std::shared_ptr<State> s)
            : state(std::move(s)), wakeup(std::make_shared<AsyncEvent>(state->clock)) {
            state->line.push_back(wakeup);
        }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() { std::erase(state->line, wakeup); }
        std::shared_ptr<State> state;
        std::shared_ptr<AsyncEvent> wakeup;
    };

    std::shared_ptr<State> state_;
};

// Holds the clock during a request to this machine.
class Client::State::Brake {
  public:
    explicit Brake(State& state)
        : state_(state), limit_(state.clock.io_timers(), [this] {
              hold_.release();
              state_.slow = true;
          }) {
        if (!state.origin.loopback() || state.slow) return;
        hold_ = state.clock.hold();
        limit_.arm_after(state.options.hold);
    }
    Brake(const Brake&) = delete;
    Brake& operator=(const Brake&) = delete;

  private:
    State& state_;
    Clock::Hold hold_;
    Timer limit_;
};

awaitable<result<Response>> Client::State::send(std::shared_ptr<State> state, Request request) {
    auto text = request_text(state->origin, request);
    if (!text) co_return text.error();
    const auto turn = co_await Turn::take(state);
    if (state->gone) co_return error_code(asio::error::operation_aborted);
    const auto closings = state->closings;
    const auto began = state->now();
    const Brake brake(*state);
    // What is left of an exchange that was cancelled or failed must not meet the next one.
    struct Tidy {
        ~Tidy() {
            if (!whole) state->drop();
        }
        State* state;
        bool whole = false;
    } tidy{state.get()};
    auto answer = co_await state->exchange(request, std::move(*text));
    if (state->closings != closings) co_return error_code(asio::error::operation_aborted);
    if (answer) {
        tidy.whole = true;
        state->slow = state->now() - began > state->options.hold;
    }
    co_return answer;
}

awaitable<result<Response>> Client::State::exchange(const Request& request, std::string text) {
    idle.disarm();
    const auto due = now() + options.total_timeout;
    if (wire && !wire->quiet()) drop();
    if (wire) {
        auto first = co_await attempt(request, text, due);
        if (!first.unanswered) co_return std::move(first.answer);
        drop();
    }
    if (const auto opened = co_await open(due); !opened) co_return opened.error();
    auto second = co_await attempt(request, text, due);
    co_return std::move(second.answer);
}

awaitable<Client::State::Attempt> Client::State::attempt(const Request& request, const std::string& text,
                                                         Duration due) {
    const auto connection = wire;  // close() may take it away meanwhile
    ResponseParser parser(options.max_body, request.method == "HEAD");
    // A server that refuses a long body answers and closes before it has read everything: what it says
    // counts.
    const auto written = co_await connection->write(text, options.total_timeout, due);
    if (written.error() == errc::timeout) co_return Attempt{errc::timeout};
    for (;;) {
        auto progress = parser.advance(connection->input());
        if (progress == Progress::need_more) {
            const auto more = co_await connection->read_more(due);
            if (more) continue;
            const auto why = more.error();
            if (why == errc::timeout || why == asio::error::operation_aborted) co_return Attempt{why};
            progress = why == asio::error::eof ? parser.end() : Progress::failed;
            if (progress == Progress::failed) co_return Attempt{errc::closed, !parser.began()};
        }
        if (progress == Progress::failed) co_return Attempt{parser.error()};
        break;
    }
    if (parser.keep_alive() && connection->input().empty() && connection == wire) {
        idle.arm_after(options.keep_alive);
    } else {
        drop();
    }
    co_return Attempt{std::move(parser.response())};
}

awaitable<result<void>> Client::State::open(Duration due) {
    const auto closings_before = closings;
    const auto connect_due = std::min(due, now() + options.connect_timeout);
    const auto late = connect_due < due ? errc::connect_timeout : errc::timeout;
    auto stream = co_await network.connect(origin.endpoint(), connect_due - now());
    if (stream.error() == asio::error::timed_out) co_return late;
    if (!stream) co_return stream.error();
    if (tls) {
        auto encrypted = co_await tls->connect(clock, std::move(*stream), origin.host, connect_due);
        if (encrypted.error() == errc::timeout) co_return late;
        if (!encrypted) co_return encrypted.error();
        *stream = std::move(*encrypted);
    }
    if (closings != closings_before) co_return error_code(asio::error::operation_aborted);
    wire = std::make_shared<Wire>(clock, std::move(*stream));
    co_return result<void>{};
}

Client::Client(Clock& clock, Network& network, Url origin, Options options)
    : state_(std::make_shared<State>(clock, network, std::move(origin), std::move(options))) {}

Client::~Client() {
    state_->gone = true;
    close();
}

awaitable<result<Response>> Client::send(Request request) {
    return State::send(state_, std::move(request));
}

void Client::close() {
    ++state_->closings;
    state_->drop();
}

}  // namespace hil::net
