#include "measure/history_sqlite.hpp"
#include "measure/errors.hpp"
#include "measure/history_story.hpp"
#include "measure/site.hpp"
#include "support/temporary_directory.hpp"

#include <set>

using namespace hil;
using namespace hil::measure;

namespace {

constexpr auto local = config::TransportMode::local;
const WallTime ten = at("2025-10-01T10:00:00");
constexpr Range ever{WallTime{}, WallTime{Duration(200 * 8766h)}};

struct Keeper {
    explicit Keeper(const std::filesystem::path& file = {}, Duration delay = 0s)
        : clock(context, ten),
          blocking(make_inline_executor(clock, [delay] { return delay; })),
          database(std::make_shared<store::Database>(file, history_migrations())),
          connection{*blocking, std::make_shared<HistoryTables>(database)} {
        hooks.on_error = [this](SqliteHistory::Work work, const std::string& text) {
            errors.push_back(text);
            failing.insert(work);
        };
        hooks.on_recovered = [this](SqliteHistory::Work work) {
            ++recovered;
            failing.erase(work);
        };
        hooks.on_dropped = [this](std::size_t plant, std::size_t rows) {
            CHECK(plant == 1);
            dropped += rows;
        };
    }

    SqliteHistory& history() {
        if (!history_)
            history_.emplace(clock, connection, connection, std::vector<std::string>{"lib", "vrfb"}, settings,
                             hooks);
        return *history_;
    }
    template <class Make>
    auto await(Make make, Duration within = 0s) {
        using Value = typename decltype(make())::value_type;
        std::optional<Value> value;
        TaskGroup once(clock);
        once.spawn("test", [&]() -> awaitable<void> { value.emplace(co_await make()); });
        clock.run_for(within);
        REQUIRE(value);
        return std::move(*value);
    }
    result<void> flush(Duration within = 0s) {
        return await([&] { return history().flush(); }, within);
    }
    std::vector<Row> stored(std::size_t plant) {
        return await([&] { return history().rows(plant, local, ever, {}); }).value().rows;
    }

    asio::io_context context{1};
    VirtualClock clock;
    std::unique_ptr<BlockingExecutor> blocking;
    std::shared_ptr<store::Database> database;
    SqliteHistory::Connection connection;
    SqliteHistory::Settings settings;
    SqliteHistory::Hooks hooks;
    std::vector<std::string> errors;
    int recovered = 0;
    std::set<SqliteHistory::Work> failing;
    std::size_t dropped = 0;

  private:
    std::optional<SqliteHistory> history_;
};

}  // namespace

TEST_CASE("what is appended can be asked for once it is flushed") {
    Keeper keeper;
    const auto rows = history_story(1, 1000, ten);
    for (std::size_t i = 0; i < rows.size(); i += 50)
        keeper.history().append(1, local,
                                {rows.begin() + static_cast<std::ptrdiff_t>(i),
                                 rows.begin() + static_cast<std::ptrdiff_t>(i + 50)});
    keeper.history().append(0, local, {});
    CHECK(keeper.history().waiting_rows() == 1000);
    REQUIRE(keeper.flush());
    CHECK(keeper.history().waiting_rows() == 0);
    CHECK(same(keeper.stored(1), rows));
    CHECK(keeper.stored(0).empty());
    const auto extent = keeper.await([&] { return keeper.history().extent(1, local); }).value();
    REQUIRE(extent);
    CHECK(extent->to == rows.back().at);
    CHECK(keeper.await([&] { return keeper.history().buckets(1, local, ever, Resolution::quarter); })
              .value()
              .size() > 10);
    CHECK_FALSE(keeper.await([&] { return keeper.history().buckets(1, local, ever, Resolution::rows); }));
    CHECK(keeper.await([&] { return keeper.history().rows(1, local, ever, 100); }).value().rows.size() <=
          100);
    CHECK_FALSE(
        keeper.await([&] { return keeper.history().availability(1, local, ever, 1h); }).value().empty());
    CHECK(keeper.errors.empty());
}

