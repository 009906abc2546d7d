// Which call waits for which answer, on one connection. Pure: no I/O, the caller's clock.
//
// Out: one call at a time, the others wait in order; an answer that belongs to nothing is told and changes
// nothing. In: a call that comes again with the id of one that was answered a moment ago (a station that did
// not hear the answer) gets the same answer and is acted on once; one that comes again while the first is
// being worked on is dropped, its answer is on the way. Source: quirk 38 of the field, and what stations do
// on mobile links.
#pragma once

#include "base/time.hpp"
#include "ocpp/frame.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hil::ocpp {

class CallDesk {
  public:
    struct Limits {
        std::size_t waiting = 100;                    // calls out that wait for their turn
        Duration timeout = std::chrono::seconds(30);  // for an answer
        std::size_t remembered = 32;                  // answers given
    };
    using Ticket = std::uint64_t;

    explicit CallDesk(Limits limits) : limits_(limits) {}

    // ---- out ----
    // A call of ours; none: too many wait.
    std::optional<Ticket> ask(std::string action, boost::json::object payload);
    // The call that is to be sent now, once; none: one is under way, or none waits.
    std::optional<Call> next(IoInstant now);
    [[nodiscard]] std::optional<IoInstant> deadline() const;
    // The call under way has had its time: its ticket, and the next one may be sent.
    std::optional<Ticket> expire(IoInstant now);
    // Of an answer: whose it is; none: nobody's.
    std::optional<Ticket> answered(const std::string& id);
    // The connection is gone: everybody who waited, in order.
    std::vector<Ticket> drop();

    // ---- in ----
    enum class Turn : std::uint8_t {
        fresh,      // to be acted on, and answered by answer()
        under_way,  // the same call is being worked on
        repeated,   // it was answered: recall() is to be sent again
    };
    Turn take(const Call& call);
    // What was answered, as it was sent.
    void answer(const std::string& id, std::string text);
    [[nodiscard]] const std::string& recall(const std::string& id) const;

  private:
    struct Waiting {
        Ticket ticket = 0;
        Call call;
    };
    struct Answered {
        std::string id, text;
        bool done = false;
    };
    [[nodiscard]] const Answered* find(const std::string& id) const;

    Limits limits_;
    std::deque<Waiting> waiting_;
    std::optional<Waiting> under_way_;
    IoInstant until_{};
    Ticket next_ = 1;
    std::deque<Answered> answers_;
};

}  // namespace hil::ocpp
