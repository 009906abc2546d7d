// plant_sim as it is used: a process of its own, real sockets, real time.
#include "child_program.hpp"

#include "base/byte_stream.hpp"
#include "base/task_group.hpp"
#include "modbus/client.hpp"

#include "support/catch.hpp"

#include <fmt/format.h>

#include <csignal>

using namespace hil;
using namespace hil::test;
using namespace std::chrono_literals;

namespace {

const std::string shipped_config = HIL_SOURCE_DIR "/etc/hil.json";

// Ports nobody listens on, for the two plants of the shipped configuration.
struct FreePorts {
    FreePorts() {
        asio::io_context context(1);
        RealClock clock(context);
        const auto network = make_tcp_network(clock);
        const auto first = network->listen({"127.0.0.1", 0}).value();
        const auto second = network->listen({"127.0.0.1", 0}).value();
        lib = first->local_endpoint().port;
        vrfb = second->local_endpoint().port;
    }
    [[nodiscard]] ChildProgram::Environment environment(const std::string& endpoint = "LOCAL") const {
        return {{"HIL_PLANTS__LIB__MODBUS__" + endpoint + "__PORT", std::to_string(lib)},
                {"HIL_PLANTS__VRFB__MODBUS__" + endpoint + "__PORT", std::to_string(vrfb)},
                {"HIL_TIMING__PLANT_PERIOD_S", "0.1"}};
    }

    std::uint16_t lib = 0, vrfb = 0;
};

struct Seen {
    error_code error;
    int battery = 0, soc_before = 0, soc_after = 0;
};

// Starts LIB by its registers, waits for its power and for its state of charge to fall.
awaitable<Seen> discharge_lib(Clock& clock, Network& network, std::uint16_t port) {
    Seen seen;
    auto stream = co_await network.connect({"127.0.0.1", port}, 5s);
    if (!stream) {
        seen.error = stream.error();
        co_return seen;
    }
    modbus::Client client(clock, std::move(*stream), {});
    constexpr std::uint16_t enable = 1, stop_command = 85, p_setpoint = 86, p_battery = 270, soc = 281;
    seen.soc_before = (co_await client.read_holding_registers(1, soc, 1)).value().at(0);
    const std::array<std::pair<std::uint16_t, std::uint16_t>, 3> start{
        {{stop_command, 0}, {p_setpoint, 10000}, {enable, 1}}};
    for (const auto& [address, value] : start) {
        const auto written = co_await client.write_register(1, address, value);
        if (!written) seen.error = written.error();
    }
    for (int tries = 0; tries < 500; ++tries) {
        seen.soc_after = (co_await client.read_holding_registers(1, soc, 1)).value().at(0);
        seen.battery = (co_await client.read_holding_registers(1, p_battery, 1)).value().at(0);
        if (seen.soc_after < seen.soc_before) break;
        co_await clock.sleep_for(20ms);
    }
    co_return seen;
}

Seen discharge_lib(std::uint16_t port) {
    asio::io_context context(1);
    RealClock clock(context);
    const auto network = make_tcp_network(clock);
    Seen seen;
    TaskGroup tasks(clock, [](const TaskFailure& failure) { FAIL(failure.what); });
    tasks.spawn("client", [&]() -> awaitable<void> {
        seen = co_await discharge_lib(clock, *network, port);
        clock.stop();
    });
    clock.run();
    return seen;
}

}  // namespace

TEST_CASE("plant_sim serves its plants to a Modbus client and ends in order on a signal") {
    const FreePorts ports;
    for (const int signal : {SIGTERM, SIGINT}) {
        ChildProgram program(HIL_PLANT_SIM, {"--config", shipped_config}, ports.environment());
        CHECK(program.read_line().value_or("").find(
                  fmt::format("lib (LIB) listens on 127.0.0.1:{}: 500 kWh", ports.lib)) == 0);
        CHECK(program.read_line().value_or("").find(
                  fmt::format("vrfb (VRFB) listens on 127.0.0.1:{}: 400 kWh", ports.vrfb)) == 0);
        const auto seen = discharge_lib(ports.lib);
        CHECK_FALSE(seen.error);
        CHECK(seen.battery == 10000);
        CHECK(seen.soc_before == 5000);
        CHECK(seen.soc_after < 5000);
        program.send(signal);
        CHECK(program.wait() == 0);
        INFO(program.output());
        CHECK(program.output().find("ended in order") != std::string::npos);
    }
}

TEST_CASE("plant_sim runs up to its speed and serves one plant on its remote endpoint") {
    const FreePorts ports;
    ChildProgram program(HIL_PLANT_SIM,
                         {"--config", shipped_config, "--plant", "lib", "--endpoint", "remote", "--speed",
                          "100", "--seed", "7"},
                         ports.environment("REMOTE"));
    CHECK(program.read_line().value_or("").find(
              fmt::format("lib (LIB) listens on 127.0.0.1:{}", ports.lib)) == 0);
    CHECK(discharge_lib(ports.lib).battery == 10000);
    CHECK(discharge_lib(ports.vrfb).error == asio::error::connection_refused);
    program.send(SIGTERM);
    CHECK(program.wait() == 0);
}

TEST_CASE("plant_sim says which port is taken and ends with status 3") {
    const FreePorts ports;
    ChildProgram first(HIL_PLANT_SIM, {"--config", shipped_config, "--plant", "vrfb"}, ports.environment());
    REQUIRE(first.read_line().has_value());
    ChildProgram second(HIL_PLANT_SIM, {"--config", shipped_config}, ports.environment());
    CHECK(second.wait() == 3);
    CHECK(second.output().find(fmt::format("plant_sim: vrfb: 127.0.0.1:{} is in use by another program",
                                           ports.vrfb)) != std::string::npos);
}

TEST_CASE("plant_sim refuses bad usage with a sentence and status 2") {
    const auto refusal = [](const std::vector<std::string>& arguments) {
        ChildProgram program(HIL_PLANT_SIM, arguments);
        CHECK(program.wait() == 2);
        return program.output();
    };
    CHECK(refusal({"--config", "/no/such/file.json"}).find("/no/such/file.json") != std::string::npos);
    CHECK(refusal({"--config", shipped_config, "--plant", "pump"}) ==
          "plant_sim: --plant: \"pump\" is not a plant of " + shipped_config + ", which has lib, vrfb\n");
    CHECK(refusal({"--control", "9000"}) == "plant_sim: --control: must be HOST:PORT, got \"9000\"\n");
}
