// The service of a simulated site over all its lives: it is started, killed or ended in order, and started
// again over the same files and database, while the plants go on or lose their power, too.
#pragma once

#include "base/memory_network.hpp"
#include "simulate/invariants/commands.hpp"
#include "simulate/invariants/devices.hpp"
#include "simulate/world/process.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace hil::simulate {

class SimulatedService {
  public:
    struct Site {
        Clock& clock;
        MemoryNetwork& memory;  // where connections break
        Network& network;       // what the service is given: the same, or one that spoils answers
        SimulatedMachine& machine;
        const service::Setup& setup;
        std::vector<std::unique_ptr<PlantInvariants>>& watches;  // made at the first start
        CommandWatch& commands;
        Trace& trace;
        WallTime grid;              // of the samples
        plant_sim::Faults* faults;  // of the plants; none: they have none
        std::function<PlantInvariants::Settings()> settings;
        std::function<void(Violation)> fail;
        std::function<void()> on_end;    // a life of the service is over; what it left on the disk is there
        std::function<void()> on_begin;  // another life of it begins
        std::function<void(std::size_t, const measure::Row&)> on_sample;  // may be empty
        std::vector<std::unique_ptr<DeviceWatch>>& devices;               // made at the first start
    };

    SimulatedService(const Site& site, Random random);
    SimulatedService(const SimulatedService&) = delete;
    SimulatedService& operator=(const SimulatedService&) = delete;

    // The first start. Where somebody else uses the plants, some run already.
    void start(bool others);
    awaitable<void> begin() { return process_->begin(); }

    // Ends the service and starts it again. Precondition: it runs.
    struct Ending {
        bool kill = false;
        bool plants_go_on = false;  // otherwise they are switched on anew
        Duration absence{};
    };
    awaitable<void> restart(Ending ending);
    // Ends what runs, for good.
    awaitable<void> close();

    // What stands at the endpoint in use. Precondition: the service is present.
    [[nodiscard]] plant_sim::PlantServer& device(std::size_t plant);

    // The service as it lives now; null while there is none, or it is about to end.
    [[nodiscard]] SimulatedProcess* process() { return ending_ ? nullptr : process_.get(); }
    // The same, also while it ends; null between two lives.
    [[nodiscard]] SimulatedProcess* present() { return process_.get(); }
    [[nodiscard]] std::uint64_t lives() const { return lives_; }

  private:
    // What a plant is by itself.
    struct Hardware {
        modbus::RegisterTable registers;
        double soc_pu = 0;
    };

    void open_remotes();
    // What stands at the endpoint in use is no part of the service.
    [[nodiscard]] bool stands_apart(std::size_t plant);
    void moved(std::size_t plant);
    [[nodiscard]] std::optional<Hardware> switched_off(std::size_t plant);
    void make_process(bool first);
    void follow(std::size_t plant);
    void follow_devices();
    void put_back(std::size_t plant, const Hardware& hardware);
    void find_running(std::size_t plant);
    [[nodiscard]] PlantInvariants::Found found(std::size_t plant) const;
    awaitable<void> end_in_order();
    awaitable<void> mend_recordings();
    void on_write(std::size_t plant, const control::PlantControl::WriteEvent& write);
    void on_sample(std::size_t plant, const measure::Row& row);
    void on_command(const control::Command& command);

    Site site_;
    Random random_;
    bool ending_ = false, killed_ = false;
    std::uint64_t lives_ = 0;
    // The plants of the remote side, which stand there whatever the service uses; none where there is no such
    // side.
    std::vector<std::unique_ptr<plant_sim::PlantServer>> remotes_;
    std::unique_ptr<SimulatedProcess> process_;
    Subscription events_, command_news_, safety_news_;
};

}  // namespace hil::simulate
