// The table of reasons: one row a record, names as texts, so that other programs can read it.
#include "journal/reasons.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace hil::journal {
namespace {

constexpr store::Migration migrations[] = {{"reasons", 1, R"(
CREATE TABLE reasons (plant TEXT NOT NULL, signal TEXT NOT NULL, since INTEGER NOT NULL, origin TEXT NOT NULL,
    value REAL, asked REAL, source TEXT, reason TEXT, line INTEGER, version INTEGER, plan_since INTEGER,
    plan_until INTEGER, power_limit TEXT, restrained TEXT, condition TEXT, unrestrained REAL, written INTEGER,
    confirmed INTEGER, error TEXT, PRIMARY KEY (plant, signal, since)) WITHOUT ROWID;
)"},
                                           {"reasons", 2, R"(
ALTER TABLE reasons ADD COLUMN held_why TEXT;
ALTER TABLE reasons ADD COLUMN held REAL;
ALTER TABLE reasons ADD COLUMN held_text TEXT;
)"},
                                           {"reasons", 3, "ALTER TABLE reasons ADD COLUMN steps TEXT;"}};

// The enumerator of a name, among the first `count`.
template <class E>
E named(const std::string& name, int count) {
    for (int i = 0; i < count; ++i)
        if (to_string(static_cast<E>(i)) == name) return static_cast<E>(i);
    return E{};
}

void bind(store::Statement& statement, int index, const std::optional<WallTime>& time) {
    if (time) {
        statement.bind(index, *time);
    } else {
        statement.bind_null(index);
    }
}

std::optional<WallTime> time_or_none(const store::Statement& statement, int column) {
    return statement.null(column) ? std::nullopt : std::optional(statement.time(column));
}

// {"narrowed": [[layer, from, to], …], "steps": [[stage, from, to, why], …]}
std::string steps_text(const ReasonRecord& record) {
    const auto number = [](std::optional<double> value) {
        return value ? boost::json::value(*value) : boost::json::value(nullptr);
    };
    boost::json::array narrowed, steps;
    for (const auto& one : record.active.narrowed)
        narrowed.push_back(boost::json::array{std::string(one.by.name()), one.from, one.to});
    for (const auto& step : record.steps)
        steps.push_back(boost::json::array{step.stage, number(step.from), number(step.to), step.why});
    return serialize(boost::json::object{{"narrowed", std::move(narrowed)}, {"steps", std::move(steps)}});
}

// Other programs may write to the table, too: what is not understood is left out.
void read_steps(const std::string& text, ReasonRecord& record) {
    const auto number = [](const boost::json::value& value) -> std::optional<double> {
        return value.is_number() ? std::optional(value.to_number<double>()) : std::nullopt;
    };
    const auto word = [](const boost::json::value& value) {
        return value.is_string() ? std::string(value.get_string()) : std::string();
    };
    boost::json::error_code error;
    const auto document = boost::json::parse(text, error);
    if (error || !document.is_object()) return;
    const auto each = [&](std::string_view key, std::size_t size, const auto& take) {
        const auto* list = document.get_object().if_contains(key);
        if (!list || !list->is_array()) return;
        for (const auto& one : list->get_array())
            if (one.is_array() && one.get_array().size() == size) take(one.get_array());
    };
    each("narrowed", 3, [&](const boost::json::array& one) {
        record.active.narrowed.push_back(
            {schedule::LayerId::parse(word(one[0])).value_or(schedule::LayerId::none),
             number(one[1]).value_or(0), number(one[2]).value_or(0)});
    });
    each("steps", 4, [&](const boost::json::array& one) {
        record.steps.push_back({word(one[0]), number(one[1]), number(one[2]), word(one[3])});
    });
}

}  // namespace

std::span<const store::Migration> reason_migrations() {
    return migrations;
}

