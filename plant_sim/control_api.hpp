// The control endpoint of plant_sim: a small JSON API for laboratories and tests.
//
//   GET    /state                        the clock, the plants (with temperature, DC side and ageing of a
//                                        battery that has them), the faults
//   PUT    /clock    {"speed": 60} | {"paused": true} | {"step_s": 2}     a step needs a paused clock
//   GET    /faults                       those that are not over yet
//   POST   /faults   {"kind": …}         201 and the fault with its id (faults.hpp)
//   DELETE /faults, DELETE /faults/ID    204
//   PUT    /plants/ID {"soc_pu": 0.77}   of a plant that does not run; 409 while it does
//
// Errors are problem documents (RFC 9457). Whoever reaches it may do everything: bind it to loopback. What
// comes from a web page is refused.
#pragma once

#include "base/clock.hpp"
#include "net/server.hpp"
#include "plant_sim/faults.hpp"
#include "plant_sim/plant_server.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace hil::plant_sim {

class ControlApi final : public net::Server::Handler {
  public:
    // All outlive it. `plants` is asked at every request: it may grow. `host`: the name it is served under;
    // requests for another name are refused, as a page whose name was bound to this machine would make them.
    ControlApi(Clock& clock, Faults& faults, const std::vector<std::unique_ptr<PlantServer>>& plants,
               std::string host = {});

    awaitable<net::Response> handle(net::Request request) override;
    awaitable<std::variant<net::Response, net::Server::Conversation>> upgrade(net::Request request) override;

  private:
    net::Response answer(const net::Request& request);
    [[nodiscard]] std::string state();
    net::Response set_clock(const net::Request& request);
    net::Response faults(const net::Request& request, const std::vector<std::string>& path);
    net::Response set_plant(const net::Request& request, const std::string& id);
    [[nodiscard]] std::vector<FaultSubject> subjects() const;

    Clock& clock_;
    Faults& faults_;
    const std::vector<std::unique_ptr<PlantServer>>& plants_;
    std::string host_;
};

}  // namespace hil::plant_sim
