// What the machine must not forget, as JSON.
#include "alerting/machine.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace hil::alerting {
namespace {

namespace json = boost::json;

constexpr Duration not_seen_yet = std::chrono::seconds(90);

std::int64_t nanoseconds_of(WallTime at) {
    return at.time_since_epoch().count();
}

WallTime wall_time_of(const json::value& value) {
    return WallTime(Duration(value.to_number<std::int64_t>()));
}

}  // namespace

json::value Machine::save() const {
    json::array active, waiting, outcomes;
    for (const auto& [place, a] : active_) {
        json::object told;
        for (const auto& [route, t] : a.told)
            told[std::to_string(route)] = json::object{{"receiver", alerting_.routes[route].receiver},
                                                       {"firing", t.firing},
                                                       {"severity", static_cast<int>(t.severity)},
                                                       {"at", nanoseconds_of(t.at)},
                                                       {"escalated", t.escalated}};
        active.push_back(json::object{{"rule", place.first},
                                      {"key", place.second},
                                      {"order", a.finding.rule},
                                      {"severity", static_cast<int>(a.finding.severity)},
                                      {"plant", a.finding.plant},
                                      {"message", a.finding.message},
                                      {"since", nanoseconds_of(a.since)},
                                      {"flaps", a.flaps},
                                      {"told", std::move(told)}});
    }
    for (const auto& message : waiting_)
        waiting.push_back(to_json(message));
    for (const auto& o : outcomes_)
        outcomes.push_back(json::object{{"number", o.number},
                                        {"receiver", o.receiver},
                                        {"headline", o.headline},
                                        {"problem", o.problem},
                                        {"kind", static_cast<int>(o.kind)},
                                        {"attempts", o.attempts},
                                        {"at", nanoseconds_of(o.at)}});
    return json::object{{"name", name_},
                        {"next", next_},
                        {"dropped", dropped_},
                        {"active", std::move(active)},
                        {"waiting", std::move(waiting)},
                        {"outcomes", std::move(outcomes)}};
}

void Machine::restore(const json::value& saved, WallTime now) {
    try {
        const auto& object = saved.as_object();
        name_ = std::string(object.at("name").as_string());
        next_ = object.at("next").to_number<std::uint64_t>();
        dropped_ = object.at("dropped").to_number<std::uint64_t>();
        for (const auto& value : object.at("active").as_array()) {
            const auto& a = value.as_object();
            Active active;
            active.finding = {.rule = a.at("order").to_number<std::size_t>(),
                              .rule_name = std::string(a.at("rule").as_string()),
                              .key = std::string(a.at("key").as_string()),
                              .severity = static_cast<observe::Severity>(
                                  std::clamp(a.at("severity").to_number<int>(), 0, 2)),
                              .plant = std::string(a.at("plant").as_string()),
                              .message = std::string(a.at("message").as_string())};
            active.since = wall_time_of(a.at("since"));
            active.flaps = a.at("flaps").to_number<std::uint64_t>();
            active.gone = now + not_seen_yet;
            for (const auto& [route, told] : a.at("told").as_object()) {
                const auto index = static_cast<std::size_t>(std::stoul(std::string(route)));
                const auto& t = told.as_object();
                // A route that leads elsewhere now has told nobody.
                if (index >= alerting_.routes.size() ||
                    alerting_.routes[index].receiver != t.at("receiver").as_string())
                    continue;
                active.told[index] = {.firing = t.at("firing").as_bool(),
                                      .severity = static_cast<observe::Severity>(
                                          std::clamp(t.at("severity").to_number<int>(), 0, 2)),
                                      .at = wall_time_of(t.at("at")),
                                      .escalated = t.at("escalated").as_bool()};
            }
            active_.emplace(std::pair(active.finding.rule_name, active.finding.key), std::move(active));
        }
        for (const auto& value : object.at("waiting").as_array()) {
            auto message = message_of(value);
            // A receiver that is not configured any more gets nothing.
            if (message && std::ranges::find(alerting_.receivers, message->receiver,
                                             &config::AlertReceiver::name) != alerting_.receivers.end())
                waiting_.push_back(std::move(*message));
        }
        for (const auto& value : object.at("outcomes").as_array()) {
            const auto& o = value.as_object();
            outcomes_.push_back(
                {.number = o.at("number").to_number<std::uint64_t>(),
                 .receiver = std::string(o.at("receiver").as_string()),
                 .headline = std::string(o.at("headline").as_string()),
                 .problem = std::string(o.at("problem").as_string()),
                 .kind = static_cast<MessageKind>(std::clamp(o.at("kind").to_number<int>(), 0, 2)),
                 .attempts = o.at("attempts").to_number<std::uint32_t>(),
                 .at = wall_time_of(o.at("at"))});
        }
    } catch (const std::exception&) {
        // Of another program, or damaged: what could be read counts.
    }
}

}  // namespace hil::alerting
