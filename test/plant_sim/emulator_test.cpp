#include "plant_sim/shipped_plants.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>

using namespace hil;
using namespace hil::test;
using namespace std::chrono_literals;
using plant_sim::SeedStatus;

namespace {

modbus::Request write_one(std::uint16_t address, std::uint16_t value) {
    modbus::Request request;
    request.function = modbus::Function::write_single_register;
    request.address = address;
    request.words = {value};
    return request;
}

}  // namespace

TEST_CASE("LIB at half charge falls by the energy of each two-second step [AC-16]", "[AC-16]") {
    EmulatedPlant lib(lib_plant());
    lib.start();
    lib.set("p_setpoint", 1000);
    for (const int soc : {4988, 4977, 4966}) {
        lib.step();
        CHECK(lib.counts("soc") == soc);
        CHECK(lib.counts("p_battery") == 10000);
    }
}

TEST_CASE("VRFB holds its power within its limits and shows one value for battery and grid [AC-17]",
          "[AC-17]") {
    EmulatedPlant vrfb(vrfb_plant());
    vrfb.start();
    vrfb.set("p_setpoint", 250);
    vrfb.set("q_setpoint", -100);
    vrfb.step();
    CHECK(vrfb.value("p_battery") == 160.0);
    CHECK(vrfb.value("p_poi") == 160.0);
    CHECK(vrfb.value("q_battery") == -64.0);
    CHECK(vrfb.value("q_poi") == -64.0);
    CHECK(vrfb.counts("v_poi") == 220);
}

TEST_CASE("the step that empties the battery delivers what is left and the next one nothing [AC-18]",
          "[AC-18]") {
    EmulatedPlant lib(lib_plant(), 0.1 / 500);
    lib.start();
    lib.set("p_setpoint", 1000);
    lib.step();
    CHECK(lib.value("p_battery") == 180.0);
    CHECK(lib.counts("soc") == 0);
    CHECK(lib.emulator.energy_kwh() == 0.0);
    lib.step();
    CHECK(lib.counts("p_battery") == 0);
    CHECK(lib.emulator.totals().discharged_kwh == Approx(0.1).epsilon(1e-12));
}

TEST_CASE("a full battery takes no active power while reactive power follows its setpoint [AC-19]",
          "[AC-19]") {
    EmulatedPlant lib(lib_plant(), 1.0);
    lib.start();
    lib.set("p_setpoint", -100);
    lib.set("q_setpoint", 42.5);
    lib.step();
    CHECK(lib.counts("p_battery") == 0);
    CHECK(lib.counts("soc") == 10000);
    CHECK(lib.value("q_battery") == 42.5);
}

TEST_CASE("an enable register of 2 does not enable [AC-20]", "[AC-20]") {
    EmulatedPlant lib(lib_plant());
    lib.start();
    lib.set("enable", 2);
    lib.set("p_setpoint", 500);
    lib.set("q_setpoint", 50);
    lib.step();
    CHECK_FALSE(lib.emulator.running());
    CHECK(lib.counts("p_battery") == 0);
    CHECK(lib.counts("q_battery") == 0);
    CHECK(lib.counts("soc") == 5000);
    CHECK(lib.value("p_setpoint") == 500.0);  // the command stays where the client put it
}

TEST_CASE("a seed of the state of charge is taken at once by a plant that does not run [AC-21][D-06]",
          "[AC-21][D-06]") {
    EmulatedPlant lib(lib_plant());
    const auto applied = lib.emulator.seed_soc(0.77, "yesterday's file");
    CHECK(applied.status == SeedStatus::applied);
    CHECK(applied.soc_pu == 0.77);
    CHECK(applied.message == "The state of charge was set to 0.7700 from yesterday's file.");
    CHECK(lib.counts("soc") == 7700);

    lib.start();
    const auto skipped = lib.emulator.seed_soc(0.2);
    CHECK(skipped.status == SeedStatus::skipped);
    CHECK(skipped.soc_pu == 0.77);
    CHECK(lib.counts("soc") == 7700);
    CHECK(lib.emulator.energy_kwh() == 385.0);

    lib.set("enable", 0);
    const auto clamped = lib.emulator.seed_soc(1.7);
    CHECK(clamped.status == SeedStatus::applied);
    CHECK(clamped.soc_pu == 1.0);
    CHECK(lib.counts("soc") == 10000);
    CHECK(lib.emulator.seed_soc(-3).soc_pu == 0.0);
}

