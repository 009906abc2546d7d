// The record of safety as a text for a place of limited size.
#include "control/errors.hpp"
#include "control/safety_store.hpp"
#include "observe/json_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace hil::control {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_estop_text = 4000, short_reason = 80;

// At most so many bytes, not within a character.
std::string_view cut(std::string_view text, std::size_t longest) {
    if (text.size() <= longest) return text;
    while (longest > 0 && (static_cast<unsigned char>(text[longest]) & 0xc0u) == 0x80u)
        --longest;
    return text.substr(0, longest);
}

std::int64_t count(WallTime at) {
    return at.time_since_epoch().count();
}

std::string trip_text(const SafetyRecord::PlantTrip& trip, std::size_t longest_reason) {
    std::string out = R"({"plant":)";
    observe::append_json_string(out, trip.plant);
    out += fmt::format(R"(,"condition":"{}","reason":)", to_string(trip.trip.condition));
    observe::append_json_string(out, cut(trip.trip.reason, longest_reason));
    return out += fmt::format(R"(,"since":{}}})", count(trip.trip.since));
}

// Trips one after the other, as many as fit.
bool append_trips(std::string& out, const SafetyRecord& record, std::size_t longest_reason,
                  std::size_t longest) {
    constexpr std::size_t end = 2;
    for (std::size_t i = 0; i < record.trips.size(); ++i) {
        const auto text = (i == 0 ? "" : ",") + trip_text(record.trips[i], longest_reason);
        if (out.size() + text.size() + end > longest) return false;
        out += text;
    }
    return true;
}

std::optional<std::string> text_of(const json::object& object, json::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

std::optional<WallTime> time_of(const json::object& object) {
    const auto* value = object.if_contains("since");
    if (value == nullptr || !value->is_int64()) return std::nullopt;
    return WallTime(Duration(value->get_int64()));
}

}  // namespace

SafetyText to_text(const SafetyRecord& record, std::size_t longest) {
    std::string head = R"({"estop":null,"trips":[)";
    if (record.estop) {
        head = R"({"estop":{"reason":)";
        observe::append_json_string(head, cut(record.estop->reason, longest_estop_text));
        head += R"(,"actor":)";
        observe::append_json_string(head, cut(record.estop->actor, longest_estop_text));
        head += fmt::format(R"(,"since":{}}},"trips":[)", count(record.estop->since));
    }
    SafetyText out{head};
    out.whole = append_trips(out.text, record, std::string::npos, longest);
    if (!out.whole) {
        out.text = head;
        out.whole = append_trips(out.text, record, short_reason, longest);
    }
    out.text += "]}";
    return out;
}

result<SafetyRecord> parse_safety_text(std::string_view text) {
    boost::system::error_code unreadable;
    const auto document = json::parse(json::string_view(text.data(), text.size()), unreadable);
    const auto* object = unreadable ? nullptr : document.if_object();
    const auto* estop = object ? object->if_contains("estop") : nullptr;
    const auto* trips = object ? object->if_contains("trips") : nullptr;
    if (estop == nullptr || trips == nullptr || !trips->is_array()) return errc::record_lost;
    SafetyRecord out;
    if (!estop->is_null()) {
        const auto* latch = estop->if_object();
        if (latch == nullptr) return errc::record_lost;
        const auto reason = text_of(*latch, "reason"), actor = text_of(*latch, "actor");
        const auto since = time_of(*latch);
        if (!reason || !actor || !since) return errc::record_lost;
        out.estop = EmergencyLatch{*reason, *actor, *since};
    }
    for (const auto& entry : trips->get_array()) {
        const auto* trip = entry.if_object();
        if (trip == nullptr) return errc::record_lost;
        const auto plant = text_of(*trip, "plant"), condition = text_of(*trip, "condition");
        const auto reason = text_of(*trip, "reason");
        const auto since = time_of(*trip);
        if (!plant || !condition || !reason || !since) return errc::record_lost;
        // A condition of a newer program holds its plant all the same.
        const auto known = parse_condition(*condition).value_or(Condition::stale_data);
        out.trips.push_back({*plant, Trip{known, *reason, *since}});
    }
    return out;
}

}  // namespace hil::control
