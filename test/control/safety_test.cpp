// The latch and the trips of a site, with fakes for the plants and for the record, and with the real
// database.
#include "control/safety.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

namespace hil::control {
namespace {

using namespace std::chrono_literals;

class FakeStore final : public SafetyStore {
  public:
    explicit FakeStore(Clock& clock) : clock_(clock) {}
    awaitable<result<SafetyRecord>> load() override {
        if (load_fails) co_return errc::record_lost;
        co_return record;
    }
    awaitable<result<void>> save(SafetyRecord given) override {
        ++saves;
        if (takes > 0s) co_await clock_.io_sleep_for(takes);
        if (failing) co_return errc::not_saved;
        record = std::move(given);
        co_return result<void>{};
    }

    SafetyRecord record;
    bool load_fails = false, failing = false;
    Duration takes{};
    int saves = 0;

  private:
    Clock& clock_;
};

struct Site {
    // With a file the record is kept in a database, otherwise in `store`.
    explicit Site(const std::filesystem::path& file = {}) {
        if (!file.empty()) {
            worker = make_inline_executor(clock);
            kept = make_safety_store(*worker, std::make_shared<store::Database>(file, safety_migrations()));
        }
        config::PlantSafety limits;
        limits.soc.stop_min = 0.05;
        limits.soc.derate_min = 0.2;
        limits.soc.delay = 0s;
        Safety::Hooks hooks;
        hooks.emergency_stop = [this](std::size_t plant) -> awaitable<StopResult> {
            emergencies.push_back({plant, clock.now()});
            co_await clock.sleep_for(stop_takes[plant]);
            if (stop_throws) throw std::runtime_error("broken");
            StopResult out;
            out.disable_ok = true;
            co_return out;
        };
        hooks.safe_stop = [this](std::size_t plant) -> awaitable<StopResult> {
            safe_stops.push_back({plant, clock.now()});
            if (safe_stop_takes > 0s) co_await clock.sleep_for(safe_stop_takes);
            ++safe_stops_done;
            co_return StopResult{};
        };
        hooks.disable_dispatch = [this](std::size_t plant) { disabled.push_back(plant); };
        hooks.derated = [this](std::size_t plant) { derated.push_back(plant); };
        safety = std::make_unique<Safety>(clock,
                                          std::vector<Safety::PlantLimits>{{"lib", limits}, {"vrfb", limits}},
                                          kept ? kept.get() : &store, std::move(hooks));
        subscription = safety->subscribe([this](const SafetyEvent& event) { events.push_back(event); });
    }
    ~Site() {
        tasks.cancel();
        TaskGroup own(clock);
        own.spawn("close", [this] { return safety->close(); });
        clock.run_for(Safety::save_wait + 1s);
    }
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;

    template <class T>
    T finish(std::function<awaitable<T>()> operation, Duration at_most = 1min) {
        std::optional<T> out;
        TaskGroup own(clock);
        own.spawn("operation", [&]() -> awaitable<void> {
            T value = co_await operation();
            out.emplace(std::move(value));
        });
        const Instant give_up = clock.now() + at_most;
        clock.settle();
        while (!out && clock.now() < give_up)
            clock.run_for(1ms);
        REQUIRE(out.has_value());
        return *out;
    }
    Safety::EmergencyResult estop() {
        return finish<Safety::EmergencyResult>([this] { return safety->emergency_stop("smoke", "anna"); });
    }
    error_code load() {
        return finish<error_code>(
            [this]() -> awaitable<error_code> { co_return (co_await safety->load()).error(); });
    }
    error_code reset() {
        return finish<error_code>([this]() -> awaitable<error_code> {
            co_return (co_await safety->reset_emergency("ben")).error();
        });
    }
    error_code reset_trips(std::size_t plant) {
        return finish<error_code>([this, plant]() -> awaitable<error_code> {
            co_return (co_await safety->reset_trips(plant, "ben")).error();
        });
    }
    void see(std::size_t plant, double soc, bool active = true) {
        Observation seen;
        seen.active = active;
        seen.connected = seen.fresh = true;
        seen.soc_pu = soc;
        safety->observe(plant, seen);
        clock.settle();
    }
    [[nodiscard]] std::size_t count(SafetyEvent::Kind kind) const {
        return static_cast<std::size_t>(
            std::count_if(events.begin(), events.end(), [&](const auto& e) { return e.kind == kind; }));
    }

