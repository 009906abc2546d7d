// When a link tries to connect. Pure: it is told what happened and the unscaled time.
#pragma once

#include "base/breaker.hpp"
#include "base/random.hpp"
#include "base/time.hpp"

namespace hil::plant {

// The first attempt is made at once. A failed attempt opens the breaker: 0.5 s, then twice as long each
// time up to 30 s, shortened at random by up to half. A session counts as a success of its attempt only once
// it has lasted: a peer that accepts, answers and hangs up is not dialled in a tight loop, while the
// loss of a session of some age is followed by an attempt at once.
class ConnectionMachine {
  public:
    static constexpr Duration first_delay = std::chrono::milliseconds(500);
    static constexpr Duration longest_delay = std::chrono::seconds(30);
    static constexpr double jitter = 0.5;
    static constexpr Duration lasting = std::chrono::seconds(10);

    explicit ConnectionMachine(Random random)
        : breaker_(1, Backoff(first_delay, longest_delay, jitter, random)) {}

    // How long to wait before the next attempt. Zero: the attempt is made now, and its maker owes
    // one of failed(), opened() and abandoned().
    [[nodiscard]] Duration wait(IoInstant now);
    // How long wait() would say, without beginning an attempt.
    [[nodiscard]] Duration delay(IoInstant now) const;

    void failed(IoInstant now);  // no session came of the attempt
    void opened(IoInstant now);  // the session stands: its end owes closed()
    void closed(IoInstant now);
    void rested();     // the session was closed for idleness: a success, whatever its age
    void abandoned();  // the attempt or the session was ended by its owner

    [[nodiscard]] unsigned failures() const { return breaker_.consecutive_failures(); }

  private:
    Breaker<IoInstant> breaker_;
    IoInstant opened_at_{};
};

}  // namespace hil::plant
