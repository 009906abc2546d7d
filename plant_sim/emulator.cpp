#include "plant_sim/emulator.hpp"

#include "plant_sim/run_rule.hpp"
#include "plant_sim/sentinel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace hil::plant_sim {
namespace {

struct Range {
    std::uint32_t first = 0, count = 0;

    [[nodiscard]] bool overlaps(std::uint32_t at, std::uint32_t length) const {
        return first < at + length && at < first + count;
    }
};

// The holding registers a request writes.
Range written(const modbus::Request& request) {
    using enum modbus::Function;
    switch (request.function) {
        case write_single_register:
        case mask_write_register:
            return {request.address, 1};
        case write_multiple_registers:
            return {request.address, static_cast<std::uint32_t>(request.words.size())};
        case read_write_multiple_registers:
            return {request.write_address, static_cast<std::uint32_t>(request.words.size())};
        default:
            return {};
    }
}

// The registers of a table that a request reads.
Range read_by(const modbus::Request& request, config::RegisterType table) {
    using enum modbus::Function;
    const bool reads =
        table == config::RegisterType::input
            ? request.function == read_input_registers
            : request.function == read_holding_registers || request.function == read_write_multiple_registers;
    return reads ? Range{request.address, request.count} : Range{};
}

double finite_or_zero(double value) {
    return std::isfinite(value) ? value : 0.0;
}

}  // namespace

Emulator::Emulator(const config::ModbusEndpoint& endpoint, std::unique_ptr<battery::BatteryModel> model,
                   Instant now, EmulatorOptions options)
    : map_(options.map ? *options.map : plant::RegisterMap(endpoint)),
      model_(std::move(model)),
      options_(options),
      bank_(modbus::Bank::holding_only(register_count)) {
    const auto is_input = [](const config::Point& point) {
        return point.register_type == config::RegisterType::input;
    };
    if (std::ranges::any_of(endpoint.points, is_input)) bank_.input.resize(register_count);
    const auto& points = map_.standard();
    p_setpoint_ = slot(points.p_setpoint);
    q_setpoint_ = slot(points.q_setpoint);
    for (const auto& rule : run_rule) {
        if (const auto id = map_.find(rule.point)) {
            run_conditions_.push_back({.slot = slot(*id), .value = rule.value});
        }
    }
    add_measurement(points.p_battery, &battery::Output::p_battery_kw);
    add_measurement(points.q_battery, &battery::Output::q_battery_kvar);
    add_measurement(points.soc, &battery::Output::soc_pu);
    add_measurement(points.p_poi, &battery::Output::p_poi_kw);
    add_measurement(points.q_poi, &battery::Output::q_poi_kvar);
    add_measurement(points.v_poi, &battery::Output::v_poi_kv);
    take_identity(endpoint);
    power_on(now);
}

// A measurement shows what is measured, whatever is expected of it.
void Emulator::take_identity(const config::ModbusEndpoint& endpoint) {
    if (!endpoint.expect) return;
    const auto& expected = *endpoint.expect;
    const auto point = map_.find(expected.point);
    if (!point) return;
    const Slot at = slot(*point);
    const bool measured = std::ranges::any_of(measurements_, [&at](const Measurement& measurement) {
        const auto& other = measurement.slot;
        return at.table == other.table && Range{at.address, at.words}.overlaps(other.address, other.words);
    });
    if (measured) return;
    const double low = expected.min.value_or(expected.max.value_or(0));
    identity_ = Identity{.slot = at, .own = expected.value.value_or((low + expected.max.value_or(low)) / 2)};
}

// Written when it changes, so that what a master writes there stays.
void Emulator::show_identity() {
    if (!identity_) return;
    auto& identity = *identity_;
    const double now = (stranger ? stranger() : std::nullopt).value_or(identity.own);
    if (identity.shown == now) return;
    const auto& codec = *identity.slot.codec;
    if (const auto words = codec.encode(std::clamp(now, codec.lowest(), codec.highest())))
        store(identity.slot, *words);
    identity.shown = now;
}

Emulator::Slot Emulator::slot(plant::PointId point) const {
    if (point == plant::no_point) return {};
    const auto& definition = map_.point(point);
    const Slot slot{&map_.codec(point), definition.address, definition.word_count(),
                    definition.register_type};
    if (std::size_t{slot.address} + slot.words > register_count) {
        throw std::invalid_argument(
            fmt::format("point {} ends beyond register {}", definition.name, register_count - 1));
    }
    return slot;
}

// Points that share registers are one meter of the plant: the first one named is published, its alias with
// it.
void Emulator::add_measurement(plant::PointId point, double battery::Output::* source) {
    const Slot at = slot(point);
    if (at.codec == nullptr) return;
    const auto shares = [&at](const Measurement& other) {
        return at.table == other.slot.table &&
               Range{at.address, at.words}.overlaps(other.slot.address, other.slot.words);
    };
    if (std::any_of(measurements_.begin(), measurements_.end(), shares)) return;
    // Not a number is never equal to a value, so the first one published is coded.
    measurements_.push_back(
        {.point = point, .slot = at, .source = source, .value = std::nan(""), .coded = {}});
}

modbus::RegisterTable& Emulator::table(config::RegisterType type) {
    return type == config::RegisterType::input ? bank_.input : bank_.holding;
}

