// Who is told of what goes wrong, as the configuration has it (`alerting`): rules say what is worth a
// message, receivers where messages go, routes which go where and when.
#pragma once

#include "base/time.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hil::config {

struct AlertRule {
    std::string name{};
    std::string when{};              // alert_condition.hpp
    Duration for_{};                 // it must hold so long without a break
    double hysteresis = 0;           // of a figure: how far back it must come for the condition to be over
    std::string severity = "alert";  // info, warning, alarm; alert: as the alert itself, warning for a figure
    std::string message{};           // for people, before what was found; empty: only that
    bool enabled = true;
};

// HTTP, our own JSON or the Alertmanager's.
struct WebReceiver {
    std::string url;
    std::filesystem::path token_file;  // of a bearer token
    std::string token_variable;        // or the environment variable that holds it
    std::filesystem::path ca_file;     // PEM; empty: the system's authorities
};

struct MailReceiver {
    std::string url;  // smtp:// (STARTTLS, unless the server is on this machine) or smtps://
    std::string from;
    std::vector<std::string> to;
    std::string user;  // empty: no login
    std::filesystem::path password_file;
    std::string password_variable;
    std::filesystem::path ca_file;
};

struct AlertReceiver {
    std::string name;
    // Exactly one.
    std::optional<WebReceiver> webhook{}, alertmanager{};
    std::optional<MailReceiver> email{};
};

struct QuietHours {
    std::string from = "22:00", to = "06:00";  // HH:MM of the configured zone
};

struct AlertRoute {
    std::string receiver;
    std::vector<std::string> rules;  // empty: all
    std::string least_severity = "info";
    std::optional<QuietHours> quiet_hours;      // what is no alarm waits for their end
    Duration group = std::chrono::seconds(10);  // at most one message in that time
    std::string escalate_to;                    // a receiver; empty: nobody
    Duration escalate_after = std::chrono::minutes(15);
};

// A message that says only that the service is there: who does not get it for some time knows that it is not.
struct DeadMan {
    std::string receiver;
    Duration period = std::chrono::minutes(5);
};

struct Alerting {
    std::vector<AlertRule> rules;
    std::vector<AlertReceiver> receivers;
    std::vector<AlertRoute> routes;
    std::optional<DeadMan> dead_man;
    Duration resolve_after = std::chrono::seconds(30);  // over for so long before somebody is told so

    Alerting();  // the rules that are shipped
};

}  // namespace hil::config
