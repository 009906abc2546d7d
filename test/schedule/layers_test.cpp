// Layers that are added to the operators' and the market's: who decides, what narrows, when it ends.

#include "madrid.hpp"
#include "schedule/arbiter.hpp"
#include "support/catch.hpp"

#include <limits>

using namespace hil;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;

namespace {

const LayerId fleet("fleet"), planner("planner"), grid("grid_operator"), tariff("tariff");
const WallTime noon = at("2025-10-01T12:00");

Series from(WallTime begin, WallTime end, double value) {
    return Series({{begin, value, 7}}, end);
}

struct Site {
    explicit Site(LayerId source) : arbiter(store, source, 15min) {}

    PlanStore store{plants()};
    Arbiter arbiter;

    [[nodiscard]] ActiveEntry p(WallTime t) const { return arbiter.choose(lib, Signal::p, t); }
    Version limit(const LayerId& by, WallTime begin, WallTime end, double least, double most) {
        return store.set_limits(by, lib, Signal::p, from(begin, end, least), from(begin, end, most), "x");
    }
};

}  // namespace

TEST_CASE("the name of a layer is a short word, whatever it is") {
    CHECK(LayerId("fleet").name() == "fleet");
    CHECK(LayerId() == LayerId::none);
    CHECK(LayerId("none") == LayerId::none);
    CHECK(LayerId::none.name() == "none");
    CHECK(LayerId("a23456789012345678901_3").name().size() == 23);
    for (const auto* bad : {"", "1st", "Fleet", "a b", "a-b", "a234567890123456789012_4"}) {
        CHECK_FALSE(LayerId::parse(bad));
        CHECK_THROWS_AS(LayerId(bad), std::invalid_argument);
    }
}

TEST_CASE("layers stand by priority, and of one priority in the order in which they came") {
    PlanStore store(plants());
    store.add_layer({.id = fleet, .priority = fleet_priority});
    store.add_layer({.id = planner, .priority = source_priority, .selectable = true});
    store.add_layer({.id = grid, .priority = 1000, .mode = Mode::limit});
    std::vector<LayerId> order;
    for (const auto& layer : store.layers())
        order.push_back(layer.id);
    CHECK(order == std::vector{grid, LayerId::manual, fleet, LayerId::api, planner});
    CHECK_THROWS_AS(store.add_layer({.id = fleet}), std::invalid_argument);
    CHECK_THROWS_AS(store.set(LayerId("nobody"), lib, Signal::p, {}, ""), std::out_of_range);
}

TEST_CASE("a fleet decides while its plan lasts, below operators and above the selected source") {
    Site site(LayerId::api);
    site.store.set_market(lib, {{noon - 1min, 10, 0}}, "market");
    site.store.add_layer({.id = fleet, .priority = fleet_priority});
    CHECK(site.p(noon).value == 10);  // what it had remembered knows of the new layer
    site.store.set(fleet, lib, Signal::p, from(noon, noon + 5min, -40), "coordinator");
    CHECK(site.p(noon - 1s).value == 10);
    CHECK(site.p(noon - 1s).until == noon);
    const auto active = site.p(noon);
    CHECK(active.value == -40);
    CHECK(active.source == fleet);
    CHECK(active.since == noon);
    CHECK(active.until == noon + 5min);
    CHECK(site.p(noon + 5min).source == LayerId::api);
    CHECK(site.p(noon + 5min).since == noon + 5min);
    // The other signal is the market's own.
    CHECK(site.arbiter.choose(lib, Signal::q, noon).source == LayerId::api);

    site.store.set_manual(lib, Signal::p, from(noon + 1min, noon + 2min, 7), "operator");
    CHECK(site.p(noon).until == noon + 1min);
    CHECK(site.p(noon + 1min).source == LayerId::manual);
    CHECK(site.p(noon + 2min).value == -40);
    site.store.clear(fleet, lib, Signal::p);
    CHECK(site.p(noon + 3min).value == 10);
}

TEST_CASE(
    "with the operators as source a layer that is added decides where they say nothing, and they tell why "
    "not") {
    Site site(LayerId::manual);
    site.store.add_layer({.id = fleet, .priority = fleet_priority});
    site.store.set_manual(lib, Signal::p, from(noon, noon + 1h, 7), "operator");
    site.store.set(fleet, lib, Signal::p, from(noon + 1h, noon + 2h, 9), "coordinator");
    CHECK(site.p(noon + 30min).value == 7);
    CHECK(site.p(noon + 90min).value == 9);
    const auto over = site.p(noon + 2h);
    CHECK(over.value == 0);
    CHECK(over.source == LayerId::manual);
    CHECK(over.reason == Reason::plan_ended);
}

TEST_CASE("of the layers that can be selected only the selected one is asked") {
    Site site(LayerId::api);
    site.store.add_layer({.id = planner, .priority = source_priority + 1, .selectable = true});
    site.store.set_market(lib, {{noon, 10, 0}}, "market");
    site.store.set(planner, lib, Signal::p, from(noon, noon + 1h, 20), "planner");
    CHECK(site.p(noon).value == 10);
    site.arbiter.set_source(planner);
    CHECK(site.p(noon).value == 20);
    CHECK(site.p(noon + 1h).reason == Reason::plan_ended);
    CHECK(site.p(noon + 1h).source == planner);
}

