#include "simulate/world/devices.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

namespace hil::simulate {
namespace {

using config::Format;
using config::Point;
using config::Unit;

// Sequences that have nothing to do with the one that begins with the seed itself.
constexpr std::uint64_t sides_stream = 0x73696465'73;
constexpr std::uint64_t models_stream = 0x6d6f64656c73, maps_stream = 0x6d617073,
                        gateways_stream = 0x67617465776179, identities_stream = 0x6964656e746974;

void draw_battery(config::Plant& plant, Random& random) {
    static constexpr std::array chemistries{config::Chemistry::lfp, config::Chemistry::nmc,
                                            config::Chemistry::lmo, config::Chemistry::lg_m50};
    auto& e = plant.model.emulation;
    if (e.kind != config::BatteryKind::ideal) return;
    e.kind = random.chance(0.5) ? config::BatteryKind::li_ion : config::BatteryKind::vrfb;
    e.chemistry = chemistries[random.below(chemistries.size())];
    const double rated = plant.model.power_limits.p_max_kw;
    if (random.chance(0.5)) e.response_delay = seconds(random.uniform(0, 2));
    if (random.chance(0.5)) e.ramp_kw_per_s = rated * random.uniform(0.05, 1);
    e.auxiliary_kw = rated * random.uniform(0, 0.01);
    e.line_resistance_pu = random.uniform(0, 0.01);
    e.line_reactance_pu = random.uniform(0, 0.05);
    e.grid_reactance_pu = random.uniform(0, 0.02);
    e.ambient_c = random.uniform(-5, 40);
    if (e.kind == config::BatteryKind::li_ion && random.chance(0.5)) e.ageing_factor = random.uniform(1, 365);
    e.capacity_loss_pu = random.uniform(0, 0.1);
    e.resistance_rise_pu = random.uniform(0, 0.3);
}

Point* find(config::ModbusEndpoint& endpoint, std::string_view name) {
    const auto found = std::ranges::find(endpoint.points, name, &Point::name);
    return found == endpoint.points.end() ? nullptr : &*found;
}

bool measured(const Point& point) {
    return point.access == config::Access::read;
}

// Changes of a map, each as somebody's device has it.
struct Change {
    void (*apply)(config::ModbusEndpoint&, Random&);
};

// What is charged counts as positive.
void turn_power(config::ModbusEndpoint& endpoint, Random&) {
    for (auto& point : endpoint.points)
        if (point.name.starts_with("p_")) point.eng_per_count = -point.eng_per_count;
}

void measure_in_input_registers(config::ModbusEndpoint& endpoint, Random&) {
    for (auto& point : endpoint.points)
        if (measured(point)) point.register_type = config::RegisterType::input;
}

void leave_out_reactive_power(config::ModbusEndpoint& endpoint, Random&) {
    std::erase_if(endpoint.points, [](const Point& point) { return point.name.starts_with("q_"); });
}

// All measurements wide, in registers of their own; aliases keep what they are aliases of.
void widen(config::ModbusEndpoint& endpoint, Random& random) {
    static constexpr std::array formats{Format::int32, Format::float32, Format::int64, Format::float64};
    const auto format = formats[random.below(formats.size())];
    std::uint16_t next = 1000;
    for (auto& point : endpoint.points) {
        if (!measured(point)) continue;
        point.format = format;
        if (const auto* other = find(endpoint, point.alias_of)) {
            point.address = other->address;
            point.format = other->format;
            continue;
        }
        point.address = next;
        next = static_cast<std::uint16_t>(next + point.word_count() + random.below(4));
    }
}

// What stands for nothing is a number that could be one.
void say_not_available(config::ModbusEndpoint& endpoint, Random&) {
    find(endpoint, "v_poi")->not_available = {std::int64_t{0}};
    for (const auto* name : {"soc", "p_battery", "q_battery", "p_poi", "q_poi"})
        if (auto* point = find(endpoint, name)) point->not_available = {std::int64_t{1}};
}

void offset_setpoint(config::ModbusEndpoint& endpoint, Random& random) {
    if (auto* point = find(endpoint, "p_setpoint"))
        point->offset =
            std::round(point->eng_per_count * 10 * (static_cast<double>(random.below(200)) - 100)) / 10;
}

void scale_power(config::ModbusEndpoint& endpoint, Random& random) {
    const std::uint16_t near = find(endpoint, "v_poi")->address;
    Point scale;
    scale.name = "power_scale";
    scale.address = static_cast<std::uint16_t>(random.chance(0.5) ? near + 4u : 3000u);
    scale.format = Format::int16;
    scale.register_type = find(endpoint, "v_poi")->register_type;
    endpoint.points.push_back(scale);
    for (const auto* name : {"p_battery", "p_poi"})
        find(endpoint, name)->scale_point = scale.name;
}

void draw_map(config::ModbusEndpoint& endpoint, Random& random) {
    // In this order: what widens leaves the registers that others chose.
    static constexpr std::array changes{Change{turn_power},
                                        Change{leave_out_reactive_power},
                                        Change{widen},
                                        Change{measure_in_input_registers},
                                        Change{say_not_available},
                                        Change{offset_setpoint},
                                        Change{scale_power}};
    for (const auto& change : changes)
        if (random.chance(0.35)) change.apply(endpoint, random);
    endpoint.strict = random.chance(0.5);
}

// A gateway before the plant, and the keys for what it needs: SimulatedInstruments makes it need that.
void draw_gateway(config::ModbusEndpoint& endpoint, Random& random) {
    if (random.chance(0.5)) endpoint.connect_delay = seconds(random.uniform(0.05, 2));
    if (random.chance(0.5))
        endpoint.min_pause = seconds(random.uniform(0.005, 0.06));
    else
        endpoint.max_in_flight = static_cast<std::uint16_t>(2 + random.below(7));
    if (random.chance(0.3)) endpoint.max_registers = static_cast<std::uint16_t>(4 + random.below(20));
}

// What the device is known by, asked at every connection.
void add_identity(config::ModbusEndpoint& endpoint) {
    Point model;
    model.name = "model";
    model.address = 2900;
    model.format = Format::uint16;
    endpoint.points.push_back(model);
    endpoint.expect = config::Expectation{.point = model.name, .value = 7, .min = {}, .max = {}};
}

// The same plant once more, elsewhere.
void add_remote_side(config::Config& config, Random& random) {
    constexpr std::uint16_t ports_on = 10'000;
    for (auto& plant : config.plants) {
        plant.remote = plant.local;
        plant.remote.address.port = static_cast<std::uint16_t>(plant.local.address.port + ports_on);
        plant.has_remote = true;
    }
    if (random.chance(0.3)) config.startup.transport_mode = config::TransportMode::remote;
}

}  // namespace

service::Setup draw_devices(std::uint64_t seed, service::Setup setup, const FaultProfile& faults) {
    Random models(seed ^ models_stream), maps(seed ^ maps_stream), gateways(seed ^ gateways_stream);
    const bool with_losses = faults.models > 0 && models.chance(faults.models);
    for (auto& plant : setup.config.plants) {
        if (with_losses) draw_battery(plant, models);
        if (faults.maps > 0 && maps.chance(faults.maps)) draw_map(plant.local, maps);
        if (faults.gateways > 0 && gateways.chance(faults.gateways)) draw_gateway(plant.local, gateways);
    }
    if (faults.strangers > 0 && Random(seed ^ identities_stream).chance(0.5))
        for (auto& plant : setup.config.plants)
            add_identity(plant.local);
    Random sides(seed ^ sides_stream);
    if (faults.remotes > 0 && sides.chance(faults.remotes))
        add_remote_side(setup.config, sides);
    else
        for (auto& plant : setup.config.plants)
            plant.has_remote = false;
    return setup;
}

}  // namespace hil::simulate
