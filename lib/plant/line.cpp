#include "plant/line.hpp"

#include "base/cancellation.hpp"
#include "plant/errors.hpp"
#include "plant/session.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace hil::plant {

// Lives in the frame of the waiting coroutine, and leaves the queue with it.
struct Line::Waiting {
    Waiting(std::shared_ptr<Line> l, Session& s) : line(std::move(l)), session(s) {}
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() { line->waiting_.remove(*this); }

    std::shared_ptr<Line> line;
    Session& session;
    std::optional<asio::any_completion_handler<void(error_code, error_code)>> handler;
};

Line::Line(Clock& clock, std::unique_ptr<ByteStream> stream, modbus::ClientOptions options)
    : clock_(clock),
      peer_(stream->peer()),
      client_(clock, std::move(stream), options),
      max_in_flight_(options.max_in_flight),
      accepted_(clock.io_now()) {
    client_.on_exchange = [this](const modbus::Exchange& exchange) {
        // One at a time where there are several.
        auto* const session = sessions_.size() == 1 ? sessions_.front() : active_;
        if (session != nullptr && session->on_exchange) session->on_exchange(exchange);
    };
    client_.on_disconnect = [this](error_code why) { broken(why, nullptr); };
}

Line::~Line() {
    client_.on_exchange = {};
    client_.on_disconnect = {};
}

void Line::attach(Session& session) {
    sessions_.push_back(&session);
    waiting_.set_bound(waiting_each * sessions_.size());
}

void Line::detach(Session& session) {
    std::erase(sessions_, &session);
    if (active_ == &session) active_ = nullptr;
}

awaitable<error_code> Line::wait_turn(Session& session, Priority priority) {
    Waiting call(shared_from_this(), session);
    if (!waiting_.push(priority, call)) co_return errc::queue_full;
    co_return co_await suspend(call);
}

awaitable<error_code> Line::suspend(Waiting& call) {
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

void Line::complete(Waiting& call, error_code error, error_code outcome) {
    leave_slot(*call.handler);
    asio::post(clock_.executor(), [handler = std::move(*call.handler), error, outcome]() mutable {
        std::move(handler)(error, outcome);
    });
    call.handler.reset();
}

void Line::give_back() {
    --in_flight_;
    if (in_flight_ >= max_in_flight_) return;
    auto* const next = waiting_.pop();
    if (next == nullptr) return;
    ++in_flight_;  // handed over now, so that no newcomer gets in between
    active_ = &next->session;
    complete(*next, {}, {});
}

void Line::fail_waiting(const Session& session, std::optional<Priority> kept, error_code why) {
    const auto of_session = [&session](const Waiting& call) { return &call.session == &session; };
    while (auto* const call = waiting_.pop_if(kept, of_session))
        complete(*call, {}, why);
}

void Line::close() {
    over_ = true;
    client_.close();
}

void Line::abandon(const Session& by) {
    const auto keep = shared_from_this();
    close();
    broken(asio::error::connection_aborted, &by);  // to them as if the peer had closed it
}

// What hears of it detaches, and may be the last to hold this.
void Line::broken(error_code why, const Session* but) {
    over_ = true;
    const auto keep = weak_from_this().lock();
    const auto told = sessions_;
    for (auto* const session : told) {
        const bool still_there = std::ranges::find(sessions_, session) != sessions_.end();
        if (session != but && still_there && session->on_disconnect) session->on_disconnect(why);
    }
}

}  // namespace hil::plant
