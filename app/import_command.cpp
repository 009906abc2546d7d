#include "app/import_command.hpp"

#include "app/measurement_place.hpp"
#include "base/task_group.hpp"
#include "measure/history_import.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <system_error>

namespace hil::app {
namespace {

// On a terminal one line that is written over; otherwise a line for every tenth.
class ProgressLine {
  public:
    void show(const measure::HistoryImport::Progress& progress) {
        const auto part = progress.bytes * 100 / std::max<std::uint64_t>(1, progress.bytes_in_all);
        if (part == shown_ || (!terminal_ && part / 10 == shown_ / 10)) return;
        shown_ = part;
        fmt::print(stderr, "{}{:3} %, file {} of {}, {} rows{}", terminal_ ? "\r" : "", part, progress.file,
                   progress.files, progress.rows, terminal_ ? "" : "\n");
        (void)std::fflush(stderr);
    }
    void end() const {
        if (terminal_ && shown_ > 0) fmt::print(stderr, "\n");
    }

  private:
    bool terminal_ = ::isatty(STDERR_FILENO) == 1;
    std::uint64_t shown_ = 0;
};

}  // namespace

int import_command(const ImportOptions& options) {
    const auto setup = load_setup(options.data);
    if (!setup) return exit_usage;
    if (!std::filesystem::is_directory(options.directory)) {
        fmt::print(stderr, "hil_scheduler import: {} is not a directory\n", options.directory.string());
        return exit_usage;
    }
    std::error_code refused;
    std::filesystem::create_directories(setup->config.general.data_dir, refused);
    std::shared_ptr<store::Database> database;
    try {
        database = std::make_shared<store::Database>(database_file(*setup), measure::history_migrations());
    } catch (const store::DatabaseError& error) {
        fmt::print(stderr, "hil_scheduler import: {}\n", error.what());
        return exit_could_not_start;
    }
    if (!database->damaged_copy().empty()) {
        fmt::print(stderr, "the database was damaged: it is kept as {}, a new one was begun\n",
                   database->damaged_copy().string());
    }

    asio::io_context context(1);
    RealClock clock(context);
    const auto reading = make_pool(clock, 2), writing = make_pool(clock, 1);
    ProgressLine line;
    measure::HistoryImport::Settings settings;
    settings.everything = options.everything;
    settings.on_progress = [&line](const auto& progress) { line.show(progress); };
    measure::HistoryImport import(clock, *reading, measure::make_disk_store(), *writing,
                                  std::make_shared<measure::HistoryTables>(database), setup->zone,
                                  std::move(settings));
    measure::ImportReport report;
    std::string escaped;
    const auto begin = clock.io_now();
    TaskGroup tasks(clock, [&](const TaskFailure& failure) {
        escaped = failure.what;
        clock.stop();
    });
    tasks.spawn("import", [&]() -> awaitable<void> {
        report = co_await import.run(options.directory);
        clock.stop();
    });
    clock.run();
    line.end();
    const double taken = std::max(1e-3, to_seconds(clock.io_now() - begin));
    for (const auto& problem : report.problems)
        fmt::print(stderr, "{}: {}\n", problem.file.string(), problem.sentence);
    if (!escaped.empty()) fmt::print(stderr, "hil_scheduler import: {}\n", escaped);
    fmt::print(
        "{} recordings, {} unchanged since the last import; {} rows, {} of them new, {} lines that are no "
        "rows; {:.1f} s, {:.0f} rows/s\n",
        report.files + report.unchanged, report.unchanged, report.rows, report.new_rows, report.bad_lines,
        taken, static_cast<double>(report.rows) / taken);
    return report.problems.empty() && escaped.empty() ? exit_done : exit_failed;
}

}  // namespace hil::app
