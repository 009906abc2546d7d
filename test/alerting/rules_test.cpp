// What rules find: alerts by key, figures by threshold, what stands behind them, for how long.
#include "alerting/rule_book.hpp"
#include "base/clock.hpp"
#include "support/catch.hpp"

using namespace hil;
using namespace hil::alerting;
using namespace std::chrono_literals;
using Catch::Contains;
using observe::Alert;
using observe::Severity;

namespace {

Alert alert(std::string key, std::string plant, std::string message, Severity severity = Severity::warning) {
    Alert out;
    out.key = std::move(key);
    out.plant = std::move(plant);
    out.message = std::move(message);
    out.severity = severity;
    return out;
}

config::Alerting rules(std::vector<config::AlertRule> list) {
    config::Alerting out;
    out.rules = std::move(list);
    return out;
}

const std::string figures =
    "# HELP hil_plant_soc_ratio State of charge, 0 to 1.\n# TYPE hil_plant_soc_ratio gauge\n"
    "hil_plant_soc_ratio{plant=\"lib\"} 0.08\nhil_plant_soc_ratio{plant=\"vrfb\"} 0.5\n"
    "hil_plant_soc_ratio_of_others{plant=\"lib\"} 0.01\n"
    "hil_plant_active_power_kw{plant=\"lib\",at=\"poi\"} -20\n"
    "hil_plant_active_power_kw{plant=\"lib\",at=\"battery\"} 3\nhil_websocket_clients 2\n";

std::vector<Finding> look(RuleBook& book, const std::vector<Alert>& active, WallTime now = {},
                          const std::string& text = figures) {
    return book.look(active, [&] { return text; }, now);
}

}  // namespace

TEST_CASE("Series of a metric are found by its whole name and the labels that are given") {
    const auto wanted = [](const char* text) {
        return std::get<config::MetricThreshold>(config::parse_condition(text));
    };
    using Series = std::vector<std::pair<std::string, double>>;
    CHECK(series_of(figures, wanted("metric hil_plant_soc_ratio < 1")) ==
          Series{{"{plant=\"lib\"}", 0.08}, {"{plant=\"vrfb\"}", 0.5}});
    CHECK(series_of(figures, wanted("metric hil_plant_active_power_kw{at=\"poi\"} < 1")) ==
          Series{{"{plant=\"lib\",at=\"poi\"}", -20}});
    CHECK(series_of(figures, wanted("metric hil_websocket_clients > 1")) == Series{{"", 2}});
    CHECK(series_of(figures, wanted("metric hil_plant_soc < 1")).empty());
    CHECK(series_of("a{b=\"c\n a NaN\na x\n", wanted("metric a < 1")).empty());
}

TEST_CASE("The shipped rules find every alert once, and say of a battery that does not follow why") {
    const config::Alerting shipped;
    RuleBook book(shipped);
    const std::vector<Alert> active{
        alert("lib/link", "lib", "no answer in time"),
        alert("lib/setpoint", "lib", "the setpoint is not confirmed", Severity::alarm),
        alert("vrfb/idle", "vrfb", "gives nothing", Severity::alarm)};
    const auto found = look(book, active);
    std::vector<std::string> told;
    for (const auto& finding : found)
        told.push_back(finding.rule_name + " " + finding.key);
    // The setpoint follows from the link, so built_in tells of the link alone.
    CHECK(told == std::vector<std::string>{"built_in lib/link", "built_in vrfb/idle",
                                           "battery_does_not_follow lib/setpoint",
                                           "battery_does_not_follow vrfb/idle"});
    CHECK(found[2].message ==
          "the battery does not follow: the setpoint is not confirmed; behind it: no answer in time");
    CHECK(found[2].severity == Severity::alarm);
    CHECK(found[3].message == "the battery does not follow: gives nothing");
}

TEST_CASE("A rule waits for_s, and begins anew when what it waits for breaks off") {
    RuleBook book(rules({{.name = "late", .when = "alert */link", .for_ = 30s}}));
    const std::vector<Alert> lost{alert("lib/link", "lib", "lost")};
    WallTime now{};
    CHECK(look(book, lost, now).empty());
    CHECK(look(book, lost, now += 29s).empty());
    CHECK(look(book, {}, now += 500ms).empty());
    CHECK(look(book, lost, now += 500ms).empty());
    CHECK(look(book, lost, now += 29s).empty());
    CHECK(look(book, lost, now += 1s).size() == 1);
    CHECK(look(book, lost, now += 1h).size() == 1);
    // A wall clock that was set back shortens no wait, and does not make it endless.
    RuleBook other(rules({{.name = "late", .when = "alert */link", .for_ = 30s}}));
    CHECK(look(other, lost, now).empty());
    CHECK(look(other, lost, now -= 2h).empty());
    CHECK(look(other, lost, now += 30s).size() == 1);
}

TEST_CASE("A figure is found beyond its limit, and is over only behind its hysteresis") {
    RuleBook book(rules({{.name = "low",
                          .when = "metric hil_plant_soc_ratio{plant=\"lib\"} < 0.1",
                          .hysteresis = 0.05,
                          .severity = "alarm",
                          .message = "nearly empty"}}));
    const auto at = [&](const char* value) {
        return look(book, {}, {}, std::string("hil_plant_soc_ratio{plant=\"lib\"} ") + value + "\n");
    };
    CHECK(at("0.12").empty());
    const auto found = at("0.08");
    REQUIRE(found.size() == 1);
    CHECK(found[0].key == "hil_plant_soc_ratio{plant=\"lib\"}");
    CHECK(found[0].plant == "lib");
    CHECK(found[0].severity == Severity::alarm);
    CHECK(found[0].message == "nearly empty: hil_plant_soc_ratio{plant=\"lib\"} is 0.08, below 0.1");
    CHECK(at("0.12").size() == 1);
    CHECK(at("0.16").empty());
    CHECK(at("0.12").empty());
    CHECK(at("NaN").empty());
}

TEST_CASE("Every comparison holds where it should, and a rule that is off finds nothing") {
    for (const auto& [text, count] :
         {std::pair{"metric hil_websocket_clients > 2", 0}, std::pair{"metric hil_websocket_clients >= 2", 1},
          std::pair{"metric hil_websocket_clients < 2", 0}, std::pair{"metric hil_websocket_clients <= 2", 1},
          std::pair{"metric hil_websocket_clients > 1", 1},
          std::pair{"metric hil_websocket_clients < 3", 1}}) {
        INFO(text);
        RuleBook book(rules({{.name = "r", .when = text}}));
        CHECK(look(book, {}).size() == static_cast<std::size_t>(count));
    }
    RuleBook off(rules({{.name = "r", .when = "alert *", .enabled = false}}));
    CHECK(look(off, {alert("estop", "", "latched")}).empty());
    RuleBook graded(rules({{.name = "r", .when = "alert *", .severity = "info"}}));
    const auto found = look(graded, {alert("estop", "", "latched", Severity::alarm)});
    REQUIRE(found.size() == 1);
    CHECK(found[0].severity == Severity::info);
}