TEST_CASE("a seed that is not a finite number is an error and changes nothing") {
    EmulatedPlant lib(lib_plant());
    for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        CHECK(lib.emulator.seed_soc(bad).status == SeedStatus::error);
        CHECK(lib.counts("soc") == 5000);
    }
}

TEST_CASE("a seed does not count as energy that flowed") {
    EmulatedPlant lib(lib_plant());
    lib.emulator.seed_soc(0.9);
    lib.step();
    CHECK(lib.emulator.totals().delivered_kwh() == 0.0);
}

TEST_CASE("LIB runs only while its stop register is 0") {
    EmulatedPlant lib(lib_plant());
    lib.start();
    lib.set("p_setpoint", 100);
    lib.step();
    CHECK(lib.value("p_battery") == 100.0);
    lib.set("stop_command", 1);
    lib.step();
    CHECK_FALSE(lib.emulator.running());
    CHECK(lib.counts("p_battery") == 0);
    lib.set("stop_command", 0);
    lib.step();
    CHECK(lib.value("p_battery") == 100.0);
}

TEST_CASE("VRFB runs only in mode 2") {
    EmulatedPlant vrfb(vrfb_plant());
    vrfb.start();
    vrfb.set("p_setpoint", 100);
    for (const int mode : {0, 1, 2, 3}) {
        vrfb.set("start_command", mode);
        vrfb.step();
        CHECK(vrfb.emulator.running() == (mode == 2));
        CHECK(vrfb.value("p_battery") == (mode == 2 ? 100.0 : 0.0));
    }
}

TEST_CASE("a plant without run and stop registers runs on enable alone") {
    auto plant = lib_plant();
    std::erase_if(plant.local.points, [](const config::Point& p) { return p.name == "stop_command"; });
    EmulatedPlant lib(plant);
    lib.emulator.bank().holding[85] = 1;
    lib.set("enable", 1);
    CHECK(lib.emulator.running());
}

TEST_CASE("switched on, every register is zero but the state of charge and the voltage") {
    EmulatedPlant lib(lib_plant(), 0.25);
    for (std::size_t i = 0; i < plant_sim::Emulator::register_count; ++i) {
        const unsigned expected = i == 281 ? 2500 : i == 296 ? 20000 : 0;
        if (lib.emulator.bank().holding[i] != expected) FAIL("register " << i);
    }
    CHECK(lib.emulator.bank().holding.size() == 65536);
}

TEST_CASE("a controller that restarts forgets its registers and keeps the energy of the battery") {
    EmulatedPlant lib(lib_plant());
    lib.start();
    lib.set("p_setpoint", 1000);
    lib.step();
    const double energy = lib.emulator.energy_kwh();
    lib.emulator.bank().holding[4711] = 7;
    lib.now += 10min;
    lib.emulator.power_on(lib.now);
    CHECK(lib.emulator.energy_kwh() == energy);
    CHECK(lib.counts("enable") == 0);
    CHECK(lib.counts("p_setpoint") == 0);
    CHECK(lib.counts("p_battery") == 0);
    CHECK(lib.counts("soc") == 4988);
    CHECK(lib.emulator.bank().holding[4711] == 0);
    lib.start();
    lib.set("p_setpoint", 900);
    lib.step();  // the time without power does not count
    CHECK(lib.emulator.energy_kwh() == Approx(energy - 0.5).epsilon(1e-12));
}

