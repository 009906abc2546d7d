// A plant with noise, delay, ramp, losses and ageing does the same in every run, however fast the clock is.
#include "plant_sim/shipped_plants.hpp"

#include "base/memory_network.hpp"
#include "plant_sim/plant_server.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace hil;
using namespace hil::test;
using namespace std::chrono_literals;

namespace {

// Late in a second, so that the steps do not begin at once.
constexpr WallTime noon = std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 12h + 321ms;

config::Plant busy_plant(std::uint64_t seed) {
    auto plant = lib_plant();
    auto& emulation = plant.model.emulation;
    emulation.kind = config::BatteryKind::li_ion;
    emulation.response_delay = 700ms;
    emulation.ramp_kw_per_s = 30;
    emulation.auxiliary_kw = 4;
    emulation.line_resistance_pu = 0.01;
    emulation.grid_reactance_pu = 0.05;
    emulation.ageing_factor = 1000;
    emulation.power_noise_pu = 0.002;
    emulation.voltage_noise_pu = 0.001;
    emulation.soc_noise_pu = 0.001;
    emulation.seed = seed;
    return plant;
}

struct Course {
    std::vector<std::uint16_t> shown;  // the meters' registers at every step
    double stored_kwh = 0, capacity_kwh = 0;

    bool operator==(const Course&) const = default;
};

// An hour of steps, with another setpoint every minute.
template <class AnyClock, class... Speed>
Course run(const config::Plant& plant, Speed... speed) {
    asio::io_context context(1);
    AnyClock clock(context, noon, speed...);
    MemoryNetwork network(clock);
    Course out;
    auto server = plant_sim::PlantServer::open(clock, network, plant, plant.local).value();
    auto& emulator = server->emulator();
    const auto cell = [&emulator](std::string_view point) -> std::uint16_t& {
        return emulator.bank().holding[emulator.map().point(emulator.map().find(point).value()).address];
    };
    int steps = 0;
    emulator.on_step = [&](double, Duration) {
        for (const auto* point : {"p_battery", "q_battery", "soc", "p_poi", "q_poi", "v_poi"})
            out.shown.push_back(cell(point));
        cell("enable") = 1;
        if (steps % 30 == 0) cell("p_setpoint") = static_cast<std::uint16_t>((steps * 37 % 1200 - 600) * 10);
        if (++steps == 1800) {
            out.stored_kwh = emulator.energy_kwh();
            out.capacity_kwh = emulator.model().capacity_kwh();
            clock.stop();
        }
    };
    clock.run();
    return out;
}

}  // namespace

TEST_CASE("the same seed gives the same run at any speed, another seed another one") {
    const auto virtually = run<VirtualClock>(busy_plant(5));
    REQUIRE(virtually.shown.size() == 1800 * 6);
    CHECK(virtually.capacity_kwh < 500);
    CHECK(run<ScaledClock>(busy_plant(5), 1e6) == virtually);
    CHECK(run<ScaledClock>(busy_plant(5), 2e4) == virtually);
    const auto other = run<VirtualClock>(busy_plant(6));
    CHECK(other.shown != virtually.shown);
    CHECK(other.stored_kwh == virtually.stored_kwh);  // noise is in the meters only
}
