#include "store/database.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <vector>

using namespace hil::store;
using hil::test::TemporaryDirectory;

namespace {

constexpr Migration first{"things", 1,
                          "CREATE TABLE things (id INTEGER PRIMARY KEY); INSERT INTO things VALUES (1);"};
constexpr Migration second{"things", 2,
                           "ALTER TABLE things ADD COLUMN name TEXT; INSERT INTO things VALUES (2, 'b');"};
constexpr Migration other{"others", 1, "CREATE TABLE others (id INTEGER PRIMARY KEY);"};

std::int64_t things(Database& database) {
    auto& ask = database.prepare("SELECT count(*) FROM things");
    REQUIRE(ask.step());
    const auto n = ask.integer(0);
    ask.reset();
    return n;
}

}  // namespace

TEST_CASE("each migration is applied once, in the order of its number") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    {
        Database database(file, std::vector{first});
        CHECK(things(database) == 1);
        CHECK(database.damaged_copy().empty());
    }
    {
        Database database(file, std::vector{second, other, first});
        CHECK(things(database) == 2);
        database.execute("INSERT INTO others VALUES (1)");
    }
    Database database(file, std::vector{first, second, other});
    CHECK(things(database) == 2);
}

TEST_CASE("what belongs to owners not asked about is left alone") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    {
        const Database database(file, std::vector{first, second});
    }
    Database database(file, std::vector{other});
    CHECK(things(database) == 2);
}

TEST_CASE("a migration that fails leaves nothing behind and is tried again the next time") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    constexpr Migration broken{"things", 2,
                               "ALTER TABLE things ADD COLUMN name TEXT; INSERT INTO nowhere VALUES (1);"};
    CHECK_THROWS_AS(Database(file, std::vector{first, broken}), DatabaseError);
    Database database(file, std::vector{first, second});
    CHECK(things(database) == 2);
    CHECK(database.damaged_copy().empty());
}

TEST_CASE("a file of a newer program is refused by name and left as it is") {
    const TemporaryDirectory directory;
    const auto file = directory / "site.sqlite";
    {
        const Database database(file, std::vector{first, second});
    }
    try {
        const Database database(file, std::vector{other, first});
        FAIL("an older program took over the tables of a newer one");
    } catch (const DatabaseError& error) {
        CHECK_FALSE(error.transient());
        CHECK_THAT(error.what(), Catch::Matchers::Contains("site.sqlite"));
        CHECK_THAT(error.what(),
                   Catch::Matchers::Contains("\"things\" are of version 2, this program knows 1"));
    }
    Database database(file, std::vector{first, second});
    CHECK(things(database) == 2);
    CHECK(database.damaged_copy().empty());
}

TEST_CASE("migrations that are not numbered one by one are a programming error") {
    CHECK_THROWS_AS(Database("", std::vector{second}), std::logic_error);
    CHECK_THROWS_AS(Database("", std::vector{first, first}), std::logic_error);
}
