#include "measure/recorder.hpp"

#include "measure/pending_file.hpp"
#include "measure/site.hpp"

#include <boost/system/errc.hpp>

using namespace hil;
using namespace hil::measure;
using namespace std::chrono_literals;

namespace {

const WallTime ten = at("2025-10-01T10:00:00");
constexpr auto file = "20251001_lib.csv";

// The numbers, from 1, of the rows that a recorder keeps when it is flushed after every `flush_every` rows.
std::vector<int> recorded(Duration step, const std::vector<double>& socs, Duration max_kept_gap,
                          std::size_t flush_every) {
    Site site(ten);
    site.settings.period = step;
    site.settings.compression.max_kept_gap = max_kept_gap;
    site.format.decimals[index(Column::soc)] = 5;
    REQUIRE(site.start());
    for (std::size_t i = 0; i < socs.size(); ++i) {
        site.sample(row(ten + static_cast<int>(i) * step, 0, socs[i]));
        if (flush_every > 0 && (i + 1) % flush_every == 0) REQUIRE(site.flush());
    }
    REQUIRE(site.stop());
    std::vector<int> numbers;
    for (const auto& r : site.rows(file))
        if (!r.null) numbers.push_back(static_cast<int>((r.at - ten) / step) + 1);
    return numbers;
}

}  // namespace

TEST_CASE("the file holds exactly the rows of the compression rule, however often it is flushed [AC-54]",
          "[AC-54]") {
    std::vector<double> drift;
    for (int i = 0; i < 8; ++i)
        drift.push_back(0.5 + 0.0004 * i);
    for (std::size_t flush_every = 0; flush_every < 9; ++flush_every) {
        CAPTURE(flush_every);
        CHECK(recorded(2s, {.5, .50005, .50008, .50009}, 360s, flush_every) == std::vector{1, 4});
        CHECK(recorded(100ms, {.5, .5, .5, .5, .5, .5}, 250ms, flush_every) == std::vector{1, 4, 5, 6});
        CHECK(recorded(2s, drift, 360s, flush_every) == std::vector{1, 4, 5, 8});
    }
}

TEST_CASE("without compression six equal samples are six rows between two null rows [AC-55]", "[AC-55]") {
    Site site(ten);
    site.settings.compression.enabled = false;
    REQUIRE(site.start());
    for (int i = 0; i < 6; ++i)
        site.sample(row(ten + i * 2s));
    REQUIRE(site.stop());
    CHECK(outline(site.rows(file), ten) == "[-2] 0 2 4 6 8 10 [12]");
    CHECK(site.recorder().counters(0).kept == 6);
    CHECK(site.recorder().counters(0).null == 2);
    CHECK(site.recorder().counters(0).merged == 0);
}

TEST_CASE("a session without a sample closes what the one before left open [AC-56]", "[AC-56]") {
    Site site(ten);
    site.file(file) =
        std::string(csv_header()) + "2025-10-01T09:00:00+02:00,1.0,1.0,0.0,0.0,0.5,1.0,0.0,20.0\n";
    const auto before = site.file(file);
    REQUIRE(site.start());
    CHECK(site.file(file) == before + "2025-10-01T09:00:02+02:00,,,,,,,,\n");
    REQUIRE(site.stop());
    CHECK(outline(site.rows(file), ten) == "-3600 [-3598]");
}

TEST_CASE("a second session marks the hole before its first sample, and not twice where there is none") {
    Site site(ten);
    REQUIRE(site.start());
    site.sample(row(ten));
    REQUIRE(site.stop());
    REQUIRE(site.start());
    site.sample(row(ten + 10s));
    REQUIRE(site.stop());
    CHECK(outline(site.rows(file), ten) == "[-2] 0 [2] [8] 10 [12]");
    REQUIRE(site.start());
    site.sample(row(ten + 14s));  // the closing null row stands where the leading one would
    REQUIRE(site.stop());
    CHECK(outline(site.rows(file), ten) == "[-2] 0 [2] [8] 10 [12] 14 [16]");
}

