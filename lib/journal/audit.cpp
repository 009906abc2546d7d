#include "journal/audit.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <limits>
#include <utility>

namespace hil::journal {
namespace {

constexpr std::uint64_t id_reservation = 32;
constexpr std::size_t longest_command_page = 1000;

// What is read back, in this order.
constexpr std::string_view columns =
    "SELECT number, kind, plant, payload, actor, state, message, result, created_at, started_at, finished_at "
    "FROM commands ";

control::Command read(const store::Statement& row) {
    control::Command command;
    command.id = control::command_id(static_cast<std::uint64_t>(row.integer(0)));
    command.kind = row.text(1);
    command.plant = row.text(2);
    error_code broken;
    auto payload = boost::json::parse(row.text(3), broken);
    if (!broken && payload.is_object()) command.payload = std::move(payload.get_object());
    command.actor = row.text(4);
    command.state = control::parse_command_state(row.text(5)).value_or(control::CommandState::failed);
    command.message = row.text(6);
    command.result = boost::json::parse(row.text(7), broken);
    command.created_at = row.time(8);
    if (!row.null(9)) command.started_at = row.time(9);
    if (!row.null(10)) command.finished_at = row.time(10);
    return command;
}

void store_commands(store::Database& database, const store::WriteQueue<control::Command>::Batch& batch) {
    for (const auto& [number, command] : batch) {
        auto& statement = database.prepare(
            "INSERT OR REPLACE INTO commands (number, kind, plant, payload, actor, state, message, result, "
            "created_at, started_at, finished_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
        const auto payload = boost::json::serialize(command.payload);
        const auto result = boost::json::serialize(command.result);
        statement.bind(1, static_cast<std::int64_t>(number))
            .bind(2, std::string_view(command.kind))
            .bind(3, std::string_view(command.plant))
            .bind(4, std::string_view(payload))
            .bind(5, std::string_view(command.actor))
            .bind(6, to_string(command.state))
            .bind(7, std::string_view(command.message))
            .bind(8, std::string_view(result))
            .bind(9, command.created_at);
        statement.bind_or_null(10, command.started_at);
        statement.bind_or_null(11, command.finished_at);
        statement.run();
    }
}

std::vector<control::Command> select(store::Database& database, std::uint64_t cursor, std::size_t limit,
                                     const CommandFilter& filter) {
    std::string sql(columns);
    sql += "WHERE number < ?1";
    if (!filter.plant.empty()) sql += " AND plant = ?2";
    if (!filter.kind.empty()) sql += " AND kind = ?3";
    if (filter.state) sql += " AND state = ?4";
    sql += " ORDER BY number DESC LIMIT ?5";
    constexpr auto newest = std::numeric_limits<std::int64_t>::max();
    auto& statement = database.prepare(sql);
    statement.bind(1, cursor == 0 || cursor > static_cast<std::uint64_t>(newest)
                          ? newest
                          : static_cast<std::int64_t>(cursor));
    if (!filter.plant.empty()) statement.bind(2, std::string_view(filter.plant));
    if (!filter.kind.empty()) statement.bind(3, std::string_view(filter.kind));
    if (filter.state) statement.bind(4, to_string(*filter.state));
    statement.bind(5, static_cast<std::int64_t>(limit));
    std::vector<control::Command> out;
    while (statement.step())
        out.push_back(read(statement));
    return out;
}

}  // namespace

std::span<const store::Migration> Audit::migrations() {
    static const std::string tables =
        std::string(store::next_ids_table) +
        "CREATE TABLE commands (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, plant TEXT NOT NULL, "
        "payload TEXT NOT NULL, actor TEXT NOT NULL, state TEXT NOT NULL, message TEXT NOT NULL, "
        "result TEXT NOT NULL, created_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER);"
        "CREATE INDEX commands_of_plant ON commands (plant, number);"
        "CREATE INDEX commands_by_age ON commands (created_at);"
        "CREATE INDEX commands_not_ended ON commands (number) WHERE state IN ('queued', 'running');";
    static const std::array migrations{store::Migration{"commands", 1, tables}};
    return migrations;
}

Audit::Start Audit::open(store::Database& database, WallTime now) {
    Start start;
    start.first_number = store::first_id(database, "commands", id_reservation);
    store::Database::Transaction transaction(database);
    auto& open =
        database.prepare(std::string(columns) + "WHERE state IN ('queued', 'running') ORDER BY number");
    while (open.step()) {
        auto command = read(open);
        command.state = control::CommandState::failed;
        command.message = "interrupted";
        command.finished_at = now;
        start.interrupted.push_back(std::move(command));
    }
    store::WriteQueue<control::Command>::Batch batch;
    for (const auto& command : start.interrupted)
        batch.emplace_back(*control::command_number(command.id), command);
    store_commands(database, batch);
    transaction.commit();
    return start;
}

Audit::Audit(Clock& clock, BlockingExecutor& worker, std::shared_ptr<store::Database> database,
             store::WriteQueueHooks hooks)
    : worker_(worker),
      database_(database),
      queue_(clock, worker, std::move(database), &store_commands,
             {.name = "commands", .ahead = id_reservation}, std::move(hooks)) {}

void Audit::follow(control::CommandEngine& engine) {
    news_ = engine.subscribe([this](const control::Command& command) { keep(command); });
}

void Audit::keep(const control::Command& command) {
    if (const auto number = control::command_number(command.id)) queue_.put(*number, command);
}

awaitable<result<void>> Audit::finish() {
    news_.end();
    return queue_.finish();
}

awaitable<result<CommandPage>> Audit::before(std::uint64_t cursor, std::size_t limit, CommandFilter filter) {
    (void)co_await queue_.flush();  // where that fails, what is stored is shown all the same
    limit = std::clamp<std::size_t>(limit, 1, longest_command_page);
    auto job = [database = database_, cursor, limit,
                filter = std::move(filter)]() -> std::optional<std::vector<control::Command>> {
        try {
            return select(*database, cursor, limit + 1, filter);
        } catch (const store::DatabaseError&) {
            return std::nullopt;
        }
    };
    auto found = co_await worker_.run(std::move(job));
    if (!found) co_return make_error_code(boost::system::errc::io_error);
    CommandPage page{std::move(*found), 0};
    if (page.commands.size() > limit) {
        page.commands.pop_back();
        page.next = *control::command_number(page.commands.back().id);
    }
    co_return page;
}

awaitable<result<std::optional<control::Command>>> Audit::find(std::string id) {
    const auto number = control::command_number(id);
    if (!number) co_return std::optional<control::Command>();
    const auto page = co_await before(*number + 1, 1);
    if (!page) co_return page.error();
    if (page->commands.empty() || control::command_number(page->commands.front().id) != number)
        co_return std::optional<control::Command>();
    co_return std::optional(page->commands.front());
}

awaitable<result<std::uint64_t>> Audit::prune(WallTime before) {
    return store::delete_older(worker_, database_,
                               "DELETE FROM commands WHERE number IN (SELECT number FROM commands "
                               "WHERE created_at < ?1 AND state NOT IN ('queued', 'running') LIMIT ?2)",
                               before);
}

}  // namespace hil::journal
