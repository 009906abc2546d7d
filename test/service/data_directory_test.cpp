// Whose a directory is, and whether it still is the one it was.
#include "service/data_directory.hpp"

#include "measure/errors.hpp"
#include "measure/guarded_store.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <fstream>
#include <string>

using namespace hil;
using namespace hil::service;
using hil::test::TemporaryDirectory;
namespace fs = std::filesystem;

namespace {

constexpr Standing here{Standing::Found::file, 1, 10}, there{Standing::Found::file, 1, 11},
    elsewhere{Standing::Found::file, 2, 10}, nothing{Standing::Found::nothing, 0, 0},
    silence{Standing::Found::unknown, 0, 0};

DataDirectory opened(const fs::path& path) {
    auto result = DataDirectory::open(path);
    INFO(why_not(result));
    REQUIRE(std::holds_alternative<DataDirectory>(result));
    return std::get<DataDirectory>(std::move(result));
}

}  // namespace

TEST_CASE("what became of a directory is told from what stands under its names") {
    const Seen start{here, there};
    CHECK(what_became("data", start, start).empty());
    CHECK(what_became("data", start, {nothing, nothing}) ==
          "the data directory data is gone: it was deleted or moved");
    for (const auto& other : {there, elsewhere})
        CHECK(what_became("data", start, {other, there}).find("replaced") != std::string::npos);
    for (const auto& lock : {here, elsewhere, nothing})
        CHECK(what_became("data", start, {here, lock}).starts_with("data/.lock was deleted or replaced"));
    // A disk that does not answer is no vanished directory.
    CHECK(what_became("data", start, {silence, silence}).empty());
    CHECK(what_became("data", start, {here, silence}).empty());
}

TEST_CASE("a directory is lost when it is deleted, moved, replaced or emptied") {
    const TemporaryDirectory directory;
    const auto path = directory / "data";
    const auto held = opened(path);
    CHECK(held.lost().empty());
    SECTION("moved, and back again") {
        fs::rename(path, directory / "moved");
        CHECK_FALSE(held.lost().empty());
        fs::rename(directory / "moved", path);
        CHECK(held.lost().empty());
    }
    SECTION("deleted") {
        fs::remove_all(path);
        CHECK_FALSE(held.lost().empty());
    }
    SECTION("replaced by another, or by a file") {
        fs::rename(path, directory / "moved");
        fs::create_directory(path);
        CHECK_FALSE(held.lost().empty());
        fs::remove(path);
        std::ofstream(path) << "x";
        CHECK_FALSE(held.lost().empty());
    }
    SECTION("emptied") {
        fs::remove(path / ".lock");
        CHECK_FALSE(held.lost().empty());
    }
}

TEST_CASE("a directory is lost when its name leads elsewhere") {
    const TemporaryDirectory directory;
    fs::create_directory(directory / "first");
    fs::create_directory(directory / "second");
    const auto link = directory / "data";
    fs::create_directory_symlink(directory / "first", link);
    const auto held = opened(link);
    CHECK(held.lost().empty());
    fs::remove(link);
    fs::create_directory_symlink(directory / "second", link);
    CHECK_FALSE(held.lost().empty());
}

TEST_CASE("no second process at the same place, whatever became of the directory") {
    const TemporaryDirectory directory;
    const auto path = directory / "data", link = directory / "link";
    const auto held = opened(path);
    fs::create_directory_symlink(path, link);
    CHECK(std::holds_alternative<DataDirectory::InUse>(DataDirectory::open(path)));
    CHECK(std::holds_alternative<DataDirectory::InUse>(DataDirectory::open(link)));
    fs::rename(path, directory / "moved");
    CHECK(std::holds_alternative<DataDirectory::InUse>(DataDirectory::open(path)));  // the name
    CHECK(
        std::holds_alternative<DataDirectory::InUse>(DataDirectory::open(directory / "moved")));  // the lock
    opened(directory / "another");
}

TEST_CASE("a path of any length has a name of its own") {
    const TemporaryDirectory directory;
    const auto deep = directory.path() / std::string(100, 'a') / std::string(100, 'b');
    const auto one = opened(deep / "one");
    const auto two = opened(deep / "two");
    CHECK(std::holds_alternative<DataDirectory::InUse>(DataDirectory::open(deep / "one")));
}

TEST_CASE("a directory remembers that its last run did not end in order") {
    const TemporaryDirectory directory;
    {
        const auto held = opened(directory.path());
        CHECK_FALSE(held.after_a_crash());
        held.begin_run();
    }
    {
        const auto held = opened(directory.path());
        CHECK(held.after_a_crash());
        held.begin_run();
        held.end_run();
    }
    CHECK_FALSE(opened(directory.path()).after_a_crash());
}

TEST_CASE("nothing is written into a directory that is another") {
    const auto files = std::make_shared<measure::MemoryStore>();
    bool there_still = true;
    const auto guarded = measure::guard_directory(files, [&] { return there_still; });
    CHECK(guarded->write_at("data/a", 0, "one"));
    CHECK(guarded->overwrite("data/a", 0, "O"));
    CHECK(guarded->sync("data/a"));
    there_still = false;
    CHECK(guarded->write_at("data/a", 3, "two").error() == measure::errc::directory_lost);
    CHECK(guarded->overwrite("data/a", 0, "x").error() == measure::errc::directory_lost);
    CHECK(guarded->sync("data/a").error() == measure::errc::directory_lost);
    CHECK(guarded->remove("data/a").error() == measure::errc::directory_lost);
    CHECK(guarded->rename("data/a", "data/b").error() == measure::errc::directory_lost);
    CHECK(guarded->read("data/a", 0, 9).value() == "One");
    CHECK(guarded->size("data/a").value() == 3);
    CHECK(guarded->list("data")->size() == 1);
    there_still = true;
    CHECK(guarded->rename("data/a", "data/b"));
    CHECK(guarded->remove("data/b"));
}
