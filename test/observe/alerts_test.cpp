#include "observe/alerts.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::observe;
using namespace std::chrono_literals;

namespace {

const WallTime start = std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 8h;

struct Site {
    asio::io_context context{1};
    VirtualClock clock{context, start};
    EventLog events{clock};
    Alerts alerts{clock, events, 2};

    std::vector<std::string> kinds() const {
        std::vector<std::string> out;
        for (const auto& e : events.events())
            out.push_back(e.kind);
        return out;
    }
};

}  // namespace

TEST_CASE("an alert is active from its first raise until it is cleared and emits one event each") {
    Site site;
    const auto id = site.alerts.raise("lib/link", Severity::alarm, "no answer", "lib");
    site.clock.run_for(5s);
    CHECK(site.alerts.raise("lib/link", Severity::alarm, "no answer for 5 s", "lib") == id);
    REQUIRE(site.alerts.active().size() == 1);
    const Alert* alert = site.alerts.find("lib/link");
    REQUIRE(alert != nullptr);
    CHECK(alert->since == start);
    CHECK(alert->raised == 2);
    CHECK(alert->message == "no answer for 5 s");
    CHECK(alert->plant == "lib");
    CHECK(site.alerts.count(Severity::alarm) == 1);
    CHECK(site.alerts.clear("lib/link", "answers again"));
    CHECK_FALSE(site.alerts.clear("lib/link"));
    CHECK(site.alerts.active().empty());
    CHECK(site.alerts.find("lib/link") == nullptr);
    REQUIRE(site.alerts.history().size() == 1);
    CHECK(site.alerts.history().front().cleared_at == start + 5s);
    CHECK(site.kinds() == std::vector<std::string>{"alert.raised", "alert.cleared"});
    CHECK(site.events.events().back().message == "answers again");
    CHECK(site.events.events().front().plant == "lib");
}

TEST_CASE("the same condition later is a new alert") {
    Site site;
    const auto first = site.alerts.raise("k", Severity::warning, "m");
    site.alerts.clear("k");
    CHECK(site.alerts.raise("k", Severity::warning, "m") != first);
}

TEST_CASE("an acknowledged alert stays active and remembers by whom and when") {
    Site site;
    const auto id = site.alerts.raise("k", Severity::warning, "m");
    site.clock.run_for(1s);
    CHECK(site.alerts.acknowledge(id, "ana"));
    site.clock.run_for(1s);
    CHECK(site.alerts.acknowledge("k", "ben"));  // somebody was first
    const Alert* alert = site.alerts.find("k");
    REQUIRE(alert != nullptr);
    CHECK(alert->acknowledged_at == start + 1s);
    CHECK(alert->acknowledged_by == "ana");
    CHECK(site.kinds() == std::vector<std::string>{"alert.raised", "alert.acknowledged"});
}

TEST_CASE("what is not active cannot be acknowledged") {
    Site site;
    const auto id = site.alerts.raise("k", Severity::warning, "m");
    site.alerts.clear("k");
    CHECK(site.alerts.acknowledge(id, "ana").error() == alert_errc::unknown_alert);
    CHECK(site.alerts.acknowledge("k", "ana").error() == alert_errc::unknown_alert);
}

TEST_CASE("an alert that becomes graver takes its acknowledgement back, one that eases keeps it") {
    Site site;
    const auto id = site.alerts.raise("k", Severity::warning, "m");
    REQUIRE(site.alerts.acknowledge(id, "ana"));
    site.alerts.raise("k", Severity::alarm, "worse");
    CHECK_FALSE(site.alerts.find("k")->acknowledged_at.has_value());
    REQUIRE(site.alerts.acknowledge(id, "ben"));
    site.alerts.raise("k", Severity::info, "better");
    CHECK(site.alerts.find("k")->acknowledged_by == "ben");
    CHECK(site.kinds() == std::vector<std::string>{"alert.raised", "alert.acknowledged", "alert.changed",
                                                   "alert.acknowledged", "alert.changed"});
}

TEST_CASE("the history is bounded and forgets the oldest") {
    Site site;
    for (const auto* key : {"a", "b", "c"}) {
        site.alerts.raise(key, Severity::warning, "m");
        site.alerts.clear(key);
    }
    REQUIRE(site.alerts.history().size() == 2);
    CHECK(site.alerts.history().front().key == "b");
}

TEST_CASE("a listener hears of every change and may clear what it is told of") {
    Site site;
    std::vector<std::string> heard;
    const auto guard = site.alerts.subscribe([&](const Alert& alert) {
        heard.push_back(alert.key + (alert.cleared_at ? " cleared" : " active"));
        if (!alert.cleared_at) site.alerts.clear(alert.key);
    });
    site.alerts.raise("a", Severity::warning, "m");
    CHECK(heard == std::vector<std::string>{"a active", "a cleared"});
    CHECK(site.alerts.active().empty());
}
