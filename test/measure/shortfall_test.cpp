#include "measure/shortfall.hpp"

#include "measure/row.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::measure;
using namespace std::chrono_literals;

namespace {

constexpr WallTime noon = std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 12h;

struct Watched {
    // Samples every five seconds.
    void samples(int count, double asked, double measured) {
        for (int i = 0; i < count; ++i, now += 5s)
            shortfall.sample(now, asked, measured);
    }
    [[nodiscard]] bool infeasible() const { return shortfall.infeasible_since().has_value(); }

    Shortfall shortfall{100};
    WallTime now = noon;
};

}  // namespace

TEST_CASE("power counts as delivered in the direction and up to the amount that was asked") {
    CHECK(asked_power(100, 60).delivered == 60);
    CHECK(asked_power(100, 60).missing() == 40);
    CHECK(asked_power(-100, -60).missing() == 40);
    CHECK(asked_power(100, -5).missing() == 100);
    CHECK(asked_power(-100, 5).missing() == 100);
    CHECK(asked_power(100, 130).missing() == 0);
    CHECK(asked_power(0, 3).asked == 0);
    CHECK(asked_power(0, 3).missing() == 0);
}

TEST_CASE("a plan that is followed misses nothing, its steps included") {
    Watched plant;
    plant.samples(721, 60, 60);
    CHECK(plant.shortfall.asked_kwh() == Approx(60));
    CHECK(plant.shortfall.missing_kwh() == Approx(0).margin(1e-9));
    // In the instant of a step the plant shows what it gave before.
    plant.shortfall.sample(plant.now, -30, 60);
    plant.now += 5s;
    plant.samples(720, -30, -30);
    CHECK(plant.shortfall.asked_kwh() == Approx(60 + 30 + 60 * 5.0 / 3600));
    CHECK(plant.shortfall.missing_kwh() == Approx(0).margin(1e-9));
    CHECK_FALSE(plant.shortfall.ever_infeasible());
}

TEST_CASE("a battery emptied under its plan is told after ten seconds, while it lasts") {
    Watched plant;
    plant.samples(721, 60, 60);
    plant.samples(1, 60, 0);  // empty
    CHECK_FALSE(plant.infeasible());
    plant.samples(1, 60, 0);
    CHECK(plant.infeasible());
    CHECK(plant.shortfall.infeasible_since() == noon + 3600s);
    plant.samples(718, 60, 0);
    CHECK(plant.shortfall.asked_kwh() == Approx(120));
    CHECK(plant.shortfall.delivered_kwh() == Approx(60));
    CHECK(plant.shortfall.missing_kwh() == Approx(60));
    plant.samples(1, 0, 0);  // the last interval was still asked for
    CHECK(plant.infeasible());
    plant.samples(1, 0, 0);
    CHECK_FALSE(plant.infeasible());
    CHECK(plant.shortfall.ever_infeasible());
}

TEST_CASE("a plant that ramps towards what is asked is on its way") {
    Watched plant;
    plant.samples(2, 0, 0);
    for (int kw = 0; kw <= 90; kw += 10)
        plant.samples(1, 90, kw);
    CHECK_FALSE(plant.shortfall.ever_infeasible());
    CHECK(plant.shortfall.missing_kwh() > 0);
    plant.samples(1, 90, 40);
    plant.samples(3, 90, 40);  // and then gives way and stays there
    CHECK(plant.infeasible());
}

TEST_CASE("a little less than was asked is no missing power") {
    Watched plant;
    plant.samples(100, 100, 91);
    CHECK_FALSE(plant.shortfall.ever_infeasible());
    plant.samples(100, 1, 0.85);  // less than the plant can tell apart
    CHECK_FALSE(plant.shortfall.ever_infeasible());
    CHECK(plant.shortfall.missing_kwh() > 0);
}

TEST_CASE("what is not known is not counted") {
    Watched plant;
    plant.samples(2, 60, 60);
    plant.shortfall.gap();
    plant.now += 1h;
    plant.samples(1, 60, 60);
    CHECK(plant.shortfall.asked_kwh() == Approx(60 * 5.0 / 3600));
    plant.samples(1, 60, unknown);
    plant.samples(1, 60, 0);
    CHECK(plant.shortfall.asked_kwh() == Approx(60 * 5.0 / 3600));
    plant.shortfall.sample(plant.now - 1min, 60, 0);  // the clock was set back
    CHECK(plant.shortfall.asked_kwh() == Approx(60 * 5.0 / 3600));
}
