// What a Link and the calls under way on it share: the session and the keeping of it. Internal to lib/plant.
#pragma once

#include "base/wakeup.hpp"
#include "plant/connection_machine.hpp"
#include "plant/link.hpp"
#include "plant/session.hpp"

#include <memory>
#include <string>

namespace hil::plant {

// Whoever holds the session holds this too, and longer: the session's callbacks refer to it.
struct Link::State {
    State(Clock& c, Network& n, Random random, config::ModbusEndpoint e, Hooks h);
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    static awaitable<void> run(std::shared_ptr<State> self);
    void stop();
    // Ends what there is of a session, for the owner's reasons.
    void close(LinkState into);

    // Reads the points of one block of which a part is known to be refused.
    static awaitable<error_code> read_pieces(std::shared_ptr<State> self, std::shared_ptr<Session> session,
                                             const ReadPlan& plan, std::size_t block, Priority priority,
                                             Reading& reading);

    Clock& clock;
    Network& network;
    const config::ModbusEndpoint endpoint;
    const RegisterMap map;
    Hooks hooks;
    LinkStatus status;
    Epoch epoch = 1;
    std::shared_ptr<Session> session;  // none: not connected

  private:
    static awaitable<void> keep_connected(std::shared_ptr<State> self);
    static awaitable<error_code> open(std::shared_ptr<State> self);
    static awaitable<void> stay(std::shared_ptr<State> self, std::shared_ptr<Session> opened);
    awaitable<error_code> probe(Session& probed);

    void on_exchange(Session& on, const modbus::Exchange& exchange);
    void lost(Session& which, error_code why);
    void count_failure(error_code why);
    void enter(LinkState into);

    ConnectionMachine connection_;
    RegisterSpan probed_registers_;  // a point that may be read
    Wakeup session_changed_;         // the session was lost or fell silent
    Wakeup stop_asked_;
    bool stopping_ = false;
    std::string escaped_;  // what ended the keeping of the session, which nothing should
};

}  // namespace hil::plant
