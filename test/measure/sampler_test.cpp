#include "measure/sampler.hpp"

#include "measure/errors.hpp"
#include "measure/site.hpp"
#include "plant/errors.hpp"

using namespace hil;
using namespace hil::measure;
using namespace std::chrono_literals;

namespace {

const WallTime ten = at("2025-10-01T10:00:00");
constexpr auto file = "20251001_lib.csv";

config::Point point(const char* name, std::uint16_t address, config::Unit unit, double scale) {
    config::Point p;
    p.name = name;
    p.address = address;
    p.format = config::Format::int16;
    p.access = config::Access::read_write;
    p.unit = unit;
    p.eng_per_count = scale;
    return p;
}

config::ModbusEndpoint endpoint() {
    using enum config::Unit;
    config::ModbusEndpoint e;
    e.points = {point("v_poi", 296, v, 1),        point("enable", 1, raw, 1),
                point("p_setpoint", 86, kw, 0.1), point("q_setpoint", 88, kvar, 0.1),
                point("p_battery", 270, kw, 0.1), point("q_battery", 272, kvar, 0.1),
                point("soc", 281, pu, 0.0001),    point("p_poi", 290, kw, 0.1),
                point("q_poi", 292, kvar, 0.1)};
    return e;
}

// A plant that answers with the number of the read, or not at all.
struct Rig : Site {
    explicit Rig(WallTime start) : Site(start) { settings.compression.enabled = false; }

    void run(Instant anchor, Duration period = 2s) {
        sampler.emplace(
            clock, 0, period, longest_read, SampleLayout(plant::RegisterMap(endpoint())),
            [this] { return read(); }, live, recorder(), sampler_hooks);
        tasks.spawn("sampler", [this, anchor] { return sampler->run(anchor); });
    }

    awaitable<result<plant::Reading>> read() {
        ++reads;
        if (reads == stall_at) co_await clock.sleep_for(stall);
        if (down) co_return asio::error::timed_out;
        plant::Reading reading;
        for (int i = 0; i < 8; ++i)
            reading.push_back(
                {.known = !(refuse_all || i == refused), .value = reads + i * 0.5, .words = {}});
        co_return reading;
    }

    LiveState live{1};
    std::optional<Sampler> sampler;
    Sampler::Hooks sampler_hooks;
    int reads = 0;
    bool down = false, refuse_all = false;
    int refused = -1;
    int stall_at = 0;
    Duration stall{};
    Duration longest_read = 3s;
};

}  // namespace

TEST_CASE("rows carry the time of their step and steps missed in a stall are skipped [AC-58]", "[AC-58]") {
    Rig rig(ten + 300ms);
    REQUIRE(rig.start());
    rig.stall_at = 2;    // the read of :03 …
    rig.stall = 6500ms;  // … is answered at :09.5
    rig.longest_read = 10s;
    rig.run(next_whole_second(rig.clock));
    rig.until(ten + 12s);
    REQUIRE(rig.stop());
    CHECK(outline(rig.rows(file), ten) == "[-1] 1 3 9 11 [13]");
    CHECK(rig.sampler->counters().ok == 4);
    CHECK(rig.sampler->counters().skipped == 2);
    CHECK(rig.sampler->counters().worst_lateness == 500ms);
}

TEST_CASE("every sample reaches the live state, recorded or not [D-10]", "[D-10]") {
    Rig rig(ten);
    int heard = 0;
    rig.sampler_hooks.on_sample = [&](const Row& r, const TickStep& step) {
        CHECK(r.at == step.wall);
        ++heard;
    };
    rig.run(rig.clock.now());
    rig.until(ten + 5s);
    CHECK(heard == 3);
    REQUIRE(rig.live.plant(0).latest);
    CHECK(rig.live.plant(0).latest->at == ten + 4s);
    CHECK(rig.live.plant(0).taken == rig.clock.instant(ten + 4s));
    CHECK_FALSE(rig.live.plant(0).stale);
    CHECK(rig.store->files().empty());
}

