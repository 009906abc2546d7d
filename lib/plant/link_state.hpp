// What a Link and the calls under way on it share: the session and the keeping of it. Internal to lib/plant.
#pragma once

#include "base/async_event.hpp"
#include "base/backoff.hpp"
#include "plant/connection_machine.hpp"
#include "plant/first_answer.hpp"
#include "plant/flight_watch.hpp"
#include "plant/link.hpp"
#include "plant/missed_pace.hpp"
#include "plant/reading_watch.hpp"
#include "plant/session.hpp"
#include "plant/shared_line.hpp"
#include "plant/write_functions.hpp"

#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hil::plant {

// Whoever holds the session holds this too, and longer: the session's callbacks refer to it.
struct Link::State {
    State(Clock& c, Network& n, Random random, const config::ModbusEndpoint& e, Hooks h, RegisterMap m,
          std::shared_ptr<SharedLine> s);
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    static awaitable<void> run(std::shared_ptr<State> self);
    void stop();
    // Ends what there is of a session, for the owner's reasons.
    void close(LinkState into);

    struct Gathering;
    static awaitable<result<Reading>> read(std::shared_ptr<State> self, const ReadBatch& batch,
                                           Priority priority, Duration max_age);
    // Reads the points of one block of which a part is known to be refused.
    static awaitable<error_code> read_pieces(std::shared_ptr<State> self, std::shared_ptr<Session> session,
                                             const ReadBatch& batch, std::size_t block, Priority priority,
                                             Gathering& gathering);
    static awaitable<error_code> read_with_scale(std::shared_ptr<State> self,
                                                 std::shared_ptr<Session> session, const ReadBatch& batch,
                                                 std::size_t scale, Priority priority, Gathering& gathering);
    static awaitable<result<modbus::Words>> read_alone(std::shared_ptr<State> self,
                                                       std::shared_ptr<Session> session, PointId point,
                                                       Priority priority);

    // Writes the registers of one point, all at once, on a session of which a turn is held. With an epoch,
    // each request is sent only while that epoch lasts.
    static awaitable<error_code> send(std::shared_ptr<State> self, std::shared_ptr<Session> session,
                                      PointId point, Registers words, std::optional<Epoch> epoch);

    static awaitable<EmergencyOutcome> emergency(std::shared_ptr<State> self,
                                                 std::vector<EmergencyWrite> writes);
    static awaitable<error_code> connect_now(std::shared_ptr<State> self);
    // The session that a call is served on: where the peer has closed one that was idle, a new one. Null
    // where there is none.
    static awaitable<std::shared_ptr<Session>> wake(std::shared_ptr<State> self);
    [[nodiscard]] bool resting() const { return resting_; }
    // The session as it is now: one whose peer has just closed it for idleness is none.
    [[nodiscard]] std::shared_ptr<Session> present();
    // Whether the peer has closed this session for idleness, be it that a question crossed its way; takes
    // note of it where the client has not reported it yet.
    [[nodiscard]] bool ended_idle(Session& which);
    // The same with one function.
    static awaitable<error_code> send_with(std::shared_ptr<State> self, std::shared_ptr<Session> session,
                                           PointId point, Registers words, WriteWith function,
                                           std::optional<Epoch> epoch);
    [[nodiscard]] bool answers() const { return session && !session->silent(); }

    Clock& clock;
    Network& network;
    const RegisterMap map;
    const config::ModbusEndpoint endpoint;  // without its points, which are the map's
    WriteFunctions functions;
    Hooks hooks;
    LinkStatus status;
    Epoch epoch = 1;
    std::shared_ptr<Session> session;  // none: not connected

  private:
    struct Emergency;
    enum class Wait : std::uint8_t { briefly, until_timeout };

