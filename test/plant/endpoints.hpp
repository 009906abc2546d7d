// The two register maps the laboratory's configuration ships, as values.
#pragma once

#include "config/config.hpp"

namespace hil::test {

inline config::Point make_point(std::string name, std::uint16_t address, config::Format format,
                                config::Access access, config::Unit unit = config::Unit::raw,
                                double eng_per_count = 1) {
    config::Point point;
    point.name = std::move(name);
    point.address = address;
    point.format = format;
    point.access = access;
    point.unit = unit;
    point.eng_per_count = eng_per_count;
    return point;
}

inline config::ModbusEndpoint lib_endpoint() {
    using enum config::Format;
    using enum config::Access;
    using config::Unit;
    config::ModbusEndpoint endpoint;
    endpoint.address = {"127.0.0.1", 5020};
    endpoint.points = {make_point("enable", 1, uint16, read_write),
                       make_point("stop_command", 85, uint16, write),
                       make_point("p_setpoint", 86, int16, read_write, Unit::kw, 0.1),
                       make_point("q_setpoint", 88, int16, read_write, Unit::kvar, 0.1),
                       make_point("p_battery", 270, int16, read, Unit::kw, 0.1),
                       make_point("q_battery", 272, int16, read, Unit::kvar, 0.1),
                       make_point("soc", 281, uint16, read, Unit::pu, 0.0001),
                       make_point("p_poi", 290, int16, read, Unit::kw, 0.1),
                       make_point("q_poi", 292, int16, read, Unit::kvar, 0.1),
                       make_point("v_poi", 296, uint16, read, Unit::v, 1)};
    return endpoint;
}

inline config::ModbusEndpoint vrfb_endpoint() {
    using enum config::Format;
    using enum config::Access;
    using config::Unit;
    config::ModbusEndpoint endpoint;
    endpoint.address = {"127.0.0.1", 5021};
    endpoint.points = {make_point("p_setpoint", 1, int16, read_write, Unit::kw, 0.1),
                       make_point("q_setpoint", 2, int16, read_write, Unit::kvar, 0.1),
                       make_point("start_command", 5, uint16, write),
                       make_point("enable", 7, uint16, read_write),
                       make_point("p_battery", 14, int16, read, Unit::kw, 0.1),
                       make_point("p_poi", 14, int16, read, Unit::kw, 0.1),
                       make_point("q_battery", 15, int16, read, Unit::kvar, 0.1),
                       make_point("q_poi", 15, int16, read, Unit::kvar, 0.1),
                       make_point("soc", 22, uint16, read, Unit::pu, 0.0001),
                       make_point("v_poi", 29, uint16, read, Unit::v, 1)};
    endpoint.points[5].alias_of = "p_battery";
    endpoint.points[7].alias_of = "q_battery";
    return endpoint;
}

}  // namespace hil::test
