// alerting: who is told of what goes wrong.
#include "config/describe.hpp"
#include "config/texts.hpp"

namespace hil::config {
namespace {

constexpr double seconds_a_day = 86'400;
const Choice severities{{"info", "warning", "alarm"}};

void web_secret(Visitor& v, WebReceiver& r) {
    v.path({.name = "token_file", .doc = "File with the bearer token that is sent along."}, r.token_file);
    v.text({.name = "token_variable",
            .doc = "Environment variable with the bearer token; it goes before the file."},
           r.token_variable, texts::variable);
    v.path({.name = "ca_file",
            .doc = "Certificates of the authorities that vouch for the receiver, PEM; without it the "
                   "system's."},
           r.ca_file);
}

}  // namespace

Alerting::Alerting() {
    rules.push_back({.name = "built_in", .when = "alert *"});
    // What people ask for most: the plant is told something, and does something else. The message names the
    // alert that stands behind it.
    rules.push_back({.name = "battery_does_not_follow",
                     .when = "alert */setpoint | */idle | */opposed/* | */zero_refused | "
                             "*/safety/setpoint_not_followed",
                     .message = "the battery does not follow"});
}

void describe(Visitor& v, AlertRule& rule) {
    v.text(
        {.name = "when",
         .doc =
             "What it looks for: `alert KEY | KEY …` (* stands for anything), or `metric NAME{LABEL=\"…\"} "
             "< NUMBER`."},
        rule.when, texts::name);
    v.seconds({.name = "for_s", .doc = "How long it must hold without a break."}, rule.for_,
              {0, seconds_a_day});
    v.real({.name = "hysteresis",
            .doc = "Of a metric: how far back behind its limit the value must come to be over it no more."},
           rule.hysteresis, {0, 1e9});
    v.choice(
        {.name = "severity", .doc = "Of the messages; alert: as the alert has it, warning for a metric."},
        rule.severity, {{"alert", "info", "warning", "alarm"}});
    v.text({.name = "message", .doc = "Stands before what was found, for people."}, rule.message, texts::any);
    v.flag({.name = "enabled", .doc = "Whether it is looked for."}, rule.enabled);
}

void describe(Visitor& v, WebReceiver& receiver) {
    v.text({.name = "url", .doc = "Where messages are posted.", .required = true}, receiver.url, texts::url);
    web_secret(v, receiver);
}

void describe(Visitor& v, MailReceiver& mail) {
    v.text({.name = "url",
            .doc = "The server: smtp://host:587 (STARTTLS is required unless it is on this machine) or "
                   "smtps://host.",
            .required = true},
           mail.url, texts::mail_url);
    v.text({.name = "from", .doc = "Address of the sender.", .required = true}, mail.from,
           texts::mail_address);
    v.texts({.name = "to", .doc = "Addresses of those who get it."}, mail.to, texts::mail_address);
    v.text({.name = "user", .doc = "Name to log in with; without it nobody does."}, mail.user, texts::any);
    v.path({.name = "password_file", .doc = "File with the password of user."}, mail.password_file);
    v.text({.name = "password_variable",
            .doc = "Environment variable with the password; it goes before the file."},
           mail.password_variable, texts::variable);
    v.path(
        {.name = "ca_file",
         .doc = "Certificates of the authorities that vouch for the server, PEM; without it the system's."},
        mail.ca_file);
}

void describe(Visitor& v, AlertReceiver& receiver) {
    v.optional({.name = "webhook", .doc = "JSON by HTTP POST, with an Idempotency-Key."}, receiver.webhook);
    v.optional(
        {.name = "alertmanager", .doc = "A Prometheus Alertmanager; /api/v2/alerts is added to its address."},
        receiver.alertmanager);
    v.optional({.name = "email", .doc = "A mail by SMTP."}, receiver.email);
}

void describe(Visitor& v, QuietHours& quiet) {
    v.text({.name = "from", .doc = "Local time HH:MM."}, quiet.from, texts::clock_time);
    v.text({.name = "to", .doc = "Local time HH:MM, perhaps of the next day."}, quiet.to, texts::clock_time);
}

void describe(Visitor& v, AlertRoute& route) {
    v.text({.name = "receiver", .doc = "One of alerting.receivers.", .required = true}, route.receiver,
           texts::plant_id);
    v.texts({.name = "rules", .doc = "Of which rules; without any: of all."}, route.rules, texts::plant_id);
    v.choice({.name = "least_severity", .doc = "What is less severe is not sent."}, route.least_severity,
             severities);
    v.optional({.name = "quiet_hours", .doc = "What is no alarm waits until they are over."},
               route.quiet_hours);
    v.seconds({.name = "group_s", .doc = "At most one message in that time, with all that came together."},
              route.group, {6, 3600});
    v.text({.name = "escalate_to",
            .doc = "A receiver that is told, too, when nobody has acknowledged for escalate_after_s."},
           route.escalate_to, texts::receiver);
    v.seconds({.name = "escalate_after_s", .doc = "How long nobody may have acknowledged."},
              route.escalate_after, {1, 7 * seconds_a_day});
}

void describe(Visitor& v, DeadMan& dead_man) {
    v.text({.name = "receiver", .doc = "One of alerting.receivers.", .required = true}, dead_man.receiver,
           texts::plant_id);
    v.seconds({.name = "period_s", .doc = "How often."}, dead_man.period, {10, seconds_a_day});
}

void describe(Visitor& v, Alerting& alerting) {
    const Keys names{.key = texts::plant_id, .named = {}, .at_least = 0, .type = nullptr, .doc = nullptr};
    v.map(
        {.name = "rules",
         .doc = "What is worth a message; built_in and battery_does_not_follow are there unless disabled."},
        names, alerting.rules, [](const std::string& name) { return AlertRule{.name = name}; },
        [](const AlertRule& rule) { return rule.name; });
    v.map(
        {.name = "receivers", .doc = "Where messages go; each is one of webhook, alertmanager and email."},
        names, alerting.receivers, [](const std::string& name) { return AlertReceiver{.name = name}; },
        [](const AlertReceiver& receiver) { return receiver.name; });
    v.list({.name = "routes", .doc = "Which messages go where, and when."}, alerting.routes);
    v.optional({.name = "dead_man",
                .doc = "A message that says only that the service is there; who misses it knows that it is "
                       "not."},
               alerting.dead_man);
    v.seconds({.name = "resolve_after_s",
               .doc = "How long something must be over before it is told to be; what flaps is told once."},
              alerting.resolve_after, {1, seconds_a_day});
}

}  // namespace hil::config
