#include "store/database.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace hil::store;
using hil::test::TemporaryDirectory;
namespace fs = std::filesystem;

namespace {

constexpr Migration items[] = {{"items", 1, "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT);"}};

void fill(Database& database, int rows) {
    Database::Transaction transaction(database);
    auto& insert = database.prepare("INSERT INTO items (name) VALUES (?)");
    for (int i = 0; i < rows; ++i)
        insert.bind(1, std::string(1000, 'x')).run();
    transaction.commit();
}

std::int64_t count(Database& database) {
    auto& ask = database.prepare("SELECT count(length(name)) FROM items");
    std::int64_t n = -1;
    if (ask.step()) n = ask.integer(0);
    ask.reset();
    return n;
}

std::string content(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

void overwrite(const fs::path& file, std::streamoff at, const std::string& with) {
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(at);
    stream << with;
}

}  // namespace

TEST_CASE("a file that is no database is set aside whole, said so, and begun anew") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    const std::string garbage(5000, '#');
    for (const auto* expected : {"site.sqlite.damaged-1", "site.sqlite.damaged-2"}) {
        std::ofstream(file) << garbage;
        Database database(file, items);
        CHECK(database.damaged_copy() == directory / expected);
        CHECK(content(database.damaged_copy()) == garbage);
        CHECK(count(database) == 0);
        fill(database, 3);
    }
    Database database(file, items);
    CHECK(database.damaged_copy().empty());
    CHECK(count(database) == 3);
}

TEST_CASE("a sound file is not set aside") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    {
        Database database(file, items);
        fill(database, 3);
    }
    Database database(file, items);
    CHECK(database.damaged_copy().empty());
    CHECK(count(database) == 3);
}

TEST_CASE("a file whose table of contents is damaged is set aside") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    {
        Database database(file, items);
        fill(database, 100);
    }
    overwrite(file, 100, std::string(400, '\xff'));
    Database database(file, items);
    CHECK(database.damaged_copy() == directory / "site.sqlite.damaged-1");
    CHECK(count(database) == 0);
}

TEST_CASE("damage met while running is an error there and sets the file aside at the next start") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    {
        Database database(file, items);
        fill(database, 200);
    }
    const auto size = static_cast<std::streamoff>(fs::file_size(file));
    overwrite(file, size / 2 / 4096 * 4096, std::string(3 * 4096, '\xff'));
    {
        Database database(file, items);
        CHECK(database.damaged_copy().empty());
        try {
            count(database);
            FAIL("pages of nonsense were read as rows");
        } catch (const DatabaseError& error) {
            CHECK_FALSE(error.transient());
            CHECK_THAT(error.what(), Catch::Matchers::Contains("malformed"));
        }
    }
    CHECK(fs::exists(directory / "site.sqlite.damage-seen"));
    {
        Database database(file, items);
        CHECK(database.damaged_copy() == directory / "site.sqlite.damaged-1");
        fill(database, 1);
    }
    CHECK_FALSE(fs::exists(directory / "site.sqlite.damage-seen"));
    Database database(file, items);
    CHECK(database.damaged_copy().empty());
    CHECK(count(database) == 1);
}

TEST_CASE("a mark of damage beside a file that is sound again is taken away") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    {
        Database database(file, items);
        fill(database, 5);
    }
    std::ofstream(directory / "site.sqlite.damage-seen") << "";
    Database database(file, items);
    CHECK(database.damaged_copy().empty());
    CHECK(count(database) == 5);
    CHECK_FALSE(fs::exists(directory / "site.sqlite.damage-seen"));
}

TEST_CASE("a full disk is a passing failure: nothing of the transaction stays, later ones go on") {
    const TemporaryDirectory directory;
    Database database(directory / "site.sqlite", items);
    fill(database, 10);
    database.execute("PRAGMA max_page_count = 20");
    try {
        fill(database, 1000);
        FAIL("more was stored than there is room for");
    } catch (const DatabaseError& error) {
        CHECK(error.transient());
    }
    CHECK(count(database) == 10);
    database.execute("PRAGMA max_page_count = 1000000");
    fill(database, 1000);
    CHECK(count(database) == 1010);
}

TEST_CASE("a file that cannot be opened is an error that names it") {
    const TemporaryDirectory directory;
    const auto file = directory / "missing/site.sqlite";
    try {
        const Database database(file, items);
        FAIL("a file in a directory that does not exist was opened");
    } catch (const DatabaseError& error) {
        CHECK_THAT(error.what(), Catch::Matchers::Contains(file.string()));
    }
    CHECK_THROWS_AS(Database(directory / "site.sqlite", Database::ReadOnly{}), DatabaseError);
    CHECK_FALSE(fs::exists(directory / "site.sqlite"));
}

TEST_CASE("a reading connection sees what is committed, while another writes, and cannot write") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    Database writer(file, items);
    fill(writer, 10);
    Database reader(file, Database::ReadOnly{});
    CHECK(count(reader) == 10);
    {
        Database::Transaction transaction(writer);
        writer.execute("DELETE FROM items");
        CHECK(count(reader) == 10);
        transaction.commit();
    }
    CHECK(count(reader) == 0);
    CHECK_THROWS_AS(fill(reader, 1), DatabaseError);
}