TEST_CASE("what cannot be stored waits, is said once a try, and is stored when it can be") {
    const test::TemporaryDirectory directory;
    Keeper keeper(directory / "hil.sqlite");
    const auto rows = history_story(2, 20000, ten);
    keeper.database->execute("PRAGMA max_page_count = 40");
    keeper.history().append(1, local, rows);
    CHECK(keeper.flush().error() == errc::rows_waiting);
    CHECK(keeper.history().waiting_rows() == rows.size());
    CHECK(keeper.errors.size() == 1);
    keeper.clock.run_for(10s);  // after 1, 3 and 7 seconds
    CHECK(keeper.errors.size() == 4);
    CHECK(keeper.recovered == 0);
    keeper.database->execute("PRAGMA max_page_count = 1000000");
    keeper.clock.run_for(10s);
    CHECK(keeper.recovered == 1);
    CHECK(keeper.history().waiting_rows() == 0);
    CHECK(same(keeper.stored(1), rows));
    CHECK(keeper.flush());
}

TEST_CASE("no more than the bound waits: the newest are left to the next import and counted") {
    const test::TemporaryDirectory directory;
    Keeper keeper(directory / "hil.sqlite");
    keeper.settings.max_waiting_rows = 1000;
    keeper.database->execute("PRAGMA max_page_count = 1");
    const auto rows = history_story(3, 3000, ten);
    for (std::size_t i = 0; i < rows.size(); i += 100) {
        keeper.history().append(1, local,
                                {rows.begin() + static_cast<std::ptrdiff_t>(i),
                                 rows.begin() + static_cast<std::ptrdiff_t>(i + 100)});
        keeper.clock.run_for(1s);
        CHECK(keeper.history().waiting_rows() <= 1000);
    }
    CHECK(keeper.dropped == 2000);
    CHECK(keeper.history().dropped_rows() == 2000);
    keeper.database->execute("PRAGMA max_page_count = 1000000");
    keeper.clock.run_for(2min);
    CHECK(same(keeper.stored(1), std::vector(rows.begin(), rows.begin() + 1000)));
}

TEST_CASE("rows that come while others are being stored follow them") {
    Keeper keeper({}, 1s);
    const auto rows = history_story(4, 300, ten);
    for (std::size_t i = 0; i < rows.size(); i += 100) {
        keeper.history().append(0, local,
                                {rows.begin() + static_cast<std::ptrdiff_t>(i),
                                 rows.begin() + static_cast<std::ptrdiff_t>(i + 100)});
        keeper.clock.run_for(300ms);
    }
    REQUIRE(keeper.flush(5s));
    std::vector<Row> stored;
    TaskGroup once(keeper.clock);
    once.spawn("test", [&]() -> awaitable<void> {
        stored = (co_await keeper.history().rows(0, local, ever, {})).value().rows;
    });
    keeper.clock.run_for(2s);
    CHECK(same(stored, rows));
}

TEST_CASE("a damaged hour does not keep what follows from being stored, and is told once") {
    Keeper keeper;
    std::vector<std::string> lost;
    keeper.hooks.on_lost = [&](const std::string& sentence) { lost.push_back(sentence); };
    keeper.history().append(0, local, {row(ten, 1)});
    REQUIRE(keeper.flush());
    keeper.database->execute("UPDATE history_rows SET data = x'0102'");
    keeper.history().append(0, local, {row(ten + 2s, 2)});
    keeper.history().append(1, local, {row(ten, 3)});
    REQUIRE(keeper.flush());
    keeper.history().append(0, local, {row(ten + 4s, 4)});
    REQUIRE(keeper.flush());
    CHECK(lost.size() == 1);
    CHECK(keeper.errors.empty());
    CHECK(outline(keeper.stored(0), ten) == "2 4");
    CHECK(outline(keeper.stored(1), ten) == "0");
}

