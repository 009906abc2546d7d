#include "modbus/client_machine.hpp"

#include <algorithm>

namespace hil::modbus {

ClientMachine::~ClientMachine() {
    in_flight_.clear();
    waiting_.clear();
}

result<void> ClientMachine::submit(Transaction& transaction, Duration now) {
    if (over_) return errc::disconnected;
    if (const auto checked = check(transaction.request); !checked) return checked;
    if (in_flight_.size() < options_.max_in_flight) {
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
    transaction.was_sent_ = true;
    transaction.place_ = Transaction::Place::in_flight;
    in_flight_.push_back(transaction);
    output_.append(transaction.id_, transaction.request);
    ++statistics_.requests;
}

void ClientMachine::send_waiting(Duration now) {
    while (!over_ && !waiting_.empty() && in_flight_.size() < options_.max_in_flight) {
        Transaction& first = waiting_.front();
        waiting_.pop_front();
        send(first, now);
    }
}

void ClientMachine::cancel(Transaction& transaction, Duration now) {
    switch (transaction.place_) {
        case Transaction::Place::outside:
            return;
        case Transaction::Place::waiting:
            waiting_.erase(List::s_iterator_to(transaction));
            break;
        case Transaction::Place::in_flight:
            in_flight_.erase(List::s_iterator_to(transaction));
            break;
    }
    transaction.place_ = Transaction::Place::outside;
    transaction.ended = now;
    send_waiting(now);
}

Transaction* ClientMachine::finish(Transaction& transaction, Duration now, error_code outcome) {
    transaction.outcome = outcome;
    cancel(transaction, now);
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
            continue;
        }
        consecutive_timeouts_ = 0;
        Transaction& transaction = *found;
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
    if (++consecutive_timeouts_ >= options_.max_consecutive_timeouts) end(errc::timeout);
    return finish(in_flight_.front(), now, errc::timeout);
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
