// Where the record of safety is kept: the database, and beside it a file that no full disk refuses.
#include "control/safety_store.hpp"
#include "control/errors.hpp"

#include "base/task_group.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <fmt/format.h>

#include <fstream>
#include <optional>

namespace hil::control {
namespace {

using store::ReservedFile;

SafetyRecord latched(std::string reason) {
    SafetyRecord record;
    record.estop = EmergencyLatch{std::move(reason), "anna", WallTime(Duration(1'759'269'600'123'456'789))};
    return record;
}

// One life of a service over a directory.
struct Life {
    explicit Life(const std::filesystem::path& directory, bool with_file = true)
        : database(std::make_shared<store::Database>(directory / "site.sqlite", safety_migrations())) {
        SafetyPlaces places{database, nullptr, [this] { return in_place; }};
        if (with_file) {
            auto bytes = store::open_reserved(directory / "safety.record", ReservedFile::size);
            REQUIRE(bytes);
            places.file = std::make_shared<ReservedFile>(std::move(*bytes));
        }
        kept = make_safety_store(*worker, std::move(places));
    }
    result<SafetyRecord> load() {
        return run<SafetyRecord>([this] { return kept->load(); });
    }
    bool save(const SafetyRecord& record) {
        return run<void>([this, record] { return kept->save(record); }).has_value();
    }
    template <class T>
    result<T> run(std::function<awaitable<result<T>>()> call) {
        std::optional<result<T>> out;
        TaskGroup tasks(clock);
        tasks.spawn("call", [&]() -> awaitable<void> { out.emplace(co_await call()); });
        clock.settle();
        REQUIRE(out);
        return *out;
    }
    // Everything can be read, nothing written.
    void fill_disk() const { database->execute("PRAGMA query_only = 1"); }

    asio::io_context context{1};
    VirtualClock clock{context, std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}};
    std::unique_ptr<BlockingExecutor> worker = make_inline_executor(clock);
    std::shared_ptr<store::Database> database;
    std::unique_ptr<SafetyStore> kept;
    bool in_place = true;
};

}  // namespace

TEST_CASE("a latch on a full disk survives a death before there is room, and so does its reset",
          "[reserve]") {
    const test::TemporaryDirectory directory;
    {
        Life life(directory.path());
        REQUIRE(life.load());
        CHECK(life.save({}));
        life.fill_disk();
        CHECK(life.save(latched("smoke")));
    }
    {
        Life life(directory.path());
        REQUIRE(life.load());
        REQUIRE(life.load()->estop);
        CHECK(life.load()->estop->reason == "smoke");
        CHECK(life.load()->estop->since == latched("").estop->since);
        // There is room again: the database, too, knows from now on.
        CHECK(life.save(latched("still smoke")));
        life.fill_disk();
        CHECK(life.save({}));
    }
    Life life(directory.path());
    REQUIRE(life.load());
    CHECK_FALSE(life.load()->estop);
}

TEST_CASE("without a file, or with one that is gone, the database has to take it", "[reserve]") {
    const test::TemporaryDirectory directory;
    {
        Life life(directory.path(), false);
        REQUIRE(life.load());
        CHECK(life.save(latched("smoke")));
        life.fill_disk();
        CHECK_FALSE(life.save({}));
    }
    Life life(directory.path());  // the first start of a newer program
    REQUIRE(life.load()->estop);
    std::filesystem::remove(directory / "safety.record");
    CHECK(life.save({}));
    life.fill_disk();
    CHECK_FALSE(life.save(latched("smoke")));
}

TEST_CASE("what is written where nobody will look for it is not saved", "[reserve]") {
    const test::TemporaryDirectory directory;
    Life life(directory.path());
    REQUIRE(life.load());
    life.in_place = false;
    CHECK_FALSE(life.save(latched("smoke")));
}

TEST_CASE("a damaged place is made up for by the other, unless it may have known more", "[reserve]") {
    const test::TemporaryDirectory directory;
    {
        Life life(directory.path());
        REQUIRE(life.load());
        CHECK(life.save(latched("smoke")));
    }
    SECTION("the database was begun anew") {
        std::ofstream(directory / "site.sqlite") << std::string(5000, '#');
        Life life(directory.path());
        REQUIRE(life.load());
        CHECK(life.load()->estop->reason == "smoke");
    }
    SECTION("the file is garbage") {
        std::ofstream(directory / "safety.record") << std::string(ReservedFile::size, '#');
        CHECK(Life(directory.path()).load().error() == errc::record_lost);
    }
    SECTION("the text in it is none of ours") {
        auto bytes = store::open_reserved(directory / "safety.record", ReservedFile::size);
        REQUIRE(ReservedFile(std::move(*bytes)).save({99, "{}"}));
        CHECK(Life(directory.path()).load().error() == errc::record_lost);
    }
    SECTION("neither is left") {
        std::ofstream(directory / "site.sqlite") << std::string(5000, '#');
        std::filesystem::remove(directory / "safety.record");
        CHECK(Life(directory.path()).load().error() == errc::record_lost);
    }
}

TEST_CASE("the record as a text is read back, and cut where it is too long", "[reserve]") {
    auto record = latched("smoke \"everywhere\"\n\u00e9");
    const WallTime since{Duration{5}};
    record.trips.push_back({"lib", Trip{Condition::soc_low, "0.01 is below 0.05", since}});
    record.trips.push_back({"vrfb", Trip{Condition::link_lost, std::string(200, 'x'), since}});
    const auto whole = to_text(record, 4000);
    CHECK(whole.whole);
    const auto back = parse_safety_text(whole.text);
    REQUIRE(back);
    CHECK(back->estop->reason == record.estop->reason);
    CHECK(back->estop->actor == "anna");
    REQUIRE(back->trips.size() == 2);
    CHECK(back->trips[0].plant == "lib");
    CHECK(back->trips[0].trip.condition == Condition::soc_low);
    CHECK(back->trips[0].trip.since == since);
    CHECK(back->trips[1].trip.reason.size() == 200);

    const auto cut = to_text(record, whole.text.size() - 1);
    CHECK(cut.whole);
    CHECK(parse_safety_text(cut.text)->trips[1].trip.reason.size() == 80);
    const auto less = to_text(record, cut.text.size() - 1);
    CHECK_FALSE(less.whole);
    CHECK(parse_safety_text(less.text)->trips.size() == 1);
    // The worst reason there can be fits the place it is made for.
    const auto long_one = to_text(latched(std::string(100'000, '\x01')), ReservedFile::longest_text);
    CHECK(long_one.text.size() <= ReservedFile::longest_text);
    CHECK(parse_safety_text(long_one.text)->estop);
    CHECK_FALSE(parse_safety_text(to_text({}, 100).text)->estop);

    const auto* const none = GENERATE("", "[]", "{}", R"({"estop":null})", R"({"estop":1,"trips":[]})",
                                      R"({"estop":{"reason":"x","actor":"y"},"trips":[]})",
                                      R"({"estop":null,"trips":[1]})", R"({"estop":null,"trips":[{}]})");
    CHECK_FALSE(parse_safety_text(none));
    const auto newer = parse_safety_text(
        R"({"estop":null,"trips":[{"plant":"lib","condition":"of_next_year","reason":"r","since":1}]})");
    REQUIRE(newer);
    CHECK(newer->trips.size() == 1);
}

}  // namespace hil::control
