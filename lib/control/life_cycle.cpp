#include "control/life_cycle.hpp"

namespace hil::control {

std::string_view to_string(PlantState state) {
    switch (state) {
        case PlantState::stopped:
            return "stopped";
        case PlantState::starting:
            return "starting";
        case PlantState::running:
            return "running";
        case PlantState::stopping:
            return "stopping";
        case PlantState::unknown:
            break;
    }
    return "unknown";
}

PlantState reconcile(PlantState state, std::optional<bool> enabled) {
    if (!enabled) return state;
    switch (state) {
        case PlantState::starting:
            return *enabled ? PlantState::running : PlantState::starting;
        case PlantState::stopping:
            return *enabled ? PlantState::stopping : PlantState::stopped;
        case PlantState::running:
        case PlantState::stopped:
        case PlantState::unknown:
            break;
    }
    return *enabled ? PlantState::running : PlantState::stopped;
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
