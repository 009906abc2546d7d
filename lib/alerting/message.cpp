#include "alerting/message.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

namespace hil::alerting {
namespace {

namespace json = boost::json;
using observe::Severity;

// RFC 3339 in UTC, to the millisecond: what an Alertmanager reads.
std::string utc(WallTime at) {
    const auto whole = std::chrono::floor<std::chrono::milliseconds>(at);
    const auto day = std::chrono::floor<std::chrono::days>(whole);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss time{whole - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int(date.year()), unsigned(date.month()),
                       unsigned(date.day()), time.hours().count(), time.minutes().count(),
                       time.seconds().count(), time.subseconds().count());
}

std::int64_t count(WallTime at) {
    return at.time_since_epoch().count();
}

std::size_t firing(const Message& message) {
    return static_cast<std::size_t>(std::ranges::count_if(message.entries, &Entry::firing));
}

// A header line holds no line ends, and ASCII only: what else there is becomes an encoded word (RFC 2047).
std::string header_text(std::string text) {
    std::ranges::replace_if(text, [](char c) { return c == '\r' || c == '\n'; }, ' ');
    if (std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; })) return text.substr(0, 200);
    std::string out = "=?UTF-8?Q?";
    for (const char c : text.substr(0, 120)) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        out += plain ? std::string(1, c) : fmt::format("={:02X}", byte);
    }
    return out + "?=";
}

json::object to_json(const Entry& entry) {
    json::object out{{"firing", entry.firing},
                     {"rule", entry.rule},
                     {"key", entry.key},
                     {"plant", entry.plant},
                     {"message", entry.message},
                     {"severity", static_cast<int>(entry.severity)},
                     {"since", count(entry.since)},
                     {"flaps", entry.flaps},
                     {"escalated", entry.escalated}};
    if (entry.until) out["until"] = count(*entry.until);
    return out;
}

WallTime time_in(const json::object& object, std::string_view name) {
    return WallTime(Duration(object.at(name).to_number<std::int64_t>()));
}

std::string text_in(const json::object& object, std::string_view name) {
    return std::string(object.at(name).as_string());
}

Entry entry_of(const json::object& object) {
    Entry out;
    out.firing = object.at("firing").as_bool();
    out.rule = text_in(object, "rule");
    out.key = text_in(object, "key");
    out.plant = text_in(object, "plant");
    out.message = text_in(object, "message");
    out.severity = static_cast<Severity>(std::clamp(object.at("severity").to_number<int>(), 0, 2));
    out.since = time_in(object, "since");
    out.flaps = object.at("flaps").to_number<std::uint64_t>();
    out.escalated = object.at("escalated").as_bool();
    if (object.contains("until")) out.until = time_in(object, "until");
    return out;
}

}  // namespace

std::string_view to_string(MessageKind kind) {
    switch (kind) {
        case MessageKind::alerts:
            return "alerts";
        case MessageKind::dead_man:
            return "dead_man";
        case MessageKind::test:
            return "test";
    }
    return "alerts";
}

std::string headline(const Message& message) {
    if (message.kind == MessageKind::dead_man) return "the service is there";
    if (message.kind == MessageKind::test) return "this is a test";
    if (message.entries.empty()) return "nothing";
    const auto& first = message.entries.front();
    const auto active = firing(message);
    const auto over = message.entries.size() - active;
    std::string what = first.firing ? std::string(observe::to_string(first.severity)) : "over";
    if (first.escalated) what = "not acknowledged, " + what;
    std::string more;
    if (message.entries.size() > 1)
        more = fmt::format(" (and {} more: {} active, {} over)", message.entries.size() - 1, active, over);
    return fmt::format("{}: {}{}", what, first.message, more);
}

std::string webhook_body(const Message& message, const Zone& zone) {
    json::array alerts;
    for (const auto& entry : message.entries) {
        json::object out{{"status", entry.firing ? "firing" : "resolved"},
                         {"rule", entry.rule},
                         {"key", entry.key},
                         {"severity", observe::to_string(entry.severity)},
                         {"plant", entry.plant.empty() ? json::value() : json::value(entry.plant)},
                         {"message", entry.message},
                         {"since", zone.format(entry.since)},
                         {"until", entry.until ? json::value(zone.format(*entry.until)) : json::value()},
                         {"came_back", entry.flaps},
                         {"escalated", entry.escalated}};
        alerts.push_back(std::move(out));
    }
    return json::serialize(json::object{{"version", 1},
                                        {"kind", to_string(message.kind)},
                                        {"idempotency_key", message.key},
                                        {"made_at", zone.format(message.made)},
                                        {"headline", headline(message)},
                                        {"alerts", std::move(alerts)}});
}

