// What a scenario's expectations look at: the value of each signal, from the plants' side where they know it,
// otherwise from the service as it lives now.
#pragma once

#include "simulate/scenarios/plan.hpp"
#include "simulate/scenarios/plants.hpp"
#include "simulate/scenarios/service.hpp"

namespace hil::simulate {

class ScenarioView {
  public:
    // All outlive it.
    ScenarioView(const Clock& clock, const ScenarioPlan& plan, const ScenarioPlants& plants,
                 ScenarioService& service, const std::vector<std::string>& plant_ids)
        : clock_(clock), plan_(plan), plants_(plants), service_(service), plant_ids_(plant_ids) {}

    // Not known what a service would have to say that is not there.
    [[nodiscard]] scenario::Value read(const scenario::Signal& signal);
    // Precondition: it is one of the plants.
    [[nodiscard]] std::size_t index_of(std::string_view plant) const;

  private:
    const Clock& clock_;
    const ScenarioPlan& plan_;
    const ScenarioPlants& plants_;
    ScenarioService& service_;
    const std::vector<std::string>& plant_ids_;
};

}  // namespace hil::simulate
