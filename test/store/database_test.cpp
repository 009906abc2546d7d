#include "store/database.hpp"
#include "support/catch.hpp"

#include <cmath>
#include <limits>

using namespace hil;
using namespace hil::store;

namespace {

constexpr Migration items[] = {
    {"items", 1,
     "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT, at INTEGER, value REAL, data BLOB);"},
};

std::int64_t count(Database& database) {
    auto& ask = database.prepare("SELECT count(*) FROM items");
    REQUIRE(ask.step());
    const auto n = ask.integer(0);
    CHECK_FALSE(ask.step());
    return n;
}

}  // namespace

TEST_CASE("what is bound is read back, null and empty values included") {
    Database database("", items);
    const std::byte bytes[] = {std::byte{0}, std::byte{255}, std::byte{7}};
    const WallTime at{Duration{1'759'269'600'123'456'789}};
    database.prepare("INSERT INTO items (id, name, at, value, data) VALUES (?, ?, ?, ?, ?)")
        .bind(1, std::int64_t{42})
        .bind(2, "cut here:\0 and on")
        .bind(3, at)
        .bind(4, 0.1 + 0.2)
        .bind_blob(5, bytes)
        .run();
    CHECK(database.last_id() == 42);
    CHECK(database.changes() == 1);
    database.prepare("INSERT INTO items (id, name, at, value, data) VALUES (43, ?, NULL, ?, ?)")
        .bind(1, std::string_view{})
        .bind(2, std::numeric_limits<double>::quiet_NaN())
        .bind_blob(3, {})
        .run();

    auto& rows = database.prepare("SELECT id, name, at, value, data FROM items ORDER BY id");
    REQUIRE(rows.step());
    CHECK(rows.integer(0) == 42);
    CHECK(rows.text(1) == "cut here:");
    CHECK(rows.time(2) == at);
    CHECK(rows.real(3) == 0.1 + 0.2);
    CHECK(std::vector(rows.blob(4).begin(), rows.blob(4).end()) ==
          std::vector<std::byte>(std::begin(bytes), std::end(bytes)));
    REQUIRE(rows.step());
    CHECK_FALSE(rows.null(1));
    CHECK(rows.text(1).empty());
    CHECK(rows.null(2));
    CHECK(rows.null(3));
    CHECK(std::isnan(rows.real(3)));
    CHECK_FALSE(rows.null(4));
    CHECK(rows.blob(4).empty());
    CHECK_FALSE(rows.step());
}

TEST_CASE("a text with a zero in it is kept whole") {
    Database database("", items);
    const std::string name("a\0b", 3);
    database.prepare("INSERT INTO items (name) VALUES (?)").bind(1, name).run();
    auto& row = database.prepare("SELECT name FROM items");
    REQUIRE(row.step());
    CHECK(row.text(0) == name);
}

TEST_CASE("a statement asked for again starts afresh, without what was bound before") {
    Database database("", items);
    for (int i = 0; i < 3; ++i)
        database.prepare("INSERT INTO items (name) VALUES (?)").bind(1, "x").run();
    constexpr std::string_view all = "SELECT id FROM items WHERE name IS NOT ? ORDER BY id";
    auto& first = database.prepare(all).bind(1, "y");
    REQUIRE(first.step());
    auto& again = database.prepare(all);
    CHECK(&first == &again);
    REQUIRE(again.step());
    CHECK(again.integer(0) == 1);
    again.reset();

    database.prepare("INSERT INTO items (name) VALUES (?)").run();
    auto& unnamed = database.prepare("SELECT count(*) FROM items WHERE name IS NULL");
    REQUIRE(unnamed.step());
    CHECK(unnamed.integer(0) == 1);
}

TEST_CASE("a failure says what was being done, and the statement can be used again") {
    Database database("", items);
    auto& insert = database.prepare("INSERT INTO items (id) VALUES (?)");
    insert.bind(1, std::int64_t{1}).run();
    try {
        insert.bind(1, std::int64_t{1}).run();
        FAIL("the same key was taken twice");
    } catch (const DatabaseError& error) {
        CHECK_FALSE(error.transient());
        CHECK_THAT(error.what(), Catch::Matchers::Contains("UNIQUE constraint failed: items.id"));
        CHECK_THAT(error.what(), Catch::Matchers::Contains("INSERT INTO items (id)"));
    }
    insert.bind(1, std::int64_t{2}).run();
    CHECK(count(database) == 2);
    CHECK_THROWS_AS(database.prepare("SELECT nothing FROM nowhere"), DatabaseError);
    CHECK_THROWS_AS(database.prepare("SELECT 1").run(), std::logic_error);
}

TEST_CASE("a transaction happens as a whole or not at all") {
    Database database("", items);
    {
        Database::Transaction transaction(database);
        database.execute("INSERT INTO items (id) VALUES (1); INSERT INTO items (id) VALUES (2);");
        transaction.commit();
    }
    {
        Database::Transaction transaction(database);
        database.execute("INSERT INTO items (id) VALUES (3)");
    }
    CHECK(count(database) == 2);
    try {
        Database::Transaction transaction(database);
        database.execute("INSERT INTO items (id) VALUES (4)");
        database.execute("INSERT INTO items (id) VALUES (1)");
        transaction.commit();
        FAIL("the same key was taken twice");
    } catch (const DatabaseError&) {
    }
    CHECK(count(database) == 2);
    Database::Transaction next(database);  // none was left open
    next.commit();
}

TEST_CASE("foreign keys are enforced") {
    constexpr Migration related[] = {
        {"a", 1,
         "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a INTEGER NOT NULL REFERENCES a (id));"}};
    Database database("", related);
    CHECK_THROWS_AS(database.execute("INSERT INTO b (a) VALUES (7)"), DatabaseError);
}