TEST_CASE("values that come long after the instant they are asked for are no sample of it") {
    Rig rig(ten);
    REQUIRE(rig.start());
    error_code error;
    rig.sampler_hooks.on_failure = [&](error_code e, const TickStep&) { error = e; };
    rig.stall_at = 2;  // the read of :02
    SECTION("in time, if only just") {
        rig.stall = 3s;
        rig.run(rig.clock.now());
        rig.until(ten + 9s);
        REQUIRE(rig.stop());
        CHECK(outline(rig.rows(file), ten) == "[-2] 0 2 4 6 8 [10]");
        CHECK_FALSE(error);
    }
    SECTION("too late") {
        rig.stall = 3001ms;
        rig.run(rig.clock.now());
        rig.until(ten + 9s);
        REQUIRE(rig.stop());
        CHECK(outline(rig.rows(file), ten) == "[-2] 0 [2] 4 6 8 [10]");
        CHECK(error == errc::values_too_late);
        CHECK(rig.sampler->counters().failed == 1);
    }
}

TEST_CASE("the points of a sample stand in the columns of the row, whatever the order of the map") {
    Rig rig(ten);
    rig.run(rig.clock.now());
    rig.until(ten + 1s);
    REQUIRE(rig.live.plant(0).latest);
    CHECK(rig.live.plant(0).latest->values == std::array<double, 8>{1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5});
    const auto format = column_format(plant::RegisterMap(endpoint()));
    CHECK(format.decimals == std::array<std::int8_t, 8>{1, 1, 1, 1, 4, 1, 1, 3});
    CHECK(format.count[index(Column::v_poi)] == Approx(0.001));
}

TEST_CASE("a failed sample makes the live state stale and leaves one null row in the recording [D-19]",
          "[D-19]") {
    Rig rig(ten);
    REQUIRE(rig.start());
    int failures = 0;
    rig.sampler_hooks.on_failure = [&](error_code error, const TickStep&) {
        CHECK(error == asio::error::timed_out);
        ++failures;
    };
    rig.run(rig.clock.now());
    rig.until(ten + 3s);
    rig.down = true;
    rig.until(ten + 9s);
    CHECK(rig.live.plant(0).stale);
    CHECK(rig.live.plant(0).consecutive_failures == 3);
    CHECK(rig.live.plant(0).latest->at == ten + 2s);
    rig.down = false;
    rig.until(ten + 13s);
    CHECK_FALSE(rig.live.plant(0).stale);
    REQUIRE(rig.stop());
    CHECK(outline(rig.rows(file), ten) == "[-2] 0 2 [4] 10 12 [14]");
    CHECK(failures == 3);
    CHECK(rig.sampler->counters().failed == 3);
    CHECK(rig.sampler->counters().ok == 4);
}

TEST_CASE("a point the device refuses is unknown in the row, and a device that refuses all has failed [D-18]",
          "[D-18]") {
    Rig rig(ten);
    REQUIRE(rig.start());
    rig.refused = 4;
    rig.run(rig.clock.now());
    rig.until(ten + 1s);
    rig.refuse_all = true;
    rig.until(ten + 3s);
    CHECK(rig.live.plant(0).last_error == plant::errc::refused_point);
    REQUIRE(rig.stop());
    CHECK(rig.file(file).find("\n2025-10-01T10:00:00+02:00,1.0,1.5,2.0,2.5,,3.5,4.0,4.5\n") !=
          std::string::npos);
    CHECK(outline(rig.rows(file), ten) == "[-2] 0 [2]");
}

TEST_CASE("a wall clock set forward starts a new grid and the recording shows the hole [D-26]", "[D-26]") {
    Rig rig(ten + 500ms);
    REQUIRE(rig.start());
    Duration jump{};
    rig.sampler_hooks.on_clock_step = [&](Duration by) { jump = by; };
    rig.run(next_whole_second(rig.clock));
    rig.until(ten + 4s);  // rows at :01 and :03
    rig.clock.jump_wall(1min + 200ms);
    rig.clock.run_for(5s);
    CHECK(jump == 1min + 200ms);
    CHECK(rig.sampler->counters().clock_steps == 1);
    REQUIRE(rig.stop());
    // The step due at :05 is at 10:01:05.2; the new grid begins at :06.
    CHECK(outline(rig.rows(file), ten) == "[-1] 1 3 [5] 66 68 [70]");
}

