// How often registers that wear were written today, kept over restarts in the site's database.
#pragma once

#include "base/async_event.hpp"
#include "base/blocking_executor.hpp"
#include "base/clock.hpp"
#include "control/write_budget.hpp"
#include "store/database.hpp"

#include <map>
#include <memory>
#include <span>
#include <string>

namespace hil::journal {

std::span<const store::Migration> write_count_migrations();

class WriteCounts {
  public:
    // Reads what was counted before: before anything runs. `worker` is the database's own.
    WriteCounts(Clock& clock, BlockingExecutor& worker, std::shared_ptr<store::Database> database);
    WriteCounts(const WriteCounts&) = delete;
    WriteCounts& operator=(const WriteCounts&) = delete;

    // `register_name` is one of the whole site: "lib/remote/p_setpoint".
    [[nodiscard]] control::WriteCount of(const std::string& register_name) const;
    void count(const std::string& register_name, const control::WriteCount& count);

    // Stores each count as soon as the database is free for it, until cancelled.
    awaitable<void> run();
    // errc::not_saved when what waits could not be stored; it waits on.
    awaitable<result<void>> flush();

  private:
    Clock& clock_;
    BlockingExecutor& worker_;
    std::shared_ptr<store::Database> database_;
    std::map<std::string, control::WriteCount> counts_, waiting_;
    AsyncEvent changed_;
};

}  // namespace hil::journal
