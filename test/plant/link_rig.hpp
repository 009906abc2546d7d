// A link, a Modbus server with a bank of registers, and a network in memory between them, in virtual time.
#pragma once

#include "base/memory_network.hpp"
#include "base/task_group.hpp"
#include "modbus/server.hpp"
#include "plant/link.hpp"

#include "endpoints.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hil::test {

// What became of a call that was spawned.
template <class T>
struct Call {
    std::optional<result<T>> outcome;
    Instant ended{};

    [[nodiscard]] bool done() const { return outcome.has_value(); }
    [[nodiscard]] error_code error() const { return outcome->error(); }
};

struct LinkRig {
    struct Seen {
        Instant at;
        modbus::Request request;
    };

    explicit LinkRig(config::ModbusEndpoint e = lib_endpoint(), std::uint64_t seed = 1)
        : endpoint(std::move(e)),
          link(clock, network, Random(seed), endpoint,
               {.on_change = [this](const plant::LinkStatus& s) { states.push_back(s.state); },
                .on_exchange = [this](const modbus::Exchange&) { ++exchanges; },
                .on_trouble = [this](const plant::LinkStatus& s) { troubles.push_back(s.trouble()); }}),
          map(link.map()),
          measured(
              map.batch(std::array{map.standard().p_setpoint, map.standard().p_battery,
                                   map.standard().q_setpoint, map.standard().q_battery, map.standard().soc,
                                   map.standard().p_poi, map.standard().q_poi, map.standard().v_poi})),
          setpoints(map.batch(std::array{map.standard().p_setpoint, map.standard().q_setpoint})) {
        network.on_dial = [this](const Endpoint&) {
            dials.push_back(clock.now());
            return dial;
        };
        network.on_connected = [this](const Endpoint&, auto to_server, auto to_client) {
            forth = std::move(to_server);
            back = std::move(to_client);
        };
        serve();
    }
    LinkRig(const LinkRig&) = delete;
    LinkRig& operator=(const LinkRig&) = delete;
    ~LinkRig() {
        tasks.cancel();
        server.reset();
        clock.settle();
    }

    void serve() {
        server = std::make_unique<modbus::Server>(clock, network.listen(endpoint.address).value(),
                                                  [this](const modbus::Request& request) {
                                                      seen.push_back({clock.now(), request});
                                                      if (answer) {
                                                          if (auto own = answer(request)) return *own;
                                                      }
                                                      return modbus::execute(bank, request);
                                                  });
    }

    // Starts the link and lets it connect.
    void connect() {
        start();
        clock.settle();
    }
    void start() {
        tasks.spawn("link", [this]() -> awaitable<void> {
            co_await link.run();
            link_ended = true;
        });
    }

    std::shared_ptr<Call<plant::Reading>> read(const plant::ReadBatch& batch,
                                               plant::Priority priority = plant::Priority::sample,
                                               Duration max_age = Duration::zero()) {
        auto call = std::make_shared<Call<plant::Reading>>();
        tasks.spawn("read", [this, &batch, priority, max_age, call]() -> awaitable<void> {
            call->outcome.emplace(co_await link.read(batch, priority, max_age));
            call->ended = clock.now();
        });
        return call;
    }
    std::shared_ptr<Call<void>> write(plant::PointId point, double value,
                                      plant::Priority priority = plant::Priority::dispatch) {
        return write(point, value, priority, link.epoch());
    }
    std::shared_ptr<Call<void>> write(plant::PointId point, double value, plant::Priority priority,
                                      plant::Epoch epoch) {
        auto call = std::make_shared<Call<void>>();
        tasks.spawn("write", [this, point, value, priority, epoch, call]() -> awaitable<void> {
            call->outcome.emplace(co_await link.write(point, value, priority, epoch));
            call->ended = clock.now();
        });
        return call;
    }

    void pass(Duration by) { clock.run_for(by); }

    // Requests of the callers: without the first of each session, which is the link's own.
    [[nodiscard]] std::vector<Seen> requests_since(std::size_t first) const {
        return {seen.begin() + static_cast<std::ptrdiff_t>(first), seen.end()};
    }

    static modbus::Response exception(const modbus::Request& request, std::uint8_t code) {
        modbus::Response response;
        response.unit = request.unit;
        response.function = request.function;
        response.exception = code;
        return response;
    }

    asio::io_context context{1};
    VirtualClock clock{context, std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}};
    MemoryNetwork network{clock};
    config::ModbusEndpoint endpoint;
    MemoryNetwork::Dial dial;                       // how the next connections behave
    std::shared_ptr<StreamConditions> forth, back;  // of the last connection
    std::vector<Instant> dials;
    modbus::Bank bank = modbus::Bank::holding_only(400);
    std::function<std::optional<modbus::Response>(const modbus::Request&)> answer;
    std::vector<Seen> seen;
    std::unique_ptr<modbus::Server> server;
    std::vector<plant::LinkState> states;
    int exchanges = 0;
    std::vector<std::string> troubles;
    bool link_ended = false;
    plant::Link link;
    const plant::RegisterMap& map;
    plant::ReadBatch measured, setpoints;
    TaskGroup tasks{clock};
};

}  // namespace hil::test
