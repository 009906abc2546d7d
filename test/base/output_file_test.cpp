#include "base/output_file.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <sys/stat.h>

#include <fstream>
#include <future>
#include <iterator>

namespace hil {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::size_t names_in(const fs::path& directory) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), {}));
}

TEST_CASE("output makes a file, or replaces one and keeps who may read it") {
    const test::TemporaryDirectory dir;
    const auto file = dir.path() / "report.html";
    REQUIRE(write_output(file, "one"));
    CHECK(content(file) == "one");
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    std::ifstream reader(file);  // who has it open reads the old one to its end
    REQUIRE(write_output(file, std::string(100'000, 'x')));
    CHECK(content(file).size() == 100'000);
    CHECK(fs::status(file).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    std::string old;
    reader >> old;
    CHECK(old == "one");
    CHECK(names_in(dir.path()) == 1);
}

TEST_CASE("output to a link goes where it leads, and the link stays") {
    const test::TemporaryDirectory dir;
    fs::create_directory(dir.path() / "far");
    const auto link = dir.path() / "link", target = dir.path() / "far" / "target";
    fs::create_symlink("far/target", link);
    for (const char* text : {"made", "replaced"}) {  // at first it leads nowhere
        REQUIRE(write_output(link, text));
        CHECK(fs::is_symlink(link));
        CHECK(content(target) == text);
    }
    CHECK(names_in(dir.path() / "far") == 1);
}

TEST_CASE("output to a pipe or a device is written into it, and it stays one") {
    const test::TemporaryDirectory dir;
    const auto pipe = dir.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    auto read = std::async(std::launch::async, [&] { return content(pipe); });
    REQUIRE(write_output(pipe, "through"));
    CHECK(read.get() == "through");
    CHECK(fs::is_fifo(pipe));
    CHECK(names_in(dir.path()) == 1);

    fs::create_symlink("/dev/null", dir.path() / "null");
    CHECK(write_output(dir.path() / "null", "gone"));
    CHECK(fs::is_symlink(dir.path() / "null"));
    CHECK(fs::is_character_file("/dev/null"));
    fs::create_symlink("/dev/full", dir.path() / "full");
    CHECK(write_output(dir.path() / "full", "too much").error() == boost::system::errc::no_space_on_device);
    CHECK(fs::is_character_file("/dev/full"));
}

TEST_CASE("output that cannot be written changes nothing and says why") {
    const test::TemporaryDirectory dir;
    CHECK(write_output(dir.path() / "not there" / "x", "x").error() ==
          boost::system::errc::no_such_file_or_directory);
    CHECK(write_output(dir.path(), "x").error() == boost::system::errc::is_a_directory);
    // What lies where the new file would be made is somebody's: only a regular file may go.
    const auto file = dir.path() / "report.html", beside = dir.path() / "report.html.part";
    REQUIRE(write_output(file, "old"));
    fs::create_symlink("elsewhere", beside);
    CHECK(write_output(file, "new").error() == boost::system::errc::file_exists);
    CHECK(content(file) == "old");
    CHECK(fs::is_symlink(beside));
    fs::remove(beside);
    std::ofstream(beside) << "left by a run that was killed";
    REQUIRE(write_output(file, "new"));
    CHECK(content(file) == "new");
    CHECK_FALSE(fs::exists(beside));
}

}  // namespace
}  // namespace hil
