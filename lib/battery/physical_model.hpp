// A battery plant with losses: cells behind a converter behind a connection to the grid (connection.hpp).
//
//     cells --DC--> converter --AC, "battery"--> auxiliary loads, pumps --> line --> "POI"
//
// Every kWh is accounted: what the cells held before minus after is what left at the POI plus the losses,
// to rounding. Units: kW, kWh, kelvin inside, shares of 1.
#pragma once

#include "battery/ageing.hpp"
#include "battery/battery_model.hpp"
#include "battery/circuit.hpp"
#include "battery/connection.hpp"
#include "battery/converter.hpp"

#include <optional>

namespace hil::battery {

// Pumps of a flow battery, on the AC side, in shares of the rated power while the plant runs. The flow must
// bring what the current turns over, and more of it the less of it is left: near both ends of the charge. The
// pressure of a porous electrode is proportional to the flow, so their power goes with its square.
struct Pumps {
    double base_pu = 0;      // at the least flow
    double per_flow_pu = 0;  // with the square of the flow: 1 is rated current at half charge
    double most_flow = 2;
    double heat_share = 0;  // of their power that warms the electrolyte
    // Self-discharge while they stand, as a share of that while they run: only what is in the stack.
    double standing_self_discharge = 1;
};

// What the plant's controller leaves of the power, linear between two temperatures.
struct TemperatureLimits {
    double no_charge_k = 0,
           full_charge_k = 0;           // no charging at the first and below, all of it from the second
    double full_k = 1e6, none_k = 2e6;  // both directions: all up to the first, none from the second

    [[nodiscard]] double share(bool charging, double temperature_k) const;
};

struct Physics {
    CellParameters cell;
    Converter converter{};  // rated_kw is set from the plant's limits
    Pumps pumps{};
    TemperatureLimits temperature{};
    // Power is taken back towards the ends of the charge: all of it at this distance, nothing at the end.
    double taper_soc = 0;
    double ambient_k = 298.15;
    AgeingLaw ageing = AgeingLaw::none;
    double ageing_factor = 0;  // 0: stays as it is
    AgeingState aged{};        // at the start
};

// The parameters that the configuration asks for, of every kind but ideal.
Physics physics_of(const config::Emulation& emulation);

// Since the model was made.
struct Losses {
    double cells_kwh = 0, converter_kwh = 0, auxiliary_kwh = 0, line_kwh = 0;
    double ageing_kwh = 0;  // held by capacity that is gone

    [[nodiscard]] double total() const {
        return cells_kwh + converter_kwh + auxiliary_kwh + line_kwh + ageing_kwh;
    }
};

class PhysicalModel final : public BatteryModel {
  public:
    // The number of cells follows from the plant's capacity when new, those in series from its DC voltage.
    PhysicalModel(const config::PlantModel& model, Physics physics, double initial_soc_pu);

    Output advance(const Command& command, Duration dt) override;
    Output at_rest() const override;
    // What is left of it.
    double capacity_kwh() const override { return capacity_kwh_ * cell_.capacity_pu(); }
    double energy_kwh() const override { return cell_.state().soc_pu * capacity_kwh(); }
    // Seeds: no energy moves, and nothing ages by it.
    void set_soc(double soc_pu) override;
    std::optional<Inside> inside() const override;

    // What the cells hold in truth, at their open-circuit voltage.
    [[nodiscard]] double stored_kwh() const;
    [[nodiscard]] const Losses& losses() const { return losses_; }
    [[nodiscard]] double delivered_kwh() const { return delivered_kwh_; }  // at the POI
    [[nodiscard]] double temperature_k() const { return cell_.state().temperature_k; }
    [[nodiscard]] const Cell& cell() const { return cell_; }

  private:
    [[nodiscard]] double limit(double p_kw) const;
    [[nodiscard]] double pump_kw(double cell_a) const;
    void grow_older(double dt_s);

    double capacity_kwh_;
    config::PowerLimits limits_;
    Connection connection_;
    double rated_kw_;
    Physics physics_;
    Cell cell_;
    double cells_;
    double series_ = 1;
    double rated_cell_a_ = 1;  // of a cell at rated power and half charge
    double cell_a_ = 0;        // of the last step
    double cell_v_ = 0;
    double pump_kw_ = 0;  // of the last step
    Losses losses_;
    double delivered_kwh_ = 0;
    std::optional<Ageing> ageing_;
    double lived_s_ = 0, warmth_ks_ = 0, soc_then_ = 0;  // since it last grew older
};

}  // namespace hil::battery
