#include "store/reserved_file.hpp"

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <algorithm>
#include <fstream>

using namespace hil;
using namespace hil::store;
using hil::test::TemporaryDirectory;

namespace {

// Bytes in memory that break off a write where a test says so.
struct Fake final : ReservedBytes {
    explicit Fake(std::string& given) : bytes(given) {}
    result<std::string> read() override { return bytes; }
    result<void> write(std::size_t offset, std::string_view text) override {
        const auto put = std::min(text.size(), breaks_after);
        bytes.replace(offset, put, text.substr(0, put));
        return put == text.size() ? result<void>{}
                                  : boost::system::errc::make_error_code(boost::system::errc::io_error);
    }
    std::string& bytes;
    std::size_t breaks_after = ReservedFile::size;
};

}  // namespace

TEST_CASE("what was saved last is loaded, whatever was written before", "[reserved]") {
    std::string bytes(ReservedFile::size, '\0');
    ReservedFile file(std::make_unique<Fake>(bytes));
    CHECK(file.load().value() == std::nullopt);
    for (std::uint64_t n = 1; n < 20; ++n) {
        const ReservedText text{n, std::string(n % 3 == 0 ? ReservedFile::longest_text : n, 'a' + n % 26)};
        REQUIRE(file.save(text));
        CHECK(file.load().value() == text);
    }
    REQUIRE(file.save({20, ""}));
    CHECK(file.load().value() == ReservedText{20, ""});
}

TEST_CASE("a write that is torn at any byte leaves the text before it", "[reserved]") {
    const ReservedText before{7, "the one before\nof two lines"}, next{8, "the next one"};
    for (std::size_t byte = 0; byte < 40; ++byte) {
        std::string bytes(ReservedFile::size, '\0');
        auto fake = std::make_unique<Fake>(bytes);
        auto& torn = *fake;
        ReservedFile file(std::move(fake));
        REQUIRE(file.save({6, "AN OLDER ONE THAT IS LONGER THAN THE OTHERS"}));
        REQUIRE(file.save(before));
        torn.breaks_after = byte;
        const bool whole = file.save(next).has_value();
        torn.breaks_after = ReservedFile::size;
        CAPTURE(byte);
        CHECK(file.load().value() == (whole ? next : before));
    }
}

TEST_CASE("a file that holds something and no whole text is an error, not nothing", "[reserved]") {
    std::string bytes(ReservedFile::size, '\0');
    ReservedFile file(std::make_unique<Fake>(bytes));
    REQUIRE(file.save({1, "the only one"}));
    const auto* const spoilt =
        GENERATE("hil1", "hil1 ", "hil1 1", "hil1 1 999999 00000000\n", "hil1 x 1 y\n", "garbage\n");
    std::string slot(spoilt);
    slot.resize(64, '\0');
    bytes.replace(ReservedFile::slot_size, slot.size(), slot);
    CHECK_FALSE(file.load());
}

TEST_CASE("the space is taken when the file is made, and what is there stays", "[reserved]") {
    const TemporaryDirectory directory;
    const auto path = directory / "record";
    {
        auto bytes = open_reserved(path, ReservedFile::size);
        REQUIRE(bytes);
        ReservedFile file(std::move(*bytes));
        CHECK(file.load().value() == std::nullopt);
        REQUIRE(file.save({3, "three"}));
    }
    CHECK(std::filesystem::file_size(path) == ReservedFile::size);
    auto again = open_reserved(path, ReservedFile::size);
    REQUIRE(again);
    CHECK(ReservedFile(std::move(*again)).load().value() == ReservedText{3, "three"});
    // One that was cut off is made whole again.
    std::filesystem::resize_file(path, 10);
    REQUIRE(open_reserved(path, ReservedFile::size));
    CHECK(std::filesystem::file_size(path) == ReservedFile::size);
    CHECK_FALSE(open_reserved(directory / "absent" / "record", ReservedFile::size));
}

TEST_CASE("what is written into a file that is gone is not saved", "[reserved]") {
    const TemporaryDirectory directory;
    const auto path = directory / "record";
    auto bytes = open_reserved(path, ReservedFile::size);
    REQUIRE(bytes);
    ReservedFile file(std::move(*bytes));
    std::filesystem::rename(path, directory / "elsewhere");
    CHECK_FALSE(file.save({1, "one"}));
    std::ofstream(path) << "another";
    CHECK_FALSE(file.save({2, "two"}));
    std::filesystem::rename(directory / "elsewhere", path);
    CHECK(file.save({3, "three"}));
}
