// The plans a simulated site begins with: those of a file, or drawn ones.
#pragma once

#include "base/random.hpp"
#include "planfile/plan_file.hpp"
#include "schedule/plan_store.hpp"
#include "service/setup.hpp"
#include "simulate/invariants/plant.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace hil::simulate {

struct FirstPlans {
    const service::Setup& setup;
    std::vector<std::unique_ptr<PlantInvariants>>& watches;  // they learn what the plants are asked for
    schedule::PlanStore& plans;
    WallTime from, until;
    const std::vector<planfile::PlanFile>* given;  // none: a plan is drawn for each plant and signal
};

// Why a drawn plan was refused, which must not be; none: all are loaded.
std::optional<Violation> load_first_plans(const FirstPlans& site, Random& random);

}  // namespace hil::simulate
