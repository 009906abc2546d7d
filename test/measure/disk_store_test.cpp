#include "measure/file_store.hpp"

#include "measure/pending_file.hpp"
#include "measure/repair.hpp"
#include "measure/site.hpp"

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <mutex>

namespace {

std::mutex watched_mutex;
std::vector<std::filesystem::path>* watched = nullptr;

}  // namespace

// In place of the C library's: whether a name outlives a loss of power shows in nothing else.
extern "C" int fsync(int fd) {
    {
        const std::lock_guard lock(watched_mutex);
        std::error_code gone;
        if (watched)
            watched->push_back(std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), gone));
    }
    return static_cast<int>(::syscall(SYS_fsync, fd));
}

using namespace hil;
using namespace hil::measure;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct Directory {
    Directory() {
        std::string pattern = (fs::temp_directory_path() / "hil-measure-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()));
        path = pattern;
    }
    ~Directory() { fs::remove_all(path); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    fs::path path;
};

// What was synced while it lives, by fsync: directories.
struct Synced {
    Synced() {
        const std::lock_guard lock(watched_mutex);
        watched = &paths;
    }
    ~Synced() {
        const std::lock_guard lock(watched_mutex);
        watched = nullptr;
    }
    Synced(const Synced&) = delete;
    Synced& operator=(const Synced&) = delete;
    std::vector<fs::path> paths;
};

std::string content(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a file on the disk is its sound part followed by what is written") {
    const Directory directory;
    const auto store = make_disk_store();
    const auto file = directory.path / "deep" / "down" / "f.csv";
    CHECK(store->size(file).value() == 0);
    REQUIRE(store->write_at(file, 0, "one\ntwo\nthr"));
    REQUIRE(store->sync(file));
    CHECK(store->size(file).value() == 11);
    REQUIRE(store->write_at(file, 8, "three\n"));
    CHECK(content(file) == "one\ntwo\nthree\n");
    REQUIRE(store->write_at(file, 4, ""));
    CHECK(content(file) == "one\n");
    CHECK(store->write_at(file, 5, "x").error() == boost::system::errc::invalid_argument);
    CHECK(store->read(file, 1, 2).value() == "ne");
    CHECK(store->read(file, 2, 100).value() == "e\n");
    CHECK(store->read(file, 100, 1).value().empty());
    CHECK(store->read(directory.path / "none", 0, 1).error() ==
          boost::system::errc::no_such_file_or_directory);
    CHECK(store->write_at(directory.path / "none", 1, "x").error() ==
          boost::system::errc::no_such_file_or_directory);
}

TEST_CASE("with a new file its name is synced, however the file was made, and with an old one it is not") {
    const Directory directory;
    const auto store = make_disk_store();
    for (const bool overwritten : {false, true}) {
        CAPTURE(overwritten);
        const auto file = directory.path / (overwritten ? "f.csv.pending" : "f.csv");
        const auto write = [&] {
            return overwritten ? store->overwrite(file, 0, "one") : store->write_at(file, 0, "one");
        };
        const Synced synced;
        REQUIRE(write());
        REQUIRE(store->sync(file));
        CHECK(synced.paths == std::vector{directory.path});
        REQUIRE(write());
        REQUIRE(store->sync(file));
        CHECK(synced.paths.size() == 1);
    }
}

TEST_CASE("a part of a file is overwritten in its place, and a file is removed without complaint") {
    const Directory directory;
    for (const auto durability : {Durability::synced, Durability::cached}) {
        const auto store = make_disk_store(durability);
        const auto file = directory.path / "f.pending";
        REQUIRE(store->overwrite(file, 4, "second"));
        REQUIRE(store->overwrite(file, 0, "one "));
        CHECK(content(file) == "one second");
        CHECK(store->sync(file));
        CHECK(store->list(directory.path).value() == std::vector<std::string>{"f.pending"});
        CHECK(store->remove(file));
        CHECK(store->remove(file));
        CHECK(store->sync(file));
        CHECK(store->list(directory.path)->empty());
        CHECK(store->list(directory.path / "none")->empty());
        CHECK_FALSE(store->overwrite(directory.path / "none" / "f", 0, "x"));
    }
}

TEST_CASE("a directory that is a file is an error, not an exception") {
    const Directory directory;
    const auto store = make_disk_store();
    REQUIRE(store->write_at(directory.path / "f", 0, "x"));
    CHECK_FALSE(store->list(directory.path / "f"));
    CHECK_FALSE(store->write_at(directory.path / "f" / "g", 0, "x"));
    CHECK_FALSE(store->size(directory.path / "f" / "g"));
}

TEST_CASE("a recording made on the disk, torn and repaired, is continued") {
    const Directory directory;
    const WallTime ten = at("2025-10-01T10:00:00");
    const std::shared_ptr<FileStore> store = make_disk_store();
    const auto file = directory.path / "20251001_lib.csv";
    for (int run = 0; run < 3; ++run) {
        CAPTURE(run);
        Site site(ten + run * 1min);
        site.settings.directory = directory.path;
        Recorder recorder(site.clock, *site.blocking, store, madrid(), site.settings, {"lib"});
        REQUIRE(site.await([&] { return recorder.start(0, TransportMode::local, shipped_format()); }));
        for (int i = 0; i < 5; ++i)
            recorder.sample(0, row(ten + run * 1min + i * 2s));
        REQUIRE(site.await([&] { return recorder.flush(); }));
        CHECK(fs::exists(pending_path(file)));
        // Killed here, in the middle of an append.
        std::ofstream(file, std::ios::app | std::ios::binary) << "2025-10-01T10:0";
        const auto report = repair(*store, directory.path, madrid());
        REQUIRE(report.repaired.size() == 1);
        CHECK(report.repaired[0].cut_bytes == 15);
        CHECK(report.repaired[0].pending_taken);
        CHECK_FALSE(fs::exists(pending_path(file)));
    }
    CHECK(outline(rows_of(content(file)), ten) == "[-2] 0 8 [10] [58] 60 68 [70] [118] 120 128");
}

TEST_CASE("the recorder writes off the reactor") {
    const Directory directory;
    asio::io_context context(1);
    RealClock clock(context);
    const auto pool = make_pool(clock);
    Recorder::Settings settings;
    settings.directory = directory.path;
    settings.period = 2s;
    settings.write_period = 60s;
    const WallTime now = clock.wall_now();
    Recorder recorder(clock, *pool, make_disk_store(), madrid(), settings, {"lib", "vrfb"});
    bool stopped = false;
    TaskGroup tasks(clock);
    tasks.spawn("test", [&]() -> awaitable<void> {
        for (std::size_t plant = 0; plant < 2; ++plant) {
            const auto started = co_await recorder.start(plant, TransportMode::local, shipped_format());
            CHECK(started);
        }
        for (int i = 0; i < 100; ++i) {
            recorder.sample(0, row(now + i * 2s, i));
            recorder.sample(1, row(now + i * 2s, i));
        }
        stopped = (co_await recorder.stop_all()).has_value();
        clock.stop();
    });
    clock.run();
    CHECK(stopped);
    std::size_t rows = 0;
    for (const auto& entry : fs::directory_iterator(directory.path))
        rows += rows_of(content(entry.path())).size();
    CHECK(rows == 2 * 102);
}
