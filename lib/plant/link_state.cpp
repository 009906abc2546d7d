#include "plant/link_emergency.hpp"

#include "base/mutation.hpp"
#include "base/task_group.hpp"
#include "plant/closing.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

namespace hil::plant {

error_code in_own_words(error_code error) {
    if (error == modbus::errc::disconnected) return errc::not_connected;
    if (error == modbus::errc::queue_full) return errc::queue_full;
    return error;
}

namespace {

// The map has them.
config::ModbusEndpoint without_points(const config::ModbusEndpoint& endpoint) {
    config::ModbusEndpoint out = endpoint;
    std::vector<config::Point>().swap(out.points);  // their memory, too
    return out;
}

}  // namespace

Link::State::State(Clock& c, Network& n, Random random, const config::ModbusEndpoint& e, Hooks h,
                   RegisterMap m, std::shared_ptr<SharedLine> s)
    : clock(c),
      network(n),
      map(std::move(m)),
      endpoint(without_points(e)),
      functions(endpoint.write_function, map.size()),
      hooks(std::move(h)),
      shared_(std::move(s)),
      connection_(random),
      flight_(endpoint.max_in_flight),
      question_(c),
      dialled_(endpoint.address),
      doubts_(map.size()),
      judged_(map.size()),
      session_changed_(c),
      retry_now_(c),
      attention_(c) {
    const auto& asked = map.point(map.asked_first());
    probed_registers_ = {asked.address, asked.word_count(), asked.register_type};
}

// ---- the life of a link -------------------------------------------------------------------------------

// Either the session is kept, or an emergency that found none has the connection to itself: a device may
// accept one connection only.
awaitable<void> Link::State::run(std::shared_ptr<State> self) {
    if (self->stopping_) co_return;
    self->running_ = true;
    std::exception_ptr cancelled;
    while (!cancelled && !self->stopping_ && self->escaped_.empty()) {
        TaskGroup tasks(self->clock, [self](const TaskFailure& failure) {
            self->escaped_ = failure.what;
            self->attention_.notify();
        });
        const auto job = self->emergencies_.empty() ? nullptr : self->emergencies_.front();
        if (job) {
            tasks.spawn("emergency", [self, job] { return dial_for_emergency(self, job); });
        } else {
            tasks.spawn("session", [self] { return keep_connected(self); });
        }
        try {
            do {
                co_await self->attention_.wait();
            } while (job && !job->over && !self->stopping_ && self->escaped_.empty());
        } catch (...) {
            cancelled = std::current_exception();
        }
        if (cancelled) co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        tasks.cancel();
        co_await tasks.join();
        self->connection_.abandoned();
        if (job) {
            job->finish();
            std::erase(self->emergencies_, job);
        }
    }
    self->running_ = false;
    for (const auto& job : std::exchange(self->emergencies_, {}))
        job->finish();
    self->attempt_ended();
    self->close(self->stopping_ ? LinkState::stopped : LinkState::idle);
    if (cancelled) std::rethrow_exception(cancelled);
    if (const auto what = std::exchange(self->escaped_, {}); !what.empty()) throw std::runtime_error(what);
}

void Link::State::stop() {
    if (std::exchange(stopping_, true)) return;
    close(LinkState::stopped);
    attention_.notify();
}

void Link::State::close(LinkState into) {
    resting_ = false;
    if (const auto ended = std::exchange(session, nullptr)) {
        ++epoch;
        ended->end();
        session_changed_.notify();
    }
    enter(into);
}

awaitable<void> Link::State::keep_connected(std::shared_ptr<State> self) {
    // One that an emergency has made was written on before anything else was asked.
    if (const auto made = self->session) (void)co_await self->look_whether_expected(*made);
    co_await stay(self, self->session);
    while (!self->stopping_ && self->emergencies_.empty()) {
        while (self->resting_ && !self->asked_)
            co_await self->question_.wait();
        for (;;) {
            // What misses its requests on a shared line is not asked more often for being wanted.
            if (const auto pause = self->pace_.wait(self->clock.io_now()); pause > Duration::zero()) {
                self->enter(LinkState::waiting);
                co_await self->clock.io_sleep_for(pause);
                continue;
            }
            const auto wait = self->connection_.wait(self->clock.io_now());
            if (wait == Duration::zero()) break;
            self->enter(LinkState::waiting);
            if (co_await self->retry_now_.wait_io_for(wait)) break;
        }
        if (!self->resting_) self->enter(LinkState::connecting);
        const auto error = co_await open(self);
        self->resting_ = false;
        if (error) {
            self->follow_cause();
            self->count_failure(error);
            // On a shared line that stands the pace of what is missed says when it is asked again.
            if (self->shared_ && self->missed(error))
                self->connection_.abandoned();
            else
                self->connection_.failed(self->clock.io_now());
        }
        self->attempt_ended();
        if (!error) co_await stay(self, self->session);
    }
}

void Link::State::attempt_ended() {
    ++attempts_ended_;
    notify_waiting();
}

void Link::State::notify_waiting() {
    for (auto& waiting : waiting_for_attempt_)
        waiting.notify();
}

modbus::ClientOptions Link::State::client_options(std::uint16_t max_in_flight) const {
    modbus::ClientOptions options;
    options.timeout = endpoint.timeout;
    options.max_in_flight = max_in_flight;
    if (shared_ || status.one_at_a_time || endpoint.min_pause > Duration::zero()) options.max_in_flight = 1;
    options.connect_delay = endpoint.connect_delay;
    options.min_pause = endpoint.min_pause;
    return options;
}

awaitable<result<std::shared_ptr<Line>>> Link::State::dial(std::shared_ptr<State> self, Endpoint to,
                                                           std::uint16_t max_in_flight) {
    const auto options = self->client_options(max_in_flight);
    if (self->shared_)
        co_return co_await self->shared_->line(self->network, std::move(to), self->endpoint.timeout, options);
    auto stream = co_await self->network.connect(std::move(to), self->endpoint.timeout);
    if (!stream) co_return stream.error();
    co_return std::make_shared<Line>(self->clock, std::move(*stream), options);
}

std::shared_ptr<Session> Link::State::make_session(std::shared_ptr<Line> line) {
    status.peer = line->peer();
    cause_.connected();
    auto made =
        std::make_shared<Session>(std::move(line), shared_ ? Session::Use::shared : Session::Use::alone);
    made->on_exchange = [this, on = made.get()](const auto& exchange) { on_exchange(*on, exchange); };
    made->on_disconnect = [this, on = made.get()](error_code why) { lost(*on, why); };
    return made;
}

bool Link::State::missed(error_code outcome) const {
    if (outcome == modbus::errc::timeout) return true;
    return shared_ && (outcome == modbus::errc::gateway_path_unavailable ||
                       outcome == modbus::errc::gateway_target_failed);
}

// A session stands when the peer has answered, be it with an exception.
awaitable<error_code> Link::State::open(std::shared_ptr<State> self) {
    const auto hold = self->clock.hold();  // a scaled clock does not run on meanwhile
    const auto line = co_await dial(self, self->endpoint.address, self->endpoint.max_in_flight);
    self->status.tried = self->network.tried(self->endpoint.address);
    if (!line) {
        self->cause_.connect_failed(line.error());
        co_return line.error();
    }
    const auto peer = (*line)->peer();
    const auto opened = self->make_session(*line);
    if (const auto error = co_await hear(self, opened)) co_return error;
    if (const auto error = co_await self->look_whether_expected(*opened)) co_return error;
    self->remember_address(peer);
    self->take(opened);
    co_return error_code{};
}

awaitable<error_code> Link::State::hear(std::shared_ptr<State> self, std::shared_ptr<Session> opened) {
    if (opened->shared()) co_return co_await self->probe(*opened);
    auto& client = opened->client();
    client.set_max_consecutive_timeouts(std::numeric_limits<std::uint16_t>::max());
    self->first_answer_.begin(self->clock.io_now() + self->endpoint.connect_delay);
    for (;;) {
        const auto error = co_await self->probe(*opened);
        if (!error) break;
        if (error == modbus::errc::timeout && !mutated(Mutation::first_answer_not_awaited) &&
            self->first_answer_.ask_again(self->clock.io_now(), !self->waiting_for_attempt_.empty()))
            continue;
        if (!client.ending()) co_return error;
        self->cause_.closed(*client.ending(), self->clock.io_now() - opened->accepted());
        co_return client.ending()->why;
    }
    client.set_max_consecutive_timeouts(modbus::ClientOptions{}.max_consecutive_timeouts);
    self->first_answer_.answered();
    co_return error_code{};
}

void Link::State::take(std::shared_ptr<Session> opened) {
    session = std::move(opened);
    ++status.session;
    connection_.opened(clock.io_now());
    enter(LinkState::connected);
}

// What keeps a session from use ends while it lasts: silence, or the wrong answer to what is expected.
awaitable<void> Link::State::stay(std::shared_ptr<State> self, std::shared_ptr<Session> opened) {
    std::optional<IoInstant> ask_at;
    while (opened && !opened->ended()) {
        if (const auto pause = self->pace_.wait(self->clock.io_now());
            opened->silent() && opened->shared() && pause > Duration::zero()) {
            (void)co_await self->session_changed_.wait_io_for(pause);
        } else if (opened->silent() && opened->client().connected()) {
            (void)co_await self->probe(*opened);
        } else if (!self->status.unexpected.empty()) {
            const auto now = self->clock.io_now();
            if (!ask_at) ask_at = now + self->expected_again_.next();
            if (now < *ask_at && co_await self->session_changed_.wait_io_for(*ask_at - now)) continue;
            ask_at.reset();
            if (!opened->ended()) (void)co_await self->look_whether_expected(*opened);
        } else {
            co_await self->session_changed_.wait();
        }
    }
}

// ---- what the session reports -------------------------------------------------------------------------

void Link::State::on_exchange(Session& on, const modbus::Exchange& exchange) {
    const auto outcome = exchange.outcome;
    const auto now = clock.io_now();
    const auto& ending = on.client().ending();
    const bool asked_again = outcome == modbus::errc::disconnected && ending &&
                             closing_of(*ending, on.heard()) == Closing::crossed;
    ++status.requests;
    if (outcome && !asked_again) ++status.errors;
    if (!outcome || modbus::is_exception(outcome)) {
        status.consecutive_failures = 0;
        status.last_success = clock.now();
        status.round_trip = exchange.duration;
        if (outcome) status.last_error = outcome;
    } else if (exchange.overtaken) {
        status.last_error = outcome;
    } else if (!asked_again) {
        count_failure(outcome);
    }
    cause_.exchanged(exchange, now);
    if (exchange.overtaken) {
        if (flight_.overtaken(now)) lower_flight();
    } else if (missed(outcome)) {
        if (shared_) pace_.missed(now);
        // On a shared line a single miss is not asked after: the next question tells.
        if (!shared_ || pace_.misses() > MissedPace::tolerated) on.fell_silent();
        session_changed_.notify();
    } else if (outcome != modbus::errc::disconnected) {
        pace_.answered();
        on.answered();
        notify_waiting();
    }
    follow_cause();
    if (hooks.on_exchange) hooks.on_exchange(exchange);
}

void Link::State::lower_flight() {
    status.one_at_a_time = true;
    if (session) session->set_max_in_flight(1);
    if (hooks.on_trouble) hooks.on_trouble(status);
}

void Link::State::follow_cause() {
    const auto& cause = cause_.cause();
    if (cause.kind == LinkCause::Kind::none && status.cause.kind == LinkCause::Kind::none) {
        status.last_exception = cause_.last_exception();
        return;
    }
    const bool known = status.cause.says_the_same(cause);
    status.cause = cause;
    status.last_exception = cause_.last_exception();
    if (!known && hooks.on_trouble) hooks.on_trouble(status);
}

void Link::State::lost(Session& which, error_code why) {
    if (session.get() != &which) return;  // an attempt that did not become a session
    const auto ending = which.client().ending().value_or(modbus::Ending{.why = why});
    if (closing_of(ending, which.heard()) != Closing::failure && !mutated(Mutation::idle_close_is_failure))
        return rest(which);
    const auto ended = std::exchange(session, nullptr);
    ++epoch;
    ended->end();
    count_failure(why);
    const auto now = clock.io_now();
    cause_.closed(ending, now - ended->accepted());
    follow_cause();
    connection_.closed(now);
    enter(connection_.delay(now) > Duration::zero() ? LinkState::waiting : LinkState::connecting);
    session_changed_.notify();
    notify_waiting();
}

// Values that were decided before are not sent on the next session all the same.
void Link::State::rest(Session& which) {
    if (session.get() != &which) return;
    const auto ended = std::exchange(session, nullptr);
    ++epoch;
    resting_ = true;
    asked_ = false;
    ended->end();
    connection_.rested();
    session_changed_.notify();
    notify_waiting();
}

bool Link::State::ended_idle(Session& which) {
    const auto& ending = which.client().ending();
    if (!ending || closing_of(*ending, which.heard()) == Closing::failure) return false;
    rest(which);
    return true;
}

std::shared_ptr<Session> Link::State::present() {
    if (session && ended_idle(*session)) return nullptr;
    return session;
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
