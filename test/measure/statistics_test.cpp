#include "measure/statistics.hpp"

#include "measure/site.hpp"

#include <cmath>

using namespace hil;
using namespace hil::measure;
using namespace std::chrono_literals;

namespace {

const WallTime begin = at("2025-10-01T10:00:00");

}  // namespace

TEST_CASE("energy is the area under the measured power, out and in apart") {
    Statistics statistics(shipped_format());
    for (int i = 0; i <= 1800; ++i)
        statistics.sample(row(begin + i * 2s, 100), {});
    CHECK(statistics.energy_out_kwh() == Approx(100));
    CHECK(statistics.energy_in_kwh() == 0);
    statistics.sample(row(begin + 1h + 1h, -300), {});  // a line from 100 to −300 over an hour
    CHECK(statistics.energy_out_kwh() == Approx(100 + 12.5));
    CHECK(statistics.energy_in_kwh() == Approx(112.5));
}

TEST_CASE("a gap carries no energy") {
    Statistics statistics(shipped_format());
    statistics.sample(row(begin, 3600), {});
    statistics.sample(row(begin + 1s, 3600), {});
    statistics.gap();
    statistics.sample(row(begin + 1h, 3600), {});
    statistics.sample(row(begin + 1h + 1s, 3600), {});
    CHECK(statistics.energy_out_kwh() == Approx(2));
}

TEST_CASE("the tracking error is measured power less its reference") {
    Statistics statistics(shipped_format());
    CHECK(statistics.tracking_rms_kw() == 0);
    statistics.sample(row(begin, 99), Reference{100, 0});
    statistics.sample(row(begin + 2s, 100), Reference{100, 0});
    statistics.sample(row(begin + 4s, 93), Reference{100, 0});
    statistics.sample(row(begin + 6s, 500), {});  // not following
    CHECK(statistics.tracking_rms_kw() == Approx(std::sqrt(50.0 / 3)));
    CHECK(statistics.tracking_worst_kw() == Approx(-7));
    CHECK(statistics.tracking_worst_at() == begin + 4s);
    CHECK(statistics.tracked_samples() == 3);
}

TEST_CASE("the settled error leaves out the samples in which a plant cannot have followed a step yet") {
    Statistics statistics(shipped_format());
    const double measured[] = {100, 100, 100, 100, -500, -498, -499, -500};
    const double planned[] = {100, 100, 100, -500, -500, -500, -500, -500};
    for (int i = 0; i < 8; ++i)
        statistics.sample(row(begin + i * 2s, measured[i]), Reference{planned[i], 0});
    CHECK(statistics.tracking_worst_kw() == Approx(600));
    CHECK(statistics.settled_worst_kw() == Approx(2));
}

TEST_CASE("a setpoint register differs from the plan when it is a whole count away") {
    Statistics statistics(shipped_format());
    auto feed = [&, when = begin](double reg, double plan, double q_plan = 0) mutable {
        statistics.sample(row(when, reg), Reference{plan, q_plan});
        when += 2s;
    };
    feed(12.3, 12.3);
    feed(12.3, 12.39);  // a write truncates
    feed(-12.3, -12.39);
    CHECK(statistics.differing() == 0s);
    feed(12.3, 12.4);
    feed(12.3, 12.3, 0.1);  // reactive power counts as well
    CHECK(statistics.differing() == 4s);
    feed(12.3, 12.3);
    feed(0, 12.3);
    CHECK(statistics.differing() == 6s);
    CHECK(statistics.longest_differing() == 4s);
    CHECK(statistics.watched() == 12s);
    CHECK(statistics.differing_share() == Approx(0.5));
}

TEST_CASE("a register that is written after the sample of a step is off since the step only") {
    Statistics statistics(shipped_format());
    statistics.sample(row(begin, 10), Reference{10, 0, begin});
    statistics.sample(row(begin + 2s, 10), Reference{20, 0, begin + 2s});  // at the very instant
    CHECK(statistics.differing() == 0s);
    statistics.sample(row(begin + 4s, 20), Reference{20, 0, begin + 2s});
    statistics.sample(row(begin + 6s, 20), Reference{30, 0, begin + 5500ms});
    CHECK(statistics.differing() == 500ms);
    statistics.sample(row(begin + 8s, 20), Reference{30, 0, begin + 5500ms});  // never written
    CHECK(statistics.differing() == 2500ms);
    CHECK(statistics.longest_differing() == 2500ms);
    CHECK(statistics.watched() == 8s);
}

TEST_CASE("a register that nobody writes is off all the time, however often the plan changes") {
    Statistics statistics(shipped_format());
    for (int i = 0; i <= 5; ++i) {
        const WallTime now = begin + i * 2s;
        statistics.sample(row(now, 7), Reference{10.0 + i, 0, now});
    }
    CHECK(statistics.differing() == 10s);
    CHECK(statistics.longest_differing() == 10s);
}

TEST_CASE("a sample between the writes of the two setpoints is off since the step and not longer") {
    Statistics statistics(shipped_format());
    statistics.sample(row(begin, 0), Reference{0, 5, begin - 1h});
    Row before = row(begin + 2s, 0);
    before.values[index(Column::q_setpoint)] = 5;
    statistics.sample(before, Reference{0, 5, begin - 1h});
    Row between = row(begin + 4s, 100);  // P is written, Q is not yet
    between.values[index(Column::q_setpoint)] = 5;
    statistics.sample(between, Reference{100, 10, begin + 4s});
    CHECK(statistics.longest_differing() == 0s);
    Row neither = row(begin + 6s, 50);
    neither.values[index(Column::q_setpoint)] = 10;
    statistics.sample(neither, Reference{100, 10, begin + 4s});
    CHECK(statistics.longest_differing() == 2s);
}

TEST_CASE("only the time between samples that were to follow the plan is watched") {
    Statistics statistics(shipped_format());
    statistics.sample(row(begin, 0), {});
    statistics.sample(row(begin + 2s, 0), Reference{100, 0});  // begin of the window
    statistics.sample(row(begin + 4s, 0), Reference{100, 0});
    statistics.gap();
    statistics.sample(row(begin + 60s, 0), Reference{100, 0});
    statistics.sample(row(begin + 62s, 0), Reference{100, 0});
    statistics.sample(row(begin + 64s, 0), {});
    CHECK(statistics.watched() == 4s);
    CHECK(statistics.differing() == 4s);
    CHECK(statistics.longest_differing() == 4s);  // a lost sample does not break the stretch
    statistics.sample(row(begin + 66s, 0), Reference{100, 0});
    statistics.sample(row(begin + 68s, 0), Reference{100, 0});
    CHECK(statistics.longest_differing() == 4s);
}

TEST_CASE("values that are not known count for nothing") {
    Statistics statistics(shipped_format());
    Row r = row(begin, 5);
    r.values[index(Column::p_battery)] = unknown;
    r.values[index(Column::p_setpoint)] = unknown;
    statistics.sample(r, Reference{100, 0});
    statistics.sample(row(begin + 2s, 100), Reference{100, 0});
    CHECK(statistics.tracked_samples() == 1);
    CHECK(statistics.energy_out_kwh() == 0);
    CHECK(statistics.differing() == 0s);
}
