#include "service/persistence.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace hil;
using namespace hil::service;
using namespace std::chrono_literals;
using schedule::Signal;

namespace {

const Zone& madrid() {
    static const Zone zone = Zone::find("Europe/Madrid").value();
    return zone;
}

WallTime at(const char* text) {
    return madrid().parse(text).value();
}

schedule::Series series(double value) {
    return schedule::Series({{at("2025-10-01T10:00:00"), value, 7}, {at("2025-10-01T11:00:00"), value / 3}},
                            at("2025-10-01T12:00:00"));
}

// One process: everything that is kept, from its start to its end.
struct Process {
    explicit Process(const std::filesystem::path& directory) {
        auto opened = Persistence::open(clock, make_inline_executor(clock), directory);
        if (const auto* why = std::get_if<std::string>(&opened)) FAIL(*why);
        kept = std::move(std::get<0>(opened));
        events.emplace(clock, 100, kept->first_event());
        alerts.emplace(clock, *events, 100, kept->first_alert());
    }
    void follow() {
        happenings.emplace(log, *events, *alerts, metrics);
        kept->follow(log, *events, *alerts, *happenings, plans, drafts);
        kept->begin(365);
        clock.run_for(1s);
    }
    void end() {
        TaskGroup tasks(clock);
        bool closed = false;
        tasks.spawn("close", [&]() -> awaitable<void> {
            co_await kept->close();
            closed = true;
        });
        clock.run_for(1s);
        REQUIRE(closed);
    }

    asio::io_context context{1};
    VirtualClock clock{context, at("2025-10-01T09:00:00")};
    std::unique_ptr<BlockingExecutor> blocking = make_inline_executor(clock);
    observe::Log log{clock, madrid(), {}, *blocking};
    std::unique_ptr<Persistence> kept;
    std::optional<observe::EventLog> events;
    std::optional<observe::Alerts> alerts;
    observe::Metrics metrics;
    std::optional<Happenings> happenings;
    schedule::PlanStore plans{{"lib", "vrfb"}};
    schedule::Drafts drafts{2};
};

}  // namespace

TEST_CASE("manual schedules and drafts are there again after a restart") {
    const test::TemporaryDirectory directory;
    schedule::Version applied = 0;
    {
        Process first(directory.path());
        first.follow();
        applied = first.plans.set_manual(1, Signal::q, series(30), "anna");
        first.drafts.stage(0, Signal::p, series(5), "ben", at("2025-10-01T08:00:00"));
        first.plans.set_manual(0, Signal::q, series(1), "anna");
        first.plans.enable_manual(0, Signal::q, false);
        first.clock.run_for(1s);
    }  // killed: nothing was closed
    Process second(directory.path());
    second.follow();
    const auto& plan = second.plans.manual(1, Signal::q);
    CHECK(plan.series == series(30));
    CHECK(plan.series.rows()[0].line == 7);
    CHECK(plan.enabled);
    CHECK(plan.origin == "anna");
    CHECK(plan.version == applied);
    CHECK_FALSE(second.plans.manual(0, Signal::q).enabled);
    CHECK(second.plans.manual(0, Signal::q).series == series(1));
    CHECK(second.plans.manual(0, Signal::p).version == 0);
    CHECK(second.drafts.draft(0, Signal::p).series == series(5));
    CHECK(second.drafts.draft(0, Signal::p).staged_at == at("2025-10-01T08:00:00"));
    // Versions are never used twice.
    CHECK(second.plans.set_manual(0, Signal::p, series(2), "anna") >
          second.plans.manual(0, Signal::q).version);
    second.drafts.drop(0, Signal::p);
    second.end();

    Process third(directory.path());
    third.follow();
    CHECK_FALSE(third.drafts.draft(0, Signal::p).staged());
    CHECK(third.plans.manual(0, Signal::p).series == series(2));
}

