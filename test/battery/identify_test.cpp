#include "battery/identify/identify.hpp"

#include "base/random.hpp"
#include "battery/batteries.hpp"
#include "battery/estimate/soc_filter.hpp"
#include "support/catch.hpp"

#include <fstream>
#include <sstream>

namespace hil::battery {
namespace {

std::string ornl_text() {
    std::ifstream file(HIL_TEST_DATA "/battery/ornl_leaf_1C.csv", std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

CyclerFile ornl() {
    return parse_cycler(ornl_text(), "ornl.csv", parse_columns("time=2,current=9,voltage=10").columns);
}

// Full to empty: at every tenth two pulses and a rest, at a row a second, with a millivolt of noise.
std::vector<CyclerRow> pulse_test(const CellParameters& parameters, double noise_v, std::uint64_t seed) {
    Random random(seed);
    Cell cell(parameters, {.soc_pu = 1});
    std::vector<CyclerRow> rows{{0, 0, cell.rest_voltage_v(), 298.15}};
    const double c = parameters.capacity_ah;
    const auto run = [&](double current, int seconds) {
        for (int i = 0; i < seconds; ++i) {
            const auto step = cell.advance_current(current, 1, {});
            rows.push_back({rows.back().t_s + 1, step.current_a,
                            step.end_voltage_v + noise_v * random.normal(), cell.state().temperature_k});
            if (current != 0 && step.current_a == 0) return;
        }
    };
    run(0, 300);
    for (int tenth = 0; tenth < 10; ++tenth) {
        run(1.5 * c, 40);
        run(0, 120);
        run(-1.5 * c, 30);
        run(0, 300);
        run(c / 3, 1000);
        run(0, 1800);
    }
    run(c / 3, 3600);
    run(0, 900);
    return rows;
}

TEST_CASE("an emulated pulse test gives back the parameters it was emulated with") {
    const auto truth = lithium_lg_m50().cell;
    const auto found = identify(pulse_test(truth, 0.001, 5), {});
    REQUIRE(found.ok());
    CHECK(found.capacity_ah.value == Approx(truth.capacity_ah).epsilon(0.01));
    CHECK(found.series_ohm.value == Approx(truth.discharge_ohm.at(0.5)).epsilon(0.03));
    for (std::size_t k = 0; k < 2; ++k) {
        CAPTURE(k);
        const auto& pair = found.pairs[k];
        const auto& real = truth.pairs[k];
        CHECK(pair.found);
        CHECK(pair.ohm.value == Approx(real.ohm).epsilon(0.03));
        CHECK(pair.farad.value == Approx(real.tau_s / real.ohm).epsilon(0.03));
        // The deviation that is told is one.
        CHECK(std::abs(pair.ohm.value - real.ohm) < 3 * pair.ohm.sigma);
        CHECK(std::abs(pair.tau_s.value - real.tau_s) < 3 * pair.tau_s.sigma);
    }
    for (const auto& [soc, volt] : found.ocv_v)
        if (soc > 0.03 && soc < 0.98) CHECK(volt == Approx(truth.ocv_v.at(soc)).margin(0.003));
    for (std::size_t i = 1; i < 10; ++i) {
        const double soc = static_cast<double>(i) / 10;
        CHECK(found.discharge_ohm[i].second == Approx(truth.discharge_ohm.at(soc)).epsilon(0.03));
        CHECK(found.charge_ohm[i].second == Approx(truth.charge_ohm.at(soc)).epsilon(0.03));
    }
    CHECK(found.rms_v < 0.001);
    const auto cell = found.cell(truth);
    CHECK(cell.ocv_v.at(0.5) == Approx(truth.ocv_v.at(0.5)).margin(0.003));
    CHECK(cell.pairs[1].tau_s == found.pairs[1].tau_s.value);
}

TEST_CASE("the measured Leaf cell has the resistance and the capacity of its reference") {
    const auto file = ornl();
    REQUIRE(file.ok());
    CHECK(file.rows.size() == 2287);
    const auto found = identify(file.rows, {});
    REQUIRE(found.ok());
    CHECK(found.capacity_ah.value > 30.30);
    CHECK(found.capacity_ah.value < 30.345);
    int discharges = 0;
    for (const auto& swing : found.swings)
        if (swing.ah > 0) {
            ++discharges;
            CHECK(swing.ah > 30.29);
            CHECK(swing.ah < 30.345);
        }
    CHECK(discharges == 4);
    int starts = 0, ends = 0, charges = 0;
    for (const auto& step : found.steps) {
        const double milliohm = step.ohm * 1000;
        if (step.before_a == 0 && step.after_a > 0) CHECK((++starts, milliohm > 1.985 && milliohm < 2.035));
        if (step.before_a > 0 && step.after_a == 0) CHECK((++ends, milliohm > 1.825 && milliohm < 1.865));
        if (step.before_a == 0 && step.after_a < 0) CHECK((++charges, milliohm > 2.02 && milliohm < 2.095));
    }
    CHECK(starts == 4);
    CHECK(ends == 4);
    CHECK(charges >= 4);
    // Rows of a minute tell nothing of a pair of some seconds, and the fit says so.
    CHECK_FALSE(found.pairs[0].found);
    CHECK(found.rms_v < 0.006);
}

TEST_CASE("the filter follows the measured cell's own ampere-hours") {
    const auto rows = ornl().rows;
    const auto swings = swings_of(rows);
    const auto charge = charge_of(rows, swings, 30.32, std::nullopt);
    SocFilter filter(lithium_manganese_oxide().cell,
                     {.ocv_v = 0.01, .start_soc_pu = 0.3, .start_spread_pu = 0.3});
    double worst = 0, square = 0;
    int count = 0, inside = 0;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const auto& now =
            filter.add(rows[i].current_a, rows[i].voltage_v, 298.15, rows[i].t_s - rows[i - 1].t_s);
        if (rows[i].t_s < 3600 || rows[i].t_s - rows[i - 1].t_s > 1000) continue;
        const double error = now.soc_pu - charge[i];
        worst = std::max(worst, std::abs(error));
        square += error * error;
        ++count;
        inside += std::abs(error) < 2 * now.sigma_pu ? 1 : 0;
    }
    CHECK(std::sqrt(square / count) < 0.02);
    CHECK(worst < 0.06);
    CHECK(inside >= 0.85 * count);
}

TEST_CASE("files of cyclers are read by their header, whatever they call their columns") {
    const char* const files[] = {
        "Test Time / s,Voltage / V,Current / A,Ambient Temperature / "
        "degC\n0,3.70,0,25\n1,3.75,10,25\n2,3.76,10,26\n",
        "test_time_second,voltage_volt,current_ampere,ambient_temperature_celsius\n0,3.70,0,25\n1,3.75,10,"
        "25\n2,3.76,10,26\n",
        "Step_Index,Test_Time(s),Current(A),Voltage(V),Temperature "
        "(C)_1\n1,0,0,3.70,9\n1,1,10,3.75,9\n1,2,10,3.76,9\n",
        "\xEF\xBB\xBF~Time[h];I[mA];U[mV];T1[C]\n0;0;3700;25\n0,000277777778;10000;3750;25\n0,000555555556;"
        "10000;3760;26\n",
        "Total Time\tCurrent(mA)\tVoltage(V)\n0\t0\t3.70\n1\t10000\t3.75\n2\t10000\t3.76\n",
        "# our own\ntime_s,current_a,voltage_v,temperature_c\n0,0,3.70,25\n1,-10,3.75,25\n2,-10,3.76,26\n"};
    for (const auto* text : files) {
        CAPTURE(text);
        const auto read = parse_cycler(text, "x.csv", {});
        REQUIRE(read.problem.empty());
        REQUIRE(read.rows.size() == 3);
        CHECK(read.rows[1].t_s == Approx(1));
        CHECK(read.rows[1].current_a == Approx(-10));  // the voltage rose: it charges
        CHECK(read.rows[2].voltage_v == Approx(3.76));
    }
    const auto warm = parse_cycler(files[0], "x.csv", {});
    CHECK(warm.rows[2].temperature_k == Approx(299.15));
    CHECK(parse_cycler(files[4], "x.csv", {}).rows[2].temperature_k == 0);
    const auto told = parse_cycler(files[0], "x.csv", {.positive_charges = false});
    CHECK(told.rows[1].current_a == 10);
    CHECK(told.notes.front().find("as asked") != std::string::npos);
}

TEST_CASE("what a cycler's file lacks is said with its place") {
    const auto problem = [](const char* text, const char* columns = "") {
        const auto named = parse_columns(columns);
        return parse_cycler(text, "x.csv", *columns ? named.columns : CyclerColumns{}).problem;
    };
    CHECK(problem("a,b\n1,2\n").starts_with("x.csv:1: no column of time is known here"));
    CHECK(problem("1,2,3\n2,2,3\n").starts_with("x.csv:1: no column of time"));
    CHECK(problem("Time,Current,Voltage\n1,1,3\n0,1,3\n") ==
          "x.csv:3: the time goes back from 1.0 s to 0.0 s");
    CHECK(problem("Time,Current,Voltage\n").find("not two rows") != std::string::npos);
    CHECK(problem("").find("not two rows") != std::string::npos);
    CHECK(problem("Time,Current,Voltage\n0,1,3\n1,1,3\n", "time=Zeit") ==
          "x.csv:1: there is no column \"Zeit\" for time");
    CHECK(parse_columns("time=1,kelvin=2").problem.find("must be as time=1") == 0);
    CHECK(parse_columns("time=").problem.find("must be as") == 0);
    const auto skipped = parse_cycler("Time,Current,Voltage\n0,0,3\nn/a,1,3\n2,1,3\n2,1,3.1\n", "x.csv", {});
    CHECK(skipped.rows.size() == 2);
    CHECK(skipped.rows.back().voltage_v == 3.1);
    CHECK(skipped.notes.front() == "1 rows without numbers are left out, the first in line 3");
}

TEST_CASE("what is written as Battery Data Format is read back") {
    const std::vector<CyclerRow> rows{{0, 0, 3.7, 298.15}, {1, 12.5, 3.65, 298.65}, {2.5, -3, 3.71, 0}};
    const auto text = to_bdf(rows);
    CHECK(
        text.starts_with("Test Time / s,Voltage / V,Current / A,Ambient Temperature / "
                         "degC\n0.0,3.7,0.0,25.0\n1.0,3.65,-12.5,25.5\n"));
    const auto read = parse_cycler(text, "x.csv", {});
    REQUIRE(read.ok());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CHECK(read.rows[i].current_a == rows[i].current_a);
        CHECK(read.rows[i].voltage_v == rows[i].voltage_v);
    }
    CHECK(to_bdf({{0, 0, 3.7, 0}}).starts_with("Test Time / s,Voltage / V,Current / A\n"));
}

TEST_CASE("a test that tells nothing is refused") {
    std::vector<CyclerRow> rest;
    for (int i = 0; i < 100; ++i)
        rest.push_back({static_cast<double>(i), 0, 3.7, 298.15});
    CHECK(identify(rest, {}).problem == "no current flows in this test");
    CHECK(identify({}, {}).problem == "the test has less than 50 rows");
}

}  // namespace
}  // namespace hil::battery
