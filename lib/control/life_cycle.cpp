#include "control/life_cycle.hpp"

namespace hil::control {

std::string_view to_string(Transition transition) {
    switch (transition) {
        case Transition::stopped:
            return "stopped";
        case Transition::starting:
            return "starting";
        case Transition::running:
            return "running";
        case Transition::stopping:
            return "stopping";
        case Transition::unknown:
            break;
    }
    return "unknown";
}

Transition reconcile(Transition transition, std::optional<bool> enabled) {
    if (!enabled) return transition;
    switch (transition) {
        case Transition::starting:
            return *enabled ? Transition::running : Transition::starting;
        case Transition::stopping:
            return *enabled ? Transition::stopping : Transition::stopped;
        case Transition::running:
        case Transition::stopped:
        case Transition::unknown:
            break;
    }
    return *enabled ? Transition::running : Transition::stopped;
}

SessionAction on_first_read(Desired desired, bool first_session, std::optional<bool> enabled) {
    if (!enabled) return SessionAction::carry_on;
    if (*enabled) {
        if (desired == Desired::stopped) return SessionAction::assert_stop;
        if (desired == Desired::none && first_session) return SessionAction::found_running;
        return SessionAction::carry_on;
    }
    return desired == Desired::running ? SessionAction::lost_running : SessionAction::carry_on;
}

}  // namespace hil::control