TEST_CASE("a wall clock set back is followed, and rows of times already recorded are refused [D-26]",
          "[D-26]") {
    Rig rig(ten);
    REQUIRE(rig.start());
    rig.run(rig.clock.now());
    rig.until(ten + 9s);  // rows up to :08
    rig.clock.jump_wall(-4s);
    rig.clock.run_for(10s);
    CHECK(rig.sampler->counters().clock_steps == 1);
    REQUIRE(rig.stop());
    CHECK(rig.recorder().counters(0).refused == 2);
    const auto read = parse_file(rig.file(file), madrid());
    REQUIRE(read);
    CHECK(outline(read->rows, ten) == "[-2] 0 2 4 6 8 10 12 14 [16]");
}

TEST_CASE("a wall clock that drifts by less than half a second leaves the grid alone") {
    Rig rig(ten);
    REQUIRE(rig.start());
    rig.run(rig.clock.now());
    rig.until(ten + 3s);
    rig.clock.jump_wall(400ms);
    rig.clock.run_for(4s);
    CHECK(rig.sampler->counters().clock_steps == 0);
    REQUIRE(rig.stop());
    CHECK(outline(rig.rows(file), ten) == "[-2] 0 2 4 6 [8]");
}

// Every file of a run in which the wall clock is set while rows are recorded: never back in time, and live
// values that go on.
TEST_CASE(
    "the wall clock set by a second, by an hour, and over a suspend: rows stay monotone and live values go "
    "on [D-26]",
    "[D-26]") {
    struct Case {
        WallTime begin;
        Duration jump;
    };
    const auto late = at("2025-10-01T23:59:30"), early = at("2025-10-02T00:10:00");
    for (const auto& c : {Case{ten, 1s}, Case{ten, -1s}, Case{ten, 1h}, Case{ten, -1h}, Case{ten, 10min},
                          Case{late, 1h}, Case{late, -1h}, Case{early, -1h}, Case{early, -1s}}) {
        INFO("set by " << to_seconds(c.jump) << " s");
        Rig rig(c.begin);
        REQUIRE(rig.start());
        rig.run(rig.clock.now());
        rig.clock.run_for(59s);
        const auto reads_before = rig.reads;
        rig.clock.jump_wall(c.jump);
        rig.clock.run_for(2s);
        // The live state follows within a period of the step it was found at.
        rig.clock.run_for(2s);
        CHECK(rig.reads > reads_before);
        CHECK(std::chrono::abs(rig.live.plant(0).latest->at - rig.clock.wall_now()) <= 2s);
        CHECK(rig.sampler->counters().clock_steps == 1);
        // Long enough for the new time to pass the last row.
        rig.clock.run_for(2h);
        CHECK(rig.live.plant(0).fresh(rig.clock.now(), 3s));
        REQUIRE(rig.stop());
        std::size_t rows_after = 0;
        for (const auto& [path, content] : rig.store->files()) {
            if (!path.ends_with(".csv")) continue;
            INFO(path);
            const auto rows = rows_of(content);
            for (std::size_t i = 1; i < rows.size(); ++i)
                CHECK((rows[i - 1].at < rows[i].at || (rows[i - 1].null && rows[i - 1].at == rows[i].at)));
            for (const auto& row : rows)
                if (!row.null && row.at > c.begin + 59s + c.jump) ++rows_after;
        }
        // All of them once the clock is past what was recorded before: at 2 s a row.
        const auto expected = (2h - (c.jump < 0s ? -c.jump : 0s)) / 2s;
        CHECK(rows_after + 40 > static_cast<std::size_t>(expected));
        if (c.jump < 0s && -c.jump <= Session::moment) CHECK(rig.recorder().counters(0).refused > 0);
    }
}

TEST_CASE("after the clock is set back the recording has a null row and goes on after it [D-26]", "[D-26]") {
    Rig rig(ten);
    REQUIRE(rig.start());
    rig.run(rig.clock.now());
    rig.until(ten + 9s);  // rows up to :08
    rig.clock.jump_wall(-1s);
    rig.clock.run_for(10s);
    REQUIRE(rig.stop());
    // Found at the step due at :10, which is :09 now; the new grid begins there. The row of :09 lies before
    // the null row of :10 that ended the stretch, and is not written.
    CHECK(outline(rig.rows(file), ten) == "[-2] 0 2 4 6 8 [10] 11 13 15 17 [19]");
}