TEST_CASE("a run that begins at the closing null row of the one before follows on without a hole") {
    Site site(ten);
    REQUIRE(site.start());
    site.sample(row(ten));
    REQUIRE(site.stop());
    REQUIRE(site.start());
    site.sample(row(ten + 2s));
    REQUIRE(site.stop());
    CHECK(outline(site.rows(file), ten) == "[-2] 0 2 [4]");
}

TEST_CASE("no two rows have one time, wherever the null row waits that a measured one takes the place of") {
    Site site(ten);
    const int disk = GENERATE(0, 1, 2, 3);  // fails never, at the first closing, at the second, at both
    bool fails = false;
    site.store->on_action = [&](MemoryStore::Action action, const auto&) {
        MemoryStore::Verdict verdict;
        if (fails && action == MemoryStore::Action::write_at)
            verdict = {boost::system::errc::make_error_code(boost::system::errc::no_space_on_device), 7};
        return verdict;
    };
    CAPTURE(disk);
    REQUIRE(site.start());
    site.sample(row(ten));
    REQUIRE(site.flush());
    fails = disk == 1 || disk == 3;
    CHECK(site.stop().has_value() == !fails);
    CHECK(site.start());
    site.sample(row(ten + 2s, 5));
    site.sample(row(ten + 4s, 9));
    fails = disk == 2 || disk == 3;
    CHECK(site.stop().has_value() == !fails);
    fails = false;
    REQUIRE(site.flush());
    CHECK(outline(site.rows(file), ten) == "[-2] 0 2 4 [6]");
    CHECK(site.recorder().waiting_rows(0) == 0);
    CHECK(site.recorder().counters(0).dropped == 0);
}

TEST_CASE("a row that is not after the newest measured one is refused: no file goes back in time") {
    Site site(ten);
    REQUIRE(site.start());
    site.sample(row(ten));
    site.sample(row(ten + 2s, 7));
    REQUIRE(site.stop());
    const auto before = site.file(file);
    REQUIRE(site.start());
    site.sample(row(ten));
    site.sample(row(ten + 2s, 8));
    CHECK(site.recorder().counters(0).refused == 2);
    REQUIRE(site.stop());
    CHECK(site.file(file) == before);
}

TEST_CASE("while rows are refused it is known until when, and no longer with the next one that is kept") {
    Site site(ten);
    std::vector<std::pair<RowKind, std::optional<WallTime>>> heard;
    site.hooks.on_row = [&](std::size_t plant, RowKind kind) {
        heard.emplace_back(kind, site.recorder().refusing_until(plant));
    };
    REQUIRE(site.start());
    site.sample(row(ten + 10s));
    CHECK_FALSE(site.recorder().refusing_until(0));
    heard.clear();
    site.sample(row(ten + 4s));  // the clock was set back
    site.sample(row(ten + 10s));
    site.sample(row(ten + 12s, 5));
    const auto until = std::optional(ten + 10s);
    CHECK(heard ==
          decltype(heard){{RowKind::refused, until}, {RowKind::refused, until}, {RowKind::kept, {}}});
    REQUIRE(site.stop());
    CHECK_FALSE(site.recorder().refusing_until(0));
}