TEST_CASE("a measurement that a client overwrites is published again by the next step") {
    EmulatedPlant vrfb(vrfb_plant());
    vrfb.step();
    for (const auto* point : {"p_battery", "q_battery", "soc", "v_poi"}) {
        const int before = vrfb.counts(point);
        vrfb.emulator.bank().holding[vrfb.emulator.map().point(*vrfb.emulator.map().find(point)).address] =
            1234;
        CHECK(vrfb.counts(point) == 1234);
        vrfb.step();
        CHECK(vrfb.counts(point) == before);
    }
}

TEST_CASE("the state of charge in the register is cut to its resolution while the battery keeps all of it") {
    EmulatedPlant lib(lib_plant());
    lib.start();
    lib.set("p_setpoint", 1);
    for (int i = 0; i < 100; ++i)
        lib.step();
    // Each step is a ninetieth of a count; together they are a little more than one.
    CHECK(lib.counts("soc") == 4998);
    CHECK(lib.emulator.output().soc_pu == Approx(0.5 - 200.0 / 3600 / 500).epsilon(1e-13));
}

TEST_CASE("each step counts for the time that has really passed [D-24]", "[D-24]") {
    EmulatedPlant lib(lib_plant());
    lib.start();
    lib.set("p_setpoint", 360);
    lib.step(2s);
    CHECK(lib.emulator.totals().discharged_kwh == Approx(0.2).epsilon(1e-12));
    lib.step(5s);
    CHECK(lib.emulator.totals().discharged_kwh == Approx(0.7).epsilon(1e-12));
    lib.step(0s);
    CHECK(lib.emulator.totals().discharged_kwh == Approx(0.7).epsilon(1e-12));
    CHECK(lib.value("p_battery") == 360.0);
}

TEST_CASE("a step that comes far too late counts for the cap and is counted itself [D-24]", "[D-24]") {
    EmulatedPlant lib(lib_plant(), 0.5, {.max_step = 20s});
    lib.start();
    lib.set("p_setpoint", 360);
    lib.step(1h);
    CHECK(lib.emulator.totals().discharged_kwh == Approx(2.0).epsilon(1e-12));
    CHECK(lib.emulator.statistics().capped_steps == 1);
    lib.step(20s);
    CHECK(lib.emulator.totals().discharged_kwh == Approx(4.0).epsilon(1e-12));
    CHECK(lib.emulator.statistics().capped_steps == 1);
    CHECK(lib.emulator.statistics().steps == 2);
}

TEST_CASE("a setpoint that is not a number counts as zero") {
    auto plant = lib_plant();
    for (auto& point : plant.local.points) {
        if (point.name == "p_setpoint") point.format = config::Format::float32;
    }
    EmulatedPlant lib(plant);
    lib.start();
    for (const auto high_word :
         std::initializer_list<std::uint16_t>{0x7FC0, 0x7F80}) {  // not a number, infinity
        lib.emulator.bank().holding[86] = high_word;
        lib.step();
        CHECK(lib.counts("p_battery") == 0);
        CHECK(lib.counts("soc") == 5000);
    }
    lib.set("p_setpoint", 12.5);
    lib.step();
    CHECK(lib.value("p_battery") == 12.5);
}

TEST_CASE("power beyond the range of its register is shown as the end of the range") {
    auto plant = lib_plant();
    plant.model.power_limits.p_max_kw = 5000;
    for (auto& point : plant.local.points) {
        if (point.name == "p_setpoint") point.eng_per_count = 1;
    }
    EmulatedPlant lib(plant);
    lib.start();
    lib.set("p_setpoint", 4000);
    lib.step();
    CHECK(lib.value("p_battery") == 3276.7);
    CHECK(lib.emulator.output().p_battery_kw == 4000.0);
}

TEST_CASE("values of two words are published in the order of the endpoint") {
    auto plant = lib_plant();
    plant.local.word_order = config::WordOrder::lsw_first;
    for (auto& point : plant.local.points) {
        if (point.name == "p_battery") point.format = config::Format::int32;
    }
    for (auto& point : plant.local.points) {
        if (point.name == "q_battery") point.address = 274;
    }
    EmulatedPlant lib(plant);
    lib.start();
    lib.set("p_setpoint", -100);
    lib.step();
    CHECK(lib.emulator.bank().holding[270] == 0xFC18);
    CHECK(lib.emulator.bank().holding[271] == 0xFFFF);
}

