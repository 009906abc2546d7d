// Who is told of what, when and how often: groups, flaps, quiet hours, escalation, retries, restarts.
#include "alerting/machine.hpp"
#include "base/clock.hpp"
#include "support/catch.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

using namespace hil;
using namespace hil::alerting;
using namespace std::chrono_literals;
using Catch::Contains;
using observe::Severity;

namespace {

config::AlertReceiver hook(std::string name) {
    config::AlertReceiver out;
    out.name = std::move(name);
    out.webhook = config::WebReceiver{
        .url = "http://127.0.0.1:9", .token_file = {}, .token_variable = {}, .ca_file = {}};
    return out;
}

config::AlertRoute to(std::string receiver) {
    config::AlertRoute out;
    out.receiver = std::move(receiver);
    return out;
}

config::Alerting one_route() {
    config::Alerting out;
    out.receivers = {hook("a"), hook("b")};
    out.routes = {to("a")};
    return out;
}

Finding found(std::string key, Severity severity = Severity::warning, std::string rule = "built_in") {
    Finding out;
    out.rule = rule == "built_in" ? 0 : 1;
    out.rule_name = std::move(rule);
    out.key = std::move(key);
    out.severity = severity;
    out.message = "m of " + out.key;
    return out;
}

// A machine, its time, and a receiver that takes all it is given unless it is told to fail.
struct Rig {
    explicit Rig(config::Alerting a = one_route())
        : alerting(std::move(a)), zone(Zone::find("Europe/Madrid").value()), machine(alerting, zone, "lab") {}

    void look(const std::vector<Finding>& findings) {
        machine.update(findings, now);
        for (const auto& message : machine.due(now)) {
            tried.push_back(message);
            if (failures > 0) {
                --failures;
                machine.failed(message.number, "503", now);
            } else {
                got.push_back(message);
                machine.delivered(message.number, now);
            }
        }
    }
    // Every second; findings are the same all the time.
    void pass(Duration time, const std::vector<Finding>& findings = {}) {
        for (const auto end = now + time; now < end;) {
            now += 1s;
            look(findings);
        }
    }
    std::vector<std::string> heard() const {
        std::vector<std::string> out;
        for (const auto& message : got) {
            std::string line = message.receiver + ":";
            for (const auto& entry : message.entries)
                line += std::string(entry.firing ? " +" : " -") + entry.key + (entry.escalated ? "!" : "");
            out.push_back(line);
        }
        return out;
    }
    // What is left of a process that is killed: what it wrote down.
    void kill() {
        const auto saved = boost::json::parse(boost::json::serialize(machine.save()));
        machine = Machine(alerting, zone, "another name");
        machine.restore(saved, now);
    }

