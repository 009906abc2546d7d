#include "store/write_queue.hpp"

#include "base/mutation.hpp"

#include <algorithm>

namespace hil::store {

void set_next_id(store::Database& database, std::string_view name, std::uint64_t next) {
    database
        .prepare(
            "INSERT INTO next_ids (name, next) VALUES (?1, ?2) "
            "ON CONFLICT (name) DO UPDATE SET next = excluded.next")
        .bind(1, name)
        .bind(2, static_cast<std::int64_t>(next))
        .run();
}

std::uint64_t first_id(store::Database& database, std::string_view name, std::uint64_t ahead) {
    store::Database::Transaction transaction(database);
    std::int64_t next = 1;
    if (!mutated(Mutation::ids_reused)) {
        auto& said = database.prepare("SELECT next FROM next_ids WHERE name = ?1").bind(1, name);
        while (said.step())
            next = std::max(next, said.integer(0));
        auto& stored = database.prepare("SELECT max(number) FROM " + std::string(name));
        while (stored.step())
            if (!stored.null(0)) next = std::max(next, stored.integer(0) + 1);
    }
    const auto first = static_cast<std::uint64_t>(next);
    set_next_id(database, name, first + ahead);
    transaction.commit();
    return first;
}

awaitable<result<std::uint64_t>> delete_older(BlockingExecutor& worker,
                                              std::shared_ptr<store::Database> database, std::string sql,
                                              WallTime before) {
    constexpr std::int64_t portion = 2000;
    std::uint64_t gone = 0;
    for (;;) {
        auto job = [database, sql, before]() -> std::int64_t {
            try {
                database->prepare(sql).bind(1, before).bind(2, portion).run();
                return database->changes();
            } catch (const store::DatabaseError&) {
                return -1;
            }
        };
        const auto deleted = co_await worker.run(std::move(job));
        if (deleted < 0) co_return make_error_code(boost::system::errc::io_error);
        gone += static_cast<std::uint64_t>(deleted);
        if (deleted < portion) co_return gone;
    }
}

}  // namespace hil::store