    asio::io_context context{1};
    VirtualClock clock{context, std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}};
    FakeStore store{clock};
    std::unique_ptr<BlockingExecutor> worker;
    std::unique_ptr<SafetyStore> kept;
    std::array<Duration, 2> stop_takes{};
    bool stop_throws = false;
    std::vector<std::pair<std::size_t, Instant>> emergencies, safe_stops;
    std::vector<std::size_t> disabled, derated;
    Duration safe_stop_takes{};
    int safe_stops_done = 0;
    std::vector<SafetyEvent> events;
    std::unique_ptr<Safety> safety;
    Subscription subscription;
    TaskGroup tasks{clock};
};

}  // namespace

TEST_CASE("the emergency stop stops all plants side by side and is latched until it is reset") {
    Site site;
    site.stop_takes = {300ms, 200ms};
    const auto begin = site.clock.now();
    const auto result = site.estop();
    CHECK(site.clock.now() == begin + 300ms);
    CHECK(result.all_disabled());
    CHECK(result.saved);
    REQUIRE(site.emergencies.size() == 2);
    CHECK(site.emergencies[0].second == begin);
    CHECK(site.emergencies[1].second == begin);
    CHECK(site.disabled == std::vector<std::size_t>{0, 1});
    REQUIRE(site.safety->latched());
    CHECK(site.safety->latched()->reason == "smoke");
    CHECK(site.safety->latched()->actor == "anna");
    CHECK(site.safety->interlock(0) == errc::estop_latched);
    CHECK(site.safety->interlock(1) == errc::estop_latched);
    CHECK(site.safety->derating(1).stage == Stage::stop);
    CHECK(site.safety->derating(1).discharge == 0.0);
    CHECK_FALSE(site.safety->derating(1).condition);
    CHECK(site.count(SafetyEvent::Kind::estop_latched) == 1);

    // Again: the plants are stopped again, the first reason stays.
    (void)site.finish<Safety::EmergencyResult>([&] { return site.safety->emergency_stop("fire", "carl"); });
    CHECK(site.emergencies.size() == 4);
    CHECK(site.safety->latched()->reason == "smoke");
    CHECK(site.count(SafetyEvent::Kind::estop_latched) == 1);

    CHECK_FALSE(site.reset());
    CHECK_FALSE(site.safety->latched());
    CHECK_FALSE(site.safety->interlock(0));
    CHECK(site.safety->derating(0) == Derating{});
    CHECK(site.reset() == errc::not_latched);
    CHECK(site.count(SafetyEvent::Kind::estop_reset) == 1);
}

TEST_CASE("a stop does not wait for the record, its report does") {
    Site site;
    site.store.takes = 2s;
    const auto begin = site.clock.now();
    std::optional<Safety::EmergencyResult> result;
    site.tasks.spawn("estop", [&]() -> awaitable<void> {
        result = co_await site.safety->emergency_stop("smoke", "anna");
    });
    site.clock.settle();
    CHECK(site.emergencies.size() == 2);
    CHECK(site.emergencies[0].second == begin);
    CHECK_FALSE(result);
    CHECK_FALSE(site.safety->saved());
    site.clock.run_for(1999ms);
    CHECK_FALSE(result);
    site.clock.run_for(1ms);
    REQUIRE(result);
    CHECK(result->saved);
    CHECK(site.safety->saved());
    CHECK(site.store.record.estop);
}