std::string alertmanager_body(const Message& message, WallTime now) {
    json::array out;
    // It forgets what is not said again: that is done every minute.
    constexpr auto forgotten = std::chrono::minutes(4);
    const auto add = [&](std::string name, std::string_view severity, const std::string& key,
                         const std::string& plant, const std::string& text, WallTime since, WallTime until) {
        json::object labels{{"alertname", std::move(name)}, {"severity", severity}, {"key", key}};
        if (!plant.empty()) labels["plant"] = plant;
        out.push_back(json::object{{"labels", std::move(labels)},
                                   {"annotations", json::object{{"summary", text}}},
                                   {"startsAt", utc(since)},
                                   {"endsAt", utc(until)}});
    };
    if (message.kind != MessageKind::alerts)
        add(message.kind == MessageKind::test ? "hil_test" : "hil_dead_man", "info", "hil", {},
            headline(message), message.made,
            now + forgotten * (message.kind == MessageKind::test ? 0 : 1) + std::chrono::minutes(1));
    for (const auto& entry : message.entries)
        add("hil_" + entry.rule, observe::to_string(entry.severity), entry.key, entry.plant, entry.message,
            entry.since, entry.firing ? now + forgotten : entry.until.value_or(now));
    return json::serialize(out);
}

std::string mail_text(const Message& message, const Zone& zone, const std::string& from,
                      const std::vector<std::string>& to) {
    const auto at = std::chrono::floor<std::chrono::seconds>(message.made);
    std::string out = fmt::format(
        "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}@hil-scheduler.invalid>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
        "Auto-Submitted: auto-generated\r\n\r\n",
        from, fmt::join(to, ", "), header_text("[hil-scheduler] " + headline(message)),
        [&] {
            const auto day = std::chrono::floor<std::chrono::days>(at);
            const std::chrono::year_month_day date{day};
            const std::chrono::hh_mm_ss time{at - day};
            static constexpr std::string_view months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
            return fmt::format("{} {} {:04} {:02}:{:02}:{:02} +0000", unsigned(date.day()),
                               months[unsigned(date.month()) - 1], int(date.year()), time.hours().count(),
                               time.minutes().count(), time.seconds().count());
        }(),
        message.key);
    out += headline(message) + "\r\n\r\n";
    for (const auto& entry : message.entries) {
        out += fmt::format("{} {}\r\n  {}\r\n  since {}",
                           entry.firing ? observe::to_string(entry.severity) : "over", entry.key,
                           entry.message, zone.format(entry.since));
        if (entry.until) out += fmt::format(" until {}", zone.format(*entry.until));
        if (entry.flaps > 0) out += fmt::format(", came back {} times", entry.flaps);
        if (entry.escalated) out += ", nobody has acknowledged it";
        out += "\r\n";
    }
    return out;
}

json::object to_json(const Message& message) {
    json::array entries;
    for (const auto& entry : message.entries)
        entries.push_back(to_json(entry));
    return {{"number", message.number},     {"key", message.key},
            {"receiver", message.receiver}, {"kind", static_cast<int>(message.kind)},
            {"repeats", message.repeats},   {"entries", std::move(entries)},
            {"made", count(message.made)},  {"attempts", message.attempts},
            {"due", count(message.due)}};
}

std::optional<Message> message_of(const json::value& value) {
    try {
        const auto& object = value.as_object();
        Message out;
        out.number = object.at("number").to_number<std::uint64_t>();
        out.key = text_in(object, "key");
        out.receiver = text_in(object, "receiver");
        out.kind = static_cast<MessageKind>(std::clamp(object.at("kind").to_number<int>(), 0, 2));
        out.repeats = object.at("repeats").as_bool();
        for (const auto& entry : object.at("entries").as_array())
            out.entries.push_back(entry_of(entry.as_object()));
        out.made = time_in(object, "made");
        out.attempts = object.at("attempts").to_number<std::uint32_t>();
        out.due = time_in(object, "due");
        return out;
    } catch (const std::exception&) {
        return std::nullopt;  // of another program, or damaged: nothing that could be sent
    }
}

}  // namespace hil::alerting
