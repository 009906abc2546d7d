// The one owner of a plant's connection.
//
// A Link keeps one session to one endpoint: it connects, reconnects behind a breaker with back-off and
// jitter (unscaled time), and serves typed reads and writes in order of priority, one at a time or as many
// as the endpoint allows. While there is no session every call fails at once with errc::not_connected;
// nothing is kept for later. A link that stays silent costs its callers one time-out, then nothing.
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
#include "plant/register_map.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace hil::plant {

enum class Priority : std::uint8_t { emergency, control, dispatch, sample };

using Epoch = std::uint64_t;

enum class LinkState : std::uint8_t {
    idle,
    connecting,
    connected,
    waiting,
    stopped
};  // waiting: backing off

struct LinkStatus {
    LinkState state = LinkState::idle;
    std::uint64_t session = 0;  // counts connections made; a change means a reconnect
    std::uint32_t consecutive_failures = 0;
    error_code last_error;                // of the last failure; kept after recovery, see failing()
    std::optional<Instant> last_success;  // of any exchange
    std::optional<Duration> round_trip;   // of the last answer, unscaled
    std::uint64_t requests = 0, errors = 0;

    [[nodiscard]] bool failing() const { return consecutive_failures > 0; }
};

class Link {
  public:
    struct Hooks {
        std::function<void(const LinkStatus&)> on_change;          // state or session changed
        std::function<void(const modbus::Exchange&)> on_exchange;  // every request, for metrics
    };

    Link(Clock& clock, Network& network, Random random, config::ModbusEndpoint endpoint, Hooks hooks = {});
    ~Link();

    [[nodiscard]] const RegisterMap& map() const;
    [[nodiscard]] const LinkStatus& status() const;
    [[nodiscard]] Epoch epoch() const;
    // Every write decided before this call fails from now on.
    Epoch advance_epoch();

    // Keeps the session alive until cancelled. The owner spawns it once.
    awaitable<void> run();
    // Ends the session in order; run() returns. Calls under way fail with errc::not_connected.
    void stop();

    // Reads the points of a plan. A point the device refuses (exception 2 or 3) is unknown in the Reading and
    // is read by itself from then on, until the next session, so that it does not spoil its neighbours.
    // Fails as a whole on a time-out or a lost connection.
    awaitable<result<Reading>> read(const ReadPlan& plan, Priority priority);

    // Writes one value in internal units; done when the device has acknowledged it. Confirming it by a
    // read is the caller's business. errc::access_denied for a point of access r, errc::out_of_range or
    // errc::not_finite from the codec, errc::superseded for a stale epoch; nothing is sent then.
    awaitable<result<void>> write(PointId point, double value, Priority priority, Epoch epoch);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace hil::plant
