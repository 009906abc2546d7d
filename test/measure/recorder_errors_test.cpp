#include "measure/recorder.hpp"
#include "measure/repair.hpp"

#include "base/random.hpp"
#include "measure/site.hpp"

#include <boost/system/errc.hpp>

using namespace hil;
using namespace hil::measure;
using namespace std::chrono_literals;

namespace {

const WallTime ten = at("2025-10-01T10:00:00");
constexpr auto file = "20251001_lib.csv";
const error_code disk_full = boost::system::errc::make_error_code(boost::system::errc::no_space_on_device);

using Action = MemoryStore::Action;

// A few minutes with stretches, steps and a lost link.
std::vector<Row> story(std::uint64_t seed, int length) {
    Random random(seed);
    std::vector<Row> rows;
    double p = 0, soc = 0.5;
    for (int i = 0; i < length; ++i) {
        if (random.chance(0.1)) p = static_cast<double>(random.below(20)) / 10;
        soc -= p * 0.0001;
        rows.push_back(random.chance(0.05) ? null_row(ten + i * 2s) : row(ten + i * 2s, p, soc));
    }
    return rows;
}

void play(Site& site, const Row& r) {
    if (!r.null) return site.sample(r);
    site.until(r.at);
    site.recorder().gap(0);
}

std::string undisturbed(const std::vector<Row>& rows) {
    Site site(ten);
    REQUIRE(site.start());
    for (const auto& r : rows)
        play(site, r);
    REQUIRE(site.stop());
    return site.file(file);
}

}  // namespace

TEST_CASE("rows that could not be written are kept, reported and written later, in order and once") {
    Site site(ten);
    std::vector<std::string> errors;
    int recovered = 0;
    site.hooks.on_error = [&](std::size_t plant, const std::filesystem::path& path, error_code error) {
        CHECK(plant == 0);
        CHECK(error == disk_full);
        errors.push_back(path.filename().string());
    };
    site.hooks.on_recovered = [&](std::size_t) { ++recovered; };
    REQUIRE(site.start());
    for (int i = 0; i < 4; ++i)
        site.sample(row(ten + i * 2s, i));
    REQUIRE(site.flush());
    std::size_t written = 0;
    site.store->on_action = [&](Action action, const std::filesystem::path&) {
        return action == Action::write_at ? MemoryStore::Verdict{disk_full, written} : MemoryStore::Verdict{};
    };
    for (int i = 4; i < 8; ++i) {
        site.sample(row(ten + i * 2s, i));
        written += 30;  // a torn line stays in the file
        CHECK(site.flush().error() == errc::rows_waiting);
        CHECK(site.recorder().waiting_rows(0) == static_cast<std::size_t>(i - 3));
    }
    CHECK(errors == std::vector<std::string>(4, file));
    site.store->on_action = {};
    site.sample(row(ten + 16s, 8));
    REQUIRE(site.flush());
    CHECK(recovered == 1);
    CHECK(site.recorder().waiting_rows(0) == 0);
    REQUIRE(site.stop());
    CHECK(outline(site.rows(file), ten) == "[-2] 0 2 4 6 8 10 12 14 16 [18]");
}

TEST_CASE("a session that ends while the disk is full says so and its rows are written when it is not") {
    Site site(ten);
    REQUIRE(site.start());
    site.sample(row(ten));
    site.store->on_action = [](Action action, const std::filesystem::path&) {
        return MemoryStore::Verdict{action == Action::write_at ? disk_full : error_code{}, 3};
    };
    CHECK(site.stop().error() == errc::rows_waiting);
    CHECK_FALSE(site.recorder().recording(0));
    // The next session continues what waits, not what the disk shows.
    REQUIRE(site.start());
    site.sample(row(ten + 2s));
    site.store->on_action = {};
    REQUIRE(site.stop());
    CHECK(outline(site.rows(file), ten) == "[-2] 0 2 [4]");
}

