// The reading half of Link: whole blocks, blocks of which a part is refused, values with a scale of their
// own.
#include "plant/link_state.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace hil::plant {

// What the answers of one reading gave so far.
struct Link::State::Gathering {
    explicit Gathering(const ReadBatch& batch) : values(batch.items.size()), scales(batch.scales.size()) {
        if (!scales.empty()) item_answer.resize(batch.items.size());
    }

    Reading values;
    // Of the scale_points: their registers, and which answer gave what. Empty where the batch has none.
    std::vector<PointValue> scales;
    std::vector<std::uint16_t> item_answer, scale_answer{std::vector<std::uint16_t>(scales.size())};
    std::uint16_t answers = 0;
    bool in_pieces = false;  // the device refuses a part of what is asked for
};

namespace {

bool refuses_registers(error_code error) {
    return error == modbus::errc::illegal_data_address || error == modbus::errc::illegal_data_value;
}

// The registers of a value in the order of the wire, of which `words` holds `item.count` from `offset` on.
Registers registers_at(std::span<const std::uint16_t> words, std::size_t offset, std::size_t count) {
    Registers out{};
    for (std::size_t i = 0; i < count; ++i)
        out[i] = words[offset + i];
    return out;
}

}  // namespace

awaitable<result<modbus::Words>> Link::State::ask(Session& on, const RegisterSpan& span) {
    return span.table == config::RegisterType::input
               ? on.client().read_input_registers(endpoint.unit_id, span.address, span.count)
               : on.client().read_holding_registers(endpoint.unit_id, span.address, span.count);
}

void Link::State::note(PointId point, const PointValue& value) {
    if (value.known && doubts_.quiet()) return;  // as nearly always
    const auto news = doubts_.note(static_cast<std::size_t>(point), value.why, clock.now());
    if (news == ReadingWatch::News::none || !hooks.on_reading) return;
    hooks.on_reading({.point = point, .value = value, .back = news == ReadingWatch::News::back});
}

// A device without a register has told so itself. One that does not give all registers of a value at once may
// well have it, and an operator would not find out why it is not shown.
void Link::State::note_refused(const Gathering& gathering, const ReadBatch& batch) {
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        const auto& value = gathering.values[i];
        const auto point = batch.items[i].point;
        if (!value.known && value.why == Unknown::refused && point != no_point &&
            map.point(point).word_count() > 1)
            note(point, value);
    }
}

// What these registers of a point without a scale are worth. Most hold what they held at the last reading.
const PointValue& Link::State::worth(PointId point, const Registers& words, std::size_t count) {
    auto& last = judged_[static_cast<std::size_t>(point)];
    if (last.words == words && last.why != Unknown::refused) return last;
    const auto judged = map.judge(point, std::span(words).first(count));
    last = {.known = judged.why == Unknown::no, .why = judged.why, .value = judged.value, .words = words};
    return last;
}

// Takes over the values of those items of one block that lie wholly in `span`, which is a part of it. What
// needs a scale waits for settle().
void Link::State::take_values(Gathering& gathering, const ReadBatch& batch, std::size_t block,
                              const RegisterSpan& span, std::span<const std::uint16_t> words) {
    ++gathering.answers;
    const unsigned begin = span.address - batch.blocks[block].address;
    const auto lies_within = [&](const ReadBatch::Item& item) {
        return item.block == block && item.offset >= begin &&
               item.offset - begin + item.count <= words.size();
    };
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        const auto& item = batch.items[i];
        if (!lies_within(item)) continue;
        auto& value = gathering.values[i];
        const auto registers = registers_at(words, item.offset - begin, item.count);
        if (item.scale) {
            value.words = registers;
            value.why = Unknown::no_scale;
            gathering.item_answer[i] = gathering.answers;
            continue;
        }
        value = worth(item.point, registers, item.count);
        note(item.point, value);
    }
    for (std::size_t i = 0; i < batch.scales.size(); ++i) {
        const auto& item = batch.scales[i];
        if (!lies_within(item)) continue;
        gathering.scales[i] =
            worth(item.point, registers_at(words, item.offset - begin, item.count), item.count);
        gathering.scale_answer[i] = gathering.answers;
    }
}

// The same of what somebody else has just read.
bool Link::State::take_known(Gathering& gathering, const ReadBatch& batch, std::size_t block,
                             const RegisterSpan& span, const Session& on, Instant earliest) {
    const auto known = on.answer_since(earliest, span);
    if (known.empty()) return false;
    take_values(gathering, batch, block, span, known);
    return true;
}

// Judges what waited for its scale.
void Link::State::settle(Gathering& gathering, const ReadBatch& batch, std::size_t at) {
    const auto& item = batch.items[at];
    auto& value = gathering.values[at];
    const auto& scale = gathering.scales[*item.scale];
    const auto judged = map.judge(item.point, std::span(value.words).first(item.count),
                                  scale.known ? std::optional(scale.value) : std::nullopt);
    value.value = judged.value;
    value.why = judged.why;
    value.known = judged.why == Unknown::no;
    note(item.point, value);
}

awaitable<result<Reading>> Link::read(const ReadBatch& batch, Priority priority, Duration max_age) {
    return State::read(state_, batch, priority, max_age);
}

