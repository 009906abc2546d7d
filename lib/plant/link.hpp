// The one owner of a plant's connection.
//
// A Link keeps one session to one endpoint: it connects, reconnects behind a breaker with back-off and
// jitter (unscaled time), and serves typed reads and writes in order of priority, one at a time or as many
// as the endpoint allows. While there is no session every call fails at once with errc::not_connected;
// nothing is kept for later. A session stands once the peer has answered a first request of the link itself,
// which is asked again on the same connection before another one is made.
//
// A peer that closes a connection on which nothing is outstanding does no harm: the link rests, still
// connected, and the next call makes a new session and is served on it. That is a new session all the same,
// in a new epoch.
//
// What a device is told too fast is lost: the pauses and sizes of the endpoint's configuration are kept, and
// a device that loses requests sent side by side is sent one at a time from then on.
//
// A plant that falls silent costs its callers one time-out, then nothing: calls fail at once with
// errc::not_answering while the link probes it by itself, until it answers or the session is given up.
// Emergency calls are tried all the same.
//
// An emergency does not wait for an answer that is 100 ms old, nor for a back-off: see emergency().
//
// Where the endpoint expects a register to hold something, that is asked at every connection; while it does
// not hold nothing is written, not even in an emergency.
//
// Devices behind one address (their unit ids differ) share its one connection: their requests go one at a
// time, in turn, an emergency first. Epoch, breaker and status are each link's own. A device that has missed
// two requests is asked once in ten seconds, and its reads are never repeated: each would cost the others a
// time-out. What ends the connection is the end of everybody's session.
//
// Writes carry the epoch they were decided in. advance_epoch() makes every older write fail with
// errc::superseded, also one that waits in the queue, so a value decided before a stop, a switch or a
// disconnect is never sent after it. The link advances the epoch itself when a session is lost.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "modbus/client.hpp"
#include "plant/errors.hpp"
#include "plant/link_cause.hpp"
#include "plant/priority.hpp"
#include "plant/register_map.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil::plant {

using Epoch = std::uint64_t;

enum class LinkState : std::uint8_t {
    idle,
    connecting,
    connected,  // the peer has answered at least once in this session, or has closed one that was idle
    waiting,    // backing off before the next attempt
    stopped,
};

// A point that is read has no value though the device answers, or has one again. Told once, however often it
// is read (ReadingWatch).
struct ReadingNews {
    PointId point{};
    PointValue value;   // why it is unknown and what the registers held; when it is back, what it is now
    bool back = false;  // there is a value again
};

struct LinkStatus {
    LinkState state = LinkState::idle;
    std::uint64_t session = 0;  // counts connections made; a change means a reconnect
    std::uint32_t consecutive_failures = 0;
    error_code last_error;                // of the last failure; kept after recovery, see failing()
    std::optional<Instant> last_success;  // of any exchange
    std::optional<Duration> round_trip;   // of the last answer, unscaled
    std::uint64_t requests = 0, errors = 0;
    LinkCause cause;             // of the trouble there is; none: all is well
    error_code last_exception;   // the last exception answer of all
    std::string peer;            // who is connected, or was last: "127.0.0.1:502"
    std::string tried;           // of a name: its addresses and what came of each in the last attempt
    bool one_at_a_time = false;  // the device loses requests sent side by side
    // Another device than is expected answers: a sentence that names both. Nothing is written to it.
    std::string unexpected;

    [[nodiscard]] bool failing() const { return consecutive_failures > 0 || cause; }
    // What is wrong, for people, with the address it concerns; empty while nothing is.
    [[nodiscard]] std::string trouble() const;
};

struct LinkHooks {
    std::function<void(const LinkStatus&)> on_change;          // state or session changed
    std::function<void(const modbus::Exchange&)> on_exchange;  // every request, for metrics
    // What trouble() says has changed, or what is known of the device.
    std::function<void(const LinkStatus&)> on_trouble{};
    std::function<void(const ReadingNews&)> on_reading{};
};

class SharedLine;

class Link {
  public:
    using Hooks = LinkHooks;

