// The formats of a wide plan. Callers use plan_file.hpp, which tells them apart.
#pragma once

#include "planfile/plan_builder.hpp"

#include <string_view>

namespace hil::planfile {

void read_plan_csv(std::string_view text, const PlanReading& reading, PlanBuilder& plan);
void read_plan_json(std::string_view text, const PlanReading& reading, PlanBuilder& plan);
void read_plan_xlsx(std::string_view bytes, const PlanReading& reading, PlanBuilder& plan);

// A recording of a plant: its setpoint columns are the plan. Whether the text is one, by its header.
bool looks_like_recording(std::string_view text);
// `file` is the recording's name, which says of which plant it is.
void read_plan_recording(std::string_view text, std::string_view file, std::span<const std::string> plant_ids,
                         PlanBuilder& plan);

}  // namespace hil::planfile