TEST_CASE("a record that cannot be written holds nobody up for longer than ten seconds, and is tried again") {
    Site site;
    site.store.failing = true;
    const auto begin = site.clock.now();
    const auto result = site.estop();
    CHECK(site.clock.now() == begin + 10s);
    CHECK(result.all_disabled());
    CHECK_FALSE(result.saved);
    CHECK(site.safety->interlock(0) == errc::estop_latched);
    CHECK(site.count(SafetyEvent::Kind::not_saved) == 1);
    CHECK(site.store.saves <= 5);
    site.store.failing = false;
    site.clock.run_for(31s);
    CHECK(site.safety->saved());
    CHECK(site.store.record.estop);
    CHECK(site.count(SafetyEvent::Kind::saved_again) == 1);
}

TEST_CASE("a stop that throws is reported as a plant that is not disabled, and holds up nobody") {
    Site site;
    site.stop_throws = true;
    const auto result = site.estop();
    CHECK_FALSE(result.all_disabled());
    CHECK(result.plants[0].error == errc::disable_failed);
    CHECK(site.safety->latched());
}

TEST_CASE("the stop after a trip is carried through when the service ends [D-12]", "[D-12]") {
    Site site;
    site.safe_stop_takes = 25s;
    site.see(0, 0.5);
    site.see(0, 0.04);
    site.clock.run_for(1s);
    REQUIRE(site.safe_stops.size() == 1);
    bool closed = false;
    site.tasks.spawn("close", [&]() -> awaitable<void> {
        co_await site.safety->close();
        closed = true;
    });
    site.clock.run_for(23s);
    CHECK_FALSE(closed);
    site.clock.run_for(2s);
    CHECK(closed);
    CHECK(site.safe_stops_done == 1);
}

TEST_CASE("while the service ends nothing is given power") {
    Site site;
    CHECK_FALSE(site.safety->interlock(0));
    site.safety->wind_down();
    CHECK(site.safety->interlock(0) == errc::shutting_down);
    CHECK(site.safety->interlock(1) == errc::shutting_down);
}

TEST_CASE("without a data directory every plant is stopped safely and nothing is given power any more") {
    Site site;
    site.see(1, 0.01);  // vrfb trips, and is being stopped
    REQUIRE(site.safe_stops.size() == 1);
    site.disabled.clear();
    site.safety->storage_lost("the data directory is gone");
    site.clock.settle();
    CHECK(site.disabled == std::vector<std::size_t>{0, 1});
    CHECK(site.safe_stops.size() == 2);
    CHECK(site.safe_stops.back().first == 0);
    CHECK(site.safety->interlock(0) == errc::data_directory_lost);
    CHECK(site.safety->derating(0).discharge == 0);
    CHECK(site.count(SafetyEvent::Kind::storage_lost) == 1);
    CHECK(site.safety->lost_storage() == "the data directory is gone");
    // Once, and for good.
    site.safety->storage_lost("again");
    site.safety->storage_lost("");
    site.clock.settle();
    CHECK(site.safe_stops.size() == 2);
    CHECK(site.safety->lost_storage() == "the data directory is gone");
    // An emergency stop overtakes it, and its reset gives nothing back.
    CHECK(site.estop().plants.size() == 2);
    CHECK(site.safety->interlock(0) == errc::estop_latched);
    CHECK_FALSE(site.reset());
    CHECK(site.safety->interlock(0) == errc::data_directory_lost);
}