TEST_CASE("after the clock was set back by hours rows are kept in the next part of their day") {
    Site site(ten);
    site.settings.compression.enabled = false;
    REQUIRE(site.start());
    site.sample(row(ten));
    site.sample(row(ten + 2s));
    const auto back = ten - 3h;
    site.sample(row(back, 1));
    CHECK(site.recorder().behind_until(0) == ten + 2s + 2s);  // the end of that session is marked
    CHECK_FALSE(site.recorder().refusing_until(0));
    CHECK(site.recorder().file(0) == std::filesystem::path("data/20251001_lib.2.csv"));
    site.sample(row(back + 2s, 2));
    REQUIRE(site.stop());
    CHECK(outline(site.rows(file), ten) == "[-2] 0 2 [4]");
    CHECK(outline(site.rows("20251001_lib.2.csv"), back) == "[-2] 0 2 [4]");
    CHECK(site.recorder().counters(0).refused == 0);

    SECTION("a later session goes on there, and up to midnight beyond the old time") {
        REQUIRE(site.start());
        site.sample(row(back + 10s, 3));
        CHECK_FALSE(site.recorder().behind_until(0));
        site.sample(row(ten + 1h, 4));
        REQUIRE(site.stop());
        CHECK(outline(site.rows("20251001_lib.2.csv"), back) == "[-2] 0 2 [4] [8] 10 14400 [14402]");
        CHECK(outline(site.rows(file), ten) == "[-2] 0 2 [4]");
        REQUIRE(site.start());
        site.sample(row(ten + 24h, 5));
        REQUIRE(site.stop());
        CHECK(outline(site.rows("20251002_lib.csv"), ten + 24h) == "[-2] 0 [2]");
    }
    SECTION("and when it is set back again, there is one more") {
        REQUIRE(site.start());
        site.sample(row(back - 1h, 3));
        REQUIRE(site.stop());
        CHECK(outline(site.rows("20251001_lib.3.csv"), back - 1h) == "[-2] 0 [2]");
        CHECK_FALSE(site.has("20251001_lib.csv.pending"));
        CHECK_FALSE(site.has("20251001_lib.2.csv.pending"));
    }
}

TEST_CASE("rows are behind until what was recorded before is reached again") {
    Site site(ten);
    REQUIRE(site.start());
    site.sample(row(ten));
    site.sample(row(ten - 10min));
    CHECK(site.recorder().behind_until(0) == ten + 2s);
    site.sample(row(ten + 2s));
    CHECK(site.recorder().behind_until(0) == ten + 2s);
    site.sample(row(ten + 4s));
    CHECK_FALSE(site.recorder().behind_until(0));
    CHECK(site.recorder().file(0) == std::filesystem::path("data/20251001_lib.2.csv"));
    REQUIRE(site.stop());
}

TEST_CASE("a clock set back over midnight finds the file of the day before as it was left") {
    const WallTime midnight = at("2025-10-01T00:00:00");
    Site site(midnight);
    site.settings.compression.enabled = false;
    REQUIRE(site.start());
    site.sample(row(midnight - 5h));
    REQUIRE(site.stop());
    REQUIRE(site.start());
    site.sample(row(midnight + 10s));
    SECTION("after its end it is continued") {
        site.sample(row(midnight - 2h));
        REQUIRE(site.stop());
        CHECK(outline(site.rows("20250930_lib.csv"), midnight - 5h) == "[-2] 0 [2] [10798] 10800 [10802]");
    }
    SECTION("before its end it gets another part") {
        site.sample(row(midnight - 6h));
        REQUIRE(site.stop());
        CHECK(outline(site.rows("20250930_lib.2.csv"), midnight - 6h) == "[-2] 0 [2]");
    }
}

TEST_CASE("a clock that was far ahead spoils its own files only") {
    Site site(at("2030-01-01T00:00:00"));
    REQUIRE(site.start());
    site.sample(row(at("2030-01-01T00:00:00")));
    site.recorder().gap(0);
    site.sample(row(ten));  // set right
    site.sample(row(ten + 2s, 3));
    REQUIRE(site.stop());
    CHECK(outline(site.rows(file), ten) == "0 2 [4]");
    CHECK(site.recorder().counters(0).refused == 0);
}

TEST_CASE("a lost link leaves one null row, one period after the last sample [D-19]", "[D-19]") {
    Site site(ten);
    REQUIRE(site.start());
    site.recorder().gap(0);  // before the first sample there is nothing to close
    site.sample(row(ten));
    site.sample(row(ten + 2s));
    for (int i = 2; i < 10; ++i)
        site.recorder().gap(0);
    site.sample(row(ten + 20s));
    site.recorder().gap(0);
    REQUIRE(site.stop());
    CHECK(outline(site.rows(file), ten) == "[-2] 0 2 [4] 20 [22]");
}

