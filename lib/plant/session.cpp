#include "plant/session.hpp"

#include "base/cancellation.hpp"

#include "plant/errors.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <optional>

namespace hil::plant {

// Lives in the frame of the waiting coroutine, and leaves the queue with it.
struct Session::Waiting {
    explicit Waiting(Session& s) : session(s) {}
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() { session.waiting_.remove(*this); }

    Session& session;
    std::optional<asio::any_completion_handler<void(error_code, error_code)>> handler;
};

Session::Session(Clock& clock, std::unique_ptr<ByteStream> stream, modbus::ClientOptions options)
    : clock_(clock),
      client_(clock, std::move(stream), options),
      max_in_flight_(options.max_in_flight),
      accepted_(clock.io_now()) {}

Session::~Session() {
    end();
}

error_code Session::refusal(Priority priority) const {
    if (ended_ || !client_.connected()) return errc::not_connected;
    if (silent_ && priority != Priority::emergency) return errc::not_answering;
    return {};
}

awaitable<error_code> Session::wait_turn(Priority priority) {
    Waiting call(*this);
    if (!waiting_.push(priority, call)) co_return errc::queue_full;
    co_return co_await suspend(call);
}

awaitable<error_code> Session::suspend(Waiting& call) {
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(error_code, error_code)>(
        [this, &call](auto handler) {
            call.handler.emplace(std::move(handler));
            auto slot = asio::get_associated_cancellation_slot(*call.handler);
            if (!slot.is_connected()) return;
            slot.assign([this, &call](asio::cancellation_type) {
                waiting_.remove(call);
                complete(call, asio::error::operation_aborted, {});
            });
        },
        asio::use_awaitable);
}

void Session::complete(Waiting& call, error_code error, error_code outcome) {
    leave_slot(*call.handler);
    asio::post(clock_.executor(), [handler = std::move(*call.handler), error, outcome]() mutable {
        std::move(handler)(error, outcome);
    });
    call.handler.reset();
}

void Session::give_back() {
    --in_flight_;
    if (in_flight_ >= max_in_flight_) return;
    auto* const next = waiting_.pop();
    if (next == nullptr) return;
    ++in_flight_;  // handed over now, so that no newcomer gets in between
    complete(*next, {}, {});
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

std::optional<modbus::Words> Session::answer_since(Instant earliest, const RegisterSpan& span) const {
    for (const auto& answer : answers_) {
        if (answer.asked < earliest || !answer.span.contains(span)) continue;
        const auto first = answer.words.begin() + (span.address - answer.span.address);
        return modbus::Words(first, first + span.count);
    }
    return std::nullopt;
}

void Session::fell_silent() {
    silent_ = true;
    while (auto* const call = waiting_.pop_below(Priority::emergency))
        complete(*call, {}, errc::not_answering);
}

void Session::end() {
    ended_ = true;
    while (auto* const call = waiting_.pop())
        complete(*call, {}, errc::not_connected);
    client_.close();
}

}  // namespace hil::plant
