// What a run says at its end, and whether it did what it was asked to do.
#pragma once

#include "service/service.hpp"

#include <string>
#include <vector>

namespace hil::app {

// Per plant: energy, tracking, samples, Modbus, lateness, time unconfirmed.
std::vector<std::string> summary_lines(const service::Service& service, const Zone& zone);

// Why a headless run failed; empty when it did not. A plant has not followed its plan when its setpoint
// register differed from it, or was not known to agree, for more than 1 % of the time (two dispatch
// periods at least) or for 60 s on end.
std::vector<std::string> not_followed(const service::Service& service, const config::Config& config,
                                      const std::vector<std::size_t>& started);

// Plants that ran and of which not one measured row was recorded; the run was asked to record them.
std::vector<std::string> not_recorded(const service::Service& service,
                                      const std::vector<std::size_t>& started);

// Plants that did not deliver what their plan asked, with the energy that is missing.
std::vector<std::string> not_feasible(const service::Service& service);

}  // namespace hil::app
