#include "config/device_points.hpp"

#include <algorithm>

namespace hil::config {

namespace {

using enum Quantity;

constexpr MeasuredPoint battery_points[] = {
    {"p_setpoint", active_power, false, "Active power that somebody asks of it."},
    {"p_battery", active_power, true, "Active power of the battery; positive discharges."},
    {"q_setpoint", reactive_power, false, "Reactive power that somebody asks of it."},
    {"q_battery", reactive_power, false, "Reactive power of the battery."},
    {"soc", state_of_charge, true, "State of charge."},
    {"p_poi", active_power, false, "Active power at its grid connection."},
    {"q_poi", reactive_power, false, "Reactive power at its grid connection."},
    {"v_poi", voltage, false, "Voltage at its grid connection."},
};
constexpr MeasuredPoint pv_points[] = {
    {"p", active_power, true, "Active power; generation is positive."},
    {"q", reactive_power, false, "Reactive power."},
    {"i_l1", current, false, "Current of the first phase."},
    {"i_l2", current, false, "Current of the second phase."},
    {"i_l3", current, false, "Current of the third phase."},
    {"voltage", phase_voltage, false, "Voltage, phase to neutral."},
    {"energy_export", energy, false, "Energy generated, counted up."},
    {"p_available", active_power, false, "What it could give now if it were not held back."},
};
constexpr MeasuredPoint load_points[] = {
    {"p", active_power, true, "Active power; consumption is negative."},
    {"q", reactive_power, false, "Reactive power."},
    {"i_l1", current, false, "Current of the first phase."},
    {"i_l2", current, false, "Current of the second phase."},
    {"i_l3", current, false, "Current of the third phase."},
    {"voltage", phase_voltage, false, "Voltage, phase to neutral."},
    {"energy_import", energy, false, "Energy taken, counted up."},
};
constexpr MeasuredPoint meter_points[] = {
    {"p", active_power, true, "Active power; export is positive."},
    {"q", reactive_power, false, "Reactive power."},
    {"i_l1", current, false, "Current of the first phase."},
    {"i_l2", current, false, "Current of the second phase."},
    {"i_l3", current, false, "Current of the third phase."},
    {"voltage", phase_voltage, false, "Voltage, phase to neutral."},
    {"energy_import", energy, false, "Energy taken from the grid, counted up."},
    {"energy_export", energy, false, "Energy given to the grid, counted up."},
};
static_assert(std::size(battery_points) <= most_measured_points &&
                  std::size(pv_points) <= most_measured_points &&
                  std::size(load_points) <= most_measured_points &&
                  std::size(meter_points) <= most_measured_points,
              "a kind measures no more than a row has room for: see most_measured_points");

}  // namespace

std::span<const MeasuredPoint> measured_points(DeviceKind kind) {
    switch (kind) {
        case DeviceKind::battery:
            return battery_points;
        case DeviceKind::pv:
            return pv_points;
        case DeviceKind::load:
            return load_points;
        case DeviceKind::meter:
            break;
    }
    return meter_points;
}

const MeasuredPoint* find_measured(DeviceKind kind, std::string_view name) {
    const auto points = measured_points(kind);
    const auto found = std::ranges::find(points, name, &MeasuredPoint::name);
    return found == points.end() ? nullptr : &*found;
}

}  // namespace hil::config
