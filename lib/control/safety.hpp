// The emergency stop and the trips of all plants: what holds, what is refused because of it, and the record
// that survives a restart.
//
// A latch or a trip holds from the call on, in memory; stopping does not wait for the record, but a command
// reports its end only when the record is durable. What could not be saved is tried again until it can.
//
// Each plant's PlantControl asks interlock() before it starts, adopts or enables dispatch; its setpoints pass
// DeratedSetpoints. Who stops the plants is handed in, because links and controls are made anew at a
// transport switch.
#pragma once

#include "base/async_event.hpp"
#include "base/clock.hpp"
#include "base/subscription.hpp"
#include "base/task_group.hpp"
#include "control/plant_control.hpp"
#include "control/safety_store.hpp"
#include "control/trip_machine.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::control {

struct SafetyEvent {
    enum class Kind : std::uint8_t {
        estop_latched,
        estop_reset,
        stage,       // a condition of a plant moved: `change`
        tripped,     // as stage with change.to == stop; the safe stop begins
        trip_reset,  // all trips of a plant
        not_saved,   // the record could not be written: it is tried again
        saved_again,
        storage_lost,  // where the record is kept is gone: the safe stop of every plant begins
    };
    Kind kind{};
    std::optional<std::size_t> plant;  // none: the site
    StageChange change;                // of stage and tripped
    std::string text;                  // a sentence for people
    std::string actor;                 // who latched or reset
};

class Safety {
  public:
    struct Hooks {
        // Stops one plant without waiting for its power to decay: PlantControl::emergency_stop().
        std::function<awaitable<StopResult>(std::size_t plant)> emergency_stop;
        // PlantControl::stop(), after a trip.
        std::function<awaitable<StopResult>(std::size_t plant)> safe_stop;
        // Disables dispatch of a plant at once, before any waiting:
        // PlantControl::set_dispatch_enabled(false).
        std::function<void(std::size_t plant)> disable_dispatch;
        // Something a plant's setpoint depends on changed: PlantControl::wake().
        std::function<void(std::size_t plant)> derated;
        // A stop that began here threw: a programming error.
        TaskGroup::FailureHook on_failure;
    };

    struct PlantLimits {
        std::string id;
        config::PlantSafety limits;
        double nominal_kv = 0;  // 0: the voltage is not judged before a start
    };

    // The store must outlive this object; null: nothing is kept (a simulation without a database).
    Safety(Clock& clock, std::vector<PlantLimits> plants, SafetyStore* store, Hooks hooks);
    Safety(const Safety&) = delete;
    Safety& operator=(const Safety&) = delete;

    // Takes over what was saved, before anything is started. Latched and tripped plants are stopped by their
    // control as soon as they are found running, because it asks interlock(). Fails when the record cannot be
    // read: the emergency stop is latched then, because nobody knows that it was not.
    awaitable<result<void>> load();

    struct EmergencyResult {
        std::vector<StopResult> plants;  // by index
        bool saved = false;              // the latch is durable
        [[nodiscard]] bool all_disabled() const;
    };
    // Latches at once, stops all plants at once and side by side, and waits for them and for the record (at
    // most `save_wait`). Latching again keeps the first reason and stops again.
    awaitable<EmergencyResult> emergency_stop(std::string reason, std::string actor);
    // The latching half alone: dispatch disabled and interlocks in force when it returns.
    void latch(std::string reason, std::string actor);
    // errc::not_latched; errc::not_saved when the record could not be written yet (the reset holds).
    awaitable<result<void>> reset_emergency(std::string actor);

    // errc::not_tripped; errc::condition_lasts while what tripped it is not seen to be over;
    // errc::not_saved as above.
    awaitable<result<void>> reset_trips(std::size_t plant, std::string actor);

    // From the plant's monitor: what it saw. Trips begin the safe stop.
    void observe(std::size_t plant, const Observation& seen);
    // Why the plant may not be started by what it shows (check_before_start()); none: it may, and what would
    // make a state of charge beyond its limit worse is held back from now on.
    std::optional<Objection> before_start(std::size_t plant, const Readings& shown);
    // Another endpoint answers for the plant from now on.
    void forget(std::size_t plant);

    // The place of the record, and of everything else that is kept, is gone (a sentence): every plant is
    // stopped safely and nothing is given power any more, until another process begins with what there is.
    void storage_lost(std::string why);
    // Why, once it is so; empty before.
    [[nodiscard]] const std::string& lost_storage() const { return lost_storage_; }

    // From now on nothing is started or given power: the service ends, and stops its plants.
    void wind_down() { winding_down_ = true; }
    // Why a plant may not be started, adopted or given power: errc::estop_latched, errc::plant_tripped,
    // errc::data_directory_lost, errc::shutting_down, or success.
    [[nodiscard]] error_code interlock(std::size_t plant) const;
    [[nodiscard]] const std::optional<EmergencyLatch>& latched() const { return latch_; }
    [[nodiscard]] const std::vector<Trip>& trips(std::size_t plant) const;
    // By condition, for the state document and for alerts.
    [[nodiscard]] const TripMachine& machine(std::size_t plant) const;
    // Stays where it is for the life of this object; DeratedSetpoints refers to it.
    [[nodiscard]] const Derating& derating(std::size_t plant) const;
    [[nodiscard]] std::size_t size() const;
    // Everything that holds is durable.
    [[nodiscard]] bool saved() const { return saved_revision_ == revision_; }

    Subscription subscribe(Publisher<SafetyEvent>::Listener listener) {
        return events_.subscribe(std::move(listener));
    }

    // Waits for stops that began here; nothing begins afterwards.
    awaitable<void> close();

    static constexpr Duration save_wait = std::chrono::seconds(10);

  private:
    struct Plant {
        std::string id;
        config::PlantSafety limits;
        double nominal_kv = 0;
        TripMachine machine;
        std::vector<Trip> trips;
        Derating derating;
    };
    bool hold(std::string reason, std::string actor);
    void trip(std::size_t plant, const StageChange& change);
    void stop_safely(std::size_t plant, std::string_view why);
    void derate(std::size_t plant);
    void changed();
    awaitable<void> keep_saved();
    awaitable<bool> saved_by(std::uint64_t revision);
    [[nodiscard]] SafetyRecord record() const;
    void notify(SafetyEvent::Kind kind, std::optional<std::size_t> plant, std::string text,
                std::string actor = {});

    Clock& clock_;
    SafetyStore* store_;
    Hooks hooks_;
    std::vector<std::unique_ptr<Plant>> plants_;
    std::optional<EmergencyLatch> latch_;
    std::string lost_storage_;
    std::uint64_t revision_ = 0, saved_revision_ = 0;
    bool saving_ = false;
    bool winding_down_ = false, closed_ = false;
    Publisher<SafetyEvent> events_;
    Publisher<> saves_;
    TaskGroup tasks_, stops_;
};

}  // namespace hil::control
