// The formats of a wide plan. Callers use plan_file.hpp, which tells them apart.
#pragma once

#include "schedule/plan_builder.hpp"

#include <string_view>

namespace hil::schedule {

void read_plan_csv(std::string_view text, PlanBuilder& plan);
void read_plan_json(std::string_view text, PlanBuilder& plan);
void read_plan_xlsx(std::string_view bytes, PlanBuilder& plan);

}  // namespace hil::schedule
