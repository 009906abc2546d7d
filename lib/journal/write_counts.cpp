#include "journal/write_counts.hpp"

#include "base/backoff.hpp"
#include "control/errors.hpp"

#include <array>
#include <utility>

namespace hil::journal {

std::span<const store::Migration> write_count_migrations() {
    static constexpr std::array table{
        store::Migration{"write_counts", 1,
                         "CREATE TABLE write_counts (register TEXT PRIMARY KEY, day INTEGER NOT NULL, writes "
                         "INTEGER NOT NULL) "
                         "WITHOUT ROWID;"}};
    return table;
}

WriteCounts::WriteCounts(Clock& clock, BlockingExecutor& worker, std::shared_ptr<store::Database> database)
    : clock_(clock), worker_(worker), database_(std::move(database)), changed_(clock) {
    auto& rows = database_->prepare("SELECT register, day, writes FROM write_counts");
    while (rows.step())
        counts_[rows.text(0)] = {.day = rows.integer(1), .writes = static_cast<int>(rows.integer(2))};
}

control::WriteCount WriteCounts::of(const std::string& register_name) const {
    const auto found = counts_.find(register_name);
    return found == counts_.end() ? control::WriteCount{} : found->second;
}

void WriteCounts::count(const std::string& register_name, const control::WriteCount& count) {
    counts_[register_name] = count;
    waiting_[register_name] = count;
    changed_.notify();
}

awaitable<void> WriteCounts::run() {
    Backoff delay(std::chrono::seconds(1), std::chrono::seconds(60));
    for (;;) {
        if (waiting_.empty()) {
            co_await changed_.wait();
        } else if (co_await flush()) {
            delay.reset();
        } else {
            co_await clock_.io_sleep_for(delay.next());
        }
    }
}

awaitable<result<void>> WriteCounts::flush() {
    if (waiting_.empty()) co_return result<void>{};
    auto batch =
        std::make_shared<const std::map<std::string, control::WriteCount>>(std::exchange(waiting_, {}));
    auto job = [database = database_, batch]() -> bool {
        try {
            store::Database::Transaction transaction(*database);
            for (const auto& [name, count] : *batch) {
                database
                    ->prepare(
                        "INSERT OR REPLACE INTO write_counts (register, day, writes) VALUES (?1, ?2, ?3)")
                    .bind(1, std::string_view(name))
                    .bind(2, count.day)
                    .bind(3, std::int64_t{count.writes})
                    .run();
            }
            transaction.commit();
            return true;
        } catch (const store::DatabaseError&) {
            return false;
        }
    };
    const bool stored = co_await worker_.run(std::move(job));
    if (stored) co_return result<void>{};
    for (const auto& [name, count] : *batch)
        waiting_.try_emplace(name, count);  // a newer count stays
    co_return control::errc::not_saved;
}

}  // namespace hil::journal
