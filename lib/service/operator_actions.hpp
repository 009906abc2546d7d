// What somebody asked for, as an event for people: every command that has ended becomes one.
#pragma once

#include "control/command.hpp"
#include "observe/events.hpp"

#include <string>

namespace hil::service {

// Events of this kind, with the command's id as their correlation and its actor among their fields.
inline constexpr const char* action_kind = "operator.action";
// A plan in force that was changed, step by step.
inline constexpr const char* changed_plan_kind = "schedule.changed";

// "Stop (asked by operator anna)", "Start: refused, estop_latched (asked by …)". `plant`: its name is not in
// the text, it is the event's.
observe::Event action_event(const control::Command& command);

}  // namespace hil::service
