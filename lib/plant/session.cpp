#include "plant/session.hpp"

#include "plant/errors.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace hil::plant {

Session::Session(std::shared_ptr<Line> line, Use use) : line_(std::move(line)), use_(use) {
    line_->attach(*this);
}

Session::~Session() {
    end();
}

error_code Session::refusal(Priority priority) const {
    if (ended_ || !line_->usable()) return errc::not_connected;
    if (silent_ && priority != Priority::emergency) return errc::not_answering;
    return {};
}

error_code Session::write_refusal(Priority priority) const {
    if (shared() && priority == Priority::control && !ended_ && line_->usable()) return {};
    return refusal(priority);
}

void Session::keep_answer(Instant asked, std::uint64_t writes, const RegisterSpan& span,
                          const modbus::Words& words) {
    if (writes != writes_) return;
    // What is asked for again takes the place of what was there.
    const auto same = std::ranges::find(answers_, span, &Answer::span);
    if (same != answers_.end()) {
        same->asked = asked;
        same->words = words;
        return;
    }
    if (answers_.size() == kept_answers) answers_.erase(answers_.begin());
    answers_.push_back({asked, span, words});
}

std::span<const std::uint16_t> Session::answer_since(Instant earliest, const RegisterSpan& span) const {
    for (const auto& answer : answers_) {
        if (answer.asked < earliest || !answer.span.contains(span)) continue;
        return std::span<const std::uint16_t>(answer.words)
            .subspan(span.address - answer.span.address, span.count);
    }
    return {};
}

void Session::fell_silent() {
    silent_ = true;
    line_->fail_waiting(*this, Priority::emergency, errc::not_answering);
}

void Session::end() {
    if (std::exchange(ended_, true)) return;
    line_->fail_waiting(*this, std::nullopt, errc::not_connected);
    line_->detach(*this);
    if (line_->empty()) line_->close();
}

}  // namespace hil::plant
