#include "schedule/plan_store.hpp"

#include "madrid.hpp"
#include "support/catch.hpp"

#include <optional>
#include <stdexcept>

using namespace hil;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;

TEST_CASE("plants are known by the order they were given in") {
    const PlanStore store(plants());
    CHECK(store.plant_count() == 2);
    CHECK(store.find_plant("vrfb") == vrfb);
    CHECK_FALSE(store.find_plant("VRFB"));
    CHECK(store.manual(lib, Signal::p).version == 0);
    CHECK(store.market(lib).version == 0);
}

TEST_CASE("versions grow over the whole store and name where a plan came from") {
    PlanStore store(plants());
    const WallTime t = at("2025-10-01T00:00");
    const Version a = store.set_manual(lib, Signal::p, Series({{t, 1}}, t + 1h), "a.csv");
    const Version b = store.set_market(vrfb, {{t, 1, 2}}, "day-ahead 2025-10-01");
    const Version c = store.set_manual(lib, Signal::p, Series({{t, 2}}, t + 1h), "b.csv", false);
    CHECK(a < b);
    CHECK(b < c);
    CHECK(store.manual(lib, Signal::p).version == c);
    CHECK(store.manual(lib, Signal::p).origin == "b.csv");
    CHECK_FALSE(store.manual(lib, Signal::p).enabled);
    CHECK(store.market(vrfb).origin == "day-ahead 2025-10-01");
    CHECK(store.manual(lib, Signal::q).version == 0);
}

TEST_CASE("a market schedule that goes back in time is a programming error") {
    PlanStore store(plants());
    const WallTime t = at("2025-10-01T00:00");
    CHECK_THROWS_AS(store.set_market(lib, {{t, 1, 0}, {t, 2, 0}}, ""), std::invalid_argument);
    CHECK(store.market(lib).rows.empty());
}

TEST_CASE("subscribers hear which plant changed until their subscription goes") {
    PlanStore store(plants());
    std::vector<PlantIndex> heard;
    auto subscription = store.subscribe([&](PlantIndex plant) { heard.push_back(plant); });
    const WallTime t = at("2025-10-01T00:00");
    store.set_manual(vrfb, Signal::q, Series({{t, 1}}, t + 1h), "");
    store.enable_manual(vrfb, Signal::q, true);  // as it was
    store.enable_manual(vrfb, Signal::q, false);
    store.set_market(lib, {}, "");
    store.clear_manual(vrfb, Signal::q);
    CHECK(heard == std::vector<PlantIndex>{vrfb, vrfb, lib, vrfb});

    auto moved = std::move(subscription);
    store.clear_manual(lib, Signal::p);
    CHECK(heard.size() == 5);
    moved.end();
    store.clear_manual(lib, Signal::p);
    CHECK(heard.size() == 5);
}

TEST_CASE("a subscriber may end itself and others while it is called") {
    PlanStore store(plants());
    int first = 0, second = 0;
    PlanStore::Subscription a, b;
    a = store.subscribe([&](PlantIndex) {
        ++first;
        a.end();
        b.end();
    });
    b = store.subscribe([&](PlantIndex) { ++second; });
    store.clear_manual(lib, Signal::p);
    store.clear_manual(lib, Signal::p);
    CHECK(first == 1);
    CHECK(second == 0);
}

TEST_CASE("a subscription may outlive its store") {
    std::optional<PlanStore> store(plants());
    auto subscription = store->subscribe([](PlantIndex) {});
    store.reset();
    subscription.end();
    SUCCEED();
}

TEST_CASE("at midnight a manual series keeps what is in force, its end and everything still to come",
          "[D-03]") {
    PlanStore store(plants());
    const WallTime midnight = at("2022-10-30T00:00");
    store.set_manual(lib, Signal::p,
                     Series({{midnight - 20h, 1}, {midnight - 1h, 2}, {midnight + 100h, 3}}, midnight + 101h),
                     "long");
    store.set_manual(lib, Signal::q, Series({{midnight - 2h, 5}}, midnight - 1h), "over");
    const std::uint64_t revision = store.revision(lib);
    bool told = false;
    const auto subscription = store.subscribe([&](PlantIndex) { told = true; });

    store.prune(midnight, madrid());

    const Series& p = store.manual(lib, Signal::p).series;
    CHECK(p == Series({{midnight - 1h, 2}, {midnight + 100h, 3}}, midnight + 101h));
    CHECK(store.manual(lib, Signal::q).series.at(midnight - 90min).row != nullptr);
    CHECK(store.manual(lib, Signal::q).series.at(midnight).kind == SeriesPosition::Kind::ended);
    CHECK(store.manual(lib, Signal::p).enabled);
    CHECK(store.revision(lib) != revision);
    CHECK_FALSE(told);
}

TEST_CASE("at midnight a market schedule keeps today, tomorrow and the row in force [D-34]", "[D-34]") {
    PlanStore store(plants());
    const WallTime today = at("2022-10-30T00:00");  // 25 hours long
    const WallTime end = at("2022-11-01T00:00");
    REQUIRE(end - today == 49h);
    store.set_market(lib,
                     {{today - 30min, 1, 0},
                      {today - 15min, 2, 0},
                      {today + 15min, 3, 0},
                      {end - 15min, 4, 0},
                      {end, 5, 0}},
                     "");
    store.prune(today + 5h, madrid());
    REQUIRE(store.market(lib).rows.size() == 3);
    CHECK(store.market(lib).rows.front() == MarketRow{today - 15min, 2, 0});
    CHECK(store.market(lib).rows.back() == MarketRow{end - 15min, 4, 0});

    store.set_market(lib, {{today - 15min, 2, 0}, {today, 3, 0}}, "");
    store.prune(today, madrid());
    CHECK(store.market(lib).rows == std::vector<MarketRow>{{today, 3, 0}});
}

TEST_CASE("a store takes over the plans of a plant with their versions, and the rows are shared") {
    const WallTime today = at("2025-10-01T00:00");
    PlanStore store({"lib", "vrfb"});
    std::vector<Row> rows;
    for (int i = 0; i < 100'000; ++i)
        rows.push_back({today + std::chrono::seconds(i), static_cast<double>(i)});
    store.set_manual(1, Signal::q, Series({{today, 1}}, today + 1h), "other");
    const auto version = store.set_manual(0, Signal::p, Series(std::move(rows), today + 48h), "long");
    store.set_market(0, {{today, 3, 4}}, "market");

    PlanStore copy({"lib", "vrfb"});
    copy.take_over(0, store);
    CHECK(copy.manual(0, Signal::p).version == version);
    CHECK(copy.manual(0, Signal::p).enabled);
    CHECK(copy.manual(0, Signal::p).series.rows().data() == store.manual(0, Signal::p).series.rows().data());
    CHECK(copy.market(0).rows == store.market(0).rows);
    CHECK(copy.market(0).version == store.market(0).version);
    CHECK(copy.manual(1, Signal::q).version == 0);
    // What is set in one of them is its own.
    CHECK(copy.set_manual(0, Signal::p, Series({{today, 7}}, today + 1h), "preview") > version);
    CHECK(store.manual(0, Signal::p).series.size() == 100'000);
}
