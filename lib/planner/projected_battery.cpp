#include "planner/projected_battery.hpp"

#include "battery/battery_model.hpp"
#include "config/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace hil::planner {
namespace {

class Emulated final : public planner::ProjectedBattery {
  public:
    explicit Emulated(std::unique_ptr<battery::BatteryModel> model)
        : model_(std::move(model)), soc_(model_->at_rest().soc_pu) {}

    Step advance(double p_kw, Duration dt) override {
        const auto output = model_->advance({.p_kw = p_kw, .q_kvar = 0, .running = true}, dt);
        soc_ = output.soc_pu;
        return {.delivered_kw = output.p_battery_kw, .soc_pu = output.soc_pu};
    }
    [[nodiscard]] double soc_pu() const override { return soc_; }

  private:
    std::unique_ptr<battery::BatteryModel> model_;
    double soc_;
};

}  // namespace

std::unique_ptr<planner::ProjectedBattery> projected_battery(const config::PlantModel& model,
                                                             double soc_start) {
    const auto kind = model.emulation.kind;
    if (kind == config::BatteryKind::ideal || kind == config::BatteryKind::replay) return nullptr;
    auto alike = model;
    alike.emulation.response_delay = {};
    alike.emulation.ramp_kw_per_s.reset();
    alike.emulation.ageing_factor = 0;
    return std::make_unique<Emulated>(battery::make_model(alike, soc_start));
}

Efficiencies efficiencies_of(const config::PlantModel& model) {
    const auto& limits = model.power_limits;
    const double half_kw = std::min(limits.p_max_kw, -limits.p_min_kw) / 2;
    const auto moved_kwh = [&](double p_kw) {  // of the store, in a quarter of an hour
        const auto battery = projected_battery(model, 0.5);
        if (!battery) return 0.0;
        for (int minute = 0; minute < 15; ++minute)
            battery->advance(p_kw, std::chrono::minutes(1));
        return std::abs(battery->soc_pu() - 0.5) * model.capacity_kwh;
    };
    const double in = moved_kwh(-half_kw), out = moved_kwh(half_kw), asked = half_kw / 4;
    if (!(in > 0 && out > 0 && asked > 0)) return {};
    return {.charge = std::clamp(in / asked, 0.01, 1.0), .discharge = std::clamp(asked / out, 0.01, 1.0)};
}

std::string battery_text(const config::PlantModel& model) {
    const auto& emulation = model.emulation;
    if (emulation.kind == config::BatteryKind::ideal) return "ideal, without losses";
    if (emulation.kind == config::BatteryKind::replay)
        return "ideal, for a recording says nothing of other plans";
    const auto kind = config::name_in<config::BatteryKind>(config::battery_kinds, emulation.kind);
    if (emulation.kind != config::BatteryKind::li_ion) return fmt::format("{}, with its losses", kind);
    return fmt::format("{} ({}), with its losses", kind,
                       config::name_in<config::Chemistry>(config::chemistries, emulation.chemistry));
}

}  // namespace hil::planner
