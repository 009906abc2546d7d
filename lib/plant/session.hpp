// One connection of a link while it lasts: what was learnt of the device, and the turns on its line, which
// may be shared with other devices behind the same address.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "modbus/client.hpp"
#include "plant/line.hpp"
#include "plant/priority.hpp"
#include "plant/read_machine.hpp"

#include <boost/container/static_vector.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>

namespace hil::plant {

// Every call: check refusal(), take a turn by try_begin() or wait_turn(), hold a Turn around the exchange.
class Session {
  public:
    enum class Use : std::uint8_t { alone, shared };
    explicit Session(std::shared_ptr<Line> line, Use use = Use::alone);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    [[nodiscard]] modbus::Client& client() { return line_->client(); }
    [[nodiscard]] bool shared() const { return use_ == Use::shared; }

    // Why a call of this priority cannot be made: errc::not_connected, errc::not_answering, or success.
    [[nodiscard]] error_code refusal(Priority priority) const;
    // The same of a write: what stops a silent device behind a shared line goes out all the same.
    [[nodiscard]] error_code write_refusal(Priority priority) const;

    // Takes a turn if one is free and nobody waits.
    [[nodiscard]] bool try_begin() { return line_->try_begin(*this); }
    // Waits for a turn. Success: it is taken. errc::queue_full, or why waiting has become pointless.
    awaitable<error_code> wait_turn(Priority priority) { return line_->wait_turn(*this, priority); }

    // A turn that was taken; gives it to the next in order when it ends.
    class Turn {
      public:
        explicit Turn(Session& session) : session_(session) {}
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() { session_.line_->give_back(); }

      private:
        Session& session_;
    };

    // The latest answers to reads, by when each was asked for. A write makes an end of them, as it begins and
    // as it ends, and of those that were asked for before it ended and come later: in the same instant, too.
    [[nodiscard]] std::uint64_t writes() const { return writes_; }
    // `writes`: what writes() was when the question went out.
    void keep_answer(Instant asked, std::uint64_t writes, const RegisterSpan& span,
                     const modbus::Words& words);
    void written() {
        answers_.clear();
        ++writes_;
    }
    // The registers of `span` as read in one request that was sent at `earliest` or later, until the next
    // answer or write; empty: nobody has read them.
    [[nodiscard]] std::span<const std::uint16_t> answer_since(Instant earliest,
                                                              const RegisterSpan& span) const;

    // A request timed out: all but emergencies fail from now on, waiting ones at once.
    void fell_silent();
    void answered() {
        silent_ = false;
        heard_ = true;
    }
    [[nodiscard]] bool silent() const { return silent_; }
    // From now on so many requests at once; those under way are not touched.
    void set_max_in_flight(std::uint16_t limit) {
        if (!shared()) line_->set_max_in_flight(limit);
    }
    [[nodiscard]] std::uint16_t max_in_flight() const { return line_->max_in_flight(); }

    // Leaves the line, and closes the connection unless others are on it; waiting calls fail with
    // errc::not_connected.
    void end();
    // The connection is given up, for everybody on it.
    void abandon_line() { line_->abandon(*this); }
    [[nodiscard]] bool ended() const { return ended_; }

    // When the connection was accepted, and whether the peer has answered on it.
    [[nodiscard]] IoInstant accepted() const { return line_->accepted(); }
    [[nodiscard]] bool heard() const { return heard_; }

    RefusedSpans refused;
    bool without_fc16 = false;  // the device answered FC16 for several registers with exception 1

    // What becomes of its requests, and that the connection ended or was closed for cause.
    std::function<void(const modbus::Exchange&)> on_exchange;
    std::function<void(error_code)> on_disconnect;

  private:
    std::shared_ptr<Line> line_;
    Use use_;
    bool silent_ = false;
    bool heard_ = false;
    bool ended_ = false;

    struct Answer {
        Instant asked;
        RegisterSpan span;
        modbus::Words words;
    };
    static constexpr std::size_t kept_answers = 4;
    boost::container::static_vector<Answer, kept_answers> answers_;  // oldest first
    std::uint64_t writes_ = 0;
};

}  // namespace hil::plant
