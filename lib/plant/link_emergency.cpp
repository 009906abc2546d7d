// Emergencies: writes that wait neither for an old answer nor for the end of a back-off.
#include "plant/link_emergency.hpp"

#include "base/task_group.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <limits>
#include <optional>

namespace hil::plant {

error_code Link::EmergencyOutcome::first_error() const {
    const auto failed = std::ranges::find_if(writes, [](error_code error) { return bool(error); });
    return failed == writes.end() ? error_code{} : *failed;
}

namespace {

// How long an answer may be outstanding before the connection is given up.
Duration emergency_timeout_of(const config::ModbusEndpoint& endpoint) {
    return endpoint.connect_delay > Duration::zero() ? endpoint.timeout : Link::emergency_timeout;
}

}  // namespace

EmergencyDelay emergency_delay(const config::ModbusEndpoint& endpoint, std::size_t writes) {
    const Duration pauses = endpoint.min_pause * static_cast<Duration::rep>(writes);
    return {.answering = pauses,
            .stuck = emergency_timeout_of(endpoint) + endpoint.timeout + endpoint.connect_delay + pauses};
}

awaitable<Link::EmergencyOutcome> Link::emergency(std::vector<EmergencyWrite> writes) {
    return State::emergency(state_, std::move(writes));
}

awaitable<error_code> Link::connect_now() {
    return State::connect_now(state_);
}

awaitable<Link::EmergencyOutcome> Link::State::emergency(std::shared_ptr<State> self,
                                                         std::vector<EmergencyWrite> writes) {
    const auto job = std::make_shared<Emergency>(self->clock);
    for (const auto& write : writes) {
        Emergency::Write prepared{.point = write.point};
        error_code error = errc::not_connected;
        if (static_cast<std::size_t>(write.point) >= self->map.size()) {
            error = errc::no_such_point;
        } else if (self->map.point(write.point).access == config::Access::read) {
            error = errc::access_denied;
        } else if (const auto words = self->map.codec(write.point).encode(write.value)) {
            prepared.words = *words;
        } else {
            error = words.error();
        }
        prepared.settled = error != errc::not_connected;
        job->writes.push_back(prepared);
        job->outcome.writes.push_back(error);
    }

    if (!self->status.unexpected.empty()) {
        for (auto& error : job->outcome.writes)
            if (error == errc::not_connected) error = errc::unexpected_device;
        co_return job->outcome;
    }
    if (const auto present = self->session; present && !present->ended()) {
        // A new connection to a device that needs its time after one is no faster than this one.
        const bool keep = self->endpoint.connect_delay > Duration::zero();
        // Behind a shared line a silent device says nothing of the connection.
        const bool silent = present->silent() && !present->shared();
        const bool stuck = !keep && (silent || present->client().oldest_age() >= Link::emergency_timeout);
        if (stuck) {
            give_up(self, *present, job);
        } else {
            co_await send_emergency(self, present, job, Wait::briefly);
        }
    }
    if (job->settled() || !self->running_ || self->stopping_) {
        // It needs no connection of its own; the link goes on keeping its session.
        if (std::erase(self->emergencies_, job) > 0) self->attention_.notify();
        co_return job->outcome;
    }
    if (std::ranges::find(self->emergencies_, job) == self->emergencies_.end())
        self->emergencies_.push_back(job);
    self->attention_.notify();
    while (!job->over)
        co_await job->ended.wait();
    co_return job->outcome;
}

// Announced first, so that nobody else dials meanwhile.
void Link::State::give_up(const std::shared_ptr<State>& self, Session& which,
                          const std::shared_ptr<Emergency>& job) {
    self->emergencies_.push_back(job);
    if (which.shared()) which.abandon_line();
    if (self->session.get() == &which) {
        self->lost(which, modbus::errc::timeout);
    } else {
        which.end();
    }
}

// One after the other in one turn, so that nobody comes between; behind a shared line each in a turn of its
// own, since others' emergencies have the same right. What it takes is taken by nobody else.
awaitable<void> Link::State::write_emergency(std::shared_ptr<State> self, std::shared_ptr<Session> on,
                                             std::shared_ptr<Emergency> job, bool first) {
    struct Ended {
        Emergency& emergency;
        ~Ended() {
            --emergency.under_way;
            emergency.progress.notify();
        }
    };
    const Ended ended{*job};
    // Behind the first writes of all other plants that are stopped now.
    if (!first) co_await asio::post(self->clock.executor(), asio::use_awaitable);
    std::optional<Session::Turn> turn;
    while (const auto i = job->take()) {
        error_code error;
        // Behind others: what has not answered for long does not hold up who does.
        const auto priority = on->shared() && on->silent() ? Priority::control : Priority::emergency;
        if (!turn && !on->try_begin()) error = co_await on->wait_turn(priority);
        if (!error) {
            if (!turn) turn.emplace(*on);
            error = errc::not_connected;
            if (!on->ended())
                error = co_await send(self, on, job->writes[*i].point, job->writes[*i].words, std::nullopt);
        }
        if (on->shared()) turn.reset();
        job->outcome.writes[*i] = error;
        job->writes[*i].settled = !error || modbus::is_exception(error);
    }
}

// Sends all that is not settled, as many at once as the session allows, and waits until none is under way.
// Who waits briefly gives the session up when an answer has been outstanding for too long.
awaitable<void> Link::State::send_emergency(std::shared_ptr<State> self, std::shared_ptr<Session> on,
                                            std::shared_ptr<Emergency> job, Wait wait) {
    const IoInstant began = self->clock.io_now();
    TaskGroup tasks(self->clock);
    job->next = 0;
    const auto open = job->open();
    const auto at_once = on->shared() ? open : std::min<std::size_t>(open, on->max_in_flight());
    for (std::size_t writer = 0; writer < at_once; ++writer) {
        ++job->under_way;
        tasks.spawn("emergency write",
                    [self, on, job, first = writer == 0] { return write_emergency(self, on, job, first); });
    }
    while (job->under_way > 0) {
        if (wait == Wait::until_timeout || on->ended()) {
            co_await job->progress.wait();
            continue;
        }
        const bool keep = self->endpoint.connect_delay > Duration::zero();
        const auto left = keep ? began + emergency_timeout_of(self->endpoint) - self->clock.io_now()
                               : Link::emergency_timeout - on->client().oldest_age();
        if (left > Duration::zero()) {
            (void)co_await job->progress.wait_io_for(left);
        } else {
            give_up(self, *on, job);
        }
    }
}

// One connection attempt and one time-out. A device that answers has proved its session.
awaitable<void> Link::State::dial_for_emergency(std::shared_ptr<State> self, std::shared_ptr<Emergency> job) {
    struct Over {
        State& state;
        Emergency& emergency;
        ~Over() {
            emergency.finish();
            state.attempt_ended();
            state.attention_.notify();
        }
    };
    const Over over{*self, *job};
    const auto hold = self->clock.hold();
    // Another emergency may have made a session meanwhile: a device that accepts one connection has this one.
    if (const auto present = self->session; present && !present->ended()) {
        co_await send_emergency(self, present, job, Wait::until_timeout);
        if (job->settled()) co_return;
        self->lost(*present, modbus::errc::timeout);
    }
    self->resting_ = false;
    self->enter(LinkState::connecting);
    job->outcome.reconnected = true;
    // Back to back: whether the device answers each of them is not waited for.
    const auto at_once = std::max<std::size_t>(self->endpoint.max_in_flight, job->writes.size());
    const auto line = co_await dial(self, self->dialled_,
                                    static_cast<std::uint16_t>(std::min<std::size_t>(
                                        at_once, std::numeric_limits<std::uint16_t>::max())));
    self->status.tried = self->network.tried(self->dialled_);
    if (!line) {
        self->cause_.connect_failed(line.error());
        self->follow_cause();
        for (std::size_t i = 0; i < job->writes.size(); ++i)
            if (!job->writes[i].settled) job->outcome.writes[i] = line.error();
        self->count_failure(line.error());
        self->connection_.failed(self->clock.io_now());
        co_return;
    }
    const auto opened = self->make_session(*line);
    // Nothing is written to a device nobody knows; one that was known is written to at once and asked after.
    if (self->endpoint.expect && !self->expected_asked_) {
        const auto error = co_await self->look_whether_expected(*opened);
        if (error || !self->status.unexpected.empty()) {
            for (std::size_t i = 0; i < job->writes.size(); ++i)
                if (!job->writes[i].settled)
                    job->outcome.writes[i] = error ? error : error_code(errc::unexpected_device);
            opened->end();
            self->connection_.failed(self->clock.io_now());
            co_return;
        }
    }
    co_await send_emergency(self, opened, job, Wait::until_timeout);
    const bool answered = opened->shared() ? opened->heard() : opened->client().statistics().answers > 0;
    if (answered && !opened->ended() && opened->client().connected() && !self->stopping_) {
        opened->set_max_in_flight(self->flight_.allowed());
        self->take(opened);
    } else {
        opened->end();
        self->connection_.failed(self->clock.io_now());
    }
}

awaitable<std::shared_ptr<Session>> Link::State::wake(std::shared_ptr<State> self) {
    if (!self->session && self->resting_) (void)co_await connect_now(self);
    co_return self->session;
}

awaitable<error_code> Link::State::connect_now(std::shared_ptr<State> self) {
    if (self->answers()) co_return error_code{};
    if (!self->running_ || self->stopping_) co_return errc::not_connected;
    struct Place {
        State& state;
        std::list<AsyncEvent>::iterator at;
        ~Place() { state.waiting_for_attempt_.erase(at); }
    };
    self->waiting_for_attempt_.emplace_back(self->clock);
    const Place place{*self, std::prev(self->waiting_for_attempt_.end())};
    while (self->session && !self->answers())
        co_await place.at->wait();
    if (self->session) co_return error_code{};
    const auto before = self->attempts_ended_;
    if (self->resting_) {
        self->asked_ = true;
        self->question_.notify();
    }
    if (self->status.state == LinkState::waiting) self->retry_now_.notify();
    while (self->attempts_ended_ == before && !self->session)
        co_await place.at->wait();
    if (self->session) co_return error_code{};
    co_return self->status.last_error ? self->status.last_error : error_code(errc::not_connected);
}

}  // namespace hil::plant
