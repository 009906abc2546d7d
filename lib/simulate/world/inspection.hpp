// Looks at a simulated site once a dispatch period, between the ticks of everything else, when nothing should
// be under way: every plant through its watch, and the site as a whole, which must not grow.
#pragma once

#include "simulate/invariants/commands.hpp"
#include "simulate/invariants/devices.hpp"
#include "simulate/invariants/memory.hpp"
#include "simulate/invariants/posts.hpp"
#include "simulate/world/machine.hpp"
#include "simulate/world/process.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hil::simulate {

class SimulatedInspection {
  public:
    struct Site {
        Clock& clock;
        const service::Setup& setup;
        // The service as it lives now; null while there is none, or it is about to end.
        std::function<SimulatedProcess*()> process;
        std::vector<std::unique_ptr<PlantInvariants>>& watches;
        std::vector<std::unique_ptr<DeviceWatch>>& devices;
        CommandWatch& commands;
        PostWatch& posts;
        SimulatedMachine& machine;
        std::function<void()> look_at_outbox;
        PlantInvariants::Fail fail;
        bool all_is_read = false;  // no faults on the way: every device must have rows
    };

    explicit SimulatedInspection(Site site);

    // Until end() or cancelled.
    awaitable<void> run();
    void end() { over_ = true; }
    // Another life of the service: it has as many tasks as it begins with.
    void new_life() { tasks_ = 0; }
    // What was recorded since `from`, at the end: the rows that were measured. Tells what is wrong with them.
    std::size_t judge_files(WallTime from, const PlantInvariants::Fail& fail) const;

  private:
    void inspect_plants(SimulatedProcess& process);
    void inspect_devices(const service::Service& service);
    void inspect_whole(const service::Service& service);
    void inspect_disk(const SimulatedProcess& process);
    void inspect_memory();
    void fail(std::string plant, std::string text);

    // Of one plant; they are looked for every second.
    struct AlertKeys {
        std::string unconfirmed, astray, p_opposed, q_opposed, stale, idle;
    };

    Site site_;
    std::vector<AlertKeys> alert_keys_;
    bool over_ = false;
    std::size_t tasks_ = 0;
    MemoryWatch memory_use_;
    Instant next_memory_, next_look_;
};

}  // namespace hil::simulate
