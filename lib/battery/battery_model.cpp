#include "battery/battery_model.hpp"

#include "battery/actuator.hpp"
#include "battery/batteries.hpp"
#include "battery/connection.hpp"
#include "battery/ideal_model.hpp"
#include "battery/vanadium.hpp"

namespace hil::battery {
namespace {

Physics lithium_of(config::Chemistry chemistry) {
    switch (chemistry) {
        case config::Chemistry::nmc:
            return lithium_nickel_manganese_cobalt();
        case config::Chemistry::lmo:
            return lithium_manganese_oxide();
        case config::Chemistry::lg_m50:
            return lithium_lg_m50();
        case config::Chemistry::lfp:
            break;
    }
    return lithium_iron_phosphate();
}

std::unique_ptr<BatteryModel> battery(const config::PlantModel& model, double initial_soc_pu) {
    if (model.emulation.kind == config::BatteryKind::ideal) {
        auto ideal = std::make_unique<IdealModel>(model, initial_soc_pu);
        const auto connection = connection_of(model);
        if (connection.plain()) return ideal;
        return std::make_unique<ConnectedModel>(std::move(ideal), connection);
    }
    return std::make_unique<PhysicalModel>(model, physics_of(model.emulation), initial_soc_pu);
}

}  // namespace

Physics physics_of(const config::Emulation& emulation) {
    auto out =
        emulation.kind == config::BatteryKind::vrfb ? vanadium_redox_flow() : lithium_of(emulation.chemistry);
    out.ambient_k = emulation.ambient_c + 273.15;
    out.ageing_factor = emulation.ageing_factor;
    out.aged = {emulation.capacity_loss_pu, emulation.resistance_rise_pu};
    return out;
}

std::unique_ptr<BatteryModel> make_model(const config::PlantModel& model, double initial_soc_pu) {
    auto made = battery(model, initial_soc_pu);
    const auto& emulation = model.emulation;
    if (emulation.response_delay == Duration::zero() && !emulation.ramp_kw_per_s) return made;
    return std::make_unique<Actuator>(std::move(made), emulation.response_delay, emulation.ramp_kw_per_s,
                                      model.power_limits);
}

}  // namespace hil::battery
