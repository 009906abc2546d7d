#include "plant_sim/battery_model.hpp"

#include "plant_sim/ideal_model.hpp"

namespace hil::plant_sim {

std::unique_ptr<BatteryModel> make_model(const config::PlantModel& model, double initial_soc_pu) {
    return std::make_unique<IdealModel>(model, initial_soc_pu);
}

}  // namespace hil::plant_sim