TEST_CASE("rows go to the file of their own local day and the compression starts anew at midnight") {
    Site site(at("2025-10-01T23:59:50"));
    const WallTime midnight = at("2025-10-02T00:00:00");
    REQUIRE(site.start());
    for (int i = -5; i <= 5; ++i)
        site.sample(row(midnight + i * 2s));
    CHECK(site.recorder().file(0) == std::filesystem::path("data/20251002_lib.csv"));
    REQUIRE(site.stop());
    CHECK(outline(site.rows("20251001_lib.csv"), midnight) == "[-12] -10 -2");
    CHECK(outline(site.rows("20251002_lib.csv"), midnight) == "0 10 [12]");
}

TEST_CASE("boundary null rows fall into the neighbouring days' files") {
    const WallTime midnight = at("2025-10-01T00:00:00");
    Site site(midnight);
    REQUIRE(site.start());
    site.sample(row(midnight));
    for (int i = 1; i < 12; ++i)
        site.sample(row(midnight + i * 2h, i));
    site.sample(row(midnight + 24h - 2s));
    REQUIRE(site.stop());
    CHECK(outline(site.rows("20250930_lib.csv"), midnight) == "[-2]");
    CHECK(site.rows("20251001_lib.csv").size() == 13);
    CHECK(outline(site.rows("20251002_lib.csv"), midnight + 24h) == "[0]");
    CHECK_FALSE(site.has("20251001_lib.csv.pending"));
}

TEST_CASE("a day of 25 hours is one file whose repeated hour is told apart by its offset") {
    const WallTime midnight = at("2022-10-30T00:00:00+02:00");
    Site site(midnight);
    site.settings.compression.enabled = false;
    site.settings.period = 15min;
    REQUIRE(site.start());
    for (int i = 0; i < 100; ++i)
        site.sample(row(midnight + i * 15min, i));
    REQUIRE(site.stop());
    const auto rows = site.rows("20221030_lib.csv");
    REQUIRE(rows.size() == 100);
    for (int i = 0; i < 100; ++i)
        CHECK(rows[static_cast<std::size_t>(i)].at == midnight + i * 15min);
    const auto& text = site.file("20221030_lib.csv");
    CHECK(text.find("\n2022-10-30T02:15:00+02:00,9.0") != std::string::npos);
    CHECK(text.find("\n2022-10-30T02:15:00+01:00,13.0") != std::string::npos);
    CHECK(outline(site.rows("20221031_lib.csv"), midnight + 25h) == "[0]");
}

TEST_CASE("a day of 23 hours is one file") {
    const WallTime midnight = at("2020-03-29T00:00:00+01:00");
    Site site(midnight);
    site.settings.compression.enabled = false;
    site.settings.period = 15min;
    REQUIRE(site.start());
    for (int i = 0; i < 92; ++i)
        site.sample(row(midnight + i * 15min, i));
    REQUIRE(site.stop());
    CHECK(site.rows("20200329_lib.csv").size() == 92);
    CHECK(outline(site.rows("20200330_lib.csv"), midnight + 23h) == "[0]");
}

TEST_CASE("plants and transports have files of their own [D-21]", "[D-21]") {
    Site site(ten);
    REQUIRE(site.start(0));
    REQUIRE(site.start(1, TransportMode::remote));
    CHECK_FALSE(site.recorder().file(0));
    site.sample(row(ten, 1), 0);
    site.sample(row(ten, 2), 1);
    CHECK(site.await([&] { return site.recorder().stop_all(); }));
    CHECK(site.file("20251001_lib.csv").find("+02:00,1.0") != std::string::npos);
    CHECK(site.file("20251001_vrfb.remote.csv").find("+02:00,2.0") != std::string::npos);
    // A local session does not continue the remote recording.
    REQUIRE(site.start(1, TransportMode::local));
    REQUIRE(site.stop(1));
    CHECK(outline(site.rows("20251001_vrfb.csv"), ten) == "[0]");
}

TEST_CASE("samples outside a session are not recorded, and starting twice is starting once") {
    Site site(ten);
    site.sample(row(ten));
    site.recorder().gap(0);
    REQUIRE(site.stop());
    CHECK_FALSE(site.recorder().recording(0));
    REQUIRE(site.start());
    REQUIRE(site.start());
    CHECK(site.recorder().recording(0));
    site.sample(row(ten + 2s));
    REQUIRE(site.stop());
    CHECK(outline(site.rows(file), ten) == "[0] 2 [4]");
}