void store_reason(store::Database& database, std::string_view plant, schedule::Signal signal,
                  const ReasonRecord& record) {
    auto& row = database.prepare(
        "INSERT OR REPLACE INTO reasons (plant, signal, since, origin, value, asked, source, reason, line, "
        "version,"
        " plan_since, plan_until, power_limit, restrained, condition, unrestrained, written, confirmed, "
        "error, held_why, held, held_text, steps)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    row.bind(1, plant)
        .bind(2, schedule::to_string(signal))
        .bind(3, record.since)
        .bind(4, to_string(record.origin));
    if (record.value) row.bind(5, *record.value);
    if (record.origin == Origin::plan) {
        const auto& active = record.active;
        row.bind(6, record.asked)
            .bind(7, schedule::to_string(active.source))
            .bind(8, schedule::to_string(active.reason))
            .bind(9, std::int64_t{active.line})
            .bind(10, static_cast<std::int64_t>(active.version));
        bind(row, 11, active.since);
        bind(row, 12, active.until);
        row.bind(13, schedule::to_string(record.limit)).bind(14, to_string(record.derated));
        if (record.condition) row.bind(15, to_string(*record.condition));
        row.bind(16, record.before_derating);
        if (!active.narrowed.empty() || !record.steps.empty()) row.bind(23, steps_text(record));
    }
    bind(row, 17, record.written_at);
    bind(row, 18, record.confirmed_at);
    if (record.held_why != control::HeldWhy::none)
        row.bind(20, to_string(record.held_why)).bind(21, record.held).bind(22, record.held_text);
    row.bind(19, record.error).run();
}

std::optional<ReasonRecord> find_reason(store::Database& database, std::string_view plant,
                                        schedule::Signal signal, WallTime at) {
    auto& row = database.prepare(
        "SELECT since, origin, value, asked, source, reason, line, version, plan_since, plan_until, "
        "power_limit,"
        " restrained, condition, unrestrained, written, confirmed, error, held_why, held, held_text, steps "
        "FROM "
        "reasons"
        " WHERE plant = ? AND signal = ? AND since <= ? ORDER BY since DESC LIMIT 1");
    row.bind(1, plant).bind(2, schedule::to_string(signal)).bind(3, at);
    if (!row.step()) return std::nullopt;
    ReasonRecord record{.since = row.time(0), .origin = named<Origin>(row.text(1), 6)};
    if (!row.null(2)) record.value = row.real(2);
    if (record.origin == Origin::plan) {
        record.asked = row.real(3);
        record.active = {.value = row.real(3),
                         .source = schedule::LayerId::parse(row.text(4)).value_or(schedule::LayerId::none),
                         .reason = named<schedule::Reason>(row.text(5), 7),
                         .line = static_cast<std::uint32_t>(row.integer(6)),
                         .version = static_cast<schedule::Version>(row.integer(7)),
                         .since = time_or_none(row, 8),
                         .until = time_or_none(row, 9)};
        record.limit = named<schedule::Limit>(row.text(10), 6);
        record.derated = named<control::Stage>(row.text(11), 4);
        if (!row.null(12)) record.condition = control::parse_condition(row.text(12));
        record.before_derating = row.real(13);
        if (!row.null(20)) read_steps(row.text(20), record);
    }
    record.written_at = time_or_none(row, 14);
    record.confirmed_at = time_or_none(row, 15);
    record.error = row.text(16);
    if (!row.null(17)) {
        record.held_why = named<control::HeldWhy>(row.text(17), 5);
        record.held = row.real(18);
        record.held_text = row.text(19);
    }
    row.reset();

    auto& next =
        database.prepare("SELECT min(since) FROM reasons WHERE plant = ? AND signal = ? AND since > ?");
    next.bind(1, plant).bind(2, schedule::to_string(signal)).bind(3, record.since);
    if (next.step()) record.until = time_or_none(next, 0);
    next.reset();
    return record;
}

std::vector<DispatchEpisode> dispatch_episodes(store::Database& database, std::string_view plant,
                                               schedule::Signal signal, WallTime from, WallTime to) {
    // The record in force at the begin of the range began before it.
    auto& row = database.prepare(
        "SELECT since, origin, source, version FROM reasons WHERE plant = ?1 AND signal = ?2 AND since < ?4"
        " AND since >= coalesce((SELECT max(since) FROM reasons WHERE plant = ?1 AND signal = ?2 AND"
        " since <= ?3), ?3) ORDER BY since");
    row.bind(1, plant).bind(2, schedule::to_string(signal)).bind(3, from).bind(4, to);
    std::vector<DispatchEpisode> out;
    while (row.step()) {
        DispatchEpisode next{.since = std::max(row.time(0), from), .origin = named<Origin>(row.text(1), 6)};
        if (next.origin == Origin::plan) {
            next.source = schedule::LayerId::parse(row.text(2)).value_or(schedule::LayerId::none);
            next.version = static_cast<schedule::Version>(row.integer(3));
        }
        next.values = 1;
        if (!out.empty()) {
            auto& last = out.back();
            if (last.origin == next.origin && last.source == next.source && last.version == next.version) {
                ++last.values;
                continue;
            }
            last.until = next.since;
        }
        out.push_back(next);
    }
    if (out.empty()) return out;
    auto& later =
        database.prepare("SELECT 1 FROM reasons WHERE plant = ? AND signal = ? AND since >= ? LIMIT 1");
    later.bind(1, plant).bind(2, schedule::to_string(signal)).bind(3, to);
    if (later.step()) out.back().until = to;
    later.reset();
    return out;
}

void prune_reasons(store::Database& database, WallTime before) {
    // The record that was in force at that instant stays: it answers for what came after.
    database
        .prepare(
            "DELETE FROM reasons WHERE since < (SELECT max(since) FROM reasons AS newer WHERE"
            " newer.plant = reasons.plant AND newer.signal = reasons.signal AND newer.since <= ?)")
        .bind(1, before)
        .run();
}

}  // namespace hil::journal
