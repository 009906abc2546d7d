// What the site's database tells a report beside the rows.
#include "report/collect.hpp"

#include "report/rows.hpp"

#include "journal/event_rows.hpp"

using namespace hil;
using namespace hil::report;
using namespace hil::report::test;
using journal::Origin;
using schedule::Signal;

namespace {

struct Record {
    Record() {
        std::vector<store::Migration> all;
        for (const std::span<const store::Migration> list :
             {journal::EventStore::migrations(), journal::reason_migrations()})
            all.insert(all.end(), list.begin(), list.end());
        database = std::make_unique<store::Database>("", all);
        document.range = {noon, noon + 2h};
        document.plants.resize(1);
        document.plants.front().id = "lib";
    }
    void reason(Duration since, Origin origin, schedule::Source source = {}, schedule::Version version = 0,
                double value = 0) {
        journal::ReasonRecord record{.since = noon + since, .origin = origin, .value = value};
        record.active.source = source;
        record.active.version = version;
        journal::store_reason(*database, "lib", Signal::p, record);
    }
    void event(std::uint64_t id, Duration at, std::string message) {
        observe::Event event;
        event.id = id;
        event.time = noon + at;
        event.kind = "plant.transition";
        event.message = std::move(message);
        journal::store_events(*database, {{id, event}});
    }
    void alert(std::uint64_t id, Duration since, std::optional<Duration> cleared) {
        observe::Alert alert;
        alert.id = id;
        alert.key = "lib/link";
        alert.since = noon + since;
        if (cleared) alert.cleared_at = noon + *cleared;
        journal::store_alerts(*database, {{id, alert}});
    }

    std::unique_ptr<store::Database> database;
    Document document;
};

}  // namespace

TEST_CASE("what decided a setpoint is told in stretches of one plan and version, cut at the range's ends") {
    Record r;
    const auto manual = schedule::Source::manual;
    r.reason(-5h, Origin::program_start);
    r.reason(-3h, Origin::plan, manual, 1, 10);
    r.reason(20min, Origin::plan, manual, 1, 20);
    r.reason(40min, Origin::plan, manual, 2, 20);
    r.reason(60min, Origin::plan, schedule::Source::none, 0, 0);
    r.reason(80min, Origin::safe_stop);
    collect_record(*r.database, r.document);
    const auto& plant = r.document.plants.front();
    REQUIRE(plant.plans.size() == 4);
    CHECK(plant.plans[0].episode.since == noon);
    CHECK(plant.plans[0].episode.until == noon + 40min);
    CHECK(plant.plans[0].episode.version == 1);
    CHECK(plant.plans[0].episode.values == 2);
    CHECK(plant.plans[1].episode.version == 2);
    CHECK(plant.plans[2].episode.source == schedule::Source::none);
    CHECK(plant.plans[3].episode.origin == Origin::safe_stop);
    CHECK_FALSE(plant.plans[3].episode.until);
    CHECK(plant.dispatched == 60min);
    // A later record says that the last stretch went on to the end of the range.
    r.reason(5h, Origin::plan, manual, 3, 1);
    r.document.plants.front().plans.clear();
    collect_record(*r.database, r.document);
    CHECK(r.document.plants.front().plans[3].episode.until == noon + 2h);
}

TEST_CASE("events of the range come oldest first, and alerts that were active in it whenever they began") {
    Record r;
    r.event(1, -1s, "before");
    r.event(2, 0s, "first");
    r.event(3, 1h, "second");
    r.event(4, 2h, "after");
    r.alert(1, -3h, -1h);
    r.alert(2, -3h, 1min);
    r.alert(3, 1h, std::nullopt);
    r.alert(4, 2h, std::nullopt);
    collect_record(*r.database, r.document);
    REQUIRE(r.document.events.size() == 2);
    CHECK(r.document.events[0].message == "first");
    CHECK(r.document.events[1].message == "second");
    CHECK(r.document.events_left_out == 0);
    REQUIRE(r.document.alerts.size() == 2);
    CHECK(r.document.alerts[0].id == 2);
    CHECK(r.document.alerts[1].id == 3);
}

TEST_CASE("of too many events the later ones are left out and counted") {
    Record r;
    store::Database::Transaction transaction(*r.database);
    for (int i = 0; i < 5010; ++i)
        r.event(static_cast<std::uint64_t>(i + 1), i * 1s, "many");
    transaction.commit();
    collect_record(*r.database, r.document);
    CHECK(r.document.events.size() == 5000);
    CHECK(r.document.events_left_out == 10);
    CHECK(r.document.events.back().time == noon + 4999s);
}

TEST_CASE("a database that an import made has rows and nothing else") {
    store::Database database("", measure::history_migrations());
    Document document;
    document.range = {noon, noon + 1h};
    document.plants.resize(1);
    collect_record(database, document);
    CHECK(document.events.empty());
    CHECK_FALSE(document.plants.front().dispatched);
}
