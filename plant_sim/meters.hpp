// What stands between an emulated plant and the registers its clients see: meters that are noisy or broken,
// and requests that are refused or ignored.
#pragma once

#include "config/config.hpp"
#include "plant_sim/emulator.hpp"
#include "plant_sim/faults.hpp"

#include <cstdint>
#include <functional>
#include <string_view>

namespace hil::plant_sim {

// The noise and the resolution of model.emulation and the faults in force: freeze_measurements, stuck_point,
// noise, bias. Empty when there is none of them. The noise follows from `seed`, the seed of model.emulation
// and the plant's id. `faults` may be null and outlives it otherwise.
std::function<battery::Output(const battery::Output&)> make_meter(const config::Plant& plant, Faults* faults,
                                                                  std::uint64_t seed);

// Answers a request of a plant whose faults may be `exception` or `ignore_writes`.
modbus::Response execute_with_faults(Emulator& emulator, Faults& faults, std::string_view plant,
                                     const modbus::Request& request);

}  // namespace hil::plant_sim