TEST_CASE("what waits for a broken disk is bounded: the oldest rows are given up and counted") {
    Site site(ten);
    site.settings.max_waiting_bytes = 700;
    std::size_t dropped = 0;
    site.hooks.on_dropped = [&](std::size_t, std::size_t rows) { dropped += rows; };
    REQUIRE(site.start());
    site.store->on_action = [](Action action, const std::filesystem::path&) {
        return MemoryStore::Verdict{action == Action::write_at ? disk_full : error_code{}, 0};
    };
    for (int i = 0; i < 50; ++i) {
        site.sample(row(ten + i * 2s, i));
        CHECK(site.flush().error() == errc::rows_waiting);
        CHECK(site.recorder().waiting_rows(0) <= 12);
    }
    site.store->on_action = {};
    REQUIRE(site.stop());
    const auto rows = site.rows(file);
    CHECK(dropped > 30);
    CHECK(site.recorder().counters(0).dropped == dropped);
    CHECK(rows.size() == 52 - dropped);
    CHECK(rows.back().null);
    CHECK(outline(rows, ten).ends_with(" 94 96 98 [100]"));
}

TEST_CASE("one plant's bad file costs the other nothing") {
    Site site(ten);
    site.file(file) = "not,a,recording\n1,2,3\n";
    const auto before = site.file(file);
    error_code seen;
    site.hooks.on_error = [&](std::size_t plant, const std::filesystem::path&, error_code error) {
        CHECK(plant == 0);
        seen = error;
    };
    REQUIRE(site.start(0));
    REQUIRE(site.start(1));
    site.sample(row(ten), 0);
    site.sample(row(ten), 1);
    CHECK(site.stop(0).error() == errc::rows_waiting);
    CHECK(seen == errc::not_a_header);
    CHECK(site.stop(1));
    CHECK(site.file(file) == before);
    CHECK(outline(site.rows("20251001_vrfb.csv"), ten) == "[-2] 0 [2]");
}

TEST_CASE("recordings that cannot be listed fail the start") {
    Site site(ten);
    site.store->on_action = [](Action action, const std::filesystem::path&) {
        return MemoryStore::Verdict{action == Action::list ? disk_full : error_code{}, 0};
    };
    CHECK(site.start().error() == disk_full);
    CHECK_FALSE(site.recorder().recording(0));
    site.store->on_action = {};
    CHECK(site.start());
}

TEST_CASE("an error at any step of any write changes nothing of what the file holds in the end") {
    const auto rows = story(1, 60);
    const auto expected = undisturbed(rows);
    int actions = 0;
    for (int failing = 0; failing <= actions; ++failing) {
        CAPTURE(failing);
        Site site(ten);
        actions = 0;
        REQUIRE(site.start());
        site.store->on_action = [&](Action, const std::filesystem::path&) {
            return MemoryStore::Verdict{actions++ == failing ? disk_full : error_code{},
                                        static_cast<std::size_t>(failing) * 7};
        };
        for (std::size_t i = 0; i < rows.size(); ++i) {
            play(site, rows[i]);
            if (i % 5 == 4) (void)site.flush();
        }
        (void)site.stop();
        REQUIRE(site.flush());
        REQUIRE(site.file(file) == expected);
        REQUIRE_FALSE(site.has(std::string(file) + ".pending"));
    }
    CHECK(actions > 30);
}

TEST_CASE("whatever the flushes, the file in the end is the same") {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
        const auto rows = story(seed, 200);
        const auto expected = undisturbed(rows);
        Random random(seed + 1000);
        Site site(ten);
        REQUIRE(site.start());
        for (const auto& r : rows) {
            play(site, r);
            if (random.chance(0.2)) REQUIRE(site.flush());
        }
        REQUIRE(site.stop());
        REQUIRE(site.file(file) == expected);
        const auto kept = site.rows(file);
        for (std::size_t i = 1; i < kept.size(); ++i)
            REQUIRE(kept[i - 1].at < kept[i].at);
        for (const auto& k : kept) {
            if (k.null) continue;
            const auto source =
                std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.at == k.at; });
            REQUIRE(source != rows.end());
            REQUIRE(k[Column::p_setpoint] == (*source)[Column::p_setpoint]);
        }
    }
}

