// Rules about values that must fit each other: limits, registers, sequences, ports, credentials.
#pragma once

#include "config/config.hpp"
#include "config/problems.hpp"

#include <string>

namespace hil::config {

// Silent about values that are known to be wrong by themselves.
void check_rules(const Config& config, Problems& problems);

// Parts of it. `pointer` is where the plant or the endpoint stands.
void check_plant(const Plant& plant, const std::string& pointer, Problems& problems);
void check_alerting(const Alerting& alerting, Problems& problems);
void check_safety(const PlantSafety& safety, const std::string& pointer, Problems& problems);
void check_endpoint(const ModbusEndpoint& endpoint, const std::string& pointer, Problems& problems);
void check_device(const Device& device, const std::string& pointer, Problems& problems);
// Of devices behind one address: they differ in unit_id, and agree in how the connection is to be used.
void check_sharing(const Config& config, Problems& problems);
// Of an endpoint that is only read: its registers, and nothing of starts and stops.
void check_watched_endpoint(const ModbusEndpoint& endpoint, const std::string& pointer, Problems& problems);
// What a battery is told to be behind its local endpoint.
void check_emulation(const Emulation& emulation, const std::string& section, Problems& problems);

// The range of internal units (kW, kvar, pu, kV, raw) that the registers of a point can hold.
struct Range {
    double lowest = 0, highest = 0;
};
Range range_of(const Point& point);

}  // namespace hil::config
