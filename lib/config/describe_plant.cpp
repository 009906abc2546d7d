#include "config/describe.hpp"
#include "config/texts.hpp"

#include <algorithm>

namespace hil::config {

namespace {

constexpr Named<Unit> raw_units[] = {{"raw", Unit::raw}};
constexpr Named<Unit> soc_units[] = {{"pu", Unit::pu}, {"pc", Unit::percent}, {"%", Unit::percent}};
constexpr Named<Unit> active_units[] = {{"kw", Unit::kw}, {"w", Unit::w}, {"mw", Unit::mw}};
constexpr Named<Unit> reactive_units[] = {{"kvar", Unit::kvar}, {"var", Unit::var}, {"mvar", Unit::mvar}};
constexpr Named<Unit> voltage_units[] = {{"v", Unit::v}, {"kv", Unit::kv}};
constexpr Named<Unit> current_units[] = {{"a", Unit::a}};
constexpr Named<Unit> phase_voltage_units[] = {{"v", Unit::phase_v}, {"kv", Unit::phase_kv}};
constexpr Named<Unit> energy_units[] = {{"kwh", Unit::kwh}, {"wh", Unit::wh}, {"mwh", Unit::mwh}};

std::span<const Named<Unit>> units_of(Quantity quantity) {
    switch (quantity) {
        case Quantity::active_power:
            return active_units;
        case Quantity::reactive_power:
            return reactive_units;
        case Quantity::state_of_charge:
            return soc_units;
        case Quantity::voltage:
            return voltage_units;
        case Quantity::current:
            return current_units;
        case Quantity::phase_voltage:
            return phase_voltage_units;
        case Quantity::energy:
            return energy_units;
        case Quantity::raw:
            break;
    }
    return raw_units;
}

std::string_view type_of(std::string_view point) {
    return point_type(quantity_of(point));
}

std::string_view doc_of(std::string_view point) {
    constexpr std::pair<std::string_view, std::string_view> docs[] = {
        {"p_setpoint", "Active power asked for; positive discharges."},
        {"p_battery", "Active power of the battery."},
        {"q_setpoint", "Reactive power asked for; without it none is dispatched."},
        {"q_battery", "Reactive power of the battery."},
        {"enable", "1: the plant obeys its setpoints."},
        {"soc", "State of charge."},
        {"p_poi", "Active power at the grid connection."},
        {"q_poi", "Reactive power at the grid connection."},
        {"v_poi", "Voltage at the grid connection."}};
    for (const auto& [name, doc] : docs)
        if (name == point) return doc;
    return "A further register, by the name that sequences use.";
}

void endpoint(Visitor& v, ModbusEndpoint& e, TransportMode side) {
    describe_connection(v, e, side);
    const Keys names{.key = texts::point_name,
                     .named = {required_points.begin(), required_points.end()},
                     .usual = {reactive_points.begin(), reactive_points.end()},
                     .at_least = 0,
                     .type = type_of,
                     .doc = doc_of};
    v.map(
        {.name = "points", .doc = "The registers by name.", .required = true}, names, e.points,
        [](const std::string& name) {
            Point point;
            point.name = name;
            return point;
        },
        [](const Point& point) { return point.name; });
    v.list({.name = "start_sequence",
            .doc = "Writes that start the plant, in order; enable 1 when it is left out."},
           e.start_sequence);
    v.list({.name = "stop_sequence",
            .doc = "Writes that stop the plant, in order; enable 0 when it is left out."},
           e.stop_sequence);
    v.optional({.name = "heartbeat", .doc = "A register that is counted up while the link is used."},
               e.heartbeat);
    v.choice<WriteFunction>(
        {.name = "write_function",
         .doc = "The function that writes registers; auto: 6 for one and 16 for more, and "
                "the other one where the device knows only that."},
        e.write_function, write_functions);
    v.choice<SetpointOrder>(
        {.name = "setpoints",
         .doc = "When a start writes the setpoints; after_enable for devices that take none "
                "before."},
        e.setpoints, setpoint_orders);
    v.flag({.name = "stale_setpoint_ok",
            .doc = "With setpoints after_enable: a start may enable the plant though a setpoint register is "
                   "not 0."},
           e.stale_setpoint_ok);
    v.choice<OnRefused>({.name = "on_refused",
                         .doc = "What a setpoint is replaced by that the device refuses: the most it takes, "
                                "which is searched for, or 0."},
                        e.on_refused, on_refuseds);
    v.seconds({.name = "start_retry_s",
               .doc = "How long a start is tried again while the plant is busy, silent or out of reach; 0: "
                      "it is tried once."},
              e.start_retry, {0, 86'400});
    v.optional({.name = "expect",
                .doc = "A register by which device, map and firmware are known; where it holds something "
                       "else nothing is written."},
               e.expect);
}

}  // namespace

void describe(Visitor& v, PlantModel& m) {
    constexpr Real power{-1e7, 1e7};
    v.refused("poi_voltage_v", "is not read any more, use poi_voltage_kv (in kV)");
    v.real({.name = "capacity_kwh", .doc = "Energy between empty and full."}, m.capacity_kwh, {0, 1e9});
    v.group({.name = "power_limits", .doc = "No setpoint beyond these is ever written."}, [&] {
        v.real({.name = "p_max_kw", .doc = "Most discharge, at least 0."}, m.power_limits.p_max_kw, power);
        v.real({.name = "p_min_kw", .doc = "Most charge, at most 0."}, m.power_limits.p_min_kw, power);
        v.real({.name = "q_max_kvar", .doc = "Most reactive power, at least 0."}, m.power_limits.q_max_kvar,
               power);
        v.real({.name = "q_min_kvar", .doc = "Least reactive power, at most 0."}, m.power_limits.q_min_kvar,
               power);
    });
    v.real({.name = "poi_voltage_kv", .doc = "Nominal voltage at the grid connection."}, m.poi_voltage_kv,
           {0, 1000});
    v.real({.name = "ramp_kw_per_s",
            .doc = "Fastest change of active power that plans may ask for; null: any.",
            .nullable = true},
           m.ramp_kw_per_s, {0, 1e7, true});
    v.real({.name = "stop_threshold_kw",
            .doc = "A stop waits until the battery gives and takes less than this, in kW and kvar, before it "
                   "switches off."},
           m.stop_threshold_kw, {0, 1e6, true});
    v.group({.name = "emulation", .doc = "What is emulated behind the local endpoint."},
            [&] { describe(v, m.emulation); });
}

void describe_connection(Visitor& v, ModbusEndpoint& e, TransportMode where) {
    v.refused("registers", "is not read any more, list each register under points");
    v.text({.name = "host",
            .doc = "Name or address of the Modbus server.",
            .required = where == TransportMode::remote,
            .nullable = where == TransportMode::local},
           e.address.host, texts::host);
    // Only lib and vrfb have local ports of their own; rules.hpp misses the port of others.
    std::optional<int> port;
    if (e.address.port != 0) port = e.address.port;
    v.whole(
        {.name = "port",
         .doc = where == TransportMode::local ? "TCP port; lib has 5020 and vrfb 5021 when it is left out."
                                              : "TCP port."},
        port, {1, 65'535});
    e.address.port = static_cast<std::uint16_t>(port.value_or(0));
    v.whole({.name = "unit_id", .doc = "Modbus unit."}, e.unit_id, {0, 255});
    v.milliseconds({.name = "timeout_ms", .doc = "How long an answer may take."}, e.timeout, {1, 60'000});
    v.whole({.name = "max_gap_registers",
             .doc = "How many registers may lie between two points that are read in one request."},
            e.max_gap_registers, {0, 124});
    v.whole({.name = "max_registers", .doc = "How many registers the device allows in one request."},
            e.max_registers, {1, 125});
    v.whole({.name = "max_in_flight", .doc = "How many requests may wait for their answer at once."},
            e.max_in_flight, {1, 64});
    v.milliseconds({.name = "connect_delay_ms",
                    .doc = "How long nothing is asked on a new connection, for gateways that swallow it."},
                   e.connect_delay, {0, 60'000});
    v.milliseconds(
        {.name = "min_pause_ms",
         .doc = "Pause between an answer and the next request; above 0 requests go one at a time."},
        e.min_pause, {0, 10'000});
    if (where == TransportMode::local)
        v.flag(
            {.name = "strict",
             .doc = "The emulator refuses other unit ids, and requests that touch neither a point nor a gap "
                    "of at most max_gap_registers between two, so that a rehearsal finds wrong ones."},
            e.strict);
    v.choice<ByteOrder>({.name = "byte_order", .doc = "Order of the bytes in a register.", .required = true},
                        e.byte_order, byte_orders);
    v.choice<WordOrder>({.name = "word_order",
                         .doc = "Order of the registers of 32-bit values: most or least significant first.",
                         .required = true},
                        e.word_order, word_orders);
}

std::string_view point_type(Quantity quantity) {
    switch (quantity) {
        case Quantity::active_power:
            return "active_power_point";
        case Quantity::reactive_power:
            return "reactive_power_point";
        case Quantity::state_of_charge:
            return "state_of_charge_point";
        case Quantity::voltage:
            return "voltage_point";
        case Quantity::current:
            return "current_point";
        case Quantity::phase_voltage:
            return "phase_voltage_point";
        case Quantity::energy:
            return "energy_point";
        case Quantity::raw:
            break;
    }
    return "raw_point";
}

Quantity quantity_of(std::string_view point) {
    if (point == "soc") return Quantity::state_of_charge;
    if (point == "v_poi") return Quantity::voltage;
    if (point == "p_setpoint" || point == "p_battery" || point == "p_poi") return Quantity::active_power;
    if (point == "q_setpoint" || point == "q_battery" || point == "q_poi") return Quantity::reactive_power;
    return Quantity::raw;
}

Quantity quantity_of(const Point& point) {
    return point.quantity.value_or(quantity_of(point.name));
}

// How the device treats its setpoints; rules.hpp refuses it at other points.
static void setpoint_handling(Visitor& v, Point& point) {
    constexpr Real amount{0, 1e7};
    v.real(
        {.name = "step", .doc = "Of setpoints: the device keeps multiples of it, kW or kvar; 0: any value."},
        point.step, amount);
    v.real({.name = "tolerance",
            .doc = "Of setpoints: a value read back that is as near as this, kW or kvar, counts as equal."},
           point.tolerance, amount);
    v.choice<Confirm>(
        {.name = "confirm",
         .doc = "Of setpoints: what confirms one; within where step or tolerance are given, else exact."},
        point.confirm, confirms);
    v.seconds(
        {.name = "refresh_s",
         .doc = "Of setpoints: written anew so often while dispatch is on, for a device that obeys only "
                "for a while."},
        point.refresh, {0.1, 86'400});
    v.whole({.name = "max_writes_per_day",
             .doc = "Of setpoints: how often a day the device may be written, for a memory that wears out."},
            point.max_writes_per_day, {1, 1'000'000});
    v.texts(
        {.name = "limit_points",
         .doc = "Of setpoints: the points that say how much the device takes now; one for both directions, "
                "or of discharging and of charging."},
        point.limit_points, texts::point_name);
}

void describe(Visitor& v, Point& point) {
    v.refused("byte_order", "belongs to the endpoint: set byte_order beside points");
    v.whole({.name = "address", .doc = "First register, counted from 0.", .required = true}, point.address,
            {0, 65'535});
    v.choice<Format>({.name = "format",
                      .doc = "Type of the number; 32-bit ones take two registers, 64-bit ones four.",
                      .required = true},
                     point.format, formats);
    v.choice<Access>({.name = "access", .doc = "Readable, writable or both.", .required = true}, point.access,
                     accesses);
    v.choice<Unit>({.name = "unit", .doc = "Unit of the register's value.", .required = true}, point.unit,
                   units_of(quantity_of(point)), "invalid unit: ");
    v.choice<RegisterType>(
        {.name = "register_type",
         .doc = "The table it lies in: holding (function 3) or input (function 4, which is never written)."},
        point.register_type, register_types);
    v.real({.name = "eng_per_count",
            .doc = "How much of the unit one count is; negative where the device counts the other way.",
            .required = true},
           point.eng_per_count, {.min = -1e9, .max = 1e9, .not_zero = true});
    v.real({.name = "offset", .doc = "Added to the scaled counts, in the unit."}, point.offset, {-1e9, 1e9});
    v.text({.name = "scale_point",
            .doc = "The point that gives the power of ten by which the counts are multiplied besides."},
           point.scale_point, texts::point_name);
    v.raw_values({.name = "not_available",
                  .doc = "Raw values by which the device says that it has no value: numbers before scale and "
                         "offset, or registers in hexadecimal such as \"0x8000\"; one or an array."},
                 point.not_available);
    v.choice<WordOrder>(
        {.name = "word_order", .doc = "For this point another order of registers than the endpoint's."},
        point.word_order, word_orders);
    v.text({.name = "alias_of", .doc = "The point whose registers this one shares on purpose."},
           point.alias_of, texts::point_name);
    v.seconds({.name = "verify_timeout_s",
               .doc = "How long an acknowledged value may take to be read back; 3 when it is left out."},
              point.verify_timeout, {0, 600, true});
    setpoint_handling(v, point);
}

void describe(Visitor& v, SequenceStep& step) {
    v.text({.name = "point", .doc = "The point that is written.", .required = true}, step.point,
           texts::point_name);
    v.real({.name = "value", .doc = "The value: kW, kvar, pu, kV, or raw.", .required = true}, step.value,
           {-5e9, 5e9});
    v.flag({.name = "verify", .doc = "Read back before the next step; needs a readable point."}, step.verify);
    v.seconds({.name = "verify_timeout_s",
               .doc = "How long the value may take to be read back; that of the point when it is left out."},
              step.verify_timeout, {0, 600, true});
    v.flag({.name = "watch",
            .doc = "Of a verified step of a start: the plant counts as running only while the register "
                   "holds the value."},
           step.watch);
}

void describe(Visitor& v, Expectation& expect) {
    constexpr Real any{-5e9, 5e9};
    v.text({.name = "point", .doc = "The point that is read at every connection.", .required = true},
           expect.point, texts::point_name);
    v.real({.name = "value", .doc = "What it holds.", .nullable = true}, expect.value, any);
    v.real({.name = "min", .doc = "The least it holds, where it is a range.", .nullable = true}, expect.min,
           any);
    v.real({.name = "max", .doc = "The most it holds, where it is a range.", .nullable = true}, expect.max,
           any);
}

void describe(Visitor& v, Heartbeat& heartbeat) {
    v.text({.name = "point", .doc = "The point that is counted up.", .required = true}, heartbeat.point,
           texts::point_name);
    v.seconds({.name = "period_s", .doc = "How often.", .required = true}, heartbeat.period, {0.1, 3600});
}

void describe(Visitor& v, Plant& plant) {
    v.text({.name = "name", .doc = "Name for people; the id in capitals when it is left out."}, plant.name,
           texts::name);
    v.group({.name = "model", .doc = "What the plant can do."}, [&] { describe(v, plant.model); });
    v.group({.name = "modbus", .doc = "How the plant is reached.", .required = true}, [&] {
        v.optional_group(
            {.name = "local", .doc = "The emulator inside the service; without it the plant is remote only."},
            plant.has_local, [&] { endpoint(v, plant.local, TransportMode::local); });
        v.optional_group(
            {.name = "remote", .doc = "The real controller; without it the plant is emulated only."},
            plant.has_remote, [&] { endpoint(v, plant.remote, TransportMode::remote); });
    });
    v.group({.name = "measurement_series",
             .doc = "Series of the market platform that measurements are posted to; null: not posted."},
            [&] {
                constexpr Whole series{1, Whole::unlimited};
                auto& s = plant.measurement_series;
                v.whole({.name = "soc", .doc = "State of charge (lib: 4, vrfb: 5).", .nullable = true}, s.soc,
                        series);
                v.whole({.name = "p", .doc = "Active power (lib: 6, vrfb: 11).", .nullable = true}, s.p,
                        series);
                v.whole({.name = "q", .doc = "Reactive power (lib: 7, vrfb: 10).", .nullable = true}, s.q,
                        series);
                v.whole({.name = "v", .doc = "Voltage (lib: 8, vrfb: 9).", .nullable = true}, s.v, series);
            });
    v.section({.name = "safety", .doc = "When the plant is warned of, derated and stopped."}, plant.safety);
}

Plant default_plant(const std::string& id) {
    Plant plant;
    plant.id = plant.name = id;
    std::transform(id.begin(), id.end(), plant.name.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    plant.has_local = plant.has_remote = false;
    plant.local.address.host = "127.0.0.1";
    plant.remote.address.port = 502;
    for (auto* endpoint : {&plant.local, &plant.remote}) {
        endpoint->start_sequence = {{"enable", 1, true}};
        endpoint->stop_sequence = {{"enable", 0, true}};
    }
    if (id == "lib") {
        plant.local.address.port = 5020;
        plant.measurement_series = {4, 6, 7, 8};
    } else if (id == "vrfb") {
        plant.local.address.port = 5021;
        plant.measurement_series = {5, 11, 10, 9};
    }
    return plant;
}

}  // namespace hil::config
