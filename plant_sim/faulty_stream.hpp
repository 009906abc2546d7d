// What an emulated plant answers, spoilt on its way: between the Modbus server and its listener.
#pragma once

#include "base/byte_stream.hpp"
#include "plant_sim/faults.hpp"

#include <memory>
#include <string>

namespace hil::plant_sim {

// Refuses connections and hands out streams whose answers are delayed, dropped, cut or changed as the faults
// of this plant say. `faults` outlives the listener and its streams.
std::unique_ptr<Listener> make_faulty_listener(std::unique_ptr<Listener> listener, Faults& faults,
                                               std::string plant);

}  // namespace hil::plant_sim
