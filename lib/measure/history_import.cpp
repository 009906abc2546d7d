#include "measure/history_import.hpp"

#include "base/task_group.hpp"
#include "measure/csv_format.hpp"
#include "measure/pending_file.hpp"
#include "measure/recording_reader.hpp"

#include <utility>

namespace hil::measure {

struct HistoryImport::Work {
    std::vector<RecordingFile> files;
    std::vector<std::uint64_t> sizes;
    std::size_t next = 0;
    bool broken = false;  // the database cannot be written
    Progress progress;
    ImportReport report;
};

namespace {

struct Block {
    std::vector<Row> rows;
    error_code error;
};

// The next rows in order; a recording of ours is in order already.
Block read_block(RecordingReader& reader) {
    auto rows = reader.next();
    if (!rows) return {{}, rows.error()};
    order_rows(*rows);
    return {std::move(*rows), {}};
}

std::vector<Row> read_pending_row(FileStore& store, const std::filesystem::path& file, const Zone& zone,
                                  const device::Schema& schema) {
    const auto kept = store.read(pending_path(file), 0, pending_slots * pending_slot_size);
    if (!kept) return {};
    const auto pending = read_pending(*kept, zone, schema);
    return pending ? std::vector{pending->row} : std::vector<Row>{};
}

// The rows that follow, or the one that waits beside the file.
awaitable<Block> next_block(BlockingExecutor& reading, std::shared_ptr<FileStore> files,
                            std::filesystem::path path, Zone zone, std::shared_ptr<RecordingReader> reader,
                            bool pending) {
    if (!pending) {
        auto read = [reader, files] { return read_block(*reader); };
        co_return co_await reading.run(std::move(read));
    }
    auto read = [files, path, zone, reader] {
        return read_pending_row(*files, path, zone, reader->schema());
    };
    Block block;
    block.rows = co_await reading.run(std::move(read));
    co_return block;
}

}  // namespace

HistoryImport::HistoryImport(Clock& clock, BlockingExecutor& reading, std::shared_ptr<FileStore> files,
                             BlockingExecutor& writing, std::shared_ptr<HistoryTables> tables, Zone zone,
                             Settings settings)
    : clock_(clock),
      reading_(reading),
      files_(std::move(files)),
      writing_(writing),
      tables_(std::move(tables)),
      zone_(std::move(zone)),
      settings_(std::move(settings)) {}

awaitable<ImportReport> HistoryImport::run(std::filesystem::path directory) {
    auto list = [store = files_, directory] { return list_recordings(*store, directory); };
    auto found = co_await reading_.run(std::move(list));
    if (!found) {
        ImportReport report;
        report.problems.push_back({directory, found.error().message()});
        co_return report;
    }
    co_return co_await take(std::move(*found));
}

awaitable<ImportReport> HistoryImport::take(std::vector<RecordingFile> files) {
    auto work = std::make_shared<Work>();
    work->files = std::move(files);
    auto look = [store = files_, work] {
        for (const auto& file : work->files)
            work->sizes.push_back(store->size(file.path).value_or(0));
    };
    co_await reading_.run(std::move(look));
    work->progress.files = work->files.size();
    for (const auto size : work->sizes)
        work->progress.bytes_in_all += size;

    std::string escaped;
    TaskGroup readers(clock_, [&escaped](const TaskFailure& failure) { escaped = failure.what; });
    for (std::size_t i = 0; i < settings_.readers; ++i)
        readers.spawn("import", [this, work] { return reader(work); });
    co_await readers.join_or_cancel();
    if (!escaped.empty()) work->report.problems.push_back({{}, escaped});
    co_return std::move(work->report);
}

awaitable<void> HistoryImport::reader(std::shared_ptr<Work> work) {
    while (!work->broken && work->next < work->files.size()) {
        const RecordingFile& file = work->files[work->next++];
        work->progress.file = work->next;
        co_await take_file(*work, file);
    }
}

// Whether the file was taken over as it is, and nobody wants it again.
awaitable<bool> HistoryImport::is_known(std::string path, std::uint64_t size) {
    auto look = [tables = tables_, path] { return tables->taken_over(path); };
    const std::optional<HistoryTables::TakenOver> before = co_await writing_.run(std::move(look));
    co_return before && before->size == size && !settings_.everything;
}

awaitable<void> HistoryImport::take_file(Work& work, const RecordingFile& file) {
    const auto size = work.sizes[static_cast<std::size_t>(&file - work.files.data())];
    auto path = std::filesystem::absolute(file.path).lexically_normal().string();
    const auto count = [&](std::uint64_t bytes) {
        work.progress.bytes += bytes;
        if (settings_.on_progress) settings_.on_progress(work.progress);
    };
    std::string problem;
    try {
        if (co_await is_known(path, size)) {
            ++work.report.unchanged;
            count(size);
            co_return;
        }
        auto reader = std::make_shared<RecordingReader>(*files_, file.path, zone_);
        HistoryTables::TakenOver taken{.size = size};
        std::uint64_t counted = 0;
        bool pending_next = false, done = false;
        while (!done && (!pending_next || settings_.pending_rows)) {
            Block block = co_await next_block(reading_, files_, file.path, zone_, reader, pending_next);
            done = pending_next;
            if (block.error) {
                work.report.problems.push_back({file.path, block.error.message()});
                ++work.report.files;
                co_return;
            }
            if (block.rows.empty()) {
                pending_next = true;
                continue;
            }
            taken.rows += block.rows.size();
            work.report.rows += block.rows.size();
            work.progress.rows = work.report.rows;
            auto keep = [tables = tables_, name = file.name, rows = std::move(block.rows)] {
                return tables->store(name.plant, name.transport, rows);
            };
            work.report.new_rows += co_await writing_.run(std::move(keep));
            count(reader->bytes() - std::exchange(counted, reader->bytes()));
        }
        taken.bad_lines = reader->bad_lines();
        work.report.bad_lines += taken.bad_lines;
        ++work.report.files;
        auto note = [tables = tables_, path, taken] { tables->take_over(path, taken); };
        co_await writing_.run(std::move(note));
    } catch (const store::DatabaseError& error) {
        problem = error.what();
    }
    if (problem.empty()) co_return;
    work.broken = true;
    work.report.problems.push_back({file.path, "history cannot be stored: " + problem});
}

}  // namespace hil::measure
