// A battery plant with losses: cells behind a converter behind a connection to the grid.
//
//     cells --DC--> converter --AC, "battery"--> auxiliary loads, line --> point of interconnection, "POI"
//
// Every kWh is accounted: what the cells held before minus after is what left at the POI plus the losses.
#pragma once

#include "plant_sim/battery_model.hpp"
#include "plant_sim/circuit.hpp"
#include "plant_sim/converter.hpp"

namespace hil::plant_sim {

// Pumps of a flow battery, on the AC side, in shares of the rated power while the plant runs. The flow must
// bring what the current turns over, and more of it the less of it is left: near both ends of the charge.
struct Pumps {
    double base_pu = 0;      // at the least flow
    double per_flow_pu = 0;  // for each unit of flow above, cubed: flow 1 is rated power at half charge
};

struct Physics {
    CellParameters cell;
    Converter converter{};  // rated_kw is set from the plant's limits
    Pumps pumps{};
    double auxiliary_kw = 0;  // cooling, control: always, running or not
    // Power is taken back towards the ends of the charge: all of it at this distance, nothing at the end.
    double taper_soc = 0;
    double line_resistance_pu = 0, line_reactance_pu = 0;  // on the base of the rated power
    double ambient_k = 298.15;
};

struct Losses {
    double cells_kwh = 0, converter_kwh = 0, auxiliary_kwh = 0, line_kwh = 0;

    [[nodiscard]] double total() const { return cells_kwh + converter_kwh + auxiliary_kwh + line_kwh; }
};

class PhysicalModel final : public BatteryModel {
  public:
    // The number of cells follows from the plant's capacity.
    PhysicalModel(const config::PlantModel& model, Physics physics, double initial_soc_pu);

    Output advance(const Command& command, Duration dt) override;
    Output at_rest() const override;
    double capacity_kwh() const override { return capacity_kwh_; }
    double energy_kwh() const override { return cell_.state().soc_pu * capacity_kwh_; }
    void set_soc(double soc_pu) override { cell_.set_soc(soc_pu); }

    // What the cells hold in truth, at their open-circuit voltage.
    [[nodiscard]] double stored_kwh() const;
    // Since this object was made.
    [[nodiscard]] const Losses& losses() const { return losses_; }
    [[nodiscard]] double delivered_kwh() const { return delivered_kwh_; }  // at the POI
    [[nodiscard]] double temperature_k() const { return cell_.state().temperature_k; }
    [[nodiscard]] const Cell& cell() const { return cell_; }

  private:
    [[nodiscard]] double limit(double p_kw) const;
    [[nodiscard]] double pump_kw(double ac_kw) const;

    double capacity_kwh_;
    double v_poi_kv_;
    config::PowerLimits limits_;
    double rated_kw_;
    Physics physics_;
    Cell cell_;
    double cells_;
    Losses losses_;
    double delivered_kwh_ = 0;
};

}  // namespace hil::plant_sim