TEST_CASE("a row of a layer is good for exactly its validity") {
    Site site(LayerId::manual);
    site.store.add_layer({.id = fleet, .priority = fleet_priority, .validity = 3min});
    site.store.set(fleet, lib, Signal::p, from(noon, WallTime::max(), 30), "coordinator");
    CHECK(site.p(noon).until == noon + 3min + 1ns);
    CHECK(site.p(noon + 3min).value == 30);
    CHECK(site.p(noon + 3min + 1ns).value == 0);
    CHECK(site.p(noon + 3min + 1ns).source ==
          LayerId::none);  // that of the operators, who never said anything
    CHECK_FALSE(site.p(noon + 4min).until);
}

TEST_CASE("an idle layer asks for 0 while a row of it is in force") {
    Site site(LayerId::api);
    site.store.set_market(lib, {{noon, 10, 0}}, "market");
    site.store.add_layer({.id = LayerId("maintenance"), .priority = 500, .mode = Mode::idle});
    site.store.set(LayerId("maintenance"), lib, Signal::p, from(noon + 1min, noon + 2min, 99), "operator");
    CHECK(site.p(noon).value == 10);
    CHECK(site.p(noon + 1min).value == 0);
    CHECK(site.p(noon + 1min).planned());
    CHECK(site.p(noon + 2min).value == 10);
}

TEST_CASE("layers of limits narrow what the others ask for, each told with what it took") {
    Site site(LayerId::manual);
    site.store.set_manual(lib, Signal::p, from(noon, noon + 1h, 100), "operator");
    site.store.add_layer({.id = tariff, .priority = 10, .mode = Mode::limit});
    site.store.add_layer({.id = grid, .priority = 1000, .mode = Mode::limit});
    site.limit(grid, noon + 10min, noon + 20min, -5, 60);
    site.limit(tariff, noon + 15min, noon + 30min, 0, 25);

    CHECK(site.p(noon).value == 100);
    CHECK(site.p(noon).narrowed.empty());
    CHECK(site.p(noon).until == noon + 10min);
    CHECK(site.p(noon + 10min).value == 60);
    CHECK(site.p(noon + 10min).source == LayerId::manual);
    CHECK(site.p(noon + 10min).since == noon + 10min);
    const auto both = site.p(noon + 15min);
    CHECK(both.value == 25);
    CHECK(both.narrowed == std::vector<Narrowing>{{grid, 100, 60}, {tariff, 60, 25}});
    CHECK(site.p(noon + 20min).narrowed == std::vector<Narrowing>{{tariff, 100, 25}});
    CHECK(site.p(noon + 30min).value == 100);

    site.store.set_manual(lib, Signal::p, from(noon, noon + 1h, -100), "operator");
    CHECK(site.p(noon + 10min).value == -5);
    CHECK(site.p(noon + 15min).value == 0);
    // A limit asks for nothing where nobody does.
    site.store.clear_manual(lib, Signal::p);
    CHECK(site.p(noon + 15min).value == 0);
    CHECK(site.p(noon + 15min).narrowed.empty());
    CHECK(site.p(noon + 15min).reason == Reason::no_plan);
}

TEST_CASE("a limit that is too old or open on one side does not bound there") {
    Site site(LayerId::manual);
    site.store.set_manual(lib, Signal::p, from(noon, noon + 5h, 100), "operator");
    site.store.add_layer({.id = grid, .priority = 1000, .mode = Mode::limit, .validity = 10min});
    site.store.set_limits(grid, lib, Signal::p, {}, from(noon, noon + 1h, 60), "x");
    CHECK(site.p(noon + 10min).value == 60);
    CHECK(site.p(noon + 10min).until == noon + 10min + 1ns);
    CHECK(site.p(noon + 10min + 1ns).value == 100);
    site.store.set_manual(lib, Signal::p, from(noon, noon + 5h, -100), "operator");
    CHECK(site.p(noon + 10min).value == -100);
}

TEST_CASE("a limit that excludes 0 or is no number is none, and nothing changes") {
    Site site(LayerId::manual);
    site.store.add_layer({.id = grid, .priority = 1000, .mode = Mode::limit});
    const auto revision = site.store.revision(lib);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (const auto& [least, most] : {std::pair{1.0, 5.0}, {-5.0, -1.0}, {nan, 5.0}, {-5.0, nan}})
        CHECK_THROWS_AS(site.limit(grid, noon, noon + 1h, least, most), std::invalid_argument);
    CHECK(site.store.revision(lib) == revision);
    CHECK_NOTHROW(site.limit(grid, noon, noon + 1h, 0, std::numeric_limits<double>::infinity()));
}

TEST_CASE("a store that takes over another one's plans takes its layers, too, and midnight prunes them all") {
    PlanStore store(plants());
    const WallTime today = at("2025-10-01T00:00");
    store.add_layer({.id = grid, .priority = 1000, .mode = Mode::limit});
    store.set_limits(grid, lib, Signal::p, Series({{today - 2h, -1}, {today - 1h, -2}}, today + 100h),
                     Series({{today - 2h, 1}, {today - 1h, 2}}, today + 100h), "x");
    store.prune(today, madrid());
    CHECK(store.plan(grid, lib, Signal::p).series.size() == 1);
    CHECK(store.plan(grid, lib, Signal::p).least.size() == 1);

    PlanStore copy(plants());
    copy.take_over(lib, store);
    REQUIRE(copy.find_layer(grid) == std::size_t{0});
    CHECK(copy.layers() == store.layers());
    CHECK(copy.plan(grid, lib, Signal::p).series == store.plan(grid, lib, Signal::p).series);
    CHECK(copy.plan(grid, vrfb, Signal::p).version == 0);
    copy.set_manual(lib, Signal::p, Series({{today, 50}}, today + 1h), "operator");
    CHECK(Arbiter(copy, LayerId::manual, 15min).choose(lib, Signal::p, today).value == 2);
}
