#include "ocpp/call_desk.hpp"

#include <algorithm>
#include <utility>

namespace hil::ocpp {

std::optional<CallDesk::Ticket> CallDesk::ask(std::string action, boost::json::object payload) {
    if (waiting_.size() >= limits_.waiting) return std::nullopt;
    const auto ticket = next_++;
    // The ids of ours are numbers: short, and in the log in the order they were asked.
    waiting_.push_back({ticket, {std::to_string(ticket), std::move(action), std::move(payload)}});
    return ticket;
}

std::optional<Call> CallDesk::next(IoInstant now) {
    if (under_way_ || waiting_.empty()) return std::nullopt;
    under_way_ = std::move(waiting_.front());
    waiting_.pop_front();
    until_ = now + limits_.timeout;
    return under_way_->call;
}

std::optional<IoInstant> CallDesk::deadline() const {
    return under_way_ ? std::optional(until_) : std::nullopt;
}

std::optional<CallDesk::Ticket> CallDesk::expire(IoInstant now) {
    if (!under_way_ || now < until_) return std::nullopt;
    return std::exchange(under_way_, std::nullopt)->ticket;
}

std::optional<CallDesk::Ticket> CallDesk::answered(const std::string& id) {
    if (!under_way_ || under_way_->call.id != id) return std::nullopt;
    return std::exchange(under_way_, std::nullopt)->ticket;
}

std::vector<CallDesk::Ticket> CallDesk::drop() {
    std::vector<Ticket> out;
    if (under_way_) out.push_back(std::exchange(under_way_, std::nullopt)->ticket);
    for (const auto& waiting : waiting_)
        out.push_back(waiting.ticket);
    waiting_.clear();
    // What was being worked on is answered to nobody; the station will ask again.
    std::erase_if(answers_, [](const Answered& answer) { return !answer.done; });
    return out;
}

const CallDesk::Answered* CallDesk::find(const std::string& id) const {
    const auto found = std::ranges::find(answers_, id, &Answered::id);
    return found == answers_.end() ? nullptr : &*found;
}

CallDesk::Turn CallDesk::take(const Call& call) {
    if (const auto* known = find(call.id)) return known->done ? Turn::repeated : Turn::under_way;
    // The oldest answer makes room; what is being worked on stays.
    if (answers_.size() >= limits_.remembered) {
        const auto oldest = std::ranges::find(answers_, true, &Answered::done);
        if (oldest != answers_.end()) answers_.erase(oldest);
    }
    answers_.push_back({call.id, {}, false});
    return Turn::fresh;
}

void CallDesk::answer(const std::string& id, std::string text) {
    const auto found = std::ranges::find(answers_, id, &Answered::id);
    if (found == answers_.end()) return;
    found->text = std::move(text);
    found->done = true;
}

const std::string& CallDesk::recall(const std::string& id) const {
    static const std::string nothing;
    const auto* known = find(id);
    return known == nullptr ? nothing : known->text;
}

}  // namespace hil::ocpp
