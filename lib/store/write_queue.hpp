// Records on their way into the database: bounded, the newest state of each, in batches.
//
// Nothing waits for the disk. While one batch is written the next one gathers; a record that changes before
// it is written is written once. What cannot be written waits and is tried again; when too much waits, the
// oldest are given up, counted and told of.
//
// Ids are never used twice, though the last records before a crash may not have been written: a number
// beyond all that may have been given is kept beside them (next_ids).
#pragma once

#include "base/async_event.hpp"
#include "base/backoff.hpp"
#include "base/blocking_executor.hpp"
#include "store/database.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hil::store {

// Makes the table of numbers not to be given again; part of the first migration of whoever uses it.
inline constexpr std::string_view next_ids_table =
    "CREATE TABLE IF NOT EXISTS next_ids (name TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;";

// Before anything runs: the first number to give, for records in the column `number` of the table `name`.
// `ahead` of them are taken as given from now on.
std::uint64_t first_id(store::Database& database, std::string_view name, std::uint64_t ahead);
// Within a transaction: what next_ids says from now on.
void set_next_id(store::Database& database, std::string_view name, std::uint64_t next);

struct WriteQueueHooks {
    // The first failure in a row, with the database's words, and the success after it.
    std::function<void(std::string_view what)> on_error;
    std::function<void()> on_recovered;
    // A record was given up because too many waited; how many in all so far.
    std::function<void(std::uint64_t in_all)> on_dropped;
};

template <class Record>
class WriteQueue {
  public:
    using Batch = std::vector<std::pair<std::uint64_t, Record>>;
    // Stores a batch, each record in place of what was stored of it before. On the database's thread, within
    // a transaction.
    using Store = void (*)(store::Database&, const Batch&);

    struct Options {
        std::string name;           // of the table and its ids
        std::uint64_t ahead = 100;  // ids that may be given while none is written
        std::size_t capacity = 10'000;
        std::size_t batch = 500;
    };

    WriteQueue(Clock& clock, BlockingExecutor& worker, std::shared_ptr<store::Database> database, Store store,
               Options options, WriteQueueHooks hooks)
        : clock_(clock),
          worker_(worker),
          database_(std::move(database)),
          store_(store),
          options_(std::move(options)),
          hooks_(std::move(hooks)),
          wakeup_(clock) {}

    void put(std::uint64_t id, Record record) {
        highest_ = std::max(highest_, id);
        waiting_.insert_or_assign(id, Waiting{std::move(record), ++version_});
        wakeup_.notify();
        if (waiting_.size() <= options_.capacity) return;
        waiting_.erase(waiting_.begin());
        ++dropped_;
        if (hooks_.on_dropped) hooks_.on_dropped(dropped_);  // who may put in more
    }

    // Writes what waits until cancelled.
    awaitable<void> run() {
        Backoff delay(std::chrono::seconds(1), std::chrono::seconds(60));
        for (;;) {
            if (waiting_.empty()) {
                co_await wakeup_.wait();
            } else if (co_await write(false)) {
                delay.reset();
            } else {
                co_await clock_.io_sleep_for(delay.next());
            }
        }
    }

    // Writes what waits now. io_error when that failed; it waits on.
    awaitable<result<void>> flush() {
        const auto until = version_;
        while (waits_since(until)) {
            if (auto written = co_await write(false); !written) co_return written;
        }
        co_return result<void>{};
    }
    // The last flush: nothing is put afterwards, and the next run goes on with the next number.
    awaitable<result<void>> finish() {
        do {
            if (auto written = co_await write(true); !written) co_return written;
        } while (!waiting_.empty());
        co_return result<void>{};
    }

    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

  private:
    struct Waiting {
        Record record;
        std::uint64_t version;
    };

    [[nodiscard]] bool waits_since(std::uint64_t version) const {
        for (const auto& [id, one] : waiting_)
            if (one.version <= version) return true;
        return false;
    }

    // The id that the next run begins with, where it must be said anew.
    [[nodiscard]] std::uint64_t next_to_say(bool last) const {
        if (highest_ == 0) return 0;
        if (last) return highest_ + 1;
        return highest_ + options_.ahead / 2 < said_ ? 0 : highest_ + 1 + options_.ahead;
    }

    awaitable<result<void>> write(bool last) {
        Batch batch;
        std::vector<std::uint64_t> versions;
        for (auto at = waiting_.begin(); at != waiting_.end() && batch.size() < options_.batch; ++at) {
            batch.emplace_back(at->first, at->second.record);
            versions.push_back(at->second.version);
        }
        const auto next = next_to_say(last);
        if (batch.empty() && next == 0) co_return result<void>{};
        auto shared = std::make_shared<const Batch>(std::move(batch));
        auto job = [database = database_, store = store_, shared, next, name = options_.name] {
            try {
                store::Database::Transaction transaction(*database);
                store(*database, *shared);
                if (next != 0) set_next_id(*database, name, next);
                transaction.commit();
                return std::string();
            } catch (const store::DatabaseError& e) {
                return std::string(e.what());
            }
        };
        const auto problem = co_await worker_.run(std::move(job));
        if (!problem.empty()) {
            if (!std::exchange(failing_, true) && hooks_.on_error) hooks_.on_error(problem);
            co_return make_error_code(boost::system::errc::io_error);
        }
        if (next != 0) said_ = next;
        for (std::size_t i = 0; i < versions.size(); ++i) {
            const auto at = waiting_.find((*shared)[i].first);
            if (at != waiting_.end() && at->second.version == versions[i]) waiting_.erase(at);
        }
        if (std::exchange(failing_, false) && hooks_.on_recovered) hooks_.on_recovered();
        co_return result<void>{};
    }

    Clock& clock_;
    BlockingExecutor& worker_;
    std::shared_ptr<store::Database> database_;
    Store store_;
    Options options_;
    WriteQueueHooks hooks_;
    AsyncEvent wakeup_;
    std::map<std::uint64_t, Waiting> waiting_;
    std::uint64_t version_ = 0, highest_ = 0, said_ = 0, dropped_ = 0;
    bool failing_ = false;
};

// Deletes what is older in small portions, so that others get their turn at the database between them.
// `sql` takes the time and the most rows to delete. Returns how many went; io_error when that failed.
awaitable<result<std::uint64_t>> delete_older(BlockingExecutor& worker,
                                              std::shared_ptr<store::Database> database, std::string sql,
                                              WallTime before);

}  // namespace hil::store