TEST_CASE("between flushes nothing is written, at the write period everything that is final") {
    Site site(ten);
    REQUIRE(site.start());
    site.tasks.spawn("recorder", [&] { return site.recorder().run(site.clock.instant(ten)); });
    for (int i = 0; i < 30; ++i)
        site.sample(row(ten + i * 2s, i));
    CHECK(outline(site.rows(file), ten) == "[-2] 0");
    site.until(ten + 60s);
    CHECK(outline(site.rows(file), ten).ends_with(" 54 56 58"));
    site.sample(row(ten + 60s, 30));
    site.until(ten + 119s);
    CHECK(outline(site.rows(file), ten).ends_with(" 54 56 58"));
    site.until(ten + 120s);
    CHECK(outline(site.rows(file), ten).ends_with(" 54 56 58 60"));
}

TEST_CASE("the row that may still be replaced is kept beside the file until the file is closed") {
    Site site(ten);
    const auto beside = std::string(file) + ".pending";
    const auto kept = [&] {
        const auto found = read_pending(site.file(beside), madrid());
        REQUIRE(found);
        return outline({found->row}, ten);
    };
    REQUIRE(site.start());
    site.sample(row(ten));
    REQUIRE(site.flush());
    CHECK_FALSE(site.has(beside));
    for (int i = 1; i < 5; ++i) {
        site.sample(row(ten + i * 2s));
        REQUIRE(site.flush());
        CHECK(kept() == std::to_string(2 * i));
        CHECK(outline(site.rows(file), ten) == "[-2] 0");
    }
    CHECK(site.file(beside).size() == pending_slots * pending_slot_size);
    site.sample(row(ten + 10s, 5));
    REQUIRE(site.flush());
    CHECK(kept() == "8");  // it has become a row of the file and says nothing new
    CHECK(outline(site.rows(file), ten) == "[-2] 0 8 10");
    site.sample(row(ten + 12s, 5));
    REQUIRE(site.flush());
    CHECK(kept() == "12");
    REQUIRE(site.stop());
    CHECK_FALSE(site.has(beside));
    CHECK(outline(site.rows(file), ten) == "[-2] 0 8 10 12 [14]");
}

TEST_CASE("periodic flushes sync no more often than asked for, the end of a session always") {
    Site site(ten);
    site.settings.write_period = 10s;
    site.settings.sync_interval = 25s;
    std::string actions;
    site.store->on_action = [&](MemoryStore::Action action, const std::filesystem::path& path) {
        if (path.filename() != file) return MemoryStore::Verdict{};
        if (action == MemoryStore::Action::write_at) actions += 'w';
        if (action == MemoryStore::Action::sync) actions += 's';
        return MemoryStore::Verdict{};
    };
    REQUIRE(site.start());
    site.tasks.spawn("recorder", [&] { return site.recorder().run(site.clock.instant(ten + 1s)); });
    for (int i = 0; i < 40; ++i)
        site.sample(row(ten + i * 2s, i));
    CHECK(actions == "wwwwswwwsw");  // 25 s after the flush that began the session, and again
    REQUIRE(site.stop());
    CHECK(actions == "wwwwswwwswws");
    CHECK(site.rows(file).size() == 42);
}

TEST_CASE("every sample is counted as kept, merged or refused") {
    Site site(ten);
    std::array<int, 4> heard{};
    site.hooks.on_row = [&](std::size_t, RowKind kind) { ++heard[static_cast<std::size_t>(kind)]; };
    REQUIRE(site.start());
    for (int i = 0; i < 10; ++i)
        site.sample(row(ten + i * 2s, i < 5 ? 0 : i));
    REQUIRE(site.stop());
    const auto& counters = site.recorder().counters(0);
    CHECK(counters.kept == 7);
    CHECK(counters.merged == 3);
    CHECK(counters.null == 2);
    CHECK(heard == std::array<int, 4>{7, 3, 2, 0});
}
