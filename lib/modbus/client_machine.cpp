#include "modbus/client_machine.hpp"

#include "base/mutation.hpp"

#include <algorithm>

namespace hil::modbus {

ClientMachine::~ClientMachine() {
    in_flight_.clear();
    waiting_.clear();
}

result<void> ClientMachine::submit(Transaction& transaction, Duration now) {
    if (over_) return errc::disconnected;
    if (const auto checked = check(transaction.request); !checked) return checked;
    if (waiting_.empty() && has_room() && pacing_.ready(now)) {
        send(transaction, now);
        return {};
    }
    if (waiting_.size() >= options_.max_waiting) return errc::queue_full;
    transaction.place_ = Transaction::Place::waiting;
    waiting_.push_back(transaction);
    return {};
}

void ClientMachine::send(Transaction& transaction, Duration now) {
    do {
        ++last_id_;
    } while (in_flight_.size() > 0 && find(last_id_) != in_flight_.end());
    transaction.id_ = last_id_;
    transaction.sent = now;
    transaction.heard_before_ = heard_;
    transaction.was_sent_ = true;
    transaction.place_ = Transaction::Place::in_flight;
    in_flight_.push_back(transaction);
    output_.append(transaction.id_, transaction.request);
    ++statistics_.requests;
}

void ClientMachine::send_waiting(Duration now) {
    while (!over_ && !waiting_.empty() && has_room() && pacing_.ready(now)) {
        Transaction& first = waiting_.front();
        waiting_.pop_front();
        send(first, now);
    }
}

bool ClientMachine::has_room() const {
    return in_flight_.size() < (pacing_.one_at_a_time() ? 1U : options_.max_in_flight);
}

std::optional<Duration> ClientMachine::paused_until() const {
    if (over_ || waiting_.empty() || !has_room()) return std::nullopt;
    return pacing_.earliest();
}

void ClientMachine::give_up(std::uint16_t id) {
    given_up_[next_given_up_] = id;
    next_given_up_ = (next_given_up_ + 1) % remembered_ids;
}

bool ClientMachine::was_given_up(std::uint16_t id) const {
    return std::ranges::find(given_up_, std::optional(id)) != given_up_.end();
}

void ClientMachine::cancel(Transaction& transaction, Duration now) {
    if (transaction.place_ == Transaction::Place::in_flight) give_up(transaction.id_);
    unlink(transaction, now);
}

void ClientMachine::unlink(Transaction& transaction, Duration now) {
    switch (transaction.place_) {
        case Transaction::Place::outside:
            return;
        case Transaction::Place::waiting:
            waiting_.erase(List::s_iterator_to(transaction));
            break;
        case Transaction::Place::in_flight:
            in_flight_.erase(List::s_iterator_to(transaction));
            if (!mutated(Mutation::pauses_forgotten)) pacing_.quiet_from(now);
            break;
    }
    transaction.place_ = Transaction::Place::outside;
    transaction.ended = now;
    send_waiting(now);
}

Transaction* ClientMachine::finish(Transaction& transaction, Duration now, error_code outcome) {
    transaction.outcome = outcome;
    unlink(transaction, now);
    return &transaction;
}

ClientMachine::List::iterator ClientMachine::find(std::uint16_t id) {
    return std::find_if(in_flight_.begin(), in_flight_.end(),
                        [id](const Transaction& t) { return t.id_ == id; });
}

Transaction* ClientMachine::next_completed(Duration now) {
    Frame frame;
    while (!over_) {
        switch (framer_.next(frame)) {
            case Framer::Found::nothing:
                return nullptr;
            case Framer::Found::bad_frame:
                ++statistics_.protocol_errors;
                end(errc::bad_frame);
                return nullptr;
            case Framer::Found::frame:
                break;
        }
        const auto found = find(frame.transaction);
        if (found == in_flight_.end()) {
            ++statistics_.late_answers;
            pacing_.quiet_from(now);
            if (!in_flight_.empty() && !was_given_up(frame.transaction)) {
                auto& oldest = in_flight_.front();
                oldest.mismatch = {Mismatch::Of::transaction, oldest.id_, frame.transaction};
            }
            continue;
        }
        consecutive_timeouts_ = 0;
        ++heard_;
        Transaction& transaction = *found;
        transaction.mismatch.reset();
        if (frame.unit != transaction.request.unit) {
            ++statistics_.protocol_errors;
            transaction.mismatch = {Mismatch::Of::unit, transaction.request.unit, frame.unit};
            return finish(transaction, now, errc::other_unit);
        }
        const auto malformed = decode(transaction.response, frame.unit, frame.pdu);
        if (malformed || !answers(transaction.request, transaction.response)) {
            ++statistics_.protocol_errors;
            return finish(transaction, now, errc::bad_response);
        }
        ++statistics_.answers;
        if (transaction.response.exception == 0) return finish(transaction, now, {});
        ++statistics_.exceptions;
        return finish(transaction, now, exception_error(transaction.response.exception));
    }
    return nullptr;
}

std::optional<Duration> ClientMachine::next_deadline() const {
    if (in_flight_.empty()) return std::nullopt;
    return in_flight_.front().sent + options_.timeout;
}

Transaction* ClientMachine::next_expired(Duration now) {
    const auto deadline = next_deadline();
    if (over_ || !deadline || *deadline > now) return nullptr;
    ++statistics_.timeouts;
    auto& expired = in_flight_.front();
    expired.overtaken = heard_ > expired.heard_before_;
    if (!expired.overtaken && ++consecutive_timeouts_ >= options_.max_consecutive_timeouts)
        end(errc::timeout);
    give_up(expired.id_);
    return finish(expired, now, errc::timeout);
}

void ClientMachine::end(error_code why) {
    if (over_) return;
    over_ = why;
    output_.clear();
}

Transaction* ClientMachine::next_abandoned(Duration now) {
    if (!over_) return nullptr;
    if (!in_flight_.empty()) return finish(in_flight_.front(), now, errc::disconnected);
    if (!waiting_.empty()) return finish(waiting_.front(), now, errc::disconnected);
    return nullptr;
}

Duration ClientMachine::oldest_age(Duration now) const {
    return in_flight_.empty() ? Duration::zero() : now - in_flight_.front().sent;
}

}  // namespace hil::modbus
