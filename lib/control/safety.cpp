#include "control/safety.hpp"

#include "base/backoff.hpp"
#include "base/mutation.hpp"
#include "control/safety_words.hpp"
#include "control/start_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hil::control {

Safety::Safety(Clock& clock, std::vector<PlantLimits> plants, SafetyStore* store, Hooks hooks)
    : clock_(clock),
      store_(store),
      hooks_(std::move(hooks)),
      tasks_(clock, hooks_.on_failure),
      stops_(clock, hooks_.on_failure) {
    for (auto& plant : plants) {
        plants_.push_back(std::make_unique<Plant>(Plant{.id = std::move(plant.id),
                                                        .limits = plant.limits,
                                                        .nominal_kv = plant.nominal_kv,
                                                        .machine = TripMachine(plant.limits),
                                                        .trips = {},
                                                        .derating = {}}));
    }
}

void Safety::notify(SafetyEvent::Kind kind, std::optional<std::size_t> plant, std::string text,
                    std::string actor) {
    SafetyEvent event;
    event.kind = kind;
    event.plant = plant;
    event.text = std::move(text);
    event.actor = std::move(actor);
    events_.publish(event);
}

awaitable<result<void>> Safety::load() {
    if (store_ == nullptr) co_return result<void>{};
    auto loaded = co_await store_->load();
    if (!loaded) {
        latch(fmt::format("what held before the restart is not known: {}", loaded.error().message()),
              "safety");
        co_return loaded.error();
    }
    if (!latch_) latch_ = std::move(loaded->estop);
    for (auto& [id, trip] : loaded->trips) {
        const auto plant = std::ranges::find_if(plants_, [&](const auto& p) { return p->id == id; });
        if (plant == plants_.end()) continue;  // no longer configured
        (*plant)->machine.restore(trip.condition, trip.reason);
        (*plant)->trips.push_back(std::move(trip));
    }
    for (std::size_t i = 0; i < plants_.size(); ++i)
        derate(i);
    if (latch_) {
        notify(SafetyEvent::Kind::estop_latched, std::nullopt,
               fmt::format("the emergency stop of before the restart still holds: {}", latch_->reason),
               latch_->actor);
    }
    for (std::size_t i = 0; i < plants_.size(); ++i) {
        for (const auto& trip : plants_[i]->trips) {
            SafetyEvent event;
            event.kind = SafetyEvent::Kind::tripped;
            event.plant = i;
            event.change = {trip.condition, Stage::stop, Stage::stop, trip.reason};
            event.text = fmt::format("tripped before the restart and not reset: {}", trip.reason);
            events_.publish(event);
        }
    }
    co_return result<void>{};
}

// ---- emergency stop -----------------------------------------------------------------------------------

// What must be so before anybody else runs: the latch, dispatch, the deratings. True when it was not
// latched.
bool Safety::hold(std::string reason, std::string actor) {
    const bool first = !latch_;
    if (first) latch_ = EmergencyLatch{std::move(reason), std::move(actor), clock_.wall_now()};
    for (std::size_t i = 0; i < plants_.size(); ++i) {
        if (hooks_.disable_dispatch) hooks_.disable_dispatch(i);
        derate(i);
    }
    return first;
}

void Safety::latch(std::string reason, std::string actor) {
    if (!hold(std::move(reason), std::move(actor))) return;
    changed();
    notify(SafetyEvent::Kind::estop_latched, std::nullopt, "emergency stop: " + latch_->reason,
           latch_->actor);
}

bool Safety::EmergencyResult::all_disabled() const {
    return std::ranges::all_of(plants, [](const StopResult& stop) { return stop.disable_ok; });
}

