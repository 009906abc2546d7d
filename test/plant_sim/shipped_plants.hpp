// The two plants that the shipped configuration has, as values, and an emulator of one that tests can talk
// to.
#pragma once

#include "plant/endpoints.hpp"
#include "plant_sim/emulator.hpp"

#include <cstdint>
#include <string_view>

namespace hil::test {

inline config::Plant lib_plant() {
    config::Plant plant;
    plant.id = "lib";
    plant.name = "LIB";
    plant.model = {
        .capacity_kwh = 500,
        .power_limits = {.p_max_kw = 1000, .p_min_kw = -1000, .q_max_kvar = 600, .q_min_kvar = -600},
        .poi_voltage_kv = 20,
        .ramp_kw_per_s = {},
        .emulation = {}};
    plant.local = plant.remote = lib_endpoint();
    return plant;
}

inline config::Plant vrfb_plant() {
    config::Plant plant;
    plant.id = "vrfb";
    plant.name = "VRFB";
    plant.model = {.capacity_kwh = 400,
                   .power_limits = {.p_max_kw = 160, .p_min_kw = -160, .q_max_kvar = 64, .q_min_kvar = -64},
                   .poi_voltage_kv = 0.22,
                   .ramp_kw_per_s = {},
                   .emulation = {}};
    plant.local = plant.remote = vrfb_endpoint();
    return plant;
}

// An emulator with its time and its registers in reach, by the name of a point.
class EmulatedPlant {
  public:
    explicit EmulatedPlant(const config::Plant& plant, double soc_pu = 0.5,
                           plant_sim::EmulatorOptions options = {})
        : emulator(plant.local, battery::make_model(plant.model, soc_pu), Instant{}, options) {}

    // The counts in the register of a one-word point.
    int counts(std::string_view point) { return static_cast<std::int16_t>(cell(point)); }
    double value(std::string_view point) {
        const auto id = emulator.map().find(point).value();
        return emulator.map().codec(id).decode({&cell(point), emulator.map().point(id).word_count()});
    }
    void set(std::string_view point, double value) {
        const auto id = emulator.map().find(point).value();
        const auto words = emulator.map().codec(id).encode(value).value();
        std::copy_n(words.begin(), emulator.map().point(id).word_count(), &cell(point));
    }
    // As the shipped start sequences do.
    void start() {
        if (emulator.map().find("stop_command")) set("stop_command", 0);
        if (emulator.map().find("start_command")) set("start_command", 2);
        set("enable", 1);
    }
    void step(Duration by = std::chrono::seconds(2)) { emulator.step(now += by); }

    Instant now;
    plant_sim::Emulator emulator;

  private:
    std::uint16_t& cell(std::string_view point) {
        return emulator.bank().holding[emulator.map().point(emulator.map().find(point).value()).address];
    }
};

}  // namespace hil::test
