// One connection of a link while it lasts: who may send now, who waits, and what was learnt of the device.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "modbus/client.hpp"
#include "plant/priority.hpp"
#include "plant/read_machine.hpp"
#include "plant/request_queue.hpp"

#include <boost/container/static_vector.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace hil::plant {

// Every call: check refusal(), take a turn by try_begin() or wait_turn(), hold a Turn around the exchange.
class Session {
  public:
    Session(Clock& clock, std::unique_ptr<ByteStream> stream, modbus::ClientOptions options);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    [[nodiscard]] modbus::Client& client() { return client_; }

    // Why a call of this priority cannot be made: errc::not_connected, errc::not_answering, or success.
    [[nodiscard]] error_code refusal(Priority priority) const;

    // Takes a turn if one is free and nobody waits.
    [[nodiscard]] bool try_begin() {
        if (in_flight_ >= max_in_flight_ || !waiting_.empty()) return false;
        ++in_flight_;
        return true;
    }
    // Waits for a turn. Success: it is taken. errc::queue_full, or why waiting has become pointless.
    awaitable<error_code> wait_turn(Priority priority);

    // A turn that was taken; gives it to the next in order when it ends.
    class Turn {
      public:
        explicit Turn(Session& session) : session_(session) {}
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn() { session_.give_back(); }

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
    // The registers of `span` as read in one request that was sent at `earliest` or later.
    [[nodiscard]] std::optional<modbus::Words> answer_since(Instant earliest, const RegisterSpan& span) const;

    // A request timed out: all but emergencies fail from now on, waiting ones at once.
    void fell_silent();
    void answered() {
        silent_ = false;
        heard_ = true;
    }
    [[nodiscard]] bool silent() const { return silent_; }
    // From now on so many requests at once; those under way are not touched.
    void set_max_in_flight(std::uint16_t limit) { max_in_flight_ = limit; }
    [[nodiscard]] std::uint16_t max_in_flight() const { return max_in_flight_; }

    // Closes the connection; waiting calls fail with errc::not_connected.
    void end();
    [[nodiscard]] bool ended() const { return ended_; }

    // When the connection was accepted, and whether the peer has answered on it.
    [[nodiscard]] IoInstant accepted() const { return accepted_; }
    [[nodiscard]] bool heard() const { return heard_; }

    RefusedSpans refused;
    bool without_fc16 = false;  // the device answered FC16 for several registers with exception 1

  private:
    struct Waiting;
    awaitable<error_code> suspend(Waiting& call);
    void complete(Waiting& call, error_code error, error_code outcome);
    void give_back();

    Clock& clock_;
    modbus::Client client_;
    RequestQueue<Waiting> waiting_;
    std::uint16_t max_in_flight_;
    std::uint16_t in_flight_ = 0;
    IoInstant accepted_;
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
