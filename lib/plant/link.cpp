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

// Takes over the values of those items of one block that lie wholly in `span`, which is a part of it.
void take_values(Reading& reading, const RegisterMap& map, const ReadPlan& plan, std::size_t block,
                 const RegisterSpan& span, const modbus::Words& words) {
    const unsigned begin = span.address - plan.blocks[block].address;
    for (std::size_t i = 0; i < plan.items.size(); ++i) {
        const auto& item = plan.items[i];
        if (item.block != block || item.offset < begin) continue;
        const auto& codec = map.codec(item.point);
        const std::size_t offset = item.offset - begin;
        if (offset + codec.word_count() > words.size()) continue;
        auto& value = reading[i];
        const std::span own(words.data() + offset, codec.word_count());
        value.value = codec.decode(own);
        value.known = std::isfinite(value.value);
        std::ranges::copy(own, value.words.begin());
    }
}

// The same of what somebody else has just read. No part of Link::read(): its frame is kept small enough for
// memory that is used again.
bool take_known(Reading& reading, const RegisterMap& map, const ReadPlan& plan, std::size_t block,
                const RegisterSpan& span, const Session& session, Instant earliest) {
    const auto known = session.answer_since(earliest, span);
    if (known) take_values(reading, map, plan, block, span, *known);
    return known.has_value();
}

bool refuses_registers(error_code error) {
    return error == modbus::errc::illegal_data_address || error == modbus::errc::illegal_data_value;
}

bool over(Epoch decided_in, Epoch present) {
    return decided_in != present && !mutated(Mutation::epoch_not_checked);
}

error_code in_own_words(error_code error) {
    if (error == modbus::errc::disconnected) return errc::not_connected;
    if (error == modbus::errc::queue_full) return errc::queue_full;
    return error;
}

}  // namespace

Link::Link(Clock& clock, Network& network, Random random, config::ModbusEndpoint endpoint, Hooks hooks)
    : state_(std::make_shared<State>(clock, network, random, std::move(endpoint), std::move(hooks))) {}

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
           std::max(FirstAnswer::first_patience, FirstAnswer::least_asks * endpoint.timeout);
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

awaitable<result<Reading>> Link::read(const ReadPlan& plan, Priority priority, Duration max_age) {
    const auto state = state_;
    auto session = state->present();
    if (!session && state->resting()) session = co_await State::wake(state);
    if (!session) co_return errc::not_connected;
    Reading reading(plan.items.size());
    bool asked_again = false;
    for (std::size_t block = 0; block < plan.blocks.size();) {
        const RegisterSpan span{plan.blocks[block].address, plan.blocks[block].count};
        bool refused = session->refused.refuses(span);
        if (!refused) {
            auto error = session->refusal(priority);
            if (!error && !session->try_begin()) error = co_await session->wait_turn(priority);
            if (!error) {
                const Session::Turn turn(*session);
                const auto asked = state->clock.now();
                const auto writes = session->writes();
                if (max_age > Duration::zero() &&
                    take_known(reading, state->map, plan, block, span, *session, asked - max_age)) {
                    ++block;
                    continue;
                }
                const auto answer = co_await session->client().read_holding_registers(
                    state->endpoint.unit_id, span.address, span.count);
                if (answer) {
                    session->keep_answer(asked, writes, span, *answer);
                    take_values(reading, state->map, plan, block, span, *answer);
                } else if (refuses_registers(answer.error())) {
                    session->refused.add(span, state->clock.io_now());
                    refused = true;
                } else {
                    error = answer.error();
                }
            }
            if (error) {
                // A device that has closed an idle connection is asked again on a new one, once.
                if (std::exchange(asked_again, true) || !state->ended_idle(*session))
                    co_return in_own_words(error);
                session = co_await State::wake(state);
                if (!session) co_return errc::not_connected;
                continue;
            }
        }
        if (refused) {
            const auto error = co_await State::read_pieces(state, session, plan, block, priority, reading);
            if (error) co_return error;
        }
        ++block;
    }
    co_return reading;
}

awaitable<error_code> Link::State::read_pieces(std::shared_ptr<State> self, std::shared_ptr<Session> session,
                                               const ReadPlan& plan, std::size_t block, Priority priority,
                                               Reading& reading) {
    std::vector<RegisterSpan> points;
    for (const auto& item : plan.items) {
        if (item.block != block) continue;
        const auto& point = self->map.point(item.point);
        points.push_back({point.address, point.word_count()});
    }
    std::ranges::sort(points, {}, &RegisterSpan::address);
    BlockReader reader(points, session->refused);
    while (const auto piece = reader.next(self->clock.io_now())) {
        if (const auto refusal = session->refusal(priority)) co_return refusal;
        if (!session->try_begin()) {
            if (const auto error = co_await session->wait_turn(priority)) co_return error;
        }
        const Session::Turn turn(*session);
        const auto answer = co_await session->client().read_holding_registers(
            self->endpoint.unit_id, piece->span.address, piece->span.count);
        if (answer) {
            take_values(reading, self->map, plan, block, piece->span, *answer);
            reader.answered();
        } else if (refuses_registers(answer.error())) {
            reader.refused(self->clock.io_now());
        } else {
            co_return in_own_words(answer.error());
        }
    }
    co_return error_code{};
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
    if (const auto refusal = session->refusal(priority)) co_return refusal;
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
    const auto function = self->functions.first(point, registers);
    const auto error = co_await send_with(self, session, point, words, function, epoch);
    if (!error) self->functions.succeeded(point, registers, function);
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
    const Written written(*session);
    const auto& target = self->map.point(point);
    auto& client = session->client();
    const auto unit = self->endpoint.unit_id;
    const std::span own(words.data(), target.word_count());
    if (function == WriteWith::multiple) {
        const auto outcome = co_await client.write_registers(unit, target.address, own);
        co_return outcome ? error_code{} : in_own_words(outcome.error());
    }
    for (std::size_t i = 0; i < own.size(); ++i) {
        // Half of a value is worse than one decided before; who wants these registers next waits for this
        // turn, where it is the only one.
        const bool whole = i == 0 || session->max_in_flight() > 1;
        if (session->ended()) co_return errc::not_connected;
        if (whole && epoch && over(*epoch, self->epoch)) co_return errc::superseded;
        const auto address = static_cast<std::uint16_t>(target.address + i);
        const auto outcome = co_await client.write_register(unit, address, own[i]);
        if (!outcome) co_return in_own_words(outcome.error());
    }
    co_return error_code{};
}

}  // namespace hil::plant
