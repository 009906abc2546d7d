#include "measure/sampler.hpp"

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
            clock, 0, period, SamplePlan(plant::RegisterMap(endpoint())), [this] { return read(); }, live,
            recorder(), sampler_hooks);
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
};

}  // namespace

TEST_CASE("rows carry the time of their step and steps missed in a stall are skipped [AC-58]", "[AC-58]") {
    Rig rig(ten + 300ms);
    REQUIRE(rig.start());
    rig.stall_at = 2;    // the read of :03 …
    rig.stall = 6500ms;  // … is answered at :09.5
    rig.run(next_whole_second(rig.clock));
    rig.until(ten + 12s);
    REQUIRE(rig.stop());
    CHECK(outline(rig.rows(file), ten) == "[-1] 1 3 9 11 [13]");
    CHECK(rig.sampler->counters().ok == 4);
    CHECK(rig.sampler->counters().skipped == 2);
    CHECK(rig.sampler->counters().worst_lateness == 500ms);
}

TEST_CASE("every sample reaches the live state, recorded or not") {
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

TEST_CASE("a failed sample makes the live state stale and leaves one null row in the recording") {
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

TEST_CASE("a point the device refuses is unknown in the row, and a device that refuses all has failed") {
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

TEST_CASE("a wall clock set forward starts a new grid and the recording shows the hole") {
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

TEST_CASE("a wall clock set back is followed, and rows of times already recorded are refused") {
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
