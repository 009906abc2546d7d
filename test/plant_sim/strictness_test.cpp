// What an emulator refuses that is to be as strict as the device.
#include "plant_sim/strictness.hpp"

#include "base/memory_network.hpp"
#include "modbus/client.hpp"
#include "plant_sim/plant_server.hpp"
#include "shipped_plants.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace hil;
using namespace hil::test;
using namespace std::chrono_literals;
using modbus::Function;
using plant_sim::Strictness;

namespace {

modbus::Request read(unsigned address, unsigned count, std::uint8_t unit = 1,
                     Function function = Function::read_holding_registers) {
    modbus::Request request;
    request.unit = unit;
    request.function = function;
    request.address = static_cast<std::uint16_t>(address);
    request.count = static_cast<std::uint16_t>(count);
    return request;
}

modbus::Request write(unsigned address, std::vector<std::uint16_t> words) {
    modbus::Request request;
    request.function =
        words.size() == 1 ? Function::write_single_register : Function::write_multiple_registers;
    request.address = static_cast<std::uint16_t>(address);
    request.words.assign(words.begin(), words.end());
    return request;
}

}  // namespace

TEST_CASE("another unit id is what no device behind the gateway answers") {
    const Strictness strict(lib_endpoint());
    CHECK_FALSE(strict.refusal(read(281, 1)));
    CHECK(strict.refusal(read(281, 1, 2)) == modbus::errc::gateway_target_failed);
    CHECK(strict.reason(read(281, 1, 2)) == "unit 2 was asked, the device is unit 1");
}

TEST_CASE("points and the gaps that reads pass over are there, nothing else is") {
    auto endpoint = lib_endpoint();  // measurements at 270, 272, 281, 290, 292, 296
    endpoint.max_gap_registers = 8;
    const Strictness strict(endpoint);
    CHECK_FALSE(strict.refusal(read(270, 27)));
    CHECK_FALSE(strict.refusal(read(86, 3)));
    CHECK(strict.refusal(read(269, 1)) == modbus::errc::illegal_data_address);
    CHECK(strict.refusal(read(296, 2)) == modbus::errc::illegal_data_address);
    CHECK(strict.refusal(read(1, 90)) == modbus::errc::illegal_data_address);
    CHECK(strict.refusal(read(0xFFFF, 2)) == modbus::errc::illegal_data_address);
    endpoint.max_gap_registers = 7;
    CHECK(Strictness(endpoint).refusal(read(270, 27)) == modbus::errc::illegal_data_address);
    CHECK(strict.reason(read(296, 2)) ==
          "2 holding registers from 296 on were read, not all of which belong to points of the map");
}

TEST_CASE("a write goes to points and nowhere else") {
    const Strictness strict(lib_endpoint());
    CHECK_FALSE(strict.refusal(write(86, {1})));
    CHECK(strict.refusal(write(87, {1})) == modbus::errc::illegal_data_address);
    CHECK(strict.refusal(write(85, {1, 2, 3})) == modbus::errc::illegal_data_address);
    CHECK_FALSE(strict.refusal(write(85, {1, 2})));
}

TEST_CASE("each table has registers of its own") {
    auto endpoint = lib_endpoint();
    for (auto& point : endpoint.points)
        if (point.name == "soc") point.register_type = config::RegisterType::input;
    const Strictness strict(endpoint);
    CHECK_FALSE(strict.refusal(read(281, 1, 1, Function::read_input_registers)));
    CHECK(strict.refusal(read(270, 1, 1, Function::read_input_registers)) ==
          modbus::errc::illegal_data_address);
}

TEST_CASE("a strict emulator refuses; one that is not tells of the first request of each peer") {
    asio::io_context context{1};
    VirtualClock clock{context, std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}};
    MemoryNetwork network{clock};
    TaskGroup tasks{clock};
    auto plant = lib_plant();
    const bool strict = GENERATE(true, false);
    plant.local.strict = strict;
    std::vector<std::string> told;
    plant_sim::PlantServerOptions options;
    options.on_stray = [&](const std::string& sentence) { told.push_back(sentence); };
    auto server =
        plant_sim::PlantServer::open(clock, network, plant, plant.local, std::move(options)).value();
    std::vector<error_code> outcomes;
    tasks.spawn("client", [&]() -> awaitable<void> {
        auto stream = co_await network.connect(plant.local.address, 1s);
        modbus::Client client(clock, std::move(*stream), {});
        for (const auto& [unit, address] : {std::pair<int, int>{1, 281}, {1, 400}, {7, 281}}) {
            const auto words = co_await client.read_holding_registers(static_cast<std::uint8_t>(unit),
                                                                      static_cast<std::uint16_t>(address), 1);
            outcomes.push_back(words.error());
        }
    });
    clock.run_for(1s);
    REQUIRE(outcomes.size() == 3);
    CHECK_FALSE(outcomes[0]);
    if (strict) {
        CHECK(outcomes[1] == modbus::errc::illegal_data_address);
        CHECK(outcomes[2] == modbus::errc::gateway_target_failed);
        CHECK(told.empty());
    } else {
        CHECK_FALSE(outcomes[1]);
        CHECK_FALSE(outcomes[2]);
        REQUIRE(told.size() == 1);
        CHECK(told[0].starts_with("lib: 1 holding register from 400 on were read"));
    }
    tasks.cancel();
    server.reset();
    clock.settle();
}
