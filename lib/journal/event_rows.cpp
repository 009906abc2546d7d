#include "journal/event_rows.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

namespace hil::journal {
namespace {

using observe::Severity;

// An array of pairs: the order of fields is kept.
std::string text_of(const observe::Fields& fields) {
    boost::json::array out;
    for (const auto& [name, value] : fields) {
        boost::json::value stored = std::visit(
            [](const auto& v) -> boost::json::value {
                if constexpr (std::is_same_v<std::decay_t<decltype(v)>, double>) {
                    if (!std::isfinite(v)) return nullptr;
                }
                return boost::json::value(v);
            },
            value);
        out.push_back(boost::json::array{boost::json::string(name), std::move(stored)});
    }
    return boost::json::serialize(out);
}

observe::FieldValue field_value(const boost::json::value& value) {
    if (value.is_bool()) return value.get_bool();
    if (value.is_int64()) return value.get_int64();
    if (value.is_double()) return value.get_double();
    if (value.is_string()) return std::string(value.get_string());
    return nullptr;
}

observe::Fields fields_of(std::string_view text) {
    observe::Fields out;
    error_code broken;
    const auto fields = boost::json::parse(text, broken);
    if (broken || !fields.is_array()) return out;
    for (const auto& field : fields.get_array()) {
        const auto* pair = field.if_array();
        if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_string()) continue;
        out.emplace_back(std::string((*pair)[0].get_string()), field_value((*pair)[1]));
    }
    return out;
}

Severity severity_of(std::int64_t number) {
    const auto last = static_cast<std::int64_t>(observe::severity_count) - 1;
    return static_cast<Severity>(std::clamp<std::int64_t>(number, 0, last));
}

std::int64_t number_of(Severity severity) {
    return static_cast<std::int64_t>(severity);
}

std::int64_t bound_of(std::uint64_t cursor) {
    constexpr auto all = std::numeric_limits<std::int64_t>::max();
    return cursor == 0 || cursor > static_cast<std::uint64_t>(all) ? all : static_cast<std::int64_t>(cursor);
}

constexpr std::string_view event_columns =
    "number, time, kind, severity, plant, message, correlation, fields";
constexpr std::string_view alert_columns =
    "number, key, severity, plant, message, since, raised, acknowledged_at, acknowledged_by, cleared_at";

observe::Event event_of(const store::Statement& row) {
    observe::Event event;
    event.id = static_cast<std::uint64_t>(row.integer(0));
    event.time = row.time(1);
    event.kind = row.text(2);
    event.severity = severity_of(row.integer(3));
    event.plant = row.text(4);
    event.message = row.text(5);
    event.correlation = row.text(6);
    event.fields = fields_of(row.text(7));
    return event;
}

observe::Alert alert_of(const store::Statement& row) {
    observe::Alert alert;
    alert.id = static_cast<std::uint64_t>(row.integer(0));
    alert.key = row.text(1);
    alert.severity = severity_of(row.integer(2));
    alert.plant = row.text(3);
    alert.message = row.text(4);
    alert.since = row.time(5);
    alert.raised = static_cast<std::uint64_t>(row.integer(6));
    if (!row.null(7)) alert.acknowledged_at = row.time(7);
    alert.acknowledged_by = row.text(8);
    if (!row.null(9)) alert.cleared_at = row.time(9);
    return alert;
}

}  // namespace

