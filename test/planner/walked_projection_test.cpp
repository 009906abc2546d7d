#include "planner/projection.hpp"

#include "planner/validation.hpp"
#include "schedule/madrid.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>

using namespace hil;
using namespace hil::planner;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;

namespace {

const WallTime start = at("2025-10-01T00:00");

config::PlantModel model_of(double capacity_kwh) {
    config::PlantModel model;
    model.capacity_kwh = capacity_kwh;
    return model;
}

schedule::EffectiveSegment segment(WallTime from, WallTime to, double p_kw) {
    schedule::EffectiveSegment s{from, to, {}, {}};
    s.p.value = p_kw;
    s.p.reason = schedule::Reason::plan;
    s.p.source = schedule::Source::manual;
    return s;
}

// Loses a tenth each way, and below `taper` gives less and less of what is asked.
class Lossy final : public ProjectedBattery {
  public:
    Lossy(double capacity_kwh, double soc, double taper, std::size_t* steps)
        : capacity_(capacity_kwh), soc_(soc), taper_(taper), steps_(steps) {}

    Step advance(double p_kw, Duration dt) override {
        if (steps_) ++*steps_;
        const double hours = to_seconds(dt) / 3600;
        double p = p_kw;
        if (p > 0 && soc_ < taper_) p *= soc_ / taper_;
        p = std::min(p, soc_ * capacity_ * 0.9 / hours);
        p = std::max(p, -(1 - soc_) * capacity_ / 0.9 / hours);
        soc_ -= (p > 0 ? p / 0.9 : p * 0.9) * hours / capacity_;
        soc_ = std::clamp(soc_, 0.0, 1.0);
        return {p, soc_};
    }
    [[nodiscard]] double soc_pu() const override { return soc_; }

  private:
    double capacity_, soc_, taper_;
    std::size_t* steps_;
};

BatteryMaker lossy(double taper = 0, std::size_t* steps = nullptr) {
    return [=](const config::PlantModel& model, double soc) {
        return std::make_unique<Lossy>(model.capacity_kwh, soc, taper, steps);
    };
}

}  // namespace

TEST_CASE("a battery with losses ends lower than an ideal one, by exactly its losses") {
    const std::vector schedule{segment(start, start + 1h, 90), segment(start + 1h, start + 2h, -90)};
    const auto projection = project(schedule, model_of(500), 0.5, lossy());
    CHECK(projection.soc_end == Approx(0.5 - 0.2 + 0.162));
    CHECK(projection.soc_min == Approx(0.3));
    CHECK(projection.energy_out_kwh == Approx(90));
    CHECK(projection.energy_in_kwh == Approx(90));
    CHECK(projection.soc_at(start + 30min) == Approx(0.4));
    CHECK(project(schedule, model_of(500), 0.5).soc_end == Approx(0.5));
}

TEST_CASE("pieces adjoin and none hides how the state of charge moved") {
    std::vector<schedule::EffectiveSegment> schedule;
    for (int i = 0; i < 24; ++i)
        schedule.push_back(segment(start + i * 1h, start + (i + 1) * 1h, i % 3 == 0 ? -120 : 57));
    const auto projection = project(schedule, model_of(500), 0.3, lossy(0.2));
    REQUIRE_FALSE(projection.pieces.empty());
    CHECK(projection.pieces.front().from == start);
    CHECK(projection.pieces.back().to == start + 24h);
    double out = 0, in = 0;
    for (std::size_t i = 0; i < projection.pieces.size(); ++i) {
        const auto& piece = projection.pieces[i];
        CHECK(piece.to > piece.from);
        if (i > 0) {
            CHECK(piece.from == projection.pieces[i - 1].to);
            CHECK(piece.soc_from == Approx(projection.pieces[i - 1].soc_to));
        }
        CHECK(piece.asked_kw == schedule[piece.segment].p.value);
        const double kwh = piece.delivered_kw * to_seconds(piece.to - piece.from) / 3600;
        (kwh > 0 ? out : in) += std::abs(kwh);
    }
    CHECK(out == Approx(projection.energy_out_kwh));
    CHECK(in == Approx(projection.energy_in_kwh));
    // A battery that is not merged at all has been at the same places.
    Lossy alone(500, 0.3, 0.2, nullptr);
    for (const auto& s : schedule) {
        for (auto t = s.from; t < s.to; t += 60s) {
            const auto step = alone.advance(s.p.value, 60s);
            CHECK(projection.soc_at(t + 60s) == Approx(step.soc_pu).margin(2e-3));
        }
    }
}

TEST_CASE("equal steps are one piece: a steady day is not a thousand points") {
    const std::vector schedule{segment(start, start + 24h, -10)};
    CHECK(project(schedule, model_of(500), 0.2, lossy()).pieces.size() == 1);
}

TEST_CASE("a year is walked in longer steps than a day, and both in bounded number") {
    std::size_t steps = 0;
    (void)project(std::vector{segment(start, start + 24h, 1)}, model_of(500), 0.5, lossy(0, &steps));
    CHECK(steps == 24 * 60);
    steps = 0;
    (void)project(std::vector{segment(start, start + 366 * 24h, 0)}, model_of(500), 0.5, lossy(0, &steps));
    CHECK(steps <= 40'000);
}

TEST_CASE("no capacity is no battery, and no schedule no piece") {
    const auto none = project(std::vector{segment(start, start + 1h, 5)}, model_of(0), 0.5, lossy());
    CHECK(none.soc_end == 0);
    CHECK(project({}, model_of(500), 0.4, lossy()).soc_end == 0.4);
}

TEST_CASE("a battery that gives less than the plan asks is a violation that says how much") {
    schedule::PlanStore store(plants());
    const std::vector schedule{segment(start, start + 1h, 100)};
    const auto model = model_of(100);
    const auto projection = project(schedule, model, 0.5, lossy(0.2));
    const auto found = validate(
        {.store = store, .plant = lib, .model = model, .schedule = schedule, .projection = projection},
        madrid());
    REQUIRE(found.list.size() == 1);
    const auto& violation = found.list[0];
    INFO(violation.text);
    CHECK(violation.kind == ViolationKind::state_of_charge);
    // 27 kWh at full power down to 0.2, then less and less.
    CHECK(violation.from == start + 17min);
    CHECK(violation.to == start + 1h);
    CHECK(violation.text.find("the battery does less than is planned") != std::string::npos);
    CHECK(100 - projection.energy_out_kwh ==
          Approx(100 * (0.0 - violation.value) + 100 * projection.soc_end));
}
