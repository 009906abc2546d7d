// The packs of a group as a JSON list, each as {"capacity_kwh": 30, "soc_pu": 0.6, "health_pu": 0.85,
// "resistance_factor": 1.3, "temperature_c": 25, "discharge_kw": 15, "charge_kw": 12, "least_kw": 2,
// "available": true}. What is not given is that of a new pack at half charge; capacity and both powers must
// be given.
#pragma once

#include "battery/packs/allocation.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hil::battery {

struct PacksRead {
    std::vector<Pack> packs;
    std::string problem;  // a sentence with file, place and rule; empty: none
};

PacksRead parse_packs(std::string_view text, const std::string& file);

}  // namespace hil::battery
