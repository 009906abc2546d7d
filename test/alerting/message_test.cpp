// The forms of a message.
#include "alerting/message.hpp"
#include "support/catch.hpp"

#include <boost/json/parse.hpp>

using namespace hil;
using namespace hil::alerting;
using namespace std::chrono_literals;
using Catch::Contains;
using observe::Severity;

namespace {

const Zone madrid = Zone::find("Europe/Madrid").value();
const WallTime noon = WallTime(std::chrono::sys_days{std::chrono::year{2026} / 6 / 1} + 10h);

Message sample() {
    Message out;
    out.number = 7;
    out.key = "lab-7";
    out.receiver = "hook";
    out.made = out.due = noon;
    out.entries = {{.firing = true,
                    .rule = "battery_does_not_follow",
                    .key = "lib/idle",
                    .plant = "lib",
                    .message = "gives nothing",
                    .severity = Severity::alarm,
                    .since = noon - 30s,
                    .until = {},
                    .flaps = 2},
                   {.firing = false,
                    .rule = "built_in",
                    .key = "estop",
                    .plant = {},
                    .message = "latched",
                    .severity = Severity::alarm,
                    .since = noon - 1h,
                    .until = noon - 1min}};
    return out;
}

}  // namespace

TEST_CASE("A webhook gets one JSON object with the key, and times of the configured zone") {
    const auto body = boost::json::parse(webhook_body(sample(), madrid));
    CHECK(body.at("version") == 1);
    CHECK(body.at("kind") == "alerts");
    CHECK(body.at("idempotency_key") == "lab-7");
    CHECK(body.at("headline") == "alarm: gives nothing (and 1 more: 1 active, 1 over)");
    CHECK(body.at_pointer("/alerts/0/status") == "firing");
    CHECK(body.at_pointer("/alerts/0/plant") == "lib");
    CHECK(body.at_pointer("/alerts/0/since") == "2026-06-01T11:59:30+02:00");
    CHECK(body.at_pointer("/alerts/0/until").is_null());
    CHECK(body.at_pointer("/alerts/0/came_back") == 2);
    CHECK(body.at_pointer("/alerts/1/status") == "resolved");
    CHECK(body.at_pointer("/alerts/1/plant").is_null());
    CHECK(body.at_pointer("/alerts/1/until") == "2026-06-01T11:59:00+02:00");
}

TEST_CASE("An Alertmanager gets labels that stay the same, and an end that lies ahead while it lasts") {
    const auto body = boost::json::parse(alertmanager_body(sample(), noon + 1s));
    CHECK(body.at_pointer("/0/labels/alertname") == "hil_battery_does_not_follow");
    CHECK(body.at_pointer("/0/labels/plant") == "lib");
    CHECK(body.at_pointer("/0/labels/key") == "lib/idle");
    CHECK(body.at_pointer("/0/startsAt") == "2026-06-01T09:59:30.000Z");
    CHECK(body.at_pointer("/0/endsAt") == "2026-06-01T10:04:01.000Z");
    CHECK(body.at_pointer("/1/endsAt") == "2026-06-01T09:59:00.000Z");
    CHECK_FALSE(body.at_pointer("/1/labels").as_object().contains("plant"));
    auto dead_man = sample();
    dead_man.kind = MessageKind::dead_man;
    dead_man.entries.clear();
    CHECK(boost::json::parse(alertmanager_body(dead_man, noon)).at_pointer("/0/labels/alertname") ==
          "hil_dead_man");
}

TEST_CASE("A mail has its headers, one line each whatever is in them") {
    auto message = sample();
    message.entries[0].message = "línea\r\nBcc: someone@example.org";
    const auto mail = mail_text(message, madrid, "hil@example.org", {"a@example.org", "b@example.org"});
    const auto head = mail.substr(0, mail.find("\r\n\r\n"));
    CHECK_THAT(head, Contains("To: a@example.org, b@example.org\r\n"));
    CHECK_THAT(head,
               Contains("Subject: =?UTF-8?Q?=5Bhil=2Dscheduler=5D=20alarm=3A=20l=C3=ADnea=20=20Bcc=3A"));
    CHECK_THAT(head, !Contains("\nBcc"));
    CHECK_THAT(head, Contains("Date: 1 Jun 2026 10:00:00 +0000"));
    CHECK_THAT(head, Contains("Message-ID: <lab-7@hil-scheduler.invalid>"));
    CHECK_THAT(mail, Contains("over estop\r\n  latched\r\n  since 2026-06-01T11:00:00+02:00 until"));
    CHECK_THAT(mail, Contains("came back 2 times"));
}

TEST_CASE("A message that was kept is the same when it is read") {
    const auto message = sample();
    const auto again = message_of(boost::json::value(to_json(message)));
    REQUIRE(again);
    CHECK(webhook_body(*again, madrid) == webhook_body(message, madrid));
    CHECK(again->due == message.due);
    CHECK(again->receiver == "hook");
    CHECK_FALSE(message_of(boost::json::parse("[]")));
    CHECK_FALSE(message_of(boost::json::parse(R"({"number":1})")));
}

TEST_CASE("A test and a dead man's message say what they are") {
    Message message;
    CHECK(headline(message) == "nothing");
    message.kind = MessageKind::test;
    CHECK(headline(message) == "this is a test");
    CHECK(to_string(message.kind) == "test");
    message.kind = MessageKind::dead_man;
    CHECK(headline(message) == "the service is there");
    CHECK(to_string(message.kind) == "dead_man");
}
