// What will be dispatched to a plant over a range, where that leads the state of charge, and what the plant
// cannot do of it. Made of copies, off the reactor: a preview of a long plan takes longer than a dispatch
// period may wait.
#pragma once

#include "base/zone.hpp"
#include "config/config.hpp"
#include "planner/validation.hpp"
#include "schedule/arbiter.hpp"
#include "schedule/plan_store.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil::web {

struct PreviewInput {
    std::shared_ptr<schedule::PlanStore> store;  // of its own, with the plans of `plants`
    config::ScheduleSource source{};
    Duration validity{};
    Zone zone = Zone::utc();
    WallTime now, from, to;
    Duration dispatch_period = std::chrono::seconds(1);
    planner::BatteryMaker battery;  // empty: projections are those of the ideal one

    struct Plant {
        std::size_t index = 0;
        config::PlantModel model;
        std::optional<double> soc;  // now
    };
    std::vector<Plant> plants;
};

// {"plant","from","to","segments","projection","violations"}; values as planned, before limits.
boost::json::object schedule_preview(const PreviewInput& input, const PreviewInput::Plant& plant);
boost::json::array violations_of(const PreviewInput& input, const PreviewInput::Plant& plant);

}  // namespace hil::web
