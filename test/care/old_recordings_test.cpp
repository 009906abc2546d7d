// Daily files that have grown old.
#include "care/old_recordings.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <fstream>
#include <iterator>

using namespace hil;
using namespace hil::care;
namespace fs = std::filesystem;
using Names = std::vector<std::string>;

namespace {

constexpr std::chrono::year_month_day today{std::chrono::year(2026), std::chrono::month(6),
                                            std::chrono::day(30)};

void write(const fs::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
}

}  // namespace

TEST_CASE("Old recordings are compressed, older ones removed; nothing else is touched") {
    const Names names{"20260630_lib.csv",
                      "20260629_lib.csv",
                      "20260620_lib.csv",
                      "20260501_lib.csv",
                      "20260501_lib.remote.csv",
                      "20260502_lib.csv",
                      "20260502_lib.csv.pending",
                      "20260101_lib.csv",
                      "20260102_lib.csv.gz",
                      "20260503_vrfb.csv.gz",
                      "hil.sqlite",
                      "notes.csv",
                      "20261301_lib.csv",
                      "2026050x_lib.csv",
                      "20260501-lib.csv"};
    const auto old = old_recordings(names, today, {.compress_days = 30, .days = 100});
    CHECK(old.compress == Names{"20260501_lib.csv", "20260501_lib.remote.csv"});
    CHECK(old.remove == Names{"20260101_lib.csv", "20260102_lib.csv.gz"});
    const auto never = old_recordings(names, today, {});
    CHECK(never.compress.empty());
    CHECK(never.remove.empty());
    // The file that may still be written is left alone, whatever is configured.
    const auto eager = old_recordings({"20260630_lib.csv", "20260629_lib.csv", "20260628_lib.csv"}, today,
                                      {.compress_days = 1, .days = 0});
    CHECK(eager.compress == Names{"20260628_lib.csv"});
}

TEST_CASE("A recording is compressed whole, and stays where it cannot be") {
    const test::TemporaryDirectory directory;
    std::string text;
    for (int i = 0; i < 50'000; ++i)
        text += "2026-05-01T00:00:00+02:00," + std::to_string(i) + ".5\n";
    write(directory / "20260501_lib.csv", text);
    write(directory / "20260101_lib.csv", "old");
    write(directory / "20260629_lib.csv", "new");
    CHECK(tend_recordings(directory.path(), today, {.compress_days = 30, .days = 100}).empty());
    CHECK_FALSE(fs::exists(directory / "20260501_lib.csv"));
    CHECK_FALSE(fs::exists(directory / "20260101_lib.csv"));
    CHECK(fs::exists(directory / "20260629_lib.csv"));
    CHECK(fs::file_size(directory / "20260501_lib.csv.gz") < text.size() / 4);
    CHECK(std::distance(fs::directory_iterator(directory.path()), {}) == 2);
    // A directory stands where the compressed file would.
    write(directory / "20260502_lib.csv", text);
    fs::create_directories(directory / "20260502_lib.csv.gz.partial");
    CHECK(tend_recordings(directory.path(), today, {.compress_days = 30, .days = 0}).size() == 1);
    CHECK(fs::file_size(directory / "20260502_lib.csv") == text.size());
}