awaitable<Safety::EmergencyResult> Safety::emergency_stop(std::string reason, std::string actor) {
    const bool first = hold(std::move(reason), std::move(actor));
    // The results outlive this coroutine, should it be cancelled: the stops are carried through.
    struct Stops {
        explicit Stops(Clock& clock) : ended(clock) {}
        EmergencyResult result;
        std::size_t left = 0;
        AsyncEvent ended;
    };
    const auto stops = std::make_shared<Stops>(clock_);
    stops->result.plants.resize(plants_.size());
    for (std::size_t i = 0; i < plants_.size() && hooks_.emergency_stop && !closed_; ++i) {
        ++stops->left;
        stops_.spawn("emergency stop of " + plants_[i]->id, [this, stops, i]() -> awaitable<void> {
            struct Ended {
                Stops& stops;
                ~Ended() {
                    --stops.left;
                    stops.ended.notify();
                }
            };
            const Ended ended{*stops};
            stops->result.plants[i].error = errc::disable_failed;  // unless it says otherwise
            stops->result.plants[i] = co_await hooks_.emergency_stop(i);
        });
    }
    // The writes of all plants are on their way before anybody is told and anything is stored.
    if (first) {
        tasks_.spawn("emergency stop is told",
                     [this, r = latch_->reason, a = latch_->actor]() -> awaitable<void> {
                         changed();
                         notify(SafetyEvent::Kind::estop_latched, std::nullopt, "emergency stop: " + r, a);
                         co_return;
                     });
    }
    while (stops->left > 0)
        co_await stops->ended.wait();
    stops->result.saved = co_await saved_by(revision_);
    co_return stops->result;
}

awaitable<result<void>> Safety::reset_emergency(std::string actor) {
    if (!latch_) co_return errc::not_latched;
    latch_.reset();
    changed();
    for (std::size_t i = 0; i < plants_.size(); ++i)
        derate(i);
    notify(SafetyEvent::Kind::estop_reset, std::nullopt, "the emergency stop is reset", std::move(actor));
    co_return co_await saved_by(revision_) ? result<void>{} : result<void>{errc::not_saved};
}

// ---- trips --------------------------------------------------------------------------------------------

void Safety::observe(std::size_t plant, const Observation& seen) {
    auto& own = *plants_[plant];
    const auto changes = own.machine.observe(seen, clock_.now());
    derate(plant);
    for (const auto& change : changes) {
        if (change.to == Stage::stop) trip(plant, change);
        SafetyEvent event;
        event.kind = change.to == Stage::stop ? SafetyEvent::Kind::tripped : SafetyEvent::Kind::stage;
        event.plant = plant;
        event.change = change;
        event.text = change.to == Stage::normal ? fmt::format("over: {}", in_words(change.condition))
                                                : fmt::format("{}: {}", in_words(change.to), change.reason);
        events_.publish(event);
    }
}

void Safety::trip(std::size_t plant, const StageChange& change) {
    auto& own = *plants_[plant];
    const bool stopping = !own.trips.empty();
    own.trips.push_back({change.condition, change.reason, clock_.wall_now()});
    changed();
    if (hooks_.disable_dispatch) hooks_.disable_dispatch(plant);
    if (mutated(Mutation::trip_without_stop)) return;
    // A second trip finds the plant being stopped already; so does one during an emergency stop.
    if (!stopping && lost_storage_.empty()) stop_safely(plant, "after a trip");
}

void Safety::stop_safely(std::size_t plant, std::string_view why) {
    if (latch_ || closed_ || !hooks_.safe_stop) return;
    stops_.spawn(fmt::format("stop of {} {}", plants_[plant]->id, why),
                 [this, plant]() -> awaitable<void> { (void)co_await hooks_.safe_stop(plant); });
}

void Safety::storage_lost(std::string why) {
    if (!lost_storage_.empty() || why.empty()) return;
    lost_storage_ = std::move(why);
    for (std::size_t i = 0; i < plants_.size(); ++i) {
        if (hooks_.disable_dispatch) hooks_.disable_dispatch(i);
        derate(i);
        // One that tripped is being stopped already.
        if (plants_[i]->trips.empty()) stop_safely(i, "without a data directory");
    }
    notify(SafetyEvent::Kind::storage_lost, std::nullopt, lost_storage_);
}

awaitable<result<void>> Safety::reset_trips(std::size_t plant, std::string actor) {
    auto& own = *plants_[plant];
    if (own.trips.empty()) co_return errc::not_tripped;
    if (!own.machine.reset()) co_return errc::condition_lasts;
    own.trips.clear();
    changed();
    derate(plant);
    notify(SafetyEvent::Kind::trip_reset, plant, "the trips are reset", std::move(actor));
    co_return co_await saved_by(revision_) ? result<void>{} : result<void>{errc::not_saved};
}

