#include "device/schema.hpp"

#include <algorithm>

namespace hil::device {
namespace {

using config::DeviceKind;
using enum RollUp;

constexpr Column battery_columns[] = {
    {"p_setpoint_kw", "active_power_setpoint", "kW", "p_setpoint", mean, 0.0},
    {"battery_active_power_kw", "active_power_battery", "kW", "p_battery", mean, 0.1},
    {"q_setpoint_kvar", "reactive_power_setpoint", "kvar", "q_setpoint", mean, 0.0},
    {"battery_reactive_power_kvar", "reactive_power_battery", "kvar", "q_battery", mean, 0.1},
    {"soc_pu", "state_of_charge", "pu", "soc", mean, 0.0001},
    {"p_poi_kw", "active_power", "kW", "p_poi", mean, 0.1},
    {"q_poi_kvar", "reactive_power", "kvar", "q_poi", mean, 0.1},
    {"v_poi_kV", "voltage", "kV", "v_poi", mean, 0.001},
};

constexpr Column active_power{"p_kw", "active_power", "kW", "p", mean, 0.01};
constexpr Column reactive_power{"q_kvar", "reactive_power", "kvar", "q", mean, 0.01};
constexpr Column current_l1{"i_l1_a", "current_l1", "A", "i_l1", mean, 0.05};
constexpr Column current_l2{"i_l2_a", "current_l2", "A", "i_l2", mean, 0.05};
constexpr Column current_l3{"i_l3_a", "current_l3", "A", "i_l3", mean, 0.05};
constexpr Column voltage{"voltage_v", "voltage", "V", "voltage", mean, 0.5};
constexpr Column imported{"energy_import_kwh", "energy_import", "kWh", "energy_import", last, 0.01};
constexpr Column exported{"energy_export_kwh", "energy_export", "kWh", "energy_export", last, 0.01};

constexpr Column pv_columns[] = {
    active_power, reactive_power,
    current_l1,   current_l2,
    current_l3,   voltage,
    exported,     {"p_available_kw", "active_power_available", "kW", "p_available", mean, 0.01},
};
constexpr Column load_columns[] = {active_power, reactive_power, current_l1, current_l2,
                                   current_l3,   voltage,        imported};
constexpr Column meter_columns[] = {active_power, reactive_power, current_l1, current_l2,
                                    current_l3,   voltage,        imported,   exported};

// By kind.
constexpr Schema all[] = {{DeviceKind::battery, battery_columns},
                          {DeviceKind::pv, pv_columns},
                          {DeviceKind::load, load_columns},
                          {DeviceKind::meter, meter_columns}};

std::string header_text(const Schema& schema) {
    std::string line = "timestamp";
    for (const auto& column : schema.columns)
        line.append(1, ',').append(column.name);
    line.push_back('\n');
    return line;
}

bool same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::string_view Schema::header() const {
    static const auto headers = [] {
        std::array<std::string, std::size(all)> texts;
        for (const auto& schema : all)
            texts[static_cast<std::size_t>(schema.kind)] = header_text(schema);
        return texts;
    }();
    return headers[static_cast<std::size_t>(kind)];
}

std::size_t Schema::find(std::string_view name) const {
    return static_cast<std::size_t>(
        std::ranges::find_if(columns, [&](const Column& column) { return same_name(column.name, name); }) -
        columns.begin());
}

const Schema& schema_of(DeviceKind kind) {
    return all[static_cast<std::size_t>(kind)];
}

const Schema& battery_schema() {
    return schema_of(DeviceKind::battery);
}

std::span<const Schema> schemas() {
    return all;
}

const Schema& schema_of_header(std::span<const std::string_view> names) {
    const auto known = [names](const Schema& schema) {
        return std::ranges::count_if(
            names, [&schema](std::string_view name) { return schema.find(name) < schema.size(); });
    };
    const Schema* best = all;
    for (const auto& schema : schemas()) {
        const auto more = known(schema) - known(*best);
        // A load's columns are all among a meter's: of equals the one that has none besides.
        if (more > 0 || (more == 0 && known(schema) > 0 && schema.size() < best->size())) best = &schema;
    }
    return *best;
}

}  // namespace hil::device
