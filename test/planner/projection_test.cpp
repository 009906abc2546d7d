#include "planner/projection.hpp"

#include "base/random.hpp"
#include "planfile/plan_file.hpp"
#include "schedule/madrid.hpp"
#include "support/catch.hpp"

#include <filesystem>

using namespace hil;
using namespace hil::planfile;
using namespace hil::planner;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;

namespace {

config::PlantModel lib_model() {
    config::PlantModel model;
    model.capacity_kwh = 500;
    return model;
}

const WallTime start = at("2025-10-01T00:00");

schedule::EffectiveSegment segment(WallTime from, WallTime to, double p_kw) {
    schedule::EffectiveSegment s{from, to, {}, {}};
    s.p.value = p_kw;
    s.p.reason = schedule::Reason::plan;
    s.p.source = schedule::Source::manual;
    return s;
}

// The emulator's step rule with a small step, for comparison.
double stepped(std::span<const schedule::EffectiveSegment> schedule, const config::PlantModel& model,
               double soc, Duration step) {
    double energy = soc * model.capacity_kwh;
    const double h = to_seconds(step) / 3600;
    for (const auto& s : schedule) {
        for (WallTime t = s.from; t < s.to; t += step) {
            double p = std::clamp(s.p.value, model.power_limits.p_min_kw, model.power_limits.p_max_kw);
            if (energy - p * h > model.capacity_kwh) p = std::max(p, (energy - model.capacity_kwh) / h);
            if (energy - p * h < 0) p = std::min(p, energy / h);
            energy = std::clamp(energy - p * h, 0.0, model.capacity_kwh);
        }
    }
    return energy / model.capacity_kwh;
}

}  // namespace

TEST_CASE("energy leaves and enters as power times time") {
    const std::vector schedule{segment(start, start + 1h, 100), segment(start + 1h, start + 3h, -50),
                               segment(start + 3h, start + 4h, 0)};
    const Projection projection = project(schedule, lib_model(), 0.5);
    CHECK(projection.soc_start == 0.5);
    CHECK(projection.soc_end == Approx(0.5));
    CHECK(projection.soc_min == Approx(0.3));
    CHECK(projection.soc_max == Approx(0.5));
    CHECK(projection.energy_out_kwh == Approx(100));
    CHECK(projection.energy_in_kwh == Approx(100));
    CHECK(projection.soc_at(start + 30min) == Approx(0.4));
    CHECK(projection.soc_at(start + 2h) == Approx(0.4));
    CHECK(projection.soc_at(start - 1h) == 0.5);
    CHECK(projection.soc_at(start + 9h) == Approx(0.5));
}

TEST_CASE("a battery that runs empty stops at the exact moment and stays empty until it is charged") {
    const std::vector schedule{segment(start, start + 1h, 1000), segment(start + 1h, start + 2h, 500),
                               segment(start + 2h, start + 3h, -100)};
    const Projection projection = project(schedule, lib_model(), 0.5);
    REQUIRE(projection.pieces.size() == 4);
    CHECK(projection.pieces[0].to == start + 15min);
    CHECK(projection.pieces[0].soc_to == 0);
    CHECK(projection.pieces[1].delivered_kw == 0);
    CHECK(projection.pieces[1].asked_kw == 1000);
    CHECK(projection.pieces[1].bound == -1);
    CHECK(projection.pieces[2].bound == -1);
    CHECK(projection.pieces[2].segment == 1);
    CHECK(projection.pieces[3].bound == 0);
    CHECK(projection.energy_out_kwh == Approx(250));
    CHECK(projection.soc_end == Approx(0.2));
}

TEST_CASE("a full battery takes nothing more") {
    const std::vector schedule{segment(start, start + 1h, -1000)};
    const Projection projection = project(schedule, lib_model(), 0.9);
    REQUIRE(projection.pieces.size() == 2);
    CHECK(projection.pieces[0].to == start + 3min);
    CHECK(projection.pieces[1].bound == 1);
    CHECK(projection.soc_end == 1);
    CHECK(projection.energy_in_kwh == Approx(50));
}

