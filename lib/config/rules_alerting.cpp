// Rules of `alerting`: names that must be there, conditions that can be read, secrets that do not travel in
// the clear.
#include "config/alert_condition.hpp"
#include "config/rules.hpp"
#include "config/texts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace hil::config {
namespace {

const std::string alerting_section = "/alerting";

void receiver_named(const Alerting& alerting, const std::string& name, const std::string& pointer,
                    Problems& problems) {
    if (std::ranges::find(alerting.receivers, name, &AlertReceiver::name) != alerting.receivers.end()) return;
    std::vector<std::string> names;
    for (const auto& receiver : alerting.receivers)
        names.push_back(receiver.name);
    problems.add_unless_wrong(
        pointer, {alerting_section + "/receivers"},
        fmt::format("must be one of alerting.receivers ({}), got \"{}\"",
                    names.empty() ? "there is none" : fmt::format("{}", fmt::join(names, ", ")), name));
}

void check_web(const WebReceiver& receiver, const std::string& pointer, Problems& problems) {
    const bool secret = !receiver.token_file.empty() || !receiver.token_variable.empty();
    if (secret && receiver.url.starts_with("http://") && !texts::is_loopback(texts::host_of(receiver.url)))
        problems.add_unless_wrong(
            pointer + "/url", {},
            fmt::format("must be https:// where a token is sent to another machine, got \"{}\"",
                        receiver.url));
}

void check_receiver(const AlertReceiver& receiver, Problems& problems) {
    const auto pointer = alerting_section + "/receivers/" + receiver.name;
    const int kinds = int(receiver.webhook.has_value()) + int(receiver.alertmanager.has_value()) +
                      int(receiver.email.has_value());
    if (kinds != 1)
        problems.add_unless_wrong(pointer,
                                  {pointer + "/webhook", pointer + "/alertmanager", pointer + "/email"},
                                  fmt::format("must be one of webhook, alertmanager and email, and is {}",
                                              kinds == 0 ? "none" : "several"));
    if (receiver.webhook) check_web(*receiver.webhook, pointer + "/webhook", problems);
    if (receiver.alertmanager) check_web(*receiver.alertmanager, pointer + "/alertmanager", problems);
    if (receiver.email && receiver.email->to.empty())
        problems.add_unless_wrong(pointer + "/email/to", {}, "must have at least one address");
}

void check_route(const Alerting& alerting, std::size_t index, Problems& problems) {
    const auto& route = alerting.routes[index];
    const auto pointer = fmt::format("{}/routes/{}", alerting_section, index);
    receiver_named(alerting, route.receiver, pointer + "/receiver", problems);
    if (!route.escalate_to.empty())
        receiver_named(alerting, route.escalate_to, pointer + "/escalate_to", problems);
    for (std::size_t i = 0; i < route.rules.size(); ++i)
        if (std::ranges::find(alerting.rules, route.rules[i], &AlertRule::name) == alerting.rules.end())
            problems.add_unless_wrong(
                fmt::format("{}/rules/{}", pointer, i), {alerting_section + "/rules"},
                fmt::format("must be one of alerting.rules, got \"{}\"", route.rules[i]));
    if (route.quiet_hours && route.quiet_hours->from == route.quiet_hours->to)
        problems.add_unless_wrong(pointer + "/quiet_hours/to", {pointer + "/quiet_hours/from"},
                                  "must differ from quiet_hours.from");
}

}  // namespace

void check_alerting(const Alerting& alerting, Problems& problems) {
    for (const auto& rule : alerting.rules) {
        const auto pointer = alerting_section + "/rules/" + rule.name + "/when";
        if (rule.when.empty()) {
            problems.add_unless_wrong(pointer, {}, "is required: what the rule looks for");
            continue;
        }
        const auto condition = parse_condition(rule.when);
        if (const auto* problem = std::get_if<std::string>(&condition))
            problems.add_unless_wrong(pointer, {}, fmt::format("cannot be read: {}", *problem));
    }
    for (const auto& receiver : alerting.receivers)
        check_receiver(receiver, problems);
    for (std::size_t i = 0; i < alerting.routes.size(); ++i)
        check_route(alerting, i, problems);
    if (alerting.dead_man)
        receiver_named(alerting, alerting.dead_man->receiver, alerting_section + "/dead_man/receiver",
                       problems);
}

}  // namespace hil::config
