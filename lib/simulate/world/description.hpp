// A simulated site at an instant, for who looks into what went wrong.
#pragma once

#include "simulate/invariants/plant.hpp"
#include "simulate/world/service.hpp"

#include <memory>
#include <string>
#include <vector>

namespace hil::simulate {

// Lines: the time, each plant as its registers and as the service have it, the alerts. The service may be
// gone.
std::vector<std::string> describe_site(const service::Setup& setup,
                                       const std::vector<std::unique_ptr<PlantInvariants>>& watches,
                                       SimulatedService& service, WallTime now);

}  // namespace hil::simulate
