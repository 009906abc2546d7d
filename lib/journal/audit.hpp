// The audit: every command, kept in the site's database with who asked and how it ended.
//
// It hears of every change of a record and stores the newest state of each within moments, without anybody
// waiting for the disk. Numbers go on where the last run ended, a crash included. Commands that were queued
// or running when that run ended are `failed interrupted` from the start of this one.
#pragma once

#include "control/command_engine.hpp"
#include "store/write_queue.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil::journal {

struct CommandFilter {  // empty: any
    std::string plant, kind;
    std::optional<control::CommandState> state;
};

struct CommandPage {
    std::vector<control::Command> commands;  // newest first
    std::uint64_t next = 0;                  // the cursor of the following page; 0: there is none
};

class Audit {
  public:
    static std::span<const store::Migration> migrations();

    struct Start {
        std::uint64_t first_number = 1;             // for CommandEngine::Options
        std::vector<control::Command> interrupted;  // as they are stored now, oldest first
    };
    // Once, before the engine is made, on the calling thread. Throws store::DatabaseError.
    static Start open(store::Database& database, WallTime now);

    // `worker` is the database's own and outlives this object.
    Audit(Clock& clock, BlockingExecutor& worker, std::shared_ptr<store::Database> database,
          store::WriteQueueHooks hooks = {});
    Audit(const Audit&) = delete;
    Audit& operator=(const Audit&) = delete;

    // From here on every change of the engine's records is kept.
    void follow(control::CommandEngine& engine);
    void keep(const control::Command& command);

    // Writes until cancelled; the owner spawns it once.
    awaitable<void> run() { return queue_.run(); }
    awaitable<result<void>> flush() { return queue_.flush(); }
    // The engine is closed: what waits is written, and the next run goes on with the next number.
    awaitable<result<void>> finish();

    // Up to `limit` commands older than the cursor; cursor 0 starts with the newest. io_error when the
    // database cannot be read.
    awaitable<result<CommandPage>> before(std::uint64_t cursor, std::size_t limit, CommandFilter filter = {});
    // One of any run; none when it is not known, or gone by retention.
    awaitable<result<std::optional<control::Command>>> find(std::string id);
    // Removes ended ones created earlier; how many. For the daily clean-up (retention.events_days).
    awaitable<result<std::uint64_t>> prune(WallTime before);

    [[nodiscard]] std::size_t waiting() const { return queue_.waiting(); }
    // Records given up because too many waited for a sick disk.
    [[nodiscard]] std::uint64_t dropped() const { return queue_.dropped(); }

  private:
    BlockingExecutor& worker_;
    std::shared_ptr<store::Database> database_;
    store::WriteQueue<control::Command> queue_;
    Subscription news_;
};

}  // namespace hil::journal
