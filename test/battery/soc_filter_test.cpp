#include "battery/estimate/soc_filter.hpp"

#include "battery/emulated_day.hpp"
#include "support/catch.hpp"

namespace hil::battery {
namespace {

// What is shown over twenty seeds at one sample a second is in models_bench; here some days, sampled more
// rarely.
TEST_CASE("the filter finds the charge of NMC and vanadium within half an hour, and keeps it for a day") {
    for (const auto kind : {EmulatedKind::nmc, EmulatedKind::vanadium})
        for (const std::uint64_t seed : {3U, 4U}) {
            const auto day = emulated_day({.kind = kind, .seed = seed, .dt_s = 20});
            CAPTURE(static_cast<int>(kind), seed);
            CHECK(std::abs(day.error_when_due) <= 0.03);
            CHECK(day.rms <= 0.02);
            CHECK(day.inside_two_sigma >= 0.85);
        }
}

TEST_CASE("the filter says of iron phosphate what can be said, and how little that is") {
    const auto day = emulated_day({.kind = EmulatedKind::iron_phosphate, .seed = 4, .dt_s = 20});
    CHECK(std::abs(day.error_when_due) <= 0.08);
    CHECK(day.worst_after_steep <= 0.05);
    CHECK(day.inside_two_sigma >= 0.85);
}

CellParameters flat_cell() {
    using Points = std::vector<std::pair<double, double>>;
    CellParameters out{.capacity_ah = 10,
                       .ocv_v = SocTable(Points{{0, 3.0}, {0.2, 3.3}, {0.8, 3.3}, {1, 3.6}}),
                       .charge_ohm = SocTable(Points{{0, 0.002}, {1, 0.002}}),
                       .discharge_ohm = SocTable(Points{{0, 0.002}, {1, 0.002}})};
    return out;
}

TEST_CASE("a voltage that tells nothing corrects nothing, and the deviation stays wide") {
    SocFilter filter(flat_cell(), {.start_soc_pu = 0.5, .start_spread_pu = 0.2});
    for (int i = 0; i < 600; ++i)
        filter.add(0, 3.3, 298.15, 1);
    // It is somewhere on the flat: not at its ends, not known better than that.
    CHECK(filter.estimate().soc_pu == Approx(0.5).margin(0.05));
    CHECK(filter.estimate().sigma_pu > 0.1);
    CHECK_FALSE(filter.estimate().frozen);
    // It was at three quarters: charging finds the end of the flat.
    Cell cell(flat_cell(), {.soc_pu = 0.75});
    for (int i = 0; i < 1200; ++i) {
        const auto out = cell.advance_current(-3, 1, {});
        filter.add(out.current_a, out.end_voltage_v, 298.15, 1);
    }
    CHECK(filter.estimate().soc_pu == Approx(0.85).margin(0.03));
    CHECK(filter.estimate().sigma_pu < 0.03);
}

TEST_CASE("a filter told to freeze does not listen on the flat, and says so") {
    SocFilter filter(flat_cell(), {.start_soc_pu = 0.5, .start_spread_pu = 0.01, .freeze_below_v = 0.3});
    filter.add(0, 3.35, 298.15, 1);
    CHECK(filter.estimate().frozen);
    CHECK(filter.estimate().soc_pu == Approx(0.5).margin(1e-3));
}

TEST_CASE("a reading that is none leaves the count, and a wider deviation") {
    SocFilter filter(flat_cell(), {.start_soc_pu = 0.5, .start_spread_pu = 0.01});
    const double before = filter.estimate().sigma_pu;
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    for (int i = 0; i < 360; ++i)
        filter.add(10, none, 298.15, 1);
    CHECK(filter.estimate().soc_pu == Approx(0.4).margin(0.005));
    CHECK(filter.estimate().sigma_pu > before);
    CHECK(filter.estimate().frozen);
    const auto kept = filter.estimate();
    filter.add(none, 3.0, 298.15, 1);
    filter.add(10, 3.0, 298.15, 0);
    CHECK(filter.estimate().soc_pu == kept.soc_pu);
}

TEST_CASE(
    "the filter learns the bias of the current meter, and a resistance that is not that of the parameters") {
    auto truth = flat_cell();
    truth.ocv_v = SocTable(std::vector<std::pair<double, double>>{{0, 3.0}, {1, 4.0}});
    auto believed = truth;
    believed.charge_ohm = believed.discharge_ohm =
        SocTable(std::vector<std::pair<double, double>>{{0, 0.0017}, {1, 0.0017}});
    Cell cell(truth, {.soc_pu = 0.6});
    SocFilter filter(
        believed,
        {.bias_c = 0.01, .capacity_pu = 0.001, .ocv_v = 1e-4, .start_soc_pu = 0.6, .start_spread_pu = 0.02});
    for (int i = 0; i < 4 * 3600; i += 10) {
        const auto out = cell.advance_current((i / 600) % 2 == 0 ? 5 : -5, 10, {});
        filter.add(out.current_a + 0.08, out.end_voltage_v, 298.15, 10);
    }
    CHECK(filter.estimate().bias_a == Approx(0.08).margin(0.02));
    CHECK(filter.estimate().bias_sigma_a < 0.05);
    CHECK(filter.estimate().resistance_factor == Approx(0.002 / 0.0017).epsilon(0.03));
}

}  // namespace
}  // namespace hil::battery
