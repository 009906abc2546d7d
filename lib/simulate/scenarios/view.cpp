#include "simulate/scenarios/view.hpp"

#include "market/market.hpp"

#include <algorithm>

namespace hil::simulate {
namespace {

using scenario::Quantity;
using scenario::Value;

Value of_service(const scenario::Signal& signal, std::size_t plant, SimulatedProcess& process) {
    auto& service = process.service();
    const auto& unit = service.unit(plant);
    switch (signal.quantity) {
        case Quantity::state:
            return std::string(control::to_string(unit.control().state()));
        case Quantity::gate:
            return std::string(unit.control().dispatch_enabled() ? "open" : "closed");
        case Quantity::link:
            return std::string(unit.link().status().state == plant::LinkState::connected ? "up" : "down");
        case Quantity::tripped:
            return !service.parts().safety.trips(plant).empty();
        case Quantity::alert:
            return process.alerts().find(signal.detail) != nullptr;
        case Quantity::estop:
            return std::string(service.parts().safety.latched() ? "latched" : "reset");
        case Quantity::platform:
            return std::string(market::to_string(service.market()->status().state));
        case Quantity::outbox:
            return static_cast<double>(service.market()->posting().pending);
        case Quantity::measured: {
            const auto& live = service.parts().live.plant(plant);
            if (live.stale || !live.latest || live.latest->null) return {};
            const auto column = std::ranges::find(measure::column_names, signal.detail);
            const double value =
                live.latest->values[static_cast<std::size_t>(column - measure::column_names.begin())];
            return value == value ? Value(value) : Value();
        }
        default:
            break;
    }
    return {};
}

}  // namespace

std::size_t ScenarioView::index_of(std::string_view plant) const {
    return static_cast<std::size_t>(std::ranges::find(plant_ids_, plant) - plant_ids_.begin());
}

Value ScenarioView::read(const scenario::Signal& signal) {
    const auto plant = signal.plant.empty() ? std::size_t{0} : index_of(signal.plant);
    switch (signal.quantity) {
        case Quantity::runs:
            return plants_.emulator(plant).running();
        case Quantity::register_:
            return plants_.value(plant, signal.detail);
        case Quantity::off_plan: {
            const auto which = signal.detail == "p" ? schedule::Signal::p : schedule::Signal::q;
            return plants_.counts_off(plant, signal.detail + "_setpoint",
                                      plan_.value(plant, which, clock_.wall_now()));
        }
        case Quantity::discharged:
            return plants_.emulator(plant).totals().discharged_kwh;
        case Quantity::charged:
            return plants_.emulator(plant).totals().charged_kwh;
        default:
            break;
    }
    auto* process = service_.process();
    if (process == nullptr) return {};
    return of_service(signal, plant, *process);
}

}  // namespace hil::simulate
