// The site of one process: its parts made from the configuration, wired, started, run and ended in order.
// What can be asked of it goes through its command engine (site_commands.hpp).
#pragma once

#include "control/command_engine.hpp"
#include "control/safety.hpp"
#include "measure/file_store.hpp"
#include "measure/history.hpp"
#include "observe/subject.hpp"
#include "schedule/drafts.hpp"
#include "schedule/plan_store.hpp"
#include "service/plant_runtime.hpp"
#include "service/setup.hpp"
#include "service/site_parts.hpp"
#include "service/watched_devices.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::market {
class Market;
}

namespace hil::service {

class Service {
  public:
    struct Options {
        Instant anchor;            // of every ticker
        bool fresh_start = false;  // with --from: the state of charge begins at startup.initial_soc_pu
        std::uint64_t seed = 1;
        bool real_time = false;              // the clock is the machine's own: remote transport is possible
        std::uint64_t first_command = 1;     // number, one more than the highest in the audit
        schedule::Drafts* drafts = nullptr;  // these outlive the service; none: it has its own
        control::SafetyStore* safety = nullptr;  // none: an emergency stop is not kept over a restart
        // Asked each second on a worker of its own, since a disk may not answer: why what is kept is no
        // longer where the next start looks for it; empty while it is. Neither: nobody asks.
        std::function<std::string()> storage_gone{};
        BlockingExecutor* storage_watch = nullptr;
        measure::History* history = nullptr;           // none: rows are recorded only
        journal::Reasons* reasons = nullptr;           // none: why a value was sent is not kept
        plant_sim::Faults* faults = nullptr;           // of the emulators; none: they have none
        journal::WriteCounts* write_counts = nullptr;  // none: not kept over a restart
    };

    // `setup` and `store` outlive the service.
    Service(const SiteContext& context, const Setup& setup, schedule::PlanStore& store,
            std::shared_ptr<measure::FileStore> files, Options options);
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service();

    // Binds the emulators. A sentence when that failed.
    std::optional<std::string> open();
    // Takes over the emergency stop and the trips of the last run: before begin().
    awaitable<void> load();
    // Starts all tasks.
    void begin();
    // The devices that are only watched are recorded from here on.
    void record_devices() { devices_->record(); }

    // Records (if asked for), enables dispatch and starts one plant as soon as its link is up, by commands.
    // Empty, or why it could not be done.
    awaitable<std::string> start_plant(std::size_t index, bool record, std::string actor);

    struct StopOutcome {
        std::string plant;
        bool was_active = false;  // it ran, or might have
        control::StopResult result;
    };
    // The last stop, beside whatever commands run: nothing is started from here on. Safe stop of every plant
    // that runs or might run, side by side; or, where plants are to be left as they are, of those whose stop
    // has begun.
    enum class LastStop : std::uint8_t { all, begun };
    awaitable<std::vector<StopOutcome>> stop_plants(std::string actor, LastStop which = LastStop::all);
    // The process is about to end: what cannot be written now is lost, and said to be.
    void ending() { ending_ = true; }
    [[nodiscard]] bool is_ending() const { return ending_; }
    // Ends commands, tasks, links and emulators. Nothing runs afterwards.
    awaitable<void> close();

    // A session is begun at most once, in the file of the present transport.
    awaitable<result<void>> start_recording(std::size_t index);
    // Ends a recording at this instant, closing null row included, and writes it.
    awaitable<result<void>> stop_recording(std::size_t index);
    awaitable<void> stop_recording();
    // The file the plant's rows go to now, or will go to.
    [[nodiscard]] std::string recording_file(std::size_t index) const;

    // Every plant goes on at what was prepared for it. All are stopped, no recording is on.
    awaitable<void> change_transport(config::TransportMode mode,
                                     std::vector<std::shared_ptr<EndpointRuntime>> next);
    void set_source(config::ScheduleSource source);
    enum class Switching : std::uint8_t { nothing, transport, source };
    void set_switching(Switching what);
    [[nodiscard]] Switching switching() const { return switching_; }

    [[nodiscard]] config::TransportMode transport() const { return transport_; }
    [[nodiscard]] bool real_time() const { return options_.real_time; }
    [[nodiscard]] const SiteParts& parts() const { return *parts_; }
    [[nodiscard]] std::size_t size() const { return units_.size(); }
    [[nodiscard]] PlantRuntime& unit(std::size_t index) { return *units_[index]; }
    [[nodiscard]] const PlantRuntime& unit(std::size_t index) const { return *units_[index]; }
    // Null while there is none; lives longer than the commands do.
    [[nodiscard]] market::Market* market() const { return market_; }
    void set_market(market::Market* market) { market_ = market; }
    // How many tasks of the service itself run, those that read watched devices left out; constant between
    // begin() and close() but for a transport switch under way.
    [[nodiscard]] std::size_t tasks() const;
    // A task failed beyond repair; empty while none did.
    [[nodiscard]] const std::string& broken() const { return broken_; }

    // Something that is shown changed: links, dispatch, switches, the clock. May be published often.
    void changed(const observe::Subject& about = {}) { changes_.publish(about); }
    Subscription on_change(std::function<void(const observe::Subject&)> listener) {
        return changes_.subscribe(std::move(listener));
    }

  private:
    [[nodiscard]] measure::Recorder::Settings recorder_settings() const;
    void make_recorder();
    void make_devices();
    void notify_clock_set_back(std::size_t plant);
    awaitable<bool> first_contact(std::size_t index, std::function<bool()> superseded);
    void make_safety();
    void on_safety(const control::SafetyEvent& event);
    void define_commands();
    awaitable<void> keep_calendar();
    awaitable<void> watch_storage();
    awaitable<control::Command> carry_out(std::string kind, std::string plant, std::string actor,
                                          boost::json::object payload = {});
    void on_failure(const TaskFailure& failure);

    SiteContext context_;
    const Setup& setup_;
    schedule::PlanStore& store_;
    std::shared_ptr<measure::FileStore> files_;
    Options options_;
    std::unique_ptr<schedule::Drafts> own_drafts_;
    schedule::Drafts* drafts_;
    schedule::Arbiter arbiter_;
    measure::LiveState live_;
    Publisher<observe::Subject> changes_;
    market::Market* market_ = nullptr;
    config::TransportMode transport_;
    Switching switching_ = Switching::nothing;
    bool ending_ = false;
    std::string broken_;
    std::vector<std::optional<WallTime>> clock_set_back_;  // by plant: until when, as it was told
    std::unique_ptr<control::Safety> safety_;
    std::unique_ptr<measure::Recorder> recorder_;
    SharedAddresses shared_;
    plant::RegisterMaps maps_;
    std::vector<std::unique_ptr<PlantRuntime>> units_;
    std::unique_ptr<WatchedDevices> devices_;
    std::unique_ptr<control::CommandEngine> commands_;
    std::optional<SiteParts> parts_;  // once all are made
    Subscription plan_news_, command_news_, safety_news_;
    TaskGroup tasks_;
};

}  // namespace hil::service
