#include "plant/link.hpp"

#include "base/mutation.hpp"
#include "plant/link_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace hil::plant {
namespace {

bool over(Epoch decided_in, Epoch present) {
    return decided_in != present && !mutated(Mutation::epoch_not_checked);
}

}  // namespace

Link::Link(Clock& clock, Network& network, Random random, const config::ModbusEndpoint& endpoint, Hooks hooks,
           const ModelLimits& limits, std::shared_ptr<SharedLine> shared)
    : Link(clock, network, random, endpoint, std::move(hooks), RegisterMap(endpoint, limits),
           std::move(shared)) {}

Link::Link(Clock& clock, Network& network, Random random, const config::ModbusEndpoint& endpoint, Hooks hooks,
           RegisterMap map, std::shared_ptr<SharedLine> shared)
    : state_(std::make_shared<State>(clock, network, random, endpoint, std::move(hooks), std::move(map),
                                     std::move(shared))) {}

Link::~Link() {
    state_->hooks = {};
    state_->stop();
}

const RegisterMap& Link::map() const {
    return state_->map;
}

const LinkStatus& Link::status() const {
    return state_->status;
}

bool Link::answers() const {
    return state_->answers();
}

std::string LinkStatus::trouble() const {
    if (!failing()) return {};
    auto text = cause ? cause.text() : last_error.message();
    if (tried.empty()) return text;
    return fmt::format("{} ({})", text, cause.kind == LinkCause::Kind::cannot_connect ? tried : peer);
}

Duration Link::longest_attempt() const {
    const auto& endpoint = state_->endpoint;
    return 2 * endpoint.timeout + endpoint.connect_delay +
           std::max(FirstAnswer::first_timeout, FirstAnswer::least_asks * endpoint.timeout);
}

Epoch Link::epoch() const {
    return state_->epoch;
}

Epoch Link::advance_epoch() {
    return ++state_->epoch;
}

awaitable<void> Link::run() {
    return State::run(state_);
}

void Link::stop() {
    state_->stop();
}

awaitable<result<void>> Link::write(PointId point, double value, Priority priority, Epoch epoch) {
    const auto state = state_;
    if (static_cast<std::size_t>(point) >= state->map.size()) co_return errc::no_such_point;
    if (state->map.point(point).access == config::Access::read) co_return errc::access_denied;
    const auto encoded = state->map.codec(point).encode(value);
    if (!encoded) co_return encoded.error();
    auto session = state->present();
    if (!session && state->resting()) session = co_await State::wake(state);
    if (!session) co_return errc::not_connected;
    if (!state->status.unexpected.empty()) co_return errc::unexpected_device;
    if (const auto refusal = session->write_refusal(priority)) co_return refusal;
    if (over(epoch, state->epoch)) co_return errc::superseded;
    if (!session->try_begin()) {
        if (const auto error = co_await session->wait_turn(priority)) co_return error;
    }
    const Session::Turn turn(*session);
    if (session->ended()) co_return errc::not_connected;
    if (over(epoch, state->epoch)) co_return errc::superseded;

    if (const auto error = co_await State::send(state, session, point, *encoded, epoch)) co_return error;
    co_return result<void>{};
}

awaitable<error_code> Link::State::send(std::shared_ptr<State> self, std::shared_ptr<Session> session,
                                        PointId point, Registers words, std::optional<Epoch> epoch) {
    const std::size_t registers = self->map.point(point).word_count();
    const bool zero = std::ranges::all_of(words, [](std::uint16_t word) { return word == 0; });
    // One register after the other, the device would hold a value that nobody meant for a while.
    if (registers > 1 && session->without_fc16) co_return errc::not_in_one_request;
    const auto function = self->functions.first(point, registers);
    const auto error = co_await send_with(self, session, point, words, function, epoch);
    if (!error) self->functions.succeeded(point, registers, function);
    if (registers > 1 && error == modbus::errc::illegal_function) {
        session->without_fc16 = true;
        co_return errc::not_in_one_request;
    }
    const auto other = error ? self->functions.other(point, function, error, zero) : std::nullopt;
    if (!other) co_return error;
    if (session->ended()) co_return errc::not_connected;
    if (epoch && over(*epoch, self->epoch)) co_return errc::superseded;
    const auto outcome = co_await send_with(self, session, point, words, *other, epoch);
    if (!outcome) self->functions.succeeded(point, registers, *other);
    // A device that knows neither function says more by its first answer.
    co_return outcome == modbus::errc::illegal_function ? error : outcome;
}

awaitable<error_code> Link::State::send_with(std::shared_ptr<State> self, std::shared_ptr<Session> session,
                                             PointId point, Registers words, WriteWith function,
                                             std::optional<Epoch> epoch) {
    struct Written {
        explicit Written(Session& s) : session(s) { session.written(); }
        Written(const Written&) = delete;
        Written& operator=(const Written&) = delete;
        ~Written() { session.written(); }
        Session& session;
    };
    auto& client = session->client();
    // What waits in the client goes out whatever is decided meanwhile: the pause is over before the last
    // look.
    for (auto left = client.pause_left(); left > Duration::zero(); left = client.pause_left()) {
        const Clock::Hold hold(self->clock);
        co_await self->clock.io_sleep_for(left);
        if (session->ended()) co_return errc::not_connected;
        if (epoch && over(*epoch, self->epoch)) co_return errc::superseded;
    }
    const Written written(*session);
    const auto& target = self->map.point(point);
    const auto unit = self->endpoint.unit_id;
    const std::span own(words.data(), target.word_count());
    if (function == WriteWith::multiple) {
        const auto outcome = co_await client.write_registers(unit, target.address, own);
        co_return outcome ? error_code{} : in_own_words(outcome.error());
    }
    // One register after the other, the device would hold a value that nobody meant for a while.
    if (own.size() > 1) co_return errc::not_in_one_request;
    const auto outcome = co_await client.write_register(unit, target.address, own.front());
    co_return outcome ? error_code{} : in_own_words(outcome.error());
}

}  // namespace hil::plant
