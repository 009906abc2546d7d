// What an effective schedule asks of a plant that the plant cannot do. Violations are shown; the limits are
// applied all the same when the schedule is dispatched.
#pragma once

#include "planner/projection.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hil::planner {

enum class ViolationKind : std::uint8_t {
    power_limit,      // value: what is asked, limit: the limit, in kW or kvar
    state_of_charge,  // value: where it would end without the bound, limit: the bound, in pu
    ramp,  // value: the size of the step in kW, limit: what the plant can do in one dispatch period
};

// "power_limit", "state_of_charge", "ramp"
std::string_view to_string(ViolationKind kind);

struct Violation {
    ViolationKind kind = ViolationKind::power_limit;
    std::string plant;
    schedule::Signal signal = schedule::Signal::p;
    WallTime from, to;
    double value = 0, limit = 0;
    double missing_kwh = 0;  // of state_of_charge: what of the plan will not come, > 0 in either direction
    std::string origin;      // file or operator that gave the first value of it; empty if unknown
    std::uint32_t line = 0;  // in that file; 0 if unknown
    std::string text;        // the whole as a sentence, times in the zone
};

struct Violations {
    std::vector<Violation> list;  // by time, for each kind
    std::size_t omitted = 0;      // found beyond `at_most`
};

struct ValidationInput {
    const schedule::PlanStore& store;  // names plants and origins
    schedule::PlantIndex plant = 0;
    const config::PlantModel& model;
    std::span<const schedule::EffectiveSegment> schedule;
    const Projection& projection;  // of this schedule
    Duration dispatch_period = std::chrono::seconds(1);
};

// Neighbouring segments that break one rule with one value are one violation.
Violations validate(const ValidationInput& input, const Zone& zone, std::size_t at_most = 1000);

}  // namespace hil::planner
