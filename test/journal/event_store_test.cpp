#include "journal/event_store.hpp"

#include "base/task_group.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <limits>
#include <optional>

namespace hil::journal {
namespace {

using namespace hil::store;
using namespace std::chrono_literals;
using observe::Severity;

const WallTime begin = WallTime(std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}) + 10h;

struct Run {
    explicit Run(std::shared_ptr<store::Database> db, WallTime at = begin)
        : clock(context, at), database(std::move(db)), start(EventStore::open(*database, at)) {
        kept.emplace(clock, *worker, database);
        kept->follow(log, alerts);
        tasks.spawn("events", [this] { return kept->run_events(); });
        tasks.spawn("alerts", [this] { return kept->run_alerts(); });
    }
    ~Run() {
        tasks.cancel();
        clock.settle();
    }
    template <class T>
    T finish(std::function<awaitable<result<T>>()> question) {
        std::optional<result<T>> out;
        tasks.spawn("question", [&, question]() -> awaitable<void> { out.emplace(co_await question()); });
        clock.run_for(1s);
        REQUIRE(out.has_value());
        REQUIRE(out->has_value());
        if constexpr (!std::is_void_v<T>) return **out;
    }
    EventPage page(std::uint64_t cursor, std::size_t limit, const EventFilter& filter = {}) {
        return finish<EventPage>([&] { return kept->events(cursor, limit, filter); });
    }
    std::uint64_t emit(std::string kind, std::string plant = "", Severity severity = Severity::info,
                       std::string correlation = "") {
        observe::Event event;
        event.kind = std::move(kind);
        event.plant = std::move(plant);
        event.severity = severity;
        event.message = "it happened";
        event.correlation = std::move(correlation);
        return log.emit(std::move(event));
    }

    asio::io_context context{1};
    VirtualClock clock;
    std::unique_ptr<BlockingExecutor> worker = make_inline_executor(clock);
    std::shared_ptr<store::Database> database;
    EventStore::Start start;
    observe::EventLog log{clock, 10, start.first_event};
    observe::Alerts alerts{clock, log, 1000, start.first_alert};
    std::optional<EventStore> kept;
    TaskGroup tasks{clock};
};

std::shared_ptr<store::Database> new_database() {
    return std::make_shared<store::Database>("", EventStore::migrations());
}

std::vector<std::uint64_t> ids(const EventPage& page) {
    std::vector<std::uint64_t> out;
    for (const auto& event : page.events)
        out.push_back(event.id);
    return out;
}

}  // namespace

TEST_CASE("events are read newest first over restarts, every field as it was") {
    const auto database = new_database();
    observe::Event before;
    {
        Run run(database);
        observe::Event event;
        event.kind = "clock.jumped";
        event.severity = Severity::warning;
        event.plant = "lib";
        event.message = "the wall clock went \"back\"";
        event.correlation = "cmd-000007";
        event.fields = {{"s", 100.0},         {"n", std::int64_t{7}},
                        {"on", true},         {"what", std::string("é")},
                        {"unknown", nullptr}, {"nan", std::numeric_limits<double>::quiet_NaN()}};
        run.log.emit(event);
        before = run.log.events().back();
        run.finish<void>([&] { return run.kept->finish(); });
    }
    Run run(database, begin + 1h);
    CHECK(run.start.first_event == 2);
    CHECK(run.emit("plant.started", "vrfb") == 2);
    const auto page = run.page(0, 10);
    CHECK(ids(page) == std::vector<std::uint64_t>{2, 1});
    const auto zone = Zone::utc();
    CHECK(to_json(page.events[1], zone) == to_json(before, zone));
}

TEST_CASE("pages go on by cursor, filtered by plant, kind, severity and command") {
    Run run(new_database());
    for (int i = 1; i <= 30; ++i) {
        run.emit(i % 2 == 0 ? "even" : "odd", i % 3 == 0 ? "lib" : "vrfb",
                 i % 10 == 0 ? Severity::alarm : Severity::info, i == 7 ? "cmd-000001" : "");
    }
    const auto first = run.page(0, 20);
    CHECK(first.events.front().id == 30);
    CHECK(first.next == 11);
    const auto second = run.page(first.next, 20);
    CHECK(second.events.size() == 10);
    CHECK(second.next == 0);
    EventFilter filter;
    filter.plant = "lib";
    filter.kind = "even";
    CHECK(ids(run.page(0, 3, filter)) == std::vector<std::uint64_t>{30, 24, 18});
    CHECK(ids(run.page(18, 3, filter)) == std::vector<std::uint64_t>{12, 6});
    EventFilter severe;
    severe.at_least = Severity::warning;
    CHECK(ids(run.page(0, 9, severe)) == std::vector<std::uint64_t>{30, 20, 10});
    EventFilter caused;
    caused.correlation = "cmd-000001";
    CHECK(ids(run.page(0, 9, caused)) == std::vector<std::uint64_t>{7});
}

TEST_CASE("after a crash no event's id is given again, though the last ones were not written") {
    const auto database = new_database();
    std::uint64_t last = 0;
    {
        Run run(database);
        run.emit("one");
        run.clock.run_for(1s);
        for (int i = 0; i < 300; ++i)
            last = run.emit("more");  // the process ends at this instant
    }
    Run run(database, begin + 1min);
    CHECK(run.emit("next") > last);
}

TEST_CASE("alerts keep their course, and those active at a crash end with the run") {
    const auto database = new_database();
    {
        Run run(database);
        run.alerts.raise("lib/link", Severity::warning, "no link", "lib");
        run.clock.run_for(1min);
        run.alerts.clear("lib/link");
        const auto id = run.alerts.raise("vrfb/link", Severity::alarm, "no link either", "vrfb");
        (void)run.alerts.acknowledge(id, "anna");
        run.clock.run_for(1s);
    }
    Run run(database, begin + 1h);
    const auto page = run.finish<AlertPage>([&] { return run.kept->alerts(0, 10); });
    REQUIRE(page.alerts.size() == 2);
    CHECK(page.alerts[0].key == "vrfb/link");
    CHECK(page.alerts[0].severity == Severity::alarm);
    CHECK(page.alerts[0].acknowledged_by == "anna");
    CHECK(page.alerts[0].acknowledged_at == begin + 1min);
    CHECK(page.alerts[0].cleared_at == begin + 1h);
    CHECK(page.alerts[1].cleared_at == begin + 1min);
    CHECK(page.alerts[1].message == "no link");
    CHECK(run.alerts.raise("lib/link", Severity::warning, "no link", "lib") > page.alerts[0].id);
    const auto of_lib = run.finish<AlertPage>([&] { return run.kept->alerts(0, 10, "lib"); });
    CHECK(of_lib.alerts.size() == 2);
    CHECK_FALSE(of_lib.alerts[0].cleared_at.has_value());
}

TEST_CASE("old events and cleared alerts go by retention") {
    Run run(new_database());
    run.alerts.raise("old", Severity::warning, "over");
    run.alerts.clear("old");
    run.alerts.raise("lasting", Severity::warning, "still");
    run.clock.run_for(48h);
    run.emit("new");
    run.page(0, 10);
    CHECK(run.finish<std::uint64_t>([&] { return run.kept->prune(begin + 24h); }) == 4);
    CHECK(run.page(0, 10).events.size() == 1);
    const auto alerts = run.finish<AlertPage>([&] { return run.kept->alerts(0, 10); });
    REQUIRE(alerts.alerts.size() == 1);
    CHECK(alerts.alerts[0].key == "lasting");
}

}  // namespace hil::journal
