#include "simulate/scenarios/plants.hpp"

#include "plant/codec.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <utility>

namespace hil::simulate {

ScenarioPlants::ScenarioPlants(Clock& clock, Network& network, const std::vector<config::Plant>& plants,
                               Duration period, const std::map<std::string, double>& soc_pu,
                               double usual_soc_pu, Random random, Hooks hooks)
    : plants_(plants), hooks_(std::move(hooks)), faults_(clock, random.fork()) {
    for (std::size_t i = 0; i < plants_.size(); ++i) {
        const auto& plant = plants_[i];
        auto unit = std::make_unique<Unit>();
        unit->plant = &plant;
        plant_sim::FaultSubject subject{plant.id, {}};
        for (const auto& point : plant.remote.points) {
            subject.points.push_back(point.name);
            unit->points.emplace(point.name, WatchedPoint(plant.remote, point));
        }
        subjects_.push_back(std::move(subject));
        const auto soc = soc_pu.find(plant.id);
        plant_sim::PlantServerOptions options;
        options.period = period;
        options.initial_soc_pu = soc == soc_pu.end() ? usual_soc_pu : soc->second;
        options.faults = &faults_;
        options.seed = random.next();
        auto server = plant_sim::PlantServer::open(clock, network, plant, plant.remote, std::move(options));
        if (!server) {
            throw std::runtime_error(
                fmt::format("the emulator of {} cannot listen: {}", plant.id, server.error().message()));
        }
        unit->server = std::move(*server);
        auto& emulator = unit->server->emulator();
        emulator.on_request = [this, i](const auto& request, const auto& response) {
            on_request(i, request, response);
        };
        emulator.on_step = [this](double, Duration) { hooks_.on_change(); };
        emulator.meter = [meter = emulator.meter, unit = unit.get()](const battery::Output& truth) {
            auto loaded = truth;
            loaded.p_poi_kw -= unit->load_kw;
            return meter ? meter(loaded) : loaded;
        };
        units_.push_back(std::move(unit));
    }
}

void ScenarioPlants::on_request(std::size_t plant, const modbus::Request& request,
                                const modbus::Response& response) {
    using enum modbus::Function;
    const bool writes =
        request.function == write_single_register || request.function == write_multiple_registers;
    if (writes && response.exception == 0 && !foreign_) {
        const auto count = static_cast<unsigned>(request.words.size());
        for (const auto& [name, point] : units_[plant]->points) {
            if (point.within(request.address, count) && point.point->alias_of.empty())
                hooks_.on_write(plant, name, value(plant, name));
        }
    }
    hooks_.on_change();
}

std::uint64_t ScenarioPlants::give(const boost::json::value& fault) {
    auto parsed = plant_sim::parse_fault(fault, subjects_);
    if (const auto* why = std::get_if<std::string>(&parsed)) throw std::logic_error(*why);
    return faults_.add(std::move(std::get<plant_sim::Fault>(parsed)));
}

std::string ScenarioPlants::set_soc(std::size_t plant, double soc_pu) {
    const auto seeded = units_[plant]->server->emulator().seed_soc(soc_pu, "the scenario");
    return seeded.status == plant_sim::SeedStatus::applied ? std::string() : seeded.message;
}

void ScenarioPlants::write(std::size_t plant, std::string_view point, double value) {
    const auto& endpoint = plants_[plant].remote;
    const auto* found = endpoint.find(point);
    const plant::Codec codec(*found, endpoint.byte_order, found->word_order.value_or(endpoint.word_order));
    const auto words = codec.encode(value);
    if (!words)
        throw std::runtime_error(
            fmt::format("{} cannot hold {:g}: {}", point, value, words.error().message()));
    modbus::Request request;
    request.unit = endpoint.unit_id;
    request.function = modbus::Function::write_multiple_registers;
    request.address = found->address;
    request.count = codec.word_count();
    request.words.assign(words->begin(), words->begin() + codec.word_count());
    foreign_ = true;
    (void)units_[plant]->server->emulator().execute(request);
    foreign_ = false;
}

double ScenarioPlants::value(std::size_t plant, const std::string& point) const {
    const double value = units_[plant]->points.at(point).value(emulator(plant).bank());
    return std::round(value * 1e9) / 1e9;
}

double ScenarioPlants::counts_off(std::size_t plant, const std::string& point, double wanted) const {
    const double count = std::abs(units_[plant]->points.at(point).count);
    // Cut towards zero, as every setpoint is; the slack is for decimals that have no exact binary form.
    const double right = std::trunc(wanted / count + std::copysign(1e-6, wanted));
    return std::abs(std::round(value(plant, point) / count) - right);
}

std::uint64_t ScenarioPlants::requests() const {
    std::uint64_t sum = 0;
    for (const auto& unit : units_)
        sum += unit->server->emulator().statistics().requests;
    return sum;
}

awaitable<void> ScenarioPlants::close() {
    for (const auto& unit : units_)
        co_await unit->server->stop();
}

}  // namespace hil::simulate
