// Makes history from recordings: all of a directory, or what changed since the last time.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/clock.hpp"
#include "base/zone.hpp"
#include "measure/file_index.hpp"
#include "measure/file_store.hpp"
#include "measure/history_tables.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil::measure {

struct ImportReport {
    struct Problem {
        std::filesystem::path file;
        std::string sentence;
    };
    std::size_t files = 0,
                unchanged = 0;  // read, and passed over because their size is that of the last import
    std::uint64_t rows = 0, new_rows = 0;
    std::uint64_t bad_lines = 0;  // not rows: torn by a kill, or never were
    std::vector<Problem> problems;
};

class HistoryImport {
  public:
    struct Progress {
        std::size_t file = 0, files = 0;  // begun, and of how many
        std::uint64_t rows = 0;
        std::uint64_t bytes = 0, bytes_in_all = 0;
    };
    struct Settings {
        bool everything = false;   // unchanged recordings too
        bool pending_rows = true;  // false while a recorder is at work: a row of its own may still go
        std::size_t readers = 2;   // files read at once; each holds a block of rows
        std::function<void(const Progress&)> on_progress;
    };
    // `reading`: threads that read and parse; `writing`: the database's own thread. Both, like the store and
    // the tables, outlive the import.
    HistoryImport(Clock& clock, BlockingExecutor& reading, std::shared_ptr<FileStore> files,
                  BlockingExecutor& writing, std::shared_ptr<HistoryTables> tables, Zone zone,
                  Settings settings);

    // Every recording of the directory, oldest first, pending rows beside them included. A torn last line is
    // no row. Nothing in the directory is changed; what is in history already stays. Files that cannot be
    // read are problems of the report; a database that cannot be written ends the import with its sentence.
    awaitable<ImportReport> run(std::filesystem::path directory);
    // The same of these recordings only.
    awaitable<ImportReport> take(std::vector<RecordingFile> files);

  private:
    struct Work;
    awaitable<void> take_file(Work& work, const RecordingFile& file);
    awaitable<bool> is_known(std::string path, std::uint64_t size);
    awaitable<void> reader(std::shared_ptr<Work> work);

    Clock& clock_;
    BlockingExecutor& reading_;
    std::shared_ptr<FileStore> files_;
    BlockingExecutor& writing_;
    std::shared_ptr<HistoryTables> tables_;
    Zone zone_;
    Settings settings_;
};

}  // namespace hil::measure