// Of what is written, which lies in holding registers.
double Emulator::read(const Slot& slot) const {
    if (slot.codec == nullptr) return 0;
    plant::Registers words;
    const auto held = std::span(words).first(slot.words);
    bank_.holding.read(slot.address, held);
    return slot.codec->decode(held);
}

void Emulator::store(const Slot& slot, const plant::Registers& words) {
    table(slot.table).write(slot.address, std::span(words).first(slot.words));
}

void Emulator::publish(const battery::Output& output) {
    output_ = output;
    const battery::Output shown = meter ? meter(output) : output;
    for (auto& measurement : measurements_) {
        if (unavailable && unavailable(map_.point(measurement.point).name)) {
            measurement.readable = true;
            store(measurement.slot,
                  measurement.slot.codec->registers(sentinel_of(map_.point(measurement.point))));
            continue;
        }
        const double value = shown.*measurement.source;
        measurement.readable = !std::isnan(value);
        if (!measurement.readable) continue;
        if (value != measurement.value) {
            const auto& codec = *measurement.slot.codec;
            // A meter at the end of its range shows that end.
            const auto coded = codec.encode(std::clamp(value, codec.lowest(), codec.highest()));
            if (coded) {
                measurement.value = value;
                measurement.coded = *coded;
            }
        }
        store(measurement.slot, measurement.coded);
    }
    show_identity();
}

modbus::Response Emulator::execute(const modbus::Request& request) {
    ++statistics_.requests;
    auto response = modbus::execute(bank_, request);
    if (response.exception == 0 && reads_unknown(request)) {
        response = modbus::Response{};
        response.unit = request.unit;
        response.function = request.function;
        response.exception = static_cast<std::uint8_t>(modbus::errc::server_device_failure);
    }
    if (on_command && response.exception == 0 && writes_command(request)) on_command();
    if (on_request) on_request(request, response);
    return response;
}

bool Emulator::reads_unknown(const modbus::Request& request) const {
    return std::ranges::any_of(measurements_, [&request](const Measurement& measurement) {
        const auto& slot = measurement.slot;
        return !measurement.readable && read_by(request, slot.table).overlaps(slot.address, slot.words);
    });
}

bool Emulator::writes_command(const modbus::Request& request) const {
    const Range range = written(request);
    if (range.count == 0) return false;
    const auto hit = [&range](const Slot& slot) {
        return slot.codec != nullptr && range.overlaps(slot.address, slot.words);
    };
    return hit(p_setpoint_) || hit(q_setpoint_) ||
           std::any_of(run_conditions_.begin(), run_conditions_.end(),
                       [&hit](const Condition& condition) { return hit(condition.slot); });
}

bool Emulator::running() const {
    return std::all_of(run_conditions_.begin(), run_conditions_.end(), [this](const Condition& condition) {
        return read(condition.slot) == condition.value;
    });
}

battery::Command Emulator::command() const {
    return {.p_kw = finite_or_zero(read(p_setpoint_)),
            .q_kvar = finite_or_zero(read(q_setpoint_)),
            .running = running()};
}

void Emulator::step(Instant now) {
    Duration dt = std::max(now - last_step_, Duration::zero());
    if (dt > options_.max_step) {
        dt = options_.max_step;
        ++statistics_.capped_steps;
    }
    const double energy_before_kwh = model_->energy_kwh();
    model_->set_time(now);
    const battery::Output output = model_->advance(obey ? obey(command()) : command(), dt);
    // Not before: the time of a step that failed counts in the next one.
    last_step_ = std::max(last_step_, now);
    ++statistics_.steps;
    const double energy_kwh =
        finite_or_zero(output.p_battery_kw) * (static_cast<double>(dt.count()) / 3.6e12);
    (energy_kwh < 0 ? totals_.charged_kwh : totals_.discharged_kwh) += std::abs(energy_kwh);
    publish(output);
    if (on_step) on_step(energy_before_kwh, dt);
}

void Emulator::power_on(Instant now) {
    for (auto* table : {&bank_.holding, &bank_.input})
        *table = modbus::RegisterTable(table->size());
    if (identity_) identity_->shown.reset();
    last_step_ = now;
    model_->set_time(now);
    publish(model_->at_rest());
}

SeedResult Emulator::seed_soc(double soc_pu, std::string_view source) {
    const std::string from = source.empty() ? std::string() : fmt::format(" from {}", source);
    if (!std::isfinite(soc_pu)) {
        return {.status = SeedStatus::error,
                .soc_pu = output_.soc_pu,
                .message = fmt::format("The state of charge{} is not a finite number.", from)};
    }
    if (!model_->seedable()) {
        return {.status = SeedStatus::skipped,
                .soc_pu = output_.soc_pu,
                .message = fmt::format("The state of charge{} was not set: the plant plays back a recording.",
                                       from)};
    }
    if (running()) {
        return {.status = SeedStatus::skipped,
                .soc_pu = output_.soc_pu,
                .message = fmt::format("The state of charge{} was not set because the plant runs.", from)};
    }
    model_->set_soc(soc_pu);
    publish(model_->at_rest());
    if (on_seed) on_seed();
    return {.status = SeedStatus::applied,
            .soc_pu = output_.soc_pu,
            .message = fmt::format("The state of charge was set to {:.4f}{}.", output_.soc_pu, from)};
}

}  // namespace hil::plant_sim