TEST_CASE("ids of events and alerts go on after a restart") {
    const test::TemporaryDirectory directory;
    std::uint64_t last = 0;
    {
        Process first(directory.path());
        first.follow();
        observe::Event event;
        event.kind = "test.happened";
        event.message = "first";
        last = first.events->emit(std::move(event));
        first.alerts->raise("lib/thing", observe::Severity::warning, "look", "lib");
        first.end();
    }
    Process second(directory.path());
    second.follow();
    CHECK(second.kept->first_event() > last);
    CHECK(second.kept->first_alert() == 2);
    std::optional<journal::EventPage> page;
    TaskGroup tasks(second.clock);
    tasks.spawn("ask",
                [&]() -> awaitable<void> { page = (co_await second.kept->events().events(0, 10)).value(); });
    second.clock.run_for(1s);
    REQUIRE(page);
    REQUIRE(page->events.size() == 2);
    CHECK(page->events[1].message == "first");
}

TEST_CASE("each kind of record that cannot be stored is an alert of its own, over when that kind is stored") {
    const test::TemporaryDirectory directory;
    Process process(directory.path());
    process.follow();
    const auto keep = [&](std::uint64_t number) {
        control::Command command;
        command.id = control::command_id(number);
        command.kind = "plant.start";
        process.kept->audit().keep(command);
    };
    process.kept->database()->execute("ALTER TABLE commands RENAME TO away_commands");
    process.kept->database()->execute("ALTER TABLE events RENAME TO away_events");
    keep(1);
    process.clock.run_for(3s);
    REQUIRE(process.alerts->find("database/commands") != nullptr);
    REQUIRE(process.alerts->find("database/events") != nullptr);
    CHECK(process.kept->failing());
    // One queue is written again: the other one is not.
    process.kept->database()->execute("ALTER TABLE away_events RENAME TO events");
    process.clock.run_for(2min);
    CHECK(process.alerts->find("database/events") == nullptr);
    CHECK(process.alerts->find("database/commands") != nullptr);
    CHECK(process.kept->failing());

    // What is given up is said, and is no mere warning.
    for (std::uint64_t number = 2; number <= 10'010; ++number)
        keep(number);
    const auto* alert = process.alerts->find("database/commands");
    CHECK(alert->severity == observe::Severity::alarm);
    CAPTURE(alert->message);
    CHECK(alert->message.find("8 commands were given up") != std::string::npos);
    CHECK(process.kept->audit().dropped() == 10);
    process.kept->database()->execute("ALTER TABLE away_commands RENAME TO commands");
    process.clock.run_for(2min);
    CHECK(process.alerts->active().empty());
    CHECK_FALSE(process.kept->failing());
}

TEST_CASE("a series of a plant that is configured no more is left where it is") {
    const test::TemporaryDirectory directory;
    {
        Process first(directory.path());
        first.follow();
        first.plans.set_manual(0, Signal::p, series(30), "anna");
        first.end();
    }
    asio::io_context context;
    VirtualClock clock(context, at("2025-10-01T09:00:00"));
    auto opened = Persistence::open(clock, make_inline_executor(clock), directory.path());
    auto& kept = *std::get<0>(opened);
    auto blocking = make_inline_executor(clock);
    observe::Log log(clock, madrid(), {}, *blocking);
    observe::EventLog events(clock);
    observe::Alerts alerts(clock, events);
    schedule::PlanStore plans{{"other"}};
    schedule::Drafts drafts{1};
    observe::Metrics metrics;
    Happenings happenings(log, events, alerts, metrics);
    kept.follow(log, events, alerts, happenings, plans, drafts);
    CHECK(plans.manual(0, Signal::p).version == 0);
    const auto saved = read_series(*kept.database());
    REQUIRE(saved.size() == 1);
    CHECK(saved[0].series == series(30));
}

TEST_CASE("a directory that cannot hold a database is said") {
    asio::io_context context;
    VirtualClock clock(context, WallTime{});
    const auto opened = Persistence::open(clock, make_inline_executor(clock), "/proc/nowhere");
    REQUIRE(std::holds_alternative<std::string>(opened));
    CHECK(std::get<std::string>(opened).find("/proc/nowhere/safety.record") != std::string::npos);
}
