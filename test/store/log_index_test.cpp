// The index of the log stands where no disk can take it away, and is shared by all who open the database.
#include "store/log_index.hpp"
#include "store/database.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <sqlite3.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <fstream>
#include <optional>

using namespace hil::store;
using hil::test::TemporaryDirectory;
namespace fs = std::filesystem;

namespace {

constexpr Migration items[] = {{"items", 1, "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT);"}};

void add(Database& database, const char* name) {
    database.prepare("INSERT INTO items (name) VALUES (?)").bind(1, std::string_view(name)).run();
}

std::int64_t count(Database& database) {
    auto& ask = database.prepare("SELECT count(*) FROM items");
    const std::int64_t n = ask.step() ? ask.integer(0) : -1;
    ask.reset();
    return n;
}

fs::path index_of(const fs::path& file) {
    struct stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return fmt::format("/dev/shm/hil-scheduler-{:x}-{:x}", status.st_dev, status.st_ino);
}

// In a process of its own: what it returned.
template <class Job>
int in_another_process(Job job) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(job());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

// As any program does it, with SQLite's own file system.
int foreign(const fs::path& file, const char* sql) {
    sqlite3* connection = nullptr;
    int code = sqlite3_open_v2(file.c_str(), &connection, SQLITE_OPEN_READWRITE, nullptr);
    if (code == SQLITE_OK) code = sqlite3_exec(connection, sql, nullptr, nullptr, nullptr);
    sqlite3_close(connection);
    return code;
}

}  // namespace

TEST_CASE("whatever happens to the files beside the database, nothing ends the process", "[log index]") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    std::optional<Database> database(std::in_place, file, items);
    add(*database, "one");
    const auto beside = file.string() + "-shm";
    CHECK((!fs::exists(beside) || fs::file_size(beside) == 0));
    if (fs::exists(beside)) fs::resize_file(beside, 0);
    fs::remove(beside);
    for (int i = 0; i < 2000; ++i)
        add(*database, "more");
    CHECK(count(*database) == 2001);
    CHECK(fs::exists(index_of(file)));
    const auto index = index_of(file);
    database.reset();
    CHECK_FALSE(fs::exists(index));
}

TEST_CASE("readers of this process and of others see what is committed, while it is written", "[log index]") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    Database writer(file, items);
    add(writer, "one");
    Database reader(file, Database::ReadOnly{});
    CHECK(count(reader) == 1);
    {
        const Database::Snapshot snapshot(reader);
        CHECK(count(reader) == 1);
        add(writer, "two");
        CHECK(count(reader) == 1);
        // The writer may not take from under a reader what it still needs.
        CHECK(in_another_process([&] {
                  Database other(file, Database::ReadOnly{});
                  return static_cast<int>(count(other));
              }) == 2);
        writer.execute("PRAGMA wal_checkpoint(PASSIVE);");
        CHECK(count(reader) == 1);
    }
    CHECK(count(reader) == 2);
    // And a second writer waits its turn.
    CHECK(in_another_process([&] {
              Database other(file, items);
              add(other, "three");
              return static_cast<int>(count(other));
          }) == 3);
    CHECK(count(reader) == 3);
    CHECK(count(writer) == 3);
}

TEST_CASE("what a process that was killed left behind is found and done anew", "[log index]") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    CHECK(in_another_process([&] {
              Database database(file, items);
              add(database, "one");
              ::raise(SIGKILL);
              return 0;
          }) == 1000 + SIGKILL);
    const auto index = index_of(file);
    REQUIRE(fs::exists(index));
    std::ofstream(index) << std::string(40000, 'x');  // of another database that had the inode before
    {
        Database reader(file, Database::ReadOnly{});
        CHECK(count(reader) == 1);
    }
    std::ofstream(index) << std::string(40000, 'x');
    Database database(file, items);
    CHECK(count(database) == 1);
    add(database, "two");
    CHECK(count(database) == 2);
}

TEST_CASE("a program with SQLite's own file system is kept out, or shares its index", "[log index]") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    {
        Database database(file, items);
        add(database, "one");
        CHECK(in_another_process(
                  [&] { return foreign(file, "INSERT INTO items (name) VALUES ('theirs')"); }) != SQLITE_OK);
        CHECK(count(database) == 1);
        CHECK(std::string(file_system_for(file)) == "hil");
    }
    CHECK(in_another_process([&] { return foreign(file, "INSERT INTO items (name) VALUES ('theirs')"); }) ==
          SQLITE_OK);
    // It was there first: both work, with its index.
    int ready[2], go[2];
    REQUIRE(::pipe(ready) == 0);
    REQUIRE(::pipe(go) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        sqlite3* connection = nullptr;
        int code = sqlite3_open_v2(file.c_str(), &connection, SQLITE_OPEN_READWRITE, nullptr);
        if (code == SQLITE_OK)
            code = sqlite3_exec(connection, "SELECT count(*) FROM items", nullptr, nullptr, nullptr);
        char c = 'x';
        (void)!::write(ready[1], &c, 1);
        (void)!::read(go[0], &c, 1);
        if (code == SQLITE_OK)
            code = sqlite3_exec(connection, "INSERT INTO items (name) VALUES ('later')", nullptr, nullptr,
                                nullptr);
        sqlite3_close(connection);
        ::_exit(code);
    }
    char c = 0;
    REQUIRE(::read(ready[0], &c, 1) == 1);
    CHECK(std::string(file_system_for(file)) == "unix");
    {
        Database database(file, items);
        add(database, "ours");
        REQUIRE(::write(go[1], &c, 1) == 1);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
        CHECK(count(database) == 4);
    }
    for (const int end : {ready[0], ready[1], go[0], go[1]})
        ::close(end);
}

TEST_CASE("a file of somebody's making in the place of the index is not used", "[log index]") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    {
        Database database(file, items);
    }
    const auto index = index_of(file);
    fs::create_symlink(directory / "elsewhere", index);
    CHECK_THROWS_AS(Database(file, items), DatabaseError);
    fs::remove(index);
    CHECK_FALSE(fs::exists(directory / "elsewhere"));
    Database database(file, items);
    CHECK(count(database) == 0);
}

TEST_CASE("a database knows when its files are no longer where they were opened", "[log index]") {
    const TemporaryDirectory directory;
    const auto place = directory / "data";
    fs::create_directory(place);
    const auto file = place / "site.sqlite";
    Database database(file, items);
    CHECK(database.in_place());
    CHECK(Database("", items).in_place());
    SECTION("deleted") {
        fs::remove(file);
    }
    SECTION("its log deleted") {
        fs::remove(file.string() + "-wal");
    }
    SECTION("replaced by a copy") {
        fs::copy_file(file, directory / "copy");
        fs::rename(directory / "copy", file);
    }
    SECTION("the directory moved") {
        fs::rename(place, directory / "moved");
    }
    SECTION("the directory deleted") {
        fs::remove_all(place);
    }
    CHECK_FALSE(database.in_place());
}
