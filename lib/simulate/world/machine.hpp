// What outlives the service in a simulated site: the disk with its files and its database. It fails and is
// slow as drawn, and when the process is killed it takes nothing more from it.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/random.hpp"
#include "measure/file_store.hpp"
#include "simulate/trace.hpp"
#include "simulate/world/fault_profile.hpp"
#include "store/database.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace hil::simulate {

class SimulatedMachine {
  public:
    // `hanging` is a stream of its own: when the disk hangs shifts no other draw.
    SimulatedMachine(Clock& clock, Trace& trace, const FaultProfile& faults, Random random, Random hanging);
    SimulatedMachine(const SimulatedMachine&) = delete;
    SimulatedMachine& operator=(const SimulatedMachine&) = delete;

    [[nodiscard]] const std::shared_ptr<measure::MemoryStore>& files() const { return files_; }
    // For one process; the machine outlives it. The second is for files.
    [[nodiscard]] std::unique_ptr<BlockingExecutor> make_worker();
    [[nodiscard]] std::unique_ptr<BlockingExecutor> make_file_worker();
    // For how long a write into a file has been unanswered; zero: none is.
    [[nodiscard]] Duration silence() const;

    // The database of the first process; the following ones get the same.
    void keep(std::shared_ptr<store::Database> database) { database_ = std::move(database); }
    [[nodiscard]] const std::shared_ptr<store::Database>& database() const { return database_; }

    // The process was killed: of what it still tries to write a part of one file is the last that arrives.
    void cut_off();
    // Another process uses the machine.
    void take_on();
    // From now on nothing goes wrong any more.
    void calm() { calm_ = true; }

    [[nodiscard]] std::uint64_t faults() const { return count_; }

  private:
    measure::MemoryStore::Verdict judge(measure::MemoryStore::Action action,
                                        const std::filesystem::path& file);
    Duration draw_delay();
    Duration hang();
    void draw_hang(Instant from);

    struct Span {
        Instant begin, end;
    };

    Clock& clock_;
    Trace& trace_;
    const FaultProfile& faults_;
    Random random_, hanging_;
    Span hang_{};  // the one under way, or the next
    bool hang_notified_ = false;
    std::optional<Instant> wrote_;    // the job under way changed a file
    std::optional<Span> unanswered_;  // the last write that was answered late
    bool calm_ = false, cut_ = false, torn_ = false;
    std::uint64_t count_ = 0;
    std::shared_ptr<measure::MemoryStore> files_ = std::make_shared<measure::MemoryStore>();
    std::shared_ptr<store::Database> database_;
};

}  // namespace hil::simulate
