#include "plant_sim/battery_model.hpp"

#include "plant_sim/actuator.hpp"
#include "plant_sim/batteries.hpp"
#include "plant_sim/ideal_model.hpp"

namespace hil::plant_sim {
namespace {

Physics physics_of(const config::Emulation& emulation) {
    if (emulation.kind == config::BatteryKind::vrfb) return vanadium_redox_flow();
    return emulation.chemistry == config::Chemistry::nmc ? lithium_nickel_manganese_cobalt()
                                                         : lithium_iron_phosphate();
}

std::unique_ptr<BatteryModel> battery(const config::PlantModel& model, double initial_soc_pu) {
    const auto& emulation = model.emulation;
    if (emulation.kind == config::BatteryKind::ideal)
        return std::make_unique<IdealModel>(model, initial_soc_pu);
    auto physics = physics_of(emulation);
    physics.auxiliary_kw = emulation.auxiliary_kw;
    physics.line_resistance_pu = emulation.line_resistance_pu;
    physics.line_reactance_pu = emulation.line_reactance_pu;
    physics.ambient_k = emulation.ambient_c + 273.15;
    return std::make_unique<PhysicalModel>(model, std::move(physics), initial_soc_pu);
}

}  // namespace

std::unique_ptr<BatteryModel> make_model(const config::PlantModel& model, double initial_soc_pu) {
    auto made = battery(model, initial_soc_pu);
    const auto& emulation = model.emulation;
    if (emulation.response_delay == Duration::zero() && !emulation.ramp_kw_per_s) return made;
    return std::make_unique<Actuator>(std::move(made), emulation.response_delay, emulation.ramp_kw_per_s);
}

}  // namespace hil::plant_sim
