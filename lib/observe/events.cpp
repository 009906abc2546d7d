#include "observe/events.hpp"

#include "observe/json_text.hpp"

#include <algorithm>
#include <iterator>
#include <type_traits>

namespace hil::observe {

std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::info:
            return "info";
        case Severity::warning:
            return "warning";
        case Severity::alarm:
            return "alarm";
    }
    return "unknown";
}

namespace {

void append_value(std::string& out, const FieldValue& value) {
    std::visit(
        [&out](const auto& v) {
            using Value = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<Value, std::nullptr_t>) {
                out += "null";
            } else if constexpr (std::is_same_v<Value, bool>) {
                out += v ? "true" : "false";
            } else if constexpr (std::is_same_v<Value, std::int64_t>) {
                fmt::format_to(std::back_inserter(out), "{}", v);
            } else if constexpr (std::is_same_v<Value, double>) {
                append_json_number(out, v);
            } else {
                append_json_string(out, v);
            }
        },
        value);
}

void append_text_member(std::string& out, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    out.push_back(',');
    append_json_string(out, name);
    out.push_back(':');
    append_json_string(out, text);
}

}  // namespace

void append_json(std::string& out, const Event& event, const Zone& zone) {
    fmt::format_to(std::back_inserter(out), R"({{"id":{},"time":")", event.id);
    zone.append(out, event.time);
    out += R"(","kind":)";
    append_json_string(out, event.kind);
    out += R"(,"severity":)";
    append_json_string(out, to_string(event.severity));
    append_text_member(out, "plant", event.plant);
    out += R"(,"message":)";
    append_json_string(out, event.message);
    append_text_member(out, "correlation", event.correlation);
    if (!event.fields.empty()) {
        out += R"(,"fields":{)";
        for (const auto& [name, value] : event.fields) {
            if (out.back() != '{') out.push_back(',');
            append_json_string(out, name);
            out.push_back(':');
            append_value(out, value);
        }
        out.push_back('}');
    }
    out.push_back('}');
}

std::string to_json(const Event& event, const Zone& zone) {
    std::string out;
    append_json(out, event, zone);
    return out;
}

EventLog::EventLog(const Clock& clock, std::size_t capacity, std::uint64_t first_id)
    : clock_(clock), capacity_(std::max<std::size_t>(capacity, 1)), next_id_(first_id) {}

std::uint64_t EventLog::emit(Event event) {
    const std::uint64_t id = next_id_++;
    event.id = id;
    event.time = clock_.wall_now();
    if (events_.size() == capacity_) events_.pop_front();
    events_.push_back(event);
    published_.publish(event);  // not the kept one: a listener may emit too
    return id;
}

std::vector<Event> EventLog::before(std::uint64_t cursor, std::size_t limit) const {
    auto end = events_.end();
    if (cursor != 0) {
        end = std::lower_bound(events_.begin(), events_.end(), cursor,
                               [](const Event& event, std::uint64_t id) { return event.id < id; });
    }
    std::vector<Event> page;
    while (end != events_.begin() && page.size() < limit)
        page.push_back(*--end);
    return page;
}

}  // namespace hil::observe
