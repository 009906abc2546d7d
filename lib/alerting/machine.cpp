#include "alerting/machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace hil::alerting {
namespace {

using observe::Severity;
using namespace std::chrono_literals;

constexpr Duration gathering = 1s;    // what comes together goes together
constexpr Duration said_again = 60s;  // to receivers that forget

Severity least_of(const config::AlertRoute& route) {
    if (route.least_severity == "alarm") return Severity::alarm;
    return route.least_severity == "warning" ? Severity::warning : Severity::info;
}

int minutes_of(std::string_view clock_time) {
    return ((clock_time[0] - '0') * 10 + clock_time[1] - '0') * 60 + (clock_time[3] - '0') * 10 +
           clock_time[4] - '0';
}

}  // namespace

Duration retry_delay(std::uint32_t failures) {
    Duration delay = 2s;
    for (std::uint32_t i = 1; i < failures && delay < 5min; ++i)
        delay *= 2;
    return std::min<Duration>(delay, 5min);
}

Machine::Machine(config::Alerting alerting, Zone zone, std::string name)
    : alerting_(std::move(alerting)), zone_(std::move(zone)), name_(std::move(name)) {}

bool Machine::meant_for(const config::AlertRoute& route, const Active& active) const {
    if (active.finding.severity < least_of(route)) return false;
    return route.rules.empty() ||
           std::ranges::find(route.rules, active.finding.rule_name) != route.rules.end();
}

bool Machine::covered(const config::AlertRoute& route, const Active& active) const {
    return std::ranges::any_of(active_, [&](const auto& entry) {
        const auto& other = entry.second;
        return other.finding.key == active.finding.key && other.finding.rule > active.finding.rule &&
               meant_for(route, other);
    });
}

bool Machine::quiet(const config::AlertRoute& route, WallTime now) const {
    if (!route.quiet_hours) return false;
    // "YYYY-MM-DDTHH:MM…" of the configured zone.
    const auto text = zone_.format(std::chrono::floor<std::chrono::seconds>(now));
    const auto minute = minutes_of(std::string_view(text).substr(11, 5));
    const auto from = minutes_of(route.quiet_hours->from), to = minutes_of(route.quiet_hours->to);
    return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

bool Machine::over(const Active& active, WallTime now) const {
    return active.gone && now - *active.gone >= alerting_.resolve_after;
}

bool Machine::forgets(const std::string& receiver) const {
    const auto found = std::ranges::find(alerting_.receivers, receiver, &config::AlertReceiver::name);
    return found != alerting_.receivers.end() && found->alertmanager.has_value();
}

bool Machine::waits_for(const std::string& receiver) const {
    return std::ranges::find(waiting_, receiver, &Message::receiver) != waiting_.end();
}

Entry Machine::entry_of(const Active& active, bool firing, WallTime now) const {
    return {.firing = firing,
            .rule = active.finding.rule_name,
            .key = active.finding.key,
            .plant = active.finding.plant,
            .message = active.finding.message,
            .severity = active.finding.severity,
            .since = active.since,
            .until = firing ? std::nullopt : std::optional(active.gone.value_or(now)),
            .flaps = active.flaps};
}

void Machine::update(const std::vector<Finding>& findings, WallTime now) {
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& finding : findings) {
        const std::pair place{finding.rule_name, finding.key};
        found.push_back(place);
        auto [at, fresh] = active_.try_emplace(place);
        auto& active = at->second;
        if (fresh) active.since = now;
        if (fresh || active.finding.severity != finding.severity) changed_ = true;
        // Back after it was gone, but not for so long that anybody was told.
        if (active.gone) {
            if (*active.gone <= now) ++active.flaps;
            changed_ = true;
        }
        active.gone.reset();
        active.finding = finding;
    }
    std::ranges::sort(found);
    for (auto& [place, active] : active_) {
        if (active.gone || std::ranges::binary_search(found, place)) continue;
        active.gone = now;
        changed_ = true;
    }
    for (std::size_t i = 0; i < alerting_.routes.size(); ++i) {
        flush(i, now);
        escalate(i, now);
    }
    forget_over(now);
    const auto& dead_man = alerting_.dead_man;
    if (dead_man && (!dead_man_last_ || now - *dead_man_last_ >= dead_man->period || now < *dead_man_last_)) {
        dead_man_last_ = now;
        // One that still waits says no less than another one would.
        if (!waits_for(dead_man->receiver)) enqueue(dead_man->receiver, MessageKind::dead_man, {}, true, now);
    }
}

void Machine::flush(std::size_t index, WallTime now) {
    const auto& route = alerting_.routes[index];
    auto& times = flushes_[index];
    const bool hushed = quiet(route, now);
    struct Change {
        Active* active;
        bool firing;
    };
    std::vector<Change> changes;
    bool news = false;
    const bool repeating = forgets(route.receiver) && !waits_for(route.receiver);
    for (auto& [place, active] : active_) {
        const auto told = active.told.find(index);
        const bool was_told = told != active.told.end() && told->second.firing;
        if (over(active, now)) {
            if (was_told) changes.push_back({&active, false}), news = true;
            continue;
        }
        if (!meant_for(route, active) || covered(route, active)) continue;
        if (!was_told || active.finding.severity > told->second.severity) {
            if (hushed && active.finding.severity < Severity::alarm) continue;
            changes.push_back({&active, true});
            news = true;
        } else if (repeating && now - told->second.at >= said_again) {
            changes.push_back({&active, true});
        }
    }
    if (changes.empty()) {
        times.first.reset();
        return;
    }
    if (!times.first || now < *times.first) times.first = now;
    if (news && now - *times.first < gathering) return;
    if (times.last && now >= *times.last && now - *times.last < route.group) return;
    std::vector<Entry> entries;
    std::ranges::sort(changes, [](const Change& a, const Change& b) {
        const std::pair x{a.firing, a.active->finding.severity}, y{b.firing, b.active->finding.severity};
        return x != y ? x > y : a.active->finding.key < b.active->finding.key;
    });
    for (const auto& change : changes) {
        entries.push_back(entry_of(*change.active, change.firing, now));
        auto& told = change.active->told[index];
        told.firing = change.firing;
        told.severity = change.active->finding.severity;
        told.at = now;
    }
    times.first.reset();
    times.last = now;
    enqueue(route.receiver, MessageKind::alerts, std::move(entries), !news, now);
}

