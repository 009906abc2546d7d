#include "scenario/judge.hpp"
#include "scenario/junit.hpp"
#include "scenario/sample.hpp"

namespace hil::scenario {
namespace {

using namespace std::chrono_literals;

const std::string stop =
    R"({ "id": "stop", "at": "60s", "command": { "kind": "plant.stop", "plant": "lib" } })";

// A scenario of ten minutes with one expectation of interest, the first.
class Trial {
  public:
    explicit Trial(const std::string& expectation, const std::string& steps = stop)
        : scenario_(good(steps, expectation)),
          face_(madrid(), scenario_.from, scenario_.length),
          judge_(scenario_, face_) {}

    Trial& see(Duration at, Value value) {
        judge_.see(at, 0, value);
        return *this;
    }
    Trial& happens(Occurrence occurrence) {
        judge_.happened(occurrence);
        return *this;
    }
    Trial& write(Duration at, double value, std::string plant = "lib") {
        Occurrence write;
        write.kind = OccurrenceKind::write;
        write.at = at;
        write.plant = std::move(plant);
        write.name = "p_setpoint";
        write.number = value;
        return happens(write);
    }
    Trial& ends(Duration at, std::string state, std::string message, boost::json::object result = {}) {
        Occurrence command;
        command.kind = OccurrenceKind::command;
        command.at = at;
        command.name = "stop";
        command.state = std::move(state);
        command.text = std::move(message);
        command.result = std::move(result);
        return happens(command);
    }
    Verdict verdict() { return judge_.conclude(scenario_.length).front(); }
    [[nodiscard]] const Judge& judge() const { return judge_; }