    // `limits`: what the plant's model leaves possible; without them no value is beyond it.
    // `shared`: the connection to its address, where that is not its own.
    Link(Clock& clock, Network& network, Random random, const config::ModbusEndpoint& endpoint,
         Hooks hooks = {}, const ModelLimits& limits = {}, std::shared_ptr<SharedLine> shared = {});
    // With a map that was made already of the endpoint and the limits of the model.
    Link(Clock& clock, Network& network, Random random, const config::ModbusEndpoint& endpoint, Hooks hooks,
         RegisterMap map, std::shared_ptr<SharedLine> shared);
    ~Link();

    [[nodiscard]] const RegisterMap& map() const;
    [[nodiscard]] const LinkStatus& status() const;
    // Whether there is a session whose device has not left a request unanswered.
    [[nodiscard]] bool answers() const;
    [[nodiscard]] Epoch epoch() const;
    // How long one attempt to connect takes at most: the connection, its pause, the first answers.
    [[nodiscard]] Duration longest_attempt() const;
    // Every write decided before this call fails from now on.
    Epoch advance_epoch();

    // Keeps the session alive until stop() or cancelled. The owner spawns it; one at a time.
    awaitable<void> run();
    // Ends the session in order, for good; run() returns. Calls under way fail with errc::not_connected.
    void stop();

    // Reads the points of a batch, which must live until done. A point the device refuses (exception 2 or 3),
    // or answers with what is no value (judge()), is unknown in the Reading. All registers of a value come
    // from one answer, and its scale from the same, or it was read before and after and did not change. The
    // link remembers for the session what
    // was refused: such a point does not spoil its neighbours, and is tried again, by itself, once a minute.
    // Fails as a whole on a time-out, any other exception, a lost connection or errc::queue_full.
    // What anybody asked the device `max_age` ago or later, with no write since, is not asked again: devices
    // behind slow gateways are asked once by those who look at the same instant.
    awaitable<result<Reading>> read(const ReadBatch& batch, Priority priority,
                                    Duration max_age = Duration::zero());
    // The age at which a value is still of this instant.
    static constexpr Duration this_instant = std::chrono::milliseconds(5);

    // Writes one value in internal units; done when the device has acknowledged it. Confirming it by a
    // read is the caller's business. Nothing is sent and the result is errc::no_such_point,
    // errc::access_denied for a point of access r, errc::out_of_range or errc::not_finite from the codec,
    // errc::not_connected, errc::not_answering, errc::queue_full, or errc::superseded for a stale epoch.
    // A point of several registers is written with FC16, always all at once: errc::not_in_one_request where
    // the device does not know it.
    awaitable<result<void>> write(PointId point, double value, Priority priority, Epoch epoch);

    struct EmergencyWrite {
        PointId point{};
        double value = 0;
    };
    struct EmergencyOutcome {
        std::vector<error_code> writes;  // of each write, in order; success: the device acknowledged it
        bool reconnected = false;        // they, or some of them, went out on a new connection
        [[nodiscard]] error_code first_error() const;
    };
    // Writes all of this in order and before everything else that waits, in whatever epoch. Where an answer
    // has been outstanding for emergency_timeout (unscaled), or there is no session, whatever its reason, a
    // new connection is made at once and what was not acknowledged goes out on it back to back. If the device
    // answers there, that connection is the next session. A device that needs its time after a connection
    // (connect_delay) is written to at once on the one there is, which is kept for a time-out of the
    // endpoint. What is dialled is the address that worked last. Bounded: emergency_timeout, one connection
    // attempt and one time-out of the endpoint at most. errc::not_connected when the link does not run.
    awaitable<EmergencyOutcome> emergency(std::vector<EmergencyWrite> writes);
    static constexpr Duration emergency_timeout = std::chrono::milliseconds(100);

    // Attempts to connect now, where the link is backing off, and waits for the end of that attempt or of the
    // one under way. A session that has fallen silent is waited for until it answers or is given up, and only
    // then there is an attempt. Success: there is a session that answers. Bounded: the time-outs after which
    // a silent session is given up, one connection attempt and one time-out.
    awaitable<error_code> connect_now();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

// How long so many writes of an emergency take to be on their way, at most.
struct EmergencyDelay {
    Duration answering{};  // on the connection there is: the pauses that the device asks for
    Duration stuck{};      // that one given up, a new one made within a time-out, what it asks for after that
};
EmergencyDelay emergency_delay(const config::ModbusEndpoint& endpoint, std::size_t writes);

}  // namespace hil::plant