TEST_CASE("after a kill at any byte of any write no row is torn and at most one write period is lost") {
    const auto rows = story(4, 90);
    std::size_t budget = 0;  // bytes that reach the disk before the kill
    for (bool killed = true; killed; budget += 13) {
        CAPTURE(budget);
        Site site(ten);
        REQUIRE(site.start());
        std::size_t written = 0;
        killed = false;
        site.store->on_action = [&](Action action, const std::filesystem::path&) {
            if (killed) return MemoryStore::Verdict{disk_full, 0};
            if (action != Action::write_at && action != Action::overwrite) return MemoryStore::Verdict{};
            written += 100;  // what a write is worth, whatever its length
            if (written <= budget) return MemoryStore::Verdict{};
            killed = true;
            return MemoryStore::Verdict{disk_full, budget + 100 - written};
        };
        WallTime flushed = ten, newest = ten;
        for (std::size_t i = 0; i < rows.size() && !killed; ++i) {
            play(site, rows[i]);
            if (!rows[i].null) newest = rows[i].at;
            if (i % 10 != 9) continue;
            (void)site.flush();
            if (!killed) flushed = newest;
        }
        site.kill();
        site.store->on_action = {};
        const auto report = repair(*site.store, "data", madrid());
        CHECK(report.problems.empty());
        if (!site.has(file)) continue;
        const auto kept = site.rows(file);
        for (std::size_t i = 1; i < kept.size(); ++i)
            REQUIRE(kept[i - 1].at < kept[i].at);
        const auto found = newest_rows(*site.store, "data", "lib", TransportMode::local, madrid());
        REQUIRE(found);
        if (flushed > ten) {
            REQUIRE(found->measured);
            REQUIRE(found->measured->at >= flushed);
        }
        CHECK_FALSE(site.has(std::string(file) + ".pending"));
        // The next run appends correctly.
        REQUIRE(site.start());
        site.sample(row(ten + 1h));
        REQUIRE(site.stop());
        REQUIRE(site.rows(file).size() > kept.size());
    }
    CHECK(budget > 1000);
}

TEST_CASE("a slow disk changes nothing of what the file holds in the end") {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const auto rows = story(seed, 200);
        const auto expected = undisturbed(rows);
        Random random(seed);
        Site site(ten, [&random] { return Duration(random.below(9'000'000'000)); });
        site.settings.write_period = 7s;
        site.settings.timeout = 1min;
        TaskGroup tasks(site.clock);
        bool stopped = false;
        tasks.spawn("start", [&]() -> awaitable<void> {
            (void)co_await site.recorder().start(0, TransportMode::local, site.format);
        });
        site.tasks.spawn("recorder", [&] { return site.recorder().run(site.clock.now()); });
        // The session begins when the directory has been read; until then nothing is recorded.
        while (!site.recorder().recording(0))
            site.clock.run_for(1s);
        for (Row r : rows) {
            r.at += 1min;
            play(site, r);
        }
        tasks.spawn("stop",
                    [&]() -> awaitable<void> { stopped = (co_await site.recorder().stop(0)).has_value(); });
        site.clock.run_for(1min);
        REQUIRE(stopped);
        auto kept = site.rows(file);
        for (auto& r : kept)
            r.at -= 1min;
        REQUIRE(outline(kept, ten) == outline(rows_of(expected), ten));
    }
}

TEST_CASE("a start that a stop overtakes comes to nothing") {
    Site site(ten, [] { return 1s; });
    TaskGroup tasks(site.clock);
    int done = 0;
    tasks.spawn("start", [&]() -> awaitable<void> {
        const auto started = co_await site.recorder().start(0, TransportMode::local, site.format);
        CHECK(started);
        ++done;
    });
    site.clock.run_for(500ms);
    tasks.spawn("stop", [&]() -> awaitable<void> {
        const auto stopped = co_await site.recorder().stop(0);
        CHECK(stopped);
        ++done;
    });
    site.clock.run_for(10s);
    CHECK(done == 2);
    CHECK_FALSE(site.recorder().recording(0));
    CHECK(site.store->files().empty());
}
