// Writes the recordings of all plants: one CSV file a plant and local day, appended to and synced off the
// reactor every write period, and at once when a session ends.
//
// A row that could not be written is kept and tried again with the next flush; when more than
// `max_waiting_bytes` of one plant wait, the oldest are given up, counted and reported. The pending row of
// the compression is kept beside the file at every flush, so that a kill loses one write period at most;
// repair() takes it over at the next start.
//
// Nobody waits for longer than `timeout` for a disk that does not answer: a recording that begins or ends is
// part of a command of its plant, and the next command may be to stop it.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/clock.hpp"
#include "base/task_group.hpp"
#include "base/zone.hpp"
#include "measure/file_index.hpp"
#include "measure/run_within.hpp"
#include "measure/session.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil {
class AsyncCondition;
}

namespace hil::measure {

struct FileWrite;

class Recorder {
  public:
    struct Settings {
        std::filesystem::path directory;
        Duration period{};        // of sampling
        Duration write_period{};  // of flushing
        config::Compression compression;
        std::size_t max_waiting_bytes = 16u << 20u;
        // Periodic flushes sync at most this often, in unscaled time, so that a run at speed does not wait
        // for the disk. A kill costs nothing more; a loss of power costs at most that much more.
        Duration sync_interval = std::chrono::seconds(1);
        // How long a call waits for the disk, in unscaled time.
        Duration timeout = disk_timeout;
    };
    struct Hooks {
        std::function<void(std::size_t plant, RowKind)> on_row;
        // Rows that are final and in their file now, in order of time: for history. A pending row follows
        // when it has become final.
        std::function<void(std::size_t plant, TransportMode, std::vector<Row>)> on_written;
        // A flush failed; rows wait. Called once for each flush that fails, with the file it failed on.
        std::function<void(std::size_t plant, const std::filesystem::path& file, error_code)> on_error;
        // Everything that waited after a failure is written.
        std::function<void(std::size_t plant)> on_recovered;
        // Rows were given up.
        std::function<void(std::size_t plant, std::size_t rows)> on_dropped;
        // A write has not come back within `timeout`, and when it has.
        std::function<void(bool silent)> on_silence;
        // A write threw: a programming error or no memory. Writing starts again after a back-off.
        TaskGroup::FailureHook on_failure;
    };

    // `plants`: their ids, by index. The directory has been repaired. BlockingExecutor must not outlive its
    // clock.
    Recorder(Clock& clock, BlockingExecutor& blocking, std::shared_ptr<FileStore> store, Zone zone,
             Settings settings, std::vector<std::string> plants, Hooks hooks = {});
    // A write under way is finished by BlockingExecutor; await stop_all() first.
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    // Flushes every write period, on the grid of `anchor`, until cancelled.
    awaitable<void> run(Instant anchor);

    // Begins a session: looks up what the plant's recordings end with and marks the hole since then. Samples
    // given before this is done are not recorded. Does nothing while a session is on, or when stopped
    // meanwhile. Fails when the recordings cannot be read, with errc::disk_silent when they could not be
    // within `timeout`: no session is on then, and the next start tries again.
    awaitable<result<void>> start(std::size_t plant, TransportMode transport, ColumnFormat format);
    // Ends the session with a null row and writes everything. errc::rows_waiting when that could not be done,
    // or not within `timeout`: the rows are kept and written when the disk takes them. Ends nothing while no
    // session is on.
    awaitable<result<void>> stop(std::size_t plant);
    awaitable<result<void>> stop_all();
    // Writes what is final now, and the pending rows beside their files, and syncs. errc::rows_waiting as
    // above.
    awaitable<result<void>> flush();

    // From the sampler; nothing happens unless a session is on.
    void sample(std::size_t plant, const Row& row);
    void gap(std::size_t plant);

    [[nodiscard]] bool recording(std::size_t plant) const;
    // While rows are refused, when they are recorded again: the wall clock was set back by a moment. None
    // while they are not.
    [[nodiscard]] std::optional<WallTime> refusing_until(std::size_t plant) const;
    // While rows go to a further part of their day's recording because the wall clock was set back: when what
    // was recorded before is reached again. None otherwise.
    [[nodiscard]] std::optional<WallTime> behind_until(std::size_t plant) const;
    // The file the plant's rows go to; none while no session is on or before its first row.
    [[nodiscard]] std::optional<std::filesystem::path> file(std::size_t plant) const;
    [[nodiscard]] const RowCounters& counters(std::size_t plant) const;
    // Rows that are final and not on the disk yet.
    [[nodiscard]] std::size_t waiting_rows(std::size_t plant) const;
    // The last attempt to write the plant's rows failed: they wait.
    [[nodiscard]] bool failing(std::size_t plant) const;
    // A write has been under way for longer than `timeout`.
    [[nodiscard]] bool silent() const { return silent_; }

  private:
    struct PlantState;
    enum class Answer : std::uint8_t { tried, waiting };
    [[nodiscard]] std::uint64_t request();
    awaitable<Answer> write_within(Duration timeout);
    awaitable<void> write();
    [[nodiscard]] bool take_sync();
    void settle(std::vector<FileWrite> done);
    void note_silence(bool silent);
    void finish(std::size_t plant);
    void collect(std::size_t plant);

    Clock& clock_;
    BlockingExecutor& blocking_;
    std::shared_ptr<FileStore> store_;
    Zone zone_;
    Settings settings_;
    Hooks hooks_;
    std::vector<std::unique_ptr<PlantState>> plants_;
    std::shared_ptr<AsyncCondition> idle_;
    std::uint64_t requested_ = 0, finished_ = 0;  // flushes
    bool writing_ = false;
    bool sync_wanted_ = false;  // by a flush that is not periodic
    bool silent_ = false;
    Timer silence_;  // of the disk, from the begin of a write
    std::optional<IoInstant> synced_at_;
    TaskGroup tasks_;
};

}  // namespace hil::measure
