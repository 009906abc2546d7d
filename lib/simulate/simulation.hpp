// The whole site in one process, in memory and in virtual time: the production service and its emulators,
// with plans, commands and faults drawn from one seed, and invariants judged all the time. One seed is one
// course of events, to the last byte.
#pragma once

#include "measure/row.hpp"
#include "planfile/plan_file.hpp"
#include "service/setup.hpp"
#include "simulate/invariants/plant.hpp"
#include "simulate/trace.hpp"
#include "simulate/world/fault_profile.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hil::simulate {

struct SimulationOptions {
    std::uint64_t seed = 1;
    Duration length = std::chrono::hours(24);
    std::optional<WallTime> from;  // otherwise midnight of a day drawn from the seed
    const std::vector<planfile::PlanFile>* plans = nullptr;  // otherwise drawn from the seed
    FaultProfile faults;
    std::optional<WallTime> stop_at;  // ends there and describes the state
    Trace::Sink trace;
    // Every sample of every plant, for who compares series.
    std::function<void(std::size_t plant, const measure::Row&)> on_sample;
};

struct SimulationResult {
    std::optional<Violation> violation;    // the first
    std::vector<std::string> last_events;  // before it
    std::vector<std::string> state;        // when stopped by `stop_at` or a violation
    WallTime from, until;
    std::map<std::string, std::string> files;  // by path
    std::uint64_t requests = 0, writes = 0, faults = 0, commands = 0, restarts = 0, posted = 0, rows = 0,
                  events = 0;
};

// Precondition: local transport. `setup` may be used for many simulations.
SimulationResult simulate(const service::Setup& setup, const SimulationOptions& options);

}  // namespace hil::simulate
