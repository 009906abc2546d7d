#include "service/happenings.hpp"

#include "support/catch.hpp"

#include <fstream>
#include <set>
#include <sstream>

using namespace hil;
using namespace hil::service;
using namespace std::chrono_literals;
using observe::Severity;

namespace {

struct Desk {
    asio::io_context context{1};
    VirtualClock clock{context, WallTime{}};
    std::unique_ptr<BlockingExecutor> blocking = make_inline_executor(clock);
    observe::Log log{clock, Zone::utc(), {.directory = {}, .level = observe::Level::debug}, *blocking};
    observe::EventLog events{clock};
    observe::Alerts alerts{clock, events};
    observe::Metrics metrics;
    Happenings happenings{log, events, alerts, metrics};
    std::vector<observe::LogLine> lines;
    Subscription heard = log.subscribe([this](const observe::LogLine& line) { lines.push_back(line); });

    // The kinds of all events but those of alerts.
    [[nodiscard]] std::vector<std::string> kinds() const {
        std::vector<std::string> out;
        for (const auto& event : events.events())
            if (!event.kind.starts_with("alert.")) out.push_back(event.kind);
        return out;
    }
};

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("each happening makes the line, the event and the alert of its row, and nothing else") {
    for (const auto& row : happenings_table()) {
        CAPTURE(static_cast<int>(row.what), row.event);
        Desk desk;
        const AlertKey key{row.alarm, "lib", "part"};
        if (row.effect == Effect::clears) desk.alerts.raise(key.text(), Severity::warning, "before", "lib");
        const auto before = desk.lines.size();
        desk.happenings.notify(row.what, "it happened",
                               {.plant = "lib", .part = "part", .log = {}, .level = {}});
        REQUIRE(desk.lines.size() - before == (row.level ? 1 : 0));
        if (row.level) {
            CHECK(desk.lines.back().level == *row.level);
            CHECK(desk.lines.back().channel == row.channel);
            CHECK(desk.lines.back().plant == "lib");
            CHECK(desk.lines.back().message == "it happened");
        }
        CHECK(desk.kinds() == (row.event.empty() ? Strings{} : Strings{std::string(row.event)}));
        if (!row.event.empty()) {
            CHECK(desk.metrics.text().find("hil_events_total{kind=\"" + std::string(row.event) + "\"} 1") !=
                  std::string::npos);
        }
        CHECK(desk.happenings.holds(key) == (row.effect == Effect::raises));
        if (row.effect == Effect::raises) {
            const auto* alert = desk.alerts.find(key.text());
            CHECK(alert->severity == row.severity);
            CHECK(alert->plant == "lib");
            CHECK(alert->message == "it happened");
        }
    }
}

TEST_CASE("every alert that something raises is cleared by something else, and no two share a key") {
    std::set<Alarm> raised, cleared;
    for (const auto& row : happenings_table()) {
        if (row.effect == Effect::raises) raised.insert(row.alarm);
        if (row.effect == Effect::clears) cleared.insert(row.alarm);
    }
    cleared.insert(Alarm::data_directory);  // only another process goes on without it
    CHECK(raised == cleared);
    CHECK(raised.size() == alarm_count);
    std::set<std::string> keys;
    for (std::size_t i = 0; i < alarm_count; ++i)
        for (const char* plant : {"", "lib"})
            for (const char* part : {"", "reading"})
                keys.insert(AlertKey{static_cast<Alarm>(i), plant, part}.text());
    CHECK(keys.size() == 4 * alarm_count);
}

TEST_CASE("an alert's key is known to clients by the same text as ever") {
    CHECK(AlertKey{Alarm::link, "lib", {}}.text() == "lib/link");
    CHECK(AlertKey{Alarm::lost_running, "lib", {}}.text() == "lib/lost_running");
    CHECK(AlertKey{Alarm::setpoint, "lib", {}}.text() == "lib/setpoint");
    CHECK(AlertKey{Alarm::start, "lib", {}}.text() == "lib/start");
    CHECK(AlertKey{Alarm::stop, "lib", {}}.text() == "lib/stop");
    CHECK(AlertKey{Alarm::idle, "lib", {}}.text() == "lib/idle");
    CHECK(AlertKey{Alarm::device, "lib", {}}.text() == "lib/expect");
    CHECK(AlertKey{Alarm::zero_refused, "lib", {}}.text() == "lib/zero_refused");
    CHECK(AlertKey{Alarm::device_limit, "lib", "p_setpoint"}.text() == "lib/device_limit/p_setpoint");
    CHECK(AlertKey{Alarm::opposed, "lib", "q_setpoint"}.text() == "lib/opposed/q_setpoint");
    CHECK(AlertKey{Alarm::write_budget, "lib", "p_setpoint"}.text() == "lib/write_budget/p_setpoint");
    CHECK(AlertKey{Alarm::reading, "lib", "soc"}.text() == "lib/reading/soc");
    CHECK(AlertKey{Alarm::feasibility, "lib", {}}.text() == "lib/plan_not_feasible");
    CHECK(AlertKey{Alarm::safety, "vrfb", "soc_low"}.text() == "vrfb/safety/soc_low");
    CHECK(AlertKey{Alarm::recording_file, "lib", {}}.text() == "lib/recording");
    CHECK(AlertKey{Alarm::recording_clock, "lib", {}}.text() == "lib/recording/clock");
    CHECK(AlertKey{Alarm::recording_disk, {}, {}}.text() == "recording/disk");
    CHECK(AlertKey{Alarm::estop, {}, {}}.text() == "estop");
    CHECK(AlertKey{Alarm::safety_record, {}, {}}.text() == "safety/saved");
    CHECK(AlertKey{Alarm::data_directory, {}, {}}.text() == "data_directory");
    CHECK(AlertKey{Alarm::schedules, {}, {}}.text() == "schedules/saved");
    CHECK(AlertKey{Alarm::records, {}, "commands"}.text() == "database/commands");
    CHECK(AlertKey{Alarm::history, {}, {}}.text() == "history");
    CHECK(AlertKey{Alarm::market, {}, "login"}.text() == "market/login");
}

TEST_CASE("the page on alerts tells of every condition") {
    std::ifstream in(HIL_SOURCE_DIR "/docs/alerts.md");
    std::ostringstream page;
    page << in.rdbuf();
    for (std::size_t i = 0; i < alarm_count; ++i) {
        const auto key = AlertKey{static_cast<Alarm>(i), {}, {}}.text();
        CAPTURE(key);
        const bool named = page.str().find("`" + key + "`") != std::string::npos ||
                           page.str().find("`" + key + "/") != std::string::npos ||
                           page.str().find("`PLANT/" + key + "`") != std::string::npos ||
                           page.str().find("`PLANT/" + key + "/") != std::string::npos;
        CHECK(named);
    }
}

TEST_CASE("a line of the log may say more than the event and the alert, at another level") {
    Desk desk;
    desk.happenings.notify(Happening::link_lost, "no link to plant:502: timed out",
                           {.plant = "lib",
                            .part = {},
                            .log = "no link to plant:502: timed out (3 in a row)",
                            .level = observe::Level::debug});
    REQUIRE(desk.lines.size() == 1);
    CHECK(desk.lines[0].level == observe::Level::debug);
    CHECK(desk.lines[0].message == "no link to plant:502: timed out (3 in a row)");
    CHECK(desk.alerts.find("lib/link")->message == "no link to plant:502: timed out");
    desk.happenings.over({Alarm::link, "lib", {}}, "another transport is in use");
    CHECK(desk.alerts.active().empty());
    CHECK(desk.alerts.history().size() == 1);
}
