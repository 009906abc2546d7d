// What plant_sim tells the terminal about its plants.
#pragma once

#include "plant_sim/plant_server.hpp"

#include <string>

namespace hil::plant_sim {

// Said once, when the plant can be reached: where, and what it is.
std::string listening_line(const PlantServer& server, const config::Plant& plant);

// What the plant does now and how it is used.
std::string status_line(const PlantServer& server);

}  // namespace hil::plant_sim
