// The site of one process: made from its configuration, started, run and ended in order.
#pragma once

#include "app/plant_unit.hpp"
#include "app/setup.hpp"
#include "measure/file_store.hpp"
#include "schedule/plan_store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::app {

class Service {
  public:
    struct Options {
        Instant anchor;            // of every ticker
        bool fresh_start = false;  // with --from: the state of charge begins at startup.initial_soc_pu
        std::uint64_t seed = 1;
    };

    // `setup` and `store` outlive the service.
    Service(const Surroundings& around, const Setup& setup, schedule::PlanStore& store,
            std::shared_ptr<measure::FileStore> files, Options options);
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service();

    // Binds the emulators. A sentence when that failed.
    std::optional<std::string> open();
    // Starts all tasks.
    void begin();

    struct StartOutcome {
        std::string plant;
        error_code error;
    };
    // Records (if asked for), opens the gate and starts one plant as soon as its link is up.
    awaitable<StartOutcome> start_plant(std::size_t index, bool record);
    // Ends all recordings at this instant, closing null rows included, and writes them.
    awaitable<void> stop_recording();

    struct StopOutcome {
        std::string plant;
        bool was_active = false;  // it ran, or might have
        control::StopResult result;
    };
    // Safe stop of every plant that runs or might run, side by side.
    awaitable<std::vector<StopOutcome>> stop_plants();
    // Ends tasks, links and emulators. Nothing runs afterwards.
    awaitable<void> close();

    [[nodiscard]] std::size_t size() const { return units_.size(); }
    [[nodiscard]] PlantUnit& unit(std::size_t index) { return *units_[index]; }
    [[nodiscard]] const PlantUnit& unit(std::size_t index) const { return *units_[index]; }
    [[nodiscard]] const measure::LiveState& live() const { return live_; }
    [[nodiscard]] measure::Recorder& recorder() { return *recorder_; }
    [[nodiscard]] const measure::Recorder& recorder() const { return *recorder_; }
    // How many tasks of the service itself run; constant between begin() and close().
    [[nodiscard]] std::size_t tasks() const { return tasks_.size(); }
    // A task failed beyond repair; empty while none did.
    [[nodiscard]] const std::string& broken() const { return broken_; }

  private:
    awaitable<void> keep_calendar();

    Surroundings around_;
    const Setup& setup_;
    schedule::PlanStore& store_;
    std::shared_ptr<measure::FileStore> files_;
    Options options_;
    schedule::Arbiter arbiter_;
    measure::LiveState live_;
    std::unique_ptr<measure::Recorder> recorder_;
    std::vector<std::unique_ptr<PlantUnit>> units_;
    schedule::PlanStore::Subscription plan_news_;
    std::string broken_;
    TaskGroup tasks_;
};

}  // namespace hil::app