void store_events(store::Database& database, const store::WriteQueue<observe::Event>::Batch& batch) {
    for (const auto& [id, event] : batch) {
        const auto fields = text_of(event.fields);
        database
            .prepare(
                "INSERT OR REPLACE INTO events (number, time, kind, severity, plant, message, "
                "correlation, fields) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
            .bind(1, static_cast<std::int64_t>(id))
            .bind(2, event.time)
            .bind(3, std::string_view(event.kind))
            .bind(4, number_of(event.severity))
            .bind(5, std::string_view(event.plant))
            .bind(6, std::string_view(event.message))
            .bind(7, std::string_view(event.correlation))
            .bind(8, std::string_view(fields))
            .run();
    }
}

void store_alerts(store::Database& database, const store::WriteQueue<observe::Alert>::Batch& batch) {
    for (const auto& [id, alert] : batch) {
        auto& statement = database.prepare(
            "INSERT OR REPLACE INTO alerts (number, key, severity, plant, message, since, raised, "
            "acknowledged_at, acknowledged_by, cleared_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
        statement.bind(1, static_cast<std::int64_t>(id))
            .bind(2, std::string_view(alert.key))
            .bind(3, number_of(alert.severity))
            .bind(4, std::string_view(alert.plant))
            .bind(5, std::string_view(alert.message))
            .bind(6, alert.since)
            .bind(7, static_cast<std::int64_t>(alert.raised))
            .bind(9, std::string_view(alert.acknowledged_by));
        statement.bind_or_null(8, alert.acknowledged_at);
        statement.bind_or_null(10, alert.cleared_at);
        statement.run();
    }
}

std::vector<observe::Event> select_events(store::Database& database, std::uint64_t cursor, std::size_t limit,
                                          const EventFilter& filter) {
    auto sql = fmt::format("SELECT {} FROM events WHERE number < ?1", event_columns);
    if (!filter.plant.empty()) sql += " AND plant = ?2";
    if (!filter.kind.empty()) sql += " AND kind = ?3";
    if (!filter.correlation.empty()) sql += " AND correlation = ?4";
    if (filter.at_least != Severity::info) sql += " AND severity >= ?5";
    sql += " ORDER BY number DESC LIMIT ?6";
    auto& row = database.prepare(sql);
    row.bind(1, bound_of(cursor));
    if (!filter.plant.empty()) row.bind(2, std::string_view(filter.plant));
    if (!filter.kind.empty()) row.bind(3, std::string_view(filter.kind));
    if (!filter.correlation.empty()) row.bind(4, std::string_view(filter.correlation));
    if (filter.at_least != Severity::info) row.bind(5, number_of(filter.at_least));
    row.bind(6, static_cast<std::int64_t>(limit));
    std::vector<observe::Event> out;
    while (row.step())
        out.push_back(event_of(row));
    return out;
}

EventsOfRange select_events(store::Database& database, WallTime from, WallTime to, std::size_t limit) {
    EventsOfRange out;
    auto& count = database.prepare("SELECT count(*) FROM events WHERE time >= ?1 AND time < ?2");
    count.bind(1, from).bind(2, to);
    if (count.step()) out.in_all = static_cast<std::uint64_t>(count.integer(0));
    count.reset();
    auto& row = database.prepare(
        fmt::format("SELECT {} FROM events WHERE time >= ?1 AND time < ?2 ORDER BY time, number LIMIT ?3",
                    event_columns));
    row.bind(1, from).bind(2, to).bind(3, static_cast<std::int64_t>(limit));
    while (row.step())
        out.events.push_back(event_of(row));
    return out;
}

std::vector<observe::Alert> select_alerts(store::Database& database, std::uint64_t cursor, std::size_t limit,
                                          const std::string& plant) {
    auto sql = fmt::format("SELECT {} FROM alerts WHERE number < ?1", alert_columns);
    if (!plant.empty()) sql += " AND plant = ?2";
    sql += " ORDER BY number DESC LIMIT ?3";
    auto& row = database.prepare(sql);
    row.bind(1, bound_of(cursor));
    if (!plant.empty()) row.bind(2, std::string_view(plant));
    row.bind(3, static_cast<std::int64_t>(limit));
    std::vector<observe::Alert> out;
    while (row.step())
        out.push_back(alert_of(row));
    return out;
}

std::vector<observe::Alert> select_alerts(store::Database& database, WallTime from, WallTime to,
                                          std::size_t limit) {
    auto& row = database.prepare(fmt::format(
        "SELECT {} FROM alerts WHERE since < ?2 AND (cleared_at IS NULL OR cleared_at >= ?1) ORDER BY since, "
        "number LIMIT ?3",
        alert_columns));
    row.bind(1, from).bind(2, to).bind(3, static_cast<std::int64_t>(limit));
    std::vector<observe::Alert> out;
    while (row.step())
        out.push_back(alert_of(row));
    return out;
}

}  // namespace hil::journal