TEST_CASE("a point beyond the last register cannot be emulated") {
    auto plant = lib_plant();
    for (auto& point : plant.local.points) {
        if (point.name != "v_poi") continue;
        point.address = 65535;
        point.format = config::Format::uint32;
    }
    CHECK_THROWS_AS(EmulatedPlant(plant), std::invalid_argument);
}

TEST_CASE("requests reach every register and no other table") {
    EmulatedPlant lib(lib_plant());
    CHECK(lib.emulator.execute(write_one(65535, 77)).exception == 0);
    modbus::Request read;
    read.address = 65535;
    read.count = 1;
    CHECK(lib.emulator.execute(read).words == modbus::Words{77});
    read.count = 2;
    CHECK(lib.emulator.execute(read).exception == 2);
    read.function = modbus::Function::read_coils;
    read.address = 0;
    read.count = 1;
    CHECK(lib.emulator.execute(read).exception != 0);
    CHECK(lib.emulator.statistics().requests == 4);
}

TEST_CASE("the hook hears of writes to the command and of no others") {
    EmulatedPlant vrfb(vrfb_plant());
    int heard = 0;
    vrfb.emulator.on_command = [&heard] { ++heard; };
    for (const auto address : std::initializer_list<std::uint16_t>{1, 2, 5, 7}) {
        vrfb.emulator.execute(write_one(address, 0));
    }
    CHECK(heard == 4);
    for (const auto address : std::initializer_list<std::uint16_t>{0, 3, 4, 6, 8, 14, 22}) {
        vrfb.emulator.execute(write_one(address, 0));
    }
    CHECK(heard == 4);

    modbus::Request many;
    many.function = modbus::Function::write_multiple_registers;
    many.address = 3;
    many.count = 3;
    many.words = {0, 0, 0};
    vrfb.emulator.execute(many);
    CHECK(heard == 5);
    many.address = 65534;  // refused as a whole
    vrfb.emulator.execute(many);
    CHECK(heard == 5);

    modbus::Request both;
    both.function = modbus::Function::read_write_multiple_registers;
    both.address = 1;
    both.count = 1;
    both.write_address = 100;
    both.words = {1};
    vrfb.emulator.execute(both);
    CHECK(heard == 5);
    both.write_address = 7;
    vrfb.emulator.execute(both);
    CHECK(heard == 6);
}

TEST_CASE(
    "a plant without reactive power gives none, and one that measures in input registers is read there") {
    auto plant = lib_plant();
    std::erase_if(plant.local.points, [](const auto& point) { return point.name.starts_with("q_"); });
    for (auto& point : plant.local.points)
        if (point.access == config::Access::read) point.register_type = config::RegisterType::input;
    EmulatedPlant lib(plant);
    lib.start();
    lib.set("p_setpoint", 100);
    lib.step();
    CHECK(lib.emulator.output().q_battery_kvar == 0);
    CHECK(lib.emulator.command().q_kvar == 0);
    modbus::Request request;
    request.address = 270;
    request.count = 1;
    CHECK(lib.emulator.execute(request).words[0] == 0);
    request.function = modbus::Function::read_input_registers;
    CHECK(lib.emulator.execute(request).words[0] == 1000);
}

TEST_CASE("a plant that counts charging as positive and in 64 bits is the same plant") {
    auto plant = lib_plant();
    for (auto& point : plant.local.points) {
        if (point.name.starts_with("p_")) point.eng_per_count = -0.1;
        if (point.name != "p_battery") continue;
        point.format = config::Format::int64;
        point.address = 400;
    }
    EmulatedPlant lib(plant);
    lib.start();
    lib.set("p_setpoint", 100);
    CHECK(lib.counts("p_setpoint") == -1000);
    lib.step();
    CHECK(lib.emulator.output().p_battery_kw == 100);
    CHECK(lib.value("p_battery") == 100);
    CHECK(lib.emulator.bank().holding[400] == 0xFFFF);
}