std::optional<Objection> Safety::before_start(std::size_t plant, const Readings& shown) {
    auto& own = *plants_[plant];
    auto check = check_before_start(own.limits, own.nominal_kv, shown);
    if (check.objection || !check.heals) return check.objection;
    SafetyEvent event;
    event.kind = SafetyEvent::Kind::stage;
    event.plant = plant;
    event.change = {*check.heals, own.machine.stage(*check.heals), Stage::derate, {}};
    own.machine.heal(*check.heals, *shown.soc_pu);
    event.change.reason = own.machine.reason(*check.heals);
    event.text = fmt::format("started all the same: {}", event.change.reason);
    derate(plant);
    events_.publish(event);
    return std::nullopt;
}

void Safety::forget(std::size_t plant) {
    plants_[plant]->machine.forget();
    derate(plant);
}

void Safety::derate(std::size_t plant) {
    auto& own = *plants_[plant];
    auto now = own.machine.derating();
    if (latch_ || !lost_storage_.empty())
        now = {.stage = Stage::stop, .condition = std::nullopt, .discharge = 0, .charge = 0, .reactive = 0};
    if (now == own.derating) return;
    own.derating = now;
    if (hooks_.derated) hooks_.derated(plant);
}

error_code Safety::interlock(std::size_t plant) const {
    if (latch_) return errc::estop_latched;
    const bool tripped = !plants_[plant]->trips.empty();
    if (tripped && !mutated(Mutation::trip_without_stop)) return errc::plant_tripped;
    if (!lost_storage_.empty()) return errc::data_directory_lost;
    if (winding_down_) return errc::shutting_down;
    return {};
}

const std::vector<Trip>& Safety::trips(std::size_t plant) const {
    return plants_[plant]->trips;
}

const TripMachine& Safety::machine(std::size_t plant) const {
    return plants_[plant]->machine;
}

const Derating& Safety::derating(std::size_t plant) const {
    return plants_[plant]->derating;
}

std::size_t Safety::size() const {
    return plants_.size();
}

// ---- the record ---------------------------------------------------------------------------------------

SafetyRecord Safety::record() const {
    SafetyRecord out;
    out.estop = latch_;
    for (const auto& plant : plants_)
        for (const auto& trip : plant->trips)
            out.trips.push_back({plant->id, trip});
    return out;
}

void Safety::changed() {
    ++revision_;
    if (store_ == nullptr) saved_revision_ = revision_;
    if (store_ == nullptr || saving_ || closed_) return;
    saving_ = true;
    tasks_.spawn("safety record", [this] { return keep_saved(); }, OnEscape::restart);
}

// What changes while a save is under way is saved by the next one.
awaitable<void> Safety::keep_saved() {
    Backoff backoff(std::chrono::seconds(1), std::chrono::seconds(30));
    bool failing = false;
    while (saved_revision_ < revision_) {
        const auto revision = revision_;
        const auto saved = co_await store_->save(record());
        if (saved) {
            saved_revision_ = revision;
            if (std::exchange(failing, false))
                notify(SafetyEvent::Kind::saved_again, std::nullopt, "the record of safety is written again");
            backoff.reset();
            saves_.publish();
            continue;
        }
        if (!std::exchange(failing, true)) {
            notify(SafetyEvent::Kind::not_saved, std::nullopt,
                   "the record of safety cannot be written: " + saved.error().message());
        }
        co_await clock_.io_sleep_for(backoff.next());
    }
    saving_ = false;
}

awaitable<bool> Safety::saved_by(std::uint64_t revision) {
    const IoInstant give_up = clock_.io_now() + save_wait;
    AsyncEvent news(clock_);
    const auto subscription = saves_.subscribe([&news] { news.notify(); });
    while (saved_revision_ < revision) {
        const Duration left = give_up - clock_.io_now();
        if (left <= Duration::zero()) co_return false;
        (void)co_await news.wait_io_for(left);
    }
    co_return true;
}

awaitable<void> Safety::close() {
    closed_ = true;
    // Stops are carried through, each within its own bounds; a record that cannot be written is not waited
    // for longer than a command is.
    co_await stops_.join();
    (void)co_await saved_by(revision_);
    tasks_.cancel();
    co_await tasks_.join();
}

}  // namespace hil::control
