// The description of the configuration file: its keys, types, ranges, defaults and what each is for.
// Rules that concern more than one key are in rules.hpp.
#pragma once

#include "config/description.hpp"

#include <array>
#include <string_view>

namespace hil::config {

void describe(Visitor& v, Config& config);
void describe(Visitor& v, Plant& plant);
void describe(Visitor& v, Emulation& emulation);
void describe(Visitor& v, Device& device);
void describe(Visitor& v, PlantModel& model);
void describe(Visitor& v, Point& point);
void describe(Visitor& v, SequenceStep& step);
void describe(Visitor& v, Heartbeat& heartbeat);
void describe(Visitor& v, Expectation& expect);
void describe(Visitor& v, PlantSafety& safety);
void describe(Visitor& v, IstentoreApi& api);
void describe(Visitor& v, Account& account);
void describe(Visitor& v, Tls& tls);
void describe(Visitor& v, Alerting& alerting);

// Of an endpoint of any device: where it is, and how it wants to be asked.
void describe_connection(Visitor& v, ModbusEndpoint& endpoint, TransportMode side);
// The name under which points that measure a quantity are described in the schema.
std::string_view point_type(Quantity quantity);

// Points with a meaning to the service.
inline constexpr std::array<std::string_view, 9> standard_points{
    "p_setpoint", "p_battery", "q_setpoint", "q_battery", "enable", "soc", "p_poi", "q_poi", "v_poi"};
// Those of them that every endpoint has, and those that a plant without reactive power lacks.
inline constexpr std::array<std::string_view, 6> required_points{"p_setpoint", "p_battery", "enable",
                                                                 "soc",        "p_poi",     "v_poi"};
inline constexpr std::array<std::string_view, 3> reactive_points{"q_setpoint", "q_battery", "q_poi"};

// What a plant's point measures follows from its name; names that are not known are raw numbers.
Quantity quantity_of(std::string_view point);
// The same where the point says it itself.
Quantity quantity_of(const Point& point);

// A plant with the defaults of its id: lib and vrfb have ports, series and a place of their own.
Plant default_plant(const std::string& id);

// A watched device with the defaults of its id. Which points it has depends on its kind.
Device default_device(const std::string& id);

// Environment variables of this project that are not the path of a key.
inline constexpr std::array<std::string_view, 4> other_variables{
    "HIL_PUBLIC_DASH_USER", "HIL_PUBLIC_DASH_PASS", "HIL_ISTENTORE_SIM_EMAIL", "HIL_ISTENTORE_SIM_PASSWORD"};

}  // namespace hil::config