void Machine::escalate(std::size_t index, WallTime now) {
    const auto& route = alerting_.routes[index];
    if (route.escalate_to.empty()) return;
    std::vector<Entry> entries;
    for (auto& [place, active] : active_) {
        const auto told = active.told.find(index);
        if (told == active.told.end() || !told->second.firing || told->second.escalated ||
            over(active, now) || active.finding.acknowledged || now - told->second.at < route.escalate_after)
            continue;
        told->second.escalated = true;
        entries.push_back(entry_of(active, true, now));
        entries.back().escalated = true;
    }
    if (!entries.empty()) enqueue(route.escalate_to, MessageKind::alerts, std::move(entries), false, now);
}

// What is over for everybody who was told of it, and for those who were not.
void Machine::forget_over(WallTime now) {
    const auto forgotten = std::erase_if(active_, [&](const auto& entry) {
        const auto& active = entry.second;
        return over(active, now) &&
               std::ranges::none_of(active.told, [](const auto& told) { return told.second.firing; });
    });
    changed_ = changed_ || forgotten > 0;
}

void Machine::enqueue(std::string receiver, MessageKind kind, std::vector<Entry> entries, bool repeats,
                      WallTime now) {
    Message message;
    message.number = next_++;
    message.key = fmt::format("{}-{}", name_, message.number);
    message.receiver = std::move(receiver);
    message.kind = kind;
    message.repeats = repeats;
    message.entries = std::move(entries);
    message.made = message.due = now;
    waiting_.push_back(std::move(message));
    changed_ = true;
    while (waiting_.size() > most_waiting) {
        ++dropped_;
        keep(waiting_.front(), "given up: too many messages waited", now);
        waiting_.pop_front();
    }
}

bool Machine::test(const std::string& receiver, WallTime now) {
    if (std::ranges::find(alerting_.receivers, receiver, &config::AlertReceiver::name) ==
        alerting_.receivers.end())
        return false;
    enqueue(receiver, MessageKind::test, {}, false, now);
    return true;
}

std::vector<Message> Machine::due(WallTime now) {
    std::vector<Message> out;
    std::vector<std::string> behind;  // receivers whose first message is not due: nothing overtakes it
    for (const auto& message : waiting_) {
        if (under_way_.contains(message.receiver) ||
            std::ranges::find(behind, message.receiver) != behind.end())
            continue;
        behind.push_back(message.receiver);
        // Longer than any wait can be: the wall clock was set back.
        if (message.due > now && message.due - now <= 6min) continue;
        under_way_[message.receiver] = message.number;
        out.push_back(message);
    }
    return out;
}

void Machine::delivered(std::uint64_t number, WallTime now) {
    const auto at = std::ranges::find(waiting_, number, &Message::number);
    std::erase_if(under_way_, [&](const auto& entry) { return entry.second == number; });
    if (at == waiting_.end()) return;
    keep(*at, {}, now);
    waiting_.erase(at);
    changed_ = true;
}

void Machine::failed(std::uint64_t number, const std::string& why, WallTime now) {
    const auto at = std::ranges::find(waiting_, number, &Message::number);
    std::erase_if(under_way_, [&](const auto& entry) { return entry.second == number; });
    if (at == waiting_.end()) return;
    ++at->attempts;
    at->due = now + retry_delay(at->attempts);
    keep(*at, why.empty() ? "failed" : why, now);
    changed_ = true;
}

// The state of a message is one line, however often it was tried; what only says something again is none.
void Machine::keep(const Message& message, const std::string& problem, WallTime now) {
    if (message.repeats && problem.empty() && message.attempts == 0) return;
    std::erase_if(outcomes_, [&](const Outcome& outcome) { return outcome.number == message.number; });
    outcomes_.push_back({.number = message.number,
                         .receiver = message.receiver,
                         .headline = headline(message),
                         .problem = problem,
                         .kind = message.kind,
                         .attempts = message.attempts,
                         .at = now});
    if (outcomes_.size() > most_outcomes) outcomes_.pop_front();
}

std::string Machine::trouble(const std::string& receiver) const {
    const auto waits = std::ranges::find(waiting_, receiver, &Message::receiver);
    if (waits == waiting_.end() || waits->attempts == 0) return {};
    const auto last = std::find_if(outcomes_.rbegin(), outcomes_.rend(),
                                   [&](const Outcome& outcome) { return outcome.number == waits->number; });
    return fmt::format("{} attempts failed{}", waits->attempts,
                       last == outcomes_.rend() ? "" : ": " + last->problem);
}

}  // namespace hil::alerting