    static awaitable<void> write_emergency(std::shared_ptr<State> self, std::shared_ptr<Session> on,
                                           std::shared_ptr<Emergency> job, bool first);
    static awaitable<void> send_emergency(std::shared_ptr<State> self, std::shared_ptr<Session> on,
                                          std::shared_ptr<Emergency> job, Wait wait);
    static void give_up(const std::shared_ptr<State>& self, Session& which,
                        const std::shared_ptr<Emergency>& job);
    static awaitable<void> dial_for_emergency(std::shared_ptr<State> self, std::shared_ptr<Emergency> job);
    [[nodiscard]] modbus::ClientOptions client_options(std::uint16_t max_in_flight) const;
    // The connection to the address, its own or the shared one.
    static awaitable<result<std::shared_ptr<Line>>> dial(std::shared_ptr<State> self, Endpoint to,
                                                         std::uint16_t max_in_flight);
    [[nodiscard]] std::shared_ptr<Session> make_session(std::shared_ptr<Line> line);
    // Whether an answer is the gateway's, for a device that gave none.
    [[nodiscard]] bool missed(error_code outcome) const;
    void attempt_ended();
    void notify_waiting();
    void take(std::shared_ptr<Session> opened);

    static awaitable<void> keep_connected(std::shared_ptr<State> self);
    static awaitable<error_code> open(std::shared_ptr<State> self);
    static awaitable<void> stay(std::shared_ptr<State> self, std::shared_ptr<Session> opened);
    awaitable<error_code> probe(Session& probed);
    // The first answer of a connection; the error is what the connection ended with, or the last time-out.
    static awaitable<error_code> hear(std::shared_ptr<State> self, std::shared_ptr<Session> opened);
    awaitable<error_code> look_whether_expected(Session& asked);
    void remember_address(const std::string& peer);
    // One request. Precondition: a turn is held.
    awaitable<result<modbus::Words>> ask(Session& on, const RegisterSpan& span);
    const PointValue& worth(PointId point, const Registers& words, std::size_t count);
    void take_values(Gathering& gathering, const ReadBatch& batch, std::size_t block,
                     const RegisterSpan& span, std::span<const std::uint16_t> words);
    bool take_known(Gathering& gathering, const ReadBatch& batch, std::size_t block, const RegisterSpan& span,
                    const Session& session, Instant earliest);
    // Judges what waited for its scale, which is known now or has no value.
    void settle(Gathering& gathering, const ReadBatch& batch, std::size_t at);
    void note_refused(const Gathering& gathering, const ReadBatch& batch);
    // What a reading gave of a point; who wants to know hears of it.
    void note(PointId point, const PointValue& value);

    void on_exchange(Session& on, const modbus::Exchange& exchange);
    void lost(Session& which, error_code why);
    void rest(Session& which);
    void lower_flight();
    void follow_cause();
    void count_failure(error_code why);
    void enter(LinkState into);

    const std::shared_ptr<SharedLine> shared_;  // none: the connection is its own
    MissedPace pace_;                           // of a shared one
    ConnectionMachine connection_;
    LinkCauseMachine cause_;
    FirstAnswer first_answer_;
    FlightWatch flight_;
    bool resting_ = false;  // the peer closed an idle session: the next call makes a new one
    bool asked_ = false;    // and there is one
    AsyncEvent question_;
    bool expected_asked_ = false;  // status.unexpected is known
    // A device that was not the one expected, or did not say, is asked again while the connection stands.
    Backoff expected_again_{std::chrono::milliseconds(500), std::chrono::seconds(10)};
    Endpoint dialled_;  // in an emergency: the address that worked last, or what is configured
    ReadingWatch doubts_;
    std::vector<PointValue> judged_;  // what the registers of each point were worth last
    RegisterSpan probed_registers_;   // a point that may be read
    AsyncEvent session_changed_;      // the session was lost or fell silent
    AsyncEvent retry_now_;            // somebody does not want to wait for the end of the back-off
    AsyncEvent attention_;            // to stop, or for an emergency
    bool running_ = false;
    bool stopping_ = false;
    std::list<std::shared_ptr<Emergency>> emergencies_;  // that need a new connection, oldest first
    std::list<AsyncEvent> waiting_for_attempt_;          // who wants a session that answers
    std::uint64_t attempts_ended_ = 0;
    std::string escaped_;  // what ended the keeping of the session, which nothing should
};

// Errors of the client that callers of a link know by names of this library.
error_code in_own_words(error_code error);

}  // namespace hil::plant
