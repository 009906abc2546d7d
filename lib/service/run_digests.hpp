// What tells two runs apart by what they were asked for.
#pragma once

#include "config/config.hpp"
#include "schedule/plan_store.hpp"

#include <string>

namespace hil::service {

// Of the configuration in force, defaults filled in and secrets masked; where its files are kept and what is
// logged are no part of it.
std::string configuration_digest(config::Config config);

// Of every manual series in force: whose, its times, its values and its end. Empty: there is none.
std::string plan_digest(const schedule::PlanStore& plans);

}  // namespace hil::service