    config::Alerting alerting;
    Zone zone;
    Machine machine;
    // 2026-06-01T10:00:00Z, noon in Madrid.
    WallTime now = WallTime(std::chrono::sys_days{std::chrono::year{2026} / 6 / 1} + 10h);
    std::vector<Message> tried, got;
    int failures = 0;
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("What is found is told once, and once more when it is over") {
    Rig rig;
    rig.pass(60s, {found("lib/link")});
    CHECK(rig.heard() == Lines{"a: +lib/link"});
    rig.pass(29s);
    CHECK(rig.heard().size() == 1);
    rig.pass(5s);
    CHECK(rig.heard() == Lines{"a: +lib/link", "a: -lib/link"});
    REQUIRE(rig.got.size() == 2);
    CHECK(rig.got[1].entries[0].until);
    CHECK(rig.got[0].key == "lab-1");
    CHECK(rig.got[1].key == "lab-2");
    rig.pass(1h);
    CHECK(rig.got.size() == 2);
}

TEST_CASE(
    "What comes together goes in one message, the worst first, and no more than one in the group's time") {
    Rig rig;
    rig.pass(3s, {found("lib/link"), found("vrfb/setpoint", Severity::alarm)});
    CHECK(rig.heard() == Lines{"a: +vrfb/setpoint +lib/link"});
    // More comes at once; it waits for the ten seconds of the route.
    rig.pass(8s,
             {found("lib/link"), found("vrfb/setpoint", Severity::alarm), found("estop", Severity::alarm)});
    CHECK(rig.heard().size() == 1);
    rig.pass(3s,
             {found("lib/link"), found("vrfb/setpoint", Severity::alarm), found("estop", Severity::alarm)});
    CHECK(rig.heard() == Lines{"a: +vrfb/setpoint +lib/link", "a: +estop"});
}

TEST_CASE("What becomes worse is told again") {
    Rig rig;
    rig.pass(20s, {found("lib/start")});
    rig.pass(20s, {found("lib/start", Severity::alarm)});
    rig.pass(20s, {found("lib/start")});
    CHECK(rig.heard() == Lines{"a: +lib/start", "a: +lib/start"});
    CHECK(rig.got[1].entries[0].severity == Severity::alarm);
}

TEST_CASE("A thousand flaps a minute make no more than ten messages, of one alert or of many") {
    Rig rig;
    for (int i = 0; i < 1000; ++i) {
        rig.now += 30ms;
        rig.look({found("lib/link")});
        rig.now += 30ms;
        rig.look({});
    }
    CHECK(rig.got.size() == 1);
    rig.pass(60s);
    REQUIRE(rig.got.size() == 2);
    CHECK_FALSE(rig.got[1].entries[0].firing);
    CHECK(rig.got[1].entries[0].flaps == 999);

    Rig many;
    for (int i = 0; i < 1000; ++i) {
        many.now += 60ms;
        many.look({found("p" + std::to_string(i % 50) + "/link")});
    }
    CHECK(many.got.size() <= 10);
    std::size_t entries = 0;
    for (const auto& message : many.got)
        entries += message.entries.size();
    CHECK(entries >= 50);
}

TEST_CASE("A receiver that fails is asked again, later each time, with the same key, in order") {
    Rig rig;
    rig.failures = 3;
    rig.pass(60s, {found("lib/link")});
    REQUIRE(rig.tried.size() == 4);
    for (const auto& message : rig.tried)
        CHECK(message.key == "lab-1");
    CHECK(rig.tried[3].attempts == 3);
    CHECK(rig.heard() == Lines{"a: +lib/link"});
    CHECK(retry_delay(1) == 2s);
    CHECK(retry_delay(3) == 8s);
    CHECK(retry_delay(30) == 5min);
    REQUIRE(rig.machine.outcomes().size() == 1);
    CHECK(rig.machine.outcomes()[0].problem.empty());
    CHECK(rig.machine.outcomes()[0].attempts == 3);
}

TEST_CASE("Behind a message that waits nothing overtakes it, and other receivers do not wait") {
    auto alerting = one_route();
    alerting.routes.push_back(to("b"));
    Rig rig(alerting);
    rig.failures = 1;
    rig.pass(2s, {found("lib/link")});
    CHECK(rig.heard() == Lines{"b: +lib/link"});
    CHECK_THAT(rig.machine.trouble("a"), Contains("1 attempts failed: 503"));
    CHECK(rig.machine.trouble("b").empty());
    rig.pass(20s, {found("lib/link")});
    CHECK(rig.heard() == Lines{"b: +lib/link", "a: +lib/link"});
    CHECK(rig.machine.trouble("a").empty());
}

TEST_CASE("Killed between any two steps nothing is lost: at least once, by the same key") {
    // Told, failed three times, killed before each attempt.
    Rig rig;
    rig.now += 2s;
    rig.machine.update({found("lib/link")}, rig.now);
    rig.now += 2s;
    rig.machine.update({found("lib/link")}, rig.now);
    rig.failures = 3;
    for (int i = 0; i < 4; ++i) {
        rig.kill();
        rig.pass(20s, {found("lib/link")});
    }
    CHECK(rig.heard() == Lines{"a: +lib/link"});
    CHECK(rig.got[0].key == "lab-1");
    // Killed after it was sent and before that was written down: sent again, with the same key.
    Rig twice;
    twice.pass(1s, {found("lib/link")});
    const auto before = twice.machine.save();
    twice.pass(5s, {found("lib/link")});
    REQUIRE(twice.got.size() == 1);
    twice.machine = Machine(twice.alerting, twice.zone, "lab");
    twice.machine.restore(before, twice.now);
    twice.pass(5s, {found("lib/link")});
    REQUIRE(twice.got.size() == 2);
    CHECK(twice.got[0].key == twice.got[1].key);
}

TEST_CASE("What was told before a restart is told to be over after it, but not before it could be seen") {
    Rig rig;
    rig.pass(10s, {found("lib/link")});
    rig.kill();
    rig.pass(110s);
    CHECK(rig.heard() == Lines{"a: +lib/link"});
    rig.pass(20s);
    CHECK(rig.heard() == Lines{"a: +lib/link", "a: -lib/link"});
    // One that is found again after the restart is no news, and no flap.
    Rig still;
    still.pass(10s, {found("lib/link")});
    still.kill();
    still.pass(40s);
    still.pass(200s, {found("lib/link")});
    CHECK(still.heard() == Lines{"a: +lib/link"});
    still.pass(60s);
    REQUIRE(still.got.size() == 2);
    CHECK(still.got[1].entries[0].flaps == 0);
}

TEST_CASE("What was saved by another configuration, or is damaged, harms nothing") {
    Rig rig;
    rig.failures = 1;
    rig.pass(2s, {found("lib/link")});
    const auto saved = rig.machine.save();
    auto other = one_route();
    other.receivers = {hook("b")};
    other.routes = {to("b")};
    Machine machine(other, rig.zone, "x");
    machine.restore(saved, rig.now);
    CHECK(machine.waiting().empty());
    machine.update({found("lib/link")}, rig.now += 2s);
    machine.update({found("lib/link")}, rig.now += 2s);
    CHECK(machine.due(rig.now).size() == 1);
    for (const auto* text :
         {"null", "{}", "[]", R"({"name":"n","next":"x"})",
          R"({"name":"n","next":5,"dropped":0,"active":[{"rule":1}],"waiting":[],"outcomes":[]})"}) {
        Machine broken(one_route(), rig.zone, "x");
        broken.restore(boost::json::parse(text), rig.now);
        broken.update({found("lib/link")}, rig.now += 2s);
        broken.update({found("lib/link")}, rig.now += 2s);
        CHECK(broken.due(rig.now).size() == 1);
    }
}

TEST_CASE("In quiet hours only alarms are told; what is still there afterwards is told then") {
    auto alerting = one_route();
    alerting.routes[0].quiet_hours = config::QuietHours{"22:00", "06:00"};
    Rig rig(alerting);
    rig.now += 11h;  // 23:00 in Madrid
    rig.pass(30s, {found("lib/link"), found("estop", Severity::alarm)});
    CHECK(rig.heard() == Lines{"a: +estop"});
    // It went away in the night: nobody hears of it.
    rig.pass(60s, {found("vrfb/link"), found("estop", Severity::alarm)});
    rig.now += 6h + 58min;  // shortly before six
    rig.pass(10s, {found("vrfb/link"), found("estop", Severity::alarm)});
    CHECK(rig.heard() == Lines{"a: +estop"});
    rig.now += 2min;
    rig.pass(20s, {found("vrfb/link"), found("estop", Severity::alarm)});
    CHECK(rig.heard() == Lines{"a: +estop", "a: +vrfb/link"});
    // Within a day.
    alerting.routes[0].quiet_hours = config::QuietHours{"11:00", "13:00"};
    Rig noon(alerting);
    noon.pass(20s, {found("lib/link")});
    CHECK(noon.got.empty());
    noon.now += 1h;
    noon.pass(20s, {found("lib/link")});
    CHECK(noon.got.size() == 1);
}

TEST_CASE("What nobody acknowledges goes to somebody else, once") {
    auto alerting = one_route();
    alerting.routes[0].escalate_to = "b";
    alerting.routes[0].escalate_after = 10min;
    Rig rig(alerting);
    rig.pass(20min, {found("estop", Severity::alarm)});
    CHECK(rig.heard() == Lines{"a: +estop", "b: +estop!"});
    CHECK_THAT(headline(rig.got[1]), Contains("not acknowledged, alarm: m of estop"));
    Rig seen(alerting);
    auto acknowledged = found("estop", Severity::alarm);
    acknowledged.acknowledged = true;
    seen.pass(5min, {found("estop", Severity::alarm)});
    seen.pass(20min, {acknowledged});
    CHECK(seen.heard() == Lines{"a: +estop"});
}

TEST_CASE(
    "A route has its rules and its least severity; an alert that two rules find is told by the later one") {
    auto alerting = one_route();
    alerting.routes[0].least_severity = "alarm";
    alerting.routes.push_back(to("b"));
    alerting.routes[1].rules = {"built_in"};
    Rig rig(alerting);
    rig.pass(20s, {found("lib/idle", Severity::alarm), found("lib/link"),
                   found("lib/idle", Severity::alarm, "battery_does_not_follow")});
    CHECK(rig.heard() == Lines{"a: +lib/idle", "b: +lib/idle +lib/link"});
    CHECK(rig.got[0].entries[0].rule == "battery_does_not_follow");
    CHECK(rig.got[1].entries[0].rule == "built_in");
    alerting.routes[1].least_severity = "warning";
    Rig warning(alerting);
    warning.pass(20s, {found("x", Severity::info)});
    CHECK(warning.got.empty());
}

TEST_CASE("An Alertmanager, which forgets, is told every minute; the history has that once") {
    auto alerting = one_route();
    alerting.receivers[0].alertmanager = alerting.receivers[0].webhook;
    alerting.receivers[0].webhook.reset();
    Rig rig(alerting);
    rig.pass(10min, {found("lib/link")});
    CHECK(rig.got.size() >= 9);
    CHECK(rig.got.size() <= 11);
    CHECK(rig.machine.outcomes().size() == 1);
    // While it is away one message waits, not ten.
    rig.failures = 1000;
    rig.pass(10min, {found("lib/link")});
    CHECK(rig.machine.waiting().size() == 1);
}

TEST_CASE("A dead man's message comes every period, and waits once") {
    auto alerting = one_route();
    alerting.dead_man = config::DeadMan{"b", 5min};
    Rig rig(alerting);
    rig.pass(21min);
    CHECK(rig.got.size() == 5);
    CHECK(rig.got[0].kind == MessageKind::dead_man);
    rig.failures = 1000;
    rig.pass(1h);
    CHECK(rig.machine.waiting().size() == 1);
}

TEST_CASE("A test goes to the receiver that is named") {
    Rig rig;
    CHECK_FALSE(rig.machine.test("nobody", rig.now));
    CHECK(rig.machine.test("b", rig.now));
    rig.pass(1s);
    REQUIRE(rig.got.size() == 1);
    CHECK(rig.got[0].kind == MessageKind::test);
    CHECK(rig.got[0].receiver == "b");
}

TEST_CASE("As many messages wait as may; then the oldest are given up, and counted") {
    Rig rig;
    rig.failures = 1'000'000;
    for (int i = 0; i < 1100; ++i)
        (void)rig.machine.test("a", rig.now);
    CHECK(rig.machine.waiting().size() == Machine::most_waiting);
    CHECK(rig.machine.dropped() == 100);
    CHECK(rig.machine.waiting().front().number == 101);
    CHECK_THAT(rig.machine.outcomes().back().problem, Contains("given up"));
    CHECK(rig.machine.outcomes().size() <= Machine::most_outcomes);
}

TEST_CASE("A wall clock that is set back holds no message up for long") {
    Rig rig;
    rig.failures = 1;
    rig.pass(3s, {found("lib/link")});
    rig.now -= 10h;
    rig.pass(10s, {found("lib/link")});
    CHECK(rig.heard() == Lines{"a: +lib/link"});
}