awaitable<result<Reading>> Link::State::read(std::shared_ptr<State> self, const ReadBatch& batch,
                                             Priority priority, Duration max_age) {
    auto session = self->present();
    if (!session && self->resting()) session = co_await wake(self);
    if (!session) co_return errc::not_connected;
    Gathering gathering(batch);
    bool asked_again = false;
    for (std::size_t block = 0; block < batch.blocks.size();) {
        const RegisterSpan span{batch.blocks[block].address, batch.blocks[block].count,
                                batch.blocks[block].table};
        bool refused = session->refused.refuses(span);
        if (!refused) {
            auto error = session->refusal(priority);
            if (!error && !session->try_begin()) error = co_await session->wait_turn(priority);
            if (!error) {
                const Session::Turn turn(*session);
                const auto asked = self->clock.now();
                const auto writes = session->writes();
                if (max_age > Duration::zero() &&
                    self->take_known(gathering, batch, block, span, *session, asked - max_age)) {
                    ++block;
                    continue;
                }
                const auto answer = co_await self->ask(*session, span);
                if (answer) {
                    session->keep_answer(asked, writes, span, *answer);
                    self->take_values(gathering, batch, block, span, *answer);
                } else if (refuses_registers(answer.error())) {
                    session->refused.add(span, self->clock.io_now());
                    refused = true;
                } else {
                    error = answer.error();
                }
            }
            if (error) {
                // A device that has closed an idle connection is asked again on a new one, once.
                if (std::exchange(asked_again, true) || !self->ended_idle(*session))
                    co_return in_own_words(error);
                session = co_await wake(self);
                if (!session) co_return errc::not_connected;
                continue;
            }
        }
        if (refused) {
            const auto error = co_await read_pieces(self, session, batch, block, priority, gathering);
            if (error) co_return error;
        }
        ++block;
    }
    for (std::size_t scale = 0; scale < batch.scales.size(); ++scale) {
        if (const auto error = co_await read_with_scale(self, session, batch, scale, priority, gathering))
            co_return error;
    }
    if (gathering.in_pieces) self->note_refused(gathering, batch);
    co_return std::move(gathering.values);
}

awaitable<error_code> Link::State::read_pieces(std::shared_ptr<State> self, std::shared_ptr<Session> session,
                                               const ReadBatch& batch, std::size_t block, Priority priority,
                                               Gathering& gathering) {
    gathering.in_pieces = true;
    std::vector<RegisterSpan> points;
    for (const auto* items : {&batch.items, &batch.scales}) {
        for (const auto& item : *items) {
            if (item.block != block) continue;
            const auto& point = self->map.point(item.point);
            points.push_back({point.address, point.word_count(), point.register_type});
        }
    }
    std::ranges::sort(points, {}, &RegisterSpan::address);
    BlockReader reader(points, session->refused);
    while (const auto piece = reader.next(self->clock.io_now())) {
        if (const auto refusal = session->refusal(priority)) co_return refusal;
        if (!session->try_begin()) {
            if (const auto error = co_await session->wait_turn(priority)) co_return error;
        }
        const Session::Turn turn(*session);
        const auto answer = co_await self->ask(*session, piece->span);
        if (answer) {
            self->take_values(gathering, batch, block, piece->span, *answer);
            reader.answered();
        } else if (refuses_registers(answer.error())) {
            reader.refused(self->clock.io_now());
        } else {
            co_return in_own_words(answer.error());
        }
    }
    co_return error_code{};
}

// The registers of one point; none where the device refuses them.
awaitable<result<modbus::Words>> Link::State::read_alone(std::shared_ptr<State> self,
                                                         std::shared_ptr<Session> session, PointId point,
                                                         Priority priority) {
    const auto& wanted = self->map.point(point);
    if (const auto refusal = session->refusal(priority)) co_return refusal;
    if (!session->try_begin()) {
        if (const auto error = co_await session->wait_turn(priority)) co_return error;
    }
    const Session::Turn turn(*session);
    auto answer = co_await self->ask(*session, {wanted.address, wanted.word_count(), wanted.register_type});
    if (!answer && refuses_registers(answer.error())) co_return modbus::Words{};
    if (!answer) co_return in_own_words(answer.error());
    co_return *answer;
}

// Values that did not come in one answer with their scale are read again between two readings of it: what was
// scaled by another power of ten than it is shown with would be wrong by a factor of ten.
awaitable<error_code> Link::State::read_with_scale(std::shared_ptr<State> self,
                                                   std::shared_ptr<Session> session, const ReadBatch& batch,
                                                   std::size_t scale, Priority priority,
                                                   Gathering& gathering) {
    const bool answered = gathering.scale_answer[scale] != 0;
    std::vector<std::size_t> apart;
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        if (batch.items[i].scale != scale || gathering.values[i].why != Unknown::no_scale) continue;
        if (answered && gathering.item_answer[i] != gathering.scale_answer[scale])
            apart.push_back(i);
        else
            self->settle(gathering, batch, i);
    }
    if (apart.empty()) co_return error_code{};
    const auto before = co_await read_alone(self, session, batch.scales[scale].point, priority);
    if (!before) co_return before.error();
    for (const auto i : apart) {
        const auto again = co_await read_alone(self, session, batch.items[i].point, priority);
        if (!again) co_return again.error();
        auto& value = gathering.values[i];
        if (again->empty()) value.why = Unknown::refused;
        std::ranges::copy(*again, value.words.begin());
    }
    const auto after = co_await read_alone(self, session, batch.scales[scale].point, priority);
    if (!after) co_return after.error();
    gathering.scales[scale] = {};
    if (!before->empty()) {
        const auto judged = self->map.judge(batch.scales[scale].point, *before);
        gathering.scales[scale].known = judged.why == Unknown::no;
        gathering.scales[scale].value = judged.value;
    }
    for (const auto i : apart) {
        auto& value = gathering.values[i];
        if (value.why != Unknown::no_scale) continue;
        if (*before == *after) {
            self->settle(gathering, batch, i);
        } else {
            value.why = Unknown::scale_moved;
            self->note(batch.items[i].point, value);
        }
    }
    co_return error_code{};
}

}  // namespace hil::plant
