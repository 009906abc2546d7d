#include "plant/link_state.hpp"

#include "base/task_group.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <stdexcept>
#include <utility>

namespace hil::plant {

Link::State::State(Clock& c, Network& n, Random random, config::ModbusEndpoint e, Hooks h)
    : clock(c),
      network(n),
      endpoint(std::move(e)),
      map(endpoint),
      hooks(std::move(h)),
      connection_(random),
      session_changed_(c),
      stop_asked_(c) {
    const auto& enable = map.point(map.standard().enable);
    const auto& asked = enable.access == config::Access::write ? map.point(map.standard().soc) : enable;
    probed_registers_ = {asked.address, asked.word_count()};
}

// ---- the life of a link -------------------------------------------------------------------------------

awaitable<void> Link::State::run(std::shared_ptr<State> self) {
    if (self->stopping_) co_return;
    TaskGroup tasks(self->clock, [self](const TaskFailure& failure) {
        self->escaped_ = failure.what;
        self->stop_asked_.notify();
    });
    tasks.spawn("session", [self] { return keep_connected(self); });
    std::exception_ptr cancelled;
    try {
        co_await self->stop_asked_.wait();
    } catch (...) {
        cancelled = std::current_exception();
    }
    if (cancelled) co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    tasks.cancel();
    co_await tasks.join();
    self->connection_.abandoned();
    self->close(self->stopping_ ? LinkState::stopped : LinkState::idle);
    if (cancelled) std::rethrow_exception(cancelled);
    if (const auto what = std::exchange(self->escaped_, {}); !what.empty()) throw std::runtime_error(what);
}

void Link::State::stop() {
    if (std::exchange(stopping_, true)) return;
    close(LinkState::stopped);
    stop_asked_.notify();
}

void Link::State::close(LinkState into) {
    if (const auto ended = std::exchange(session, nullptr)) {
        ++epoch;
        ended->end();
        session_changed_.notify();
    }
    enter(into);
}

awaitable<void> Link::State::keep_connected(std::shared_ptr<State> self) {
    while (!self->stopping_) {
        for (;;) {
            const auto wait = self->connection_.wait(self->clock.io_now());
            if (wait == Duration::zero()) break;
            self->enter(LinkState::waiting);
            co_await self->clock.io_sleep_for(wait);
        }
        self->enter(LinkState::connecting);
        if (const auto error = co_await open(self)) {
            self->count_failure(error);
            self->connection_.failed(self->clock.io_now());
            continue;
        }
        co_await stay(self, self->session);
    }
}

// A session stands when the peer has answered, be it with an exception.
awaitable<error_code> Link::State::open(std::shared_ptr<State> self) {
    const auto hold = self->clock.hold();  // a scaled clock does not run on meanwhile
    auto stream = co_await self->network.connect(self->endpoint.address, self->endpoint.timeout);
    if (!stream) co_return stream.error();
    modbus::ClientOptions options;
    options.timeout = self->endpoint.timeout;
    options.max_in_flight = self->endpoint.max_in_flight;
    const auto opened = std::make_shared<Session>(self->clock, std::move(*stream), options);
    opened->client().on_exchange = [state = self.get(), session = opened.get()](const auto& exchange) {
        state->on_exchange(*session, exchange);
    };
    opened->client().on_disconnect = [state = self.get(), session = opened.get()](error_code why) {
        state->lost(*session, why);
    };
    if (const auto error = co_await self->probe(*opened)) co_return error;
    self->session = opened;
    ++self->status.session;
    self->connection_.opened(self->clock.io_now());
    self->enter(LinkState::connected);
    co_return error_code{};
}

awaitable<void> Link::State::stay(std::shared_ptr<State> self, std::shared_ptr<Session> opened) {
    while (opened && !opened->ended()) {
        if (opened->silent() && opened->client().connected()) {
            (void)co_await self->probe(*opened);
        } else {
            co_await self->session_changed_.wait();
        }
    }
}

// Success when the peer answers at all.
awaitable<error_code> Link::State::probe(Session& probed) {
    if (!probed.try_begin()) {
        if (const auto error = co_await probed.wait_turn(Priority::control)) co_return error;
    }
    const Session::Turn turn(probed);
    const auto answer = co_await probed.client().read_holding_registers(
        endpoint.unit_id, probed_registers_.address, probed_registers_.count);
    if (answer || modbus::is_exception(answer.error())) co_return error_code{};
    co_return answer.error();
}

// ---- what the session reports -------------------------------------------------------------------------

void Link::State::on_exchange(Session& on, const modbus::Exchange& exchange) {
    ++status.requests;
    if (!exchange.outcome || modbus::is_exception(exchange.outcome)) {
        status.consecutive_failures = 0;
        status.last_success = clock.now();
        status.round_trip = exchange.duration;
        if (exchange.outcome) {
            ++status.errors;
            status.last_error = exchange.outcome;
        }
    } else {
        ++status.errors;
        count_failure(exchange.outcome);
    }
    if (exchange.outcome == modbus::errc::timeout) {
        on.fell_silent();
        session_changed_.notify();
    } else {
        on.answered();
    }
    if (hooks.on_exchange) hooks.on_exchange(exchange);
}

void Link::State::lost(Session& which, error_code why) {
    if (session.get() != &which) return;  // an attempt that did not become a session
    const auto ended = std::exchange(session, nullptr);
    ++epoch;
    ended->end();
    count_failure(why);
    const auto now = clock.io_now();
    connection_.closed(now);
    enter(connection_.delay(now) > Duration::zero() ? LinkState::waiting : LinkState::connecting);
    session_changed_.notify();
}

void Link::State::count_failure(error_code why) {
    ++status.consecutive_failures;
    status.last_error = why;
}

void Link::State::enter(LinkState into) {
    const bool changed = status.state != into;
    status.state = into;
    if (changed && hooks.on_change) hooks.on_change(status);
}

}  // namespace hil::plant
