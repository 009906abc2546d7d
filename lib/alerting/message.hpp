// One message to one receiver, as it waits, is sent, and is kept over a restart.
#pragma once

#include "base/zone.hpp"
#include "observe/events.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hil::alerting {

struct Entry {
    bool firing = true;  // false: over
    std::string rule, key, plant, message;
    observe::Severity severity = observe::Severity::warning;
    WallTime since;
    std::optional<WallTime> until;
    std::uint64_t flaps = 0;  // how often it came back before anybody was told that it was over
    bool escalated = false;   // told because nobody has acknowledged
};

enum class MessageKind : std::uint8_t { alerts, dead_man, test };

struct Message {
    std::uint64_t number = 0;
    std::string key;  // the same each time it is sent: a receiver that knows it has it already
    std::string receiver;
    MessageKind kind = MessageKind::alerts;
    bool repeats = false;  // says again what was told: for receivers that forget
    std::vector<Entry> entries;
    WallTime made;
    std::uint32_t attempts = 0;  // that failed
    WallTime due;                // not sent before
};

std::string_view to_string(MessageKind kind);
// "2 alarms: lib/link …": what stands first for people.
std::string headline(const Message& message);

// The body of a webhook, of an Alertmanager (POST /api/v2/alerts), and a whole mail with its headers.
std::string webhook_body(const Message& message, const Zone& zone);
std::string alertmanager_body(const Message& message, WallTime now);
std::string mail_text(const Message& message, const Zone& zone, const std::string& from,
                      const std::vector<std::string>& to);

boost::json::object to_json(const Message& message);
// None where it is not what to_json() writes.
std::optional<Message> message_of(const boost::json::value& value);

}  // namespace hil::alerting