TEST_CASE("a question that the database cannot answer is an error that is told") {
    Keeper keeper;
    keeper.history().append(0, local, history_story(5, 10, ten));
    REQUIRE(keeper.flush());
    keeper.database->execute("UPDATE history_rows SET data = x'00'");
    CHECK(keeper.await([&] { return keeper.history().rows(0, local, ever, {}); }).error() ==
          errc::no_history);
    REQUIRE(keeper.errors.size() == 1);
    CHECK_THAT(keeper.errors[0], Catch::Matchers::Contains("damaged"));
}

TEST_CASE("old history is removed in batches") {
    Keeper keeper;
    std::vector<Row> rows;
    for (int hour = 0; hour < 1000; ++hour)
        rows.push_back(row(ten + hour * 1h, hour));
    keeper.history().append(0, local, rows);
    REQUIRE(keeper.flush());
    CHECK(keeper.await([&] { return keeper.history().prune(ten + 900h); }));
    CHECK(keeper.stored(0).size() == 100);
}

TEST_CASE("history has what the recording has, row by row, whatever the flushes and failures") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        INFO("seed " << seed);
        Site site(ten);
        Random random(seed);
        std::vector<Row> told;
        site.hooks.on_written = [&](std::size_t plant, TransportMode transport, std::vector<Row> rows) {
            CHECK(plant == 0);
            CHECK(transport == TransportMode::local);
            // A measured row takes the place of the null row of its time, here as there.
            for (const auto& row : rows) {
                if (!told.empty() && told.back().null && told.back().at == row.at) told.pop_back();
                told.push_back(row);
            }
        };
        site.store->on_action = [&](MemoryStore::Action, const std::filesystem::path&) {
            return random.chance(0.1) ? MemoryStore::Verdict{boost::system::errc::make_error_code(
                                                                 boost::system::errc::io_error),
                                                             7}
                                      : MemoryStore::Verdict{};
        };
        while (!site.start()) {
        }
        for (int i = 0; i < 500; ++i) {
            // Values with the noise of binary fractions, as the codec gives them.
            site.sample(row(ten + i * 2s, 0.1 * static_cast<double>(random.below(40)), 0.0001 * (5000 - i)));
            if (random.chance(0.02)) site.recorder().gap(0);
            if (random.chance(0.1)) (void)site.flush();
        }
        site.store->on_action = {};
        REQUIRE(site.stop());
        CHECK(same(told, site.rows("20251001_lib.csv")));
    }
}

TEST_CASE("a question that failed is over with the next one that is answered, whatever becomes of storing") {
    Keeper keeper;
    keeper.history().append(1, local, history_story(1, 100, ten));
    REQUIRE(keeper.flush());
    const auto ask = [&] {
        return keeper.await([&] { return keeper.history().availability(1, local, ever, 1h); });
    };
    REQUIRE(ask());
    keeper.database->execute("ALTER TABLE history_hours RENAME TO away");
    CHECK_FALSE(ask());
    CHECK(keeper.failing == std::set{SqliteHistory::Work::reading});
    CHECK(keeper.history().failing(SqliteHistory::Work::reading));
    CHECK_FALSE(keeper.history().failing(SqliteHistory::Work::storing));
    CHECK_FALSE(keeper.await([&] { return keeper.history().prune(ten); }));
    CHECK(keeper.failing == std::set{SqliteHistory::Work::reading, SqliteHistory::Work::removing});
    keeper.database->execute("ALTER TABLE away RENAME TO history_hours");
    CHECK(ask());
    CHECK(keeper.failing == std::set{SqliteHistory::Work::removing});
    CHECK(keeper.await([&] { return keeper.history().prune(ten); }));
    CHECK(keeper.failing.empty());
    CHECK(keeper.recovered == 2);
}