TEST_CASE("a trip disables dispatch, begins the safe stop and holds until it is reset") {
    Site site;
    site.see(0, 0.5);
    CHECK(site.events.empty());
    site.see(0, 0.125);
    CHECK(site.safety->derating(0).discharge == Approx(0.5));
    CHECK(site.derated == std::vector<std::size_t>{0});
    CHECK(site.count(SafetyEvent::Kind::stage) == 1);
    site.see(0, 0.04);
    CHECK(site.count(SafetyEvent::Kind::tripped) == 1);
    CHECK(site.events.back().text == "stop: state of charge 4 % is below the stop limit of 5 %");
    CHECK(site.events.back().plant == 0u);
    CHECK(site.disabled == std::vector<std::size_t>{0});
    REQUIRE(site.safe_stops.size() == 1);
    CHECK(site.safe_stops[0].first == 0);
    REQUIRE(site.safety->trips(0).size() == 1);
    CHECK(site.safety->trips(0)[0].condition == Condition::soc_low);
    CHECK(site.safety->interlock(0) == errc::plant_tripped);
    CHECK_FALSE(site.safety->interlock(1));
    CHECK(site.safety->derating(0).stage == Stage::stop);
    REQUIRE(site.store.record.trips.size() == 1);
    CHECK(site.store.record.trips[0].plant == "lib");

    site.see(0, 0.03);  // no second stop for the same trip
    CHECK(site.safe_stops.size() == 1);
    CHECK(site.reset_trips(1) == errc::not_tripped);
    CHECK(site.reset_trips(0) == errc::condition_lasts);
    site.see(0, 0.5, false);
    CHECK_FALSE(site.reset_trips(0));
    CHECK_FALSE(site.safety->interlock(0));
    CHECK(site.safety->derating(0) == Derating{});
    CHECK(site.store.record.trips.empty());
    CHECK(site.count(SafetyEvent::Kind::trip_reset) == 1);
    CHECK(site.events.back().actor == "ben");
}

TEST_CASE("a trip during an emergency stop is kept and begins no stop of its own") {
    Site site;
    (void)site.estop();
    site.see(0, 0.01);
    CHECK(site.safe_stops.empty());
    CHECK_FALSE(site.reset());
    CHECK(site.safety->interlock(0) == errc::plant_tripped);
    CHECK(site.safety->derating(0).condition == Condition::soc_low);
}

TEST_CASE("what cannot be read back is taken for a latched emergency stop") {
    Site site;
    site.store.load_fails = true;
    CHECK(site.load() == errc::record_lost);
    CHECK(site.safety->interlock(1) == errc::estop_latched);
    CHECK(site.safety->latched()->actor == "safety");
    CHECK_FALSE(site.reset());
    CHECK_FALSE(site.safety->interlock(1));
}

TEST_CASE("emergency stop and trips survive a restart in the site's database, and so does their reset") {
    const test::TemporaryDirectory directory;
    const auto file = directory.path() / "hil.sqlite";
    {
        Site site(file);
        CHECK_FALSE(site.load());
        CHECK_FALSE(site.safety->latched());
        site.clock.run_for(1h);
        CHECK(site.estop().saved);
        site.see(1, 0.01);
        site.clock.run_for(1s);
        CHECK(site.safety->saved());
    }
    {
        Site site(file);
        CHECK_FALSE(site.load());
        REQUIRE(site.safety->latched());
        CHECK(site.safety->latched()->reason == "smoke");
        CHECK(site.safety->latched()->actor == "anna");
        CHECK(site.safety->latched()->since == site.clock.wall_now() + 1h);
        CHECK(site.safety->interlock(0) == errc::estop_latched);
        REQUIRE(site.safety->trips(1).size() == 1);
        CHECK(site.safety->trips(1)[0].condition == Condition::soc_low);
        CHECK(site.safety->trips(1)[0].reason == "state of charge 1 % is below the stop limit of 5 %");
        CHECK(site.count(SafetyEvent::Kind::estop_latched) == 1);
        CHECK(site.count(SafetyEvent::Kind::tripped) == 1);
        CHECK_FALSE(site.reset());
        CHECK(site.safety->interlock(1) == errc::plant_tripped);
        CHECK(site.reset_trips(1) == errc::condition_lasts);  // not seen yet
        site.see(1, 0.5, false);
        CHECK_FALSE(site.reset_trips(1));
    }
    {
        Site site(file);
        CHECK_FALSE(site.load());
        CHECK_FALSE(site.safety->latched());
        CHECK(site.safety->trips(1).empty());
    }
}

}  // namespace hil::control