TEST_CASE("a plan that ends exactly at a bound does not pass it, however it is cut") {
    for (int minutes = 15; minutes <= 90; ++minutes) {
        std::vector<schedule::EffectiveSegment> schedule;
        for (int i = 0; i < minutes; ++i) {
            schedule.push_back(segment(start + i * 1min, start + (i + 1) * 1min, 250.0 * 60 / minutes));
        }
        schedule.push_back(segment(start + 2h, start + 3h, -500));
        CAPTURE(minutes);
        const Projection projection = project(schedule, lib_model(), 0.5);
        for (const auto& piece : projection.pieces)
            REQUIRE(piece.bound == 0);
        CHECK(projection.soc_min == Approx(0).margin(1e-9));
        CHECK(projection.soc_end == Approx(1));
    }
    // A base value holds for one nanosecond beyond its validity.
    const std::vector last{segment(start, start + 15min + 1ns, 1000)};
    CHECK(project(last, lib_model(), 0.5).pieces.size() == 1);
}

TEST_CASE("power is limited before it is integrated, and the start is held within 0 and 1") {
    const std::vector schedule{segment(start, start + 15min, 4000)};
    CHECK(project(schedule, lib_model(), 1.7).soc_start == 1);
    CHECK(project(schedule, lib_model(), 1.7).soc_end == Approx(0.5));
    CHECK(project(schedule, lib_model(), -3).soc_end == 0);
}

TEST_CASE("a plant without capacity delivers nothing and is no division by zero") {
    config::PlantModel model = lib_model();
    model.capacity_kwh = 0;
    const std::vector schedule{segment(start, start + 1h, 100), segment(start + 1h, start + 2h, -100),
                               segment(start + 2h, start + 3h, 0)};
    const Projection projection = project(schedule, model, 0.5);
    CHECK(projection.soc_end == 0);
    CHECK(projection.energy_out_kwh == 0);
    CHECK(projection.energy_in_kwh == 0);
    REQUIRE(projection.pieces.size() == 3);
    CHECK(projection.pieces[0].bound == -1);
    CHECK(projection.pieces[1].bound == 1);
    CHECK(projection.pieces[2].bound == 0);
    CHECK(project({}, model, 0.5).pieces.empty());
}

TEST_CASE("on random schedules the projection agrees with small steps of the emulator's rule") {
    Random random(500);
    for (int round = 0; round < 60; ++round) {
        std::vector<schedule::EffectiveSegment> schedule;
        WallTime t = start;
        for (std::uint64_t n = 1 + random.below(20); n > 0; --n) {
            const WallTime to = t + std::chrono::minutes(1 + random.below(60));
            schedule.push_back(segment(t, to, random.uniform(-1300, 1300)));
            t = to;
        }
        const double soc = random.uniform();
        const Projection projection = project(schedule, lib_model(), soc);
        REQUIRE(projection.soc_end == Approx(stepped(schedule, lib_model(), soc, 1s)).margin(1e-9));

        // The pieces join, energy is accounted for, nothing leaves the bounds.
        WallTime joint = start;
        double soc_joint = projection.soc_start;
        for (const auto& piece : projection.pieces) {
            REQUIRE(piece.from == joint);
            REQUIRE(piece.soc_from == soc_joint);
            REQUIRE(piece.soc_to >= 0);
            REQUIRE(piece.soc_to <= 1);
            REQUIRE((piece.bound == 0 ? piece.delivered_kw == piece.asked_kw : piece.delivered_kw == 0));
            joint = piece.to;
            soc_joint = piece.soc_to;
        }
        REQUIRE(joint == t);
        REQUIRE((projection.energy_in_kwh - projection.energy_out_kwh) / 500 ==
                Approx(projection.soc_end - soc).margin(1e-9));
    }
}

TEST_CASE("a real plan made for 10 to 90 % from its own start stays there") {
    schedule::PlanStore store(plants());
    apply_plan(planfile::load_plan(std::filesystem::path(HIL_TEST_DATA) / "schedule" / "es_2025-10-01.csv",
                                   plants(), madrid()),
               store);
    const schedule::Arbiter arbiter(store, config::ScheduleSource::manual, 15min);
    const auto schedule = effective_schedule(arbiter, lib, start, start + 24h);
    CHECK(schedule.size() > 10);
    const Projection projection = project(schedule, lib_model(), 0.5);
    CHECK(projection.soc_min >= 0.1 - 1e-9);
    CHECK(projection.soc_max <= 0.9 + 1e-9);
    CHECK(projection.energy_out_kwh > 100);
}
