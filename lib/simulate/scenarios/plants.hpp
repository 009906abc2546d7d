// The plants of a scenario: emulators that stand outside the service, at its remote endpoints, as plant_sim
// serves them. They live on whatever happens to the service.
#pragma once

#include "base/byte_stream.hpp"
#include "base/random.hpp"
#include "plant_sim/faults.hpp"
#include "plant_sim/plant_server.hpp"
#include "simulate/invariants/registers.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hil::simulate {

class ScenarioPlants {
  public:
    struct Hooks {
        // A register of a point was written by the service.
        std::function<void(std::size_t plant, const std::string& point, double value)> on_write;
        // Registers or meters may have changed.
        std::function<void()> on_change;
    };

    // Everything but `random` outlives it. Throws std::runtime_error when an address cannot be listened at.
    ScenarioPlants(Clock& clock, Network& network, const std::vector<config::Plant>& plants, Duration period,
                   const std::map<std::string, double>& soc_pu, double usual_soc_pu, Random random,
                   Hooks hooks);
    ScenarioPlants(const ScenarioPlants&) = delete;
    ScenarioPlants& operator=(const ScenarioPlants&) = delete;

    // Steps, below. Precondition: checked against the plants.
    std::uint64_t give(const boost::json::value& fault);
    void take_back(std::uint64_t fault) { faults_.remove(fault); }
    void take_back_all() { faults_.clear(); }
    // A sentence when it was refused.
    std::string set_soc(std::size_t plant, double soc_pu);
    void write(std::size_t plant, std::string_view point, double value);
    void restart(std::size_t plant) { units_[plant]->server->restart(); }
    void set_load(std::size_t plant, double kw) { units_[plant]->load_kw = kw; }

    // As the plant itself has it.
    [[nodiscard]] double value(std::size_t plant, const std::string& point) const;
    // Counts between what a setpoint register holds and what it should hold for `wanted`.
    [[nodiscard]] double counts_off(std::size_t plant, const std::string& point, double wanted) const;
    [[nodiscard]] const plant_sim::Emulator& emulator(std::size_t plant) const {
        return units_[plant]->server->emulator();
    }
    [[nodiscard]] std::uint64_t requests() const;

    awaitable<void> close();

  private:
    struct Unit {
        const config::Plant* plant = nullptr;
        std::unique_ptr<plant_sim::PlantServer> server;
        std::map<std::string, WatchedPoint> points;
        double load_kw = 0;
    };
    void on_request(std::size_t plant, const modbus::Request& request, const modbus::Response& response);

    const std::vector<config::Plant>& plants_;
    Hooks hooks_;
    plant_sim::Faults faults_;
    std::vector<plant_sim::FaultSubject> subjects_;
    std::vector<std::unique_ptr<Unit>> units_;
    bool foreign_ = false;  // what is written now is not the service's
};

}  // namespace hil::simulate