  private:
    Scenario scenario_;
    Face face_;
    Judge judge_;
};

void kept(Trial& trial, const std::string& finding) {
    const auto verdict = trial.verdict();
    CHECK(verdict.kept);
    CHECK(verdict.finding == finding);
}
void broken(Trial& trial, const std::string& finding) {
    const auto verdict = trial.verdict();
    CHECK_FALSE(verdict.kept);
    CHECK(verdict.finding == finding);
}

}  // namespace

TEST_CASE("a state is reached in time, or not") {
    const auto* within = R"({ "plant": "lib", "state": "stopped", "after": "stop", "within": "5s" })";
    Trial soon(within), late(within), never(within), already(within), shortly(within);
    soon.see(0s, "running").see(60s, "stopping").see(62100ms, "stopped");
    kept(soon, "after 2.1 s");
    late.see(0s, "running").see(65001ms, "stopped");
    broken(late, "running at 10:01:05");
    never.see(0s, "running");
    broken(never, "running at 10:01:05");
    already.see(0s, "stopped");
    kept(already, "at once");
    // What was over before the moment does not count.
    shortly.see(0s, "stopped").see(59s, "running").see(70s, "stopped");
    broken(shortly, "running at 10:01:05");
}

TEST_CASE("a state that holds to the last instant of its time is reached") {
    Trial edge(R"({ "plant": "lib", "state": "stopped", "after": "stop", "within": "5s" })");
    edge.see(0s, "running").see(65s, "stopped").see(66s, "running");
    kept(edge, "after 5 s");
}

TEST_CASE("a bound holds all the time, or is broken at an instant") {
    const auto* bound =
        R"({ "plant": "lib", "register": "p_battery", "between": [10, 20], "from": "60s", "to": "2m" })";
    Trial good(bound), before(bound), inside(bound), held(bound), unknown(bound), after(bound);
    good.see(0s, 12.0).see(70s, 20.0).see(80s, 15.5);
    kept(good, "12 to 20");
    before.see(0s, 99.0).see(60s, 11.0);
    kept(before, "11");
    inside.see(0s, 12.0).see(90s, 20.1).see(91s, 12.0);
    broken(inside, "20.1 at 10:01:30");
    // The value from before holds at the begin of the window.
    held.see(0s, 99.0).see(61s, 12.0);
    broken(held, "99 at 10:01:00");
    unknown.see(0s, 12.0).see(100s, Value());
    broken(unknown, "not known at 10:01:40");
    after.see(0s, 12.0).see(121s, 99.0);
    kept(after, "12");
}

TEST_CASE("a window in which nothing was ever seen is not kept") {
    Trial nothing(R"({ "plant": "lib", "runs": true, "from": "60s", "to": "2m" })");
    broken(nothing, "not known at 10:01:00");
    Trial instant(R"({ "plant": "lib", "runs": true, "at": "end" })");
    instant.see(0s, true).see(9min, false);
    broken(instant, "no at 10:10:00");
}

TEST_CASE("a state may be broken for a while where that is allowed, at one stretch and not longer") {
    const auto* allowed = R"({ "plant": "lib", "off_plan": "p", "but_for": "3s" })";
    Trial often(allowed), longer(allowed), to_the_end(allowed);
    often.see(0s, 0.0).see(10s, 5.0).see(13s, 0.0).see(20s, 1.0).see(21s, 0.0);
    kept(often, "3 s at a stretch at most");
    longer.see(0s, 0.0).see(10s, 5.0).see(12s, 7.0).see(14s, 0.0);
    broken(longer, "7 at 10:00:10 and for 4 s");
    to_the_end.see(0s, 0.0).see(596s, 5.0);
    broken(to_the_end, "5 at 10:09:56 and for 4 s");
}

TEST_CASE("writes are counted and held against their bounds within their window") {
    Trial high(R"({ "plant": "lib", "writes": "p_setpoint", "at_most": 1000 })");
    high.write(5s, 300).write(6s, 1000.1).write(7s, 200).write(8s, 5000, "vrfb");
    broken(high, "1000.1 at 10:00:06");
    Trial fine(R"({ "plant": "lib", "writes": "p_setpoint", "at_most": 1000 })");
    fine.write(5s, 300).write(6s, -10);
    kept(fine, "2 seen, -10 to 300");
    Trial none(R"({ "plant": "lib", "writes": "p_setpoint", "times": 0, "from": "10s", "to": "20s" })");
    none.write(9s, 1).write(21s, 1);
    kept(none, "0 seen");
    Trial one(R"({ "plant": "lib", "writes": "p_setpoint", "times": 0, "from": "10s", "to": "20s" })");
    one.write(10s, 1).write(19s, 2).write(20s, 3);
    broken(one, "2 seen, 1 to 2, the first at 10:00:10, the last at 10:00:19");
    Trial some(R"({ "plant": "lib", "writes": "p_setpoint", "times": [2, 3] })");
    some.write(1s, 1).write(2s, 2);
    kept(some, "2 seen, 1 to 2");
}

TEST_CASE("an event is told apart by kind, plant and words") {
    const auto event = [](Duration at, std::string plant, std::string text) {
        Occurrence out;
        out.kind = OccurrenceKind::event;
        out.at = at;
        out.plant = std::move(plant);
        out.name = "safety.tripped";
        out.text = std::move(text);
        return out;
    };
    const auto* expected =
        R"({ "event": "safety.tripped", "plant": "lib", "text": "voltage", "after": "10s", "within": "5s" })";
    Trial other(expected), right(expected);
    other.happens(event(11s, "vrfb", "voltage"))
        .happens(event(11s, "lib", "charge"))
        .happens(event(9s, "lib", "voltage"));
    broken(other, "not until 10:00:15");
    right.happens(event(11500ms, "lib", "voltage 2 pu is above 1.2"));
    kept(right, "after 1.5 s");
}

TEST_CASE("a command ends as it should, with the code and the result it should") {
    const auto* expected =
        R"({ "command": "stop", "ends": "rejected", "message": "plant_tripped", "result": { "a": { "b": 1 } }, "within": "5s" })";
    Trial right(expected), code(expected), result(expected), late(expected), never(expected);
    right.ends(61s, "rejected", "plant_tripped", {{"a", {{"b", 1}, {"c", 2}}}, {"d", 3}});
    kept(right, "after 1 s");
    code.ends(61s, "rejected", "queue_full");
    broken(code, "rejected queue_full at 10:01:01");
    result.ends(61s, "rejected", "plant_tripped", {{"a", 1}});
    broken(result, R"(rejected plant_tripped with {"a":1})");
    late.ends(66s, "rejected", "plant_tripped", {{"a", {{"b", 1}}}});
    broken(late, "after 6 s");
    broken(never, "not ended at 10:01:05");
}

TEST_CASE("energy is what was added within the window") {
    const auto* expected =
        R"({ "plant": "lib", "energy": "discharged", "between": [4.9, 5.1], "from": "60s", "to": "2m" })";
    Trial right(expected), less(expected);
    right.see(0s, 0.0).see(59s, 10.0).see(61s, 11.0).see(120s, 15.0).see(121s, 99.0);
    kept(right, "5.000 kWh");
    less.see(0s, 0.0).see(100s, 4.0);
    broken(less, "4.000 kWh");
}

TEST_CASE("a signal that several expectations are about is looked at once") {
    const auto scenario =
        good("", R"({ "plant": "lib", "runs": true, "at": "end" }, { "plant": "lib", "runs": true },
                                      { "plant": "vrfb", "runs": true })");
    const Face face(madrid(), scenario.from, scenario.length);
    const Judge judge(scenario, face);
    CHECK(judge.signals().size() == 2);
}

TEST_CASE("JUnit names the scenario, every expectation, and what was seen instead") {
    const std::vector<Suite> suites{
        {"link \"lost\"", "a.json", 1.25, {{true, false, "x < 1", "0"}, {false, false, "y & z", "2 > 1"}}}};
    CHECK(
        junit(suites) ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites tests=\"2\" failures=\"1\">\n"
        "  <testsuite name=\"link &quot;lost&quot;\" file=\"a.json\" tests=\"2\" failures=\"1\" errors=\"0\" "
        "skipped=\"0\" time=\"1.250\">\n"
        "    <testcase classname=\"link &quot;lost&quot;\" name=\"x &lt; 1\"/>\n"
        "    <testcase classname=\"link &quot;lost&quot;\" name=\"y &amp; z\">\n"
        "      <failure message=\"2 &gt; 1\"/>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
}

}  // namespace hil::scenario
