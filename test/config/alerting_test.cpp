// alerting, proxies and the addresses they are described by.
#include "base/address_range.hpp"
#include "config/alert_condition.hpp"
#include "sample.hpp"

using namespace hil;
using Catch::Contains;
using namespace hil::config;
using namespace hil::config::sample;

namespace {

const AlertPatterns& patterns_of(const AlertCondition& condition) {
    REQUIRE(std::holds_alternative<AlertPatterns>(condition));
    return std::get<AlertPatterns>(condition);
}

std::string problem_of(std::string_view text) {
    const auto condition = parse_condition(text);
    const auto* problem = std::get_if<std::string>(&condition);
    return problem ? *problem : "";
}

}  // namespace

TEST_CASE("A condition is keys of alerts, or a metric and a threshold") {
    CHECK(patterns_of(parse_condition("alert */link|estop ")).keys ==
          std::vector<std::string>{"*/link", "estop"});
    const auto condition = parse_condition("  metric hil_plant_soc_ratio{plant=\"lib\", at=\"poi\"} <= 0.25");
    REQUIRE(std::holds_alternative<MetricThreshold>(condition));
    const auto& metric = std::get<MetricThreshold>(condition);
    CHECK(metric.metric == "hil_plant_soc_ratio");
    CHECK(metric.labels == std::vector<std::pair<std::string, std::string>>{{"plant", "lib"}, {"at", "poi"}});
    CHECK(metric.comparison == Comparison::at_most);
    CHECK(metric.limit == 0.25);
    for (const auto& [text, comparison] :
         {std::pair{"metric a < 1", Comparison::below}, std::pair{"metric a > -1e3", Comparison::above},
          std::pair{"metric a{} >= 1", Comparison::at_least}})
        CHECK(std::get<MetricThreshold>(parse_condition(text)).comparison == comparison);
}

TEST_CASE("What is no condition is refused with what is wrong") {
    CHECK_THAT(problem_of("soc < 1"), Contains("begins with"));
    CHECK_THAT(problem_of("alert "), Contains("begins with"));
    CHECK_THAT(problem_of("alert a || b"), Contains("one word"));
    CHECK_THAT(problem_of("alert a b"), Contains("\"a b\""));
    CHECK_THAT(problem_of("metric < 1"), Contains("name"));
    CHECK_THAT(problem_of("metric a = 1"), Contains("compared by"));
    CHECK_THAT(problem_of("metric a < x"), Contains("\"x\""));
    CHECK_THAT(problem_of("metric a < inf"), Contains("number"));
    CHECK_THAT(problem_of("metric a{b} < 1"), Contains("labels are written"));
    CHECK_THAT(problem_of("metric a{b=\"c} < 1"), Contains("ends with"));
    CHECK_THAT(problem_of("metric a{b=\"c\" d=\"e\"} < 1"), Contains("commas"));
}

TEST_CASE("A star stands for anything, slashes and nothing included") {
    CHECK(matches("*/link", "lib/link"));
    CHECK(matches("lib/*", "lib/safety/soc_low"));
    CHECK(matches("*/opposed/*", "lib/opposed/p_setpoint"));
    CHECK(matches("*a*b*", "xaab"));
    CHECK(matches("*", ""));
    CHECK(matches("estop", "estop"));
    CHECK_FALSE(matches("*/link", "lib/links"));
    CHECK_FALSE(matches("estop", "lib/estop"));
    CHECK_FALSE(matches("", "a"));
    CHECK_FALSE(matches("a*b", "ab/c"));
}

TEST_CASE("An address range is an address or a prefix, of either family") {
    CHECK(parse_address_range("10.0.0.0/8")->contains("10.255.0.1"));
    CHECK(parse_address_range("10.0.0.0/8")->contains("::ffff:10.1.1.1"));
    CHECK_FALSE(parse_address_range("10.0.0.0/8")->contains("11.0.0.1"));
    CHECK(parse_address_range("192.0.2.128/25")->contains("192.0.2.200"));
    CHECK_FALSE(parse_address_range("192.0.2.128/25")->contains("192.0.2.100"));
    CHECK(parse_address_range("192.0.2.7")->contains("192.0.2.7"));
    CHECK_FALSE(parse_address_range("192.0.2.7")->contains("192.0.2.8"));
    CHECK(parse_address_range("fd00::/8")->contains("fdff::1"));
    CHECK_FALSE(parse_address_range("fd00::/8")->contains("10.0.0.1"));
    CHECK(parse_address_range("0.0.0.0/0")->contains("203.0.113.9"));
    CHECK_FALSE(parse_address_range("0.0.0.0/0")->contains("::1"));
    CHECK_FALSE(parse_address_range("0.0.0.0/0")->contains("nobody"));
    for (const auto* wrong :
         {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0/8", "fd00::/129", "host/8", "1.2.3.4/-1"})
        CHECK_FALSE(parse_address_range(wrong));
}

TEST_CASE("Rules of alerting are held against each other") {
    const auto with = [](std::string_view pointer, json::value value) {
        auto changed = document(complete_text());
        put(changed, pointer, std::move(value));
        return all(load_value(changed));
    };
    CHECK_THAT(with("/alerting/routes/0/receiver", "nobody"),
               Contains("/alerting/routes/0/receiver: must be one of alerting.receivers (hook, am, night)"));
    CHECK_THAT(with("/alerting/routes/0/escalate_to", "nobody"), Contains("escalate_to: must be one of"));
    CHECK_THAT(with("/alerting/dead_man/receiver", "x"),
               Contains("/alerting/dead_man/receiver: must be one of"));
    CHECK_THAT(with("/alerting/routes/0/rules/1", "other"), Contains("must be one of alerting.rules"));
    CHECK_THAT(with("/alerting/routes/0/quiet_hours/to", "21:30"), Contains("must differ"));
    CHECK_THAT(with("/alerting/rules/low_soc/when", "metric x"),
               Contains("cannot be read: a metric is compared"));
    CHECK_THAT(with("/alerting/receivers/hook", json::object()), Contains("and is none"));
    CHECK_THAT(with("/alerting/receivers/hook/alertmanager", json::object{{"url", "http://127.0.0.1"}}),
               Contains("and is several"));
    CHECK_THAT(with("/alerting/receivers/hook/webhook/url", "http://example.org/"),
               Contains("must be https:// where a token"));
    CHECK_THAT(with("/alerting/receivers/night/email/to", json::array()), Contains("at least one address"));
    CHECK_THAT(with("/dashboard/trusted_proxies/0", "10.0.0.0/40"),
               Contains("must be an address or a range"));
}

TEST_CASE("The battery that does not follow is looked for unless that is switched off") {
    const auto config = load_text(shipped_text()).config;
    REQUIRE(config.alerting.rules.size() == 2);
    CHECK(config.alerting.rules[1].name == "battery_does_not_follow");
    CHECK(config.alerting.rules[1].enabled);
    auto changed = shipped();
    put(changed, "/alerting/rules/battery_does_not_follow/enabled", false);
    const auto off = load_value(changed).config;
    REQUIRE(off.alerting.rules.size() == 2);
    CHECK_FALSE(off.alerting.rules[1].enabled);
    CHECK_THAT(off.alerting.rules[1].when, Contains("*/idle"));
}
