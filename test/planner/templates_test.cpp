#include "planner/templates.hpp"

#include "planfile/price_data.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cmath>

namespace hil::planner {
namespace {

using namespace std::chrono_literals;

config::PlantModel li_ion() {
    config::PlantModel model;
    model.capacity_kwh = 500;
    model.power_limits = {1000, -1000, 600, -600};
    return model;
}

TemplateRequest request(std::string name, std::map<std::string, double, std::less<>> parameters = {}) {
    TemplateRequest out;
    out.name = std::move(name);
    out.from = test::madrid().parse("2025-10-01T00:00").value();
    out.to = out.from + 24h;
    out.parameters = std::move(parameters);
    return out;
}

// The values of the series at the given distances from its begin.
std::vector<double> values(const TemplatePlan& plan, const TemplateRequest& from,
                           std::initializer_list<Duration> at) {
    std::vector<double> out;
    for (const auto distance : at) {
        const auto position = plan.series.at(from.from + distance);
        REQUIRE(position.row != nullptr);
        out.push_back(position.row->value);
    }
    return out;
}

// Where a battery with these efficiencies ends, and how far it went on the way.
struct Walk {
    double end, low, high;
};
Walk walk(const schedule::Series& series, double soc, double capacity_kwh, double efficiency) {
    Walk out{soc, soc, soc};
    const auto rows = series.rows();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto until = i + 1 < rows.size() ? rows[i + 1].at : series.end_time();
        const double kwh = rows[i].value * to_seconds(until - rows[i].at) / 3600;
        out.end -= (kwh > 0 ? kwh / efficiency : kwh * efficiency) / capacity_kwh;
        out.low = std::min(out.low, out.end);
        out.high = std::max(out.high, out.end);
    }
    return out;
}

TEST_CASE("a constant is one row to the end of the range") {
    const auto asked = request("constant", {{"level_kw", 42}});
    const auto plan = make_plan(asked, li_ion());
    REQUIRE(plan.ok());
    CHECK(plan.series.size() == 1);
    CHECK(plan.series.end_time() == asked.to);
    CHECK(values(plan, asked, {0s, 23h}) == std::vector<double>{42, 42});
}

TEST_CASE("a square wave spends its duty on the first level") {
    const auto asked =
        request("square", {{"level_kw", 100}, {"low_kw", -20}, {"period_s", 1000}, {"duty", 0.3}});
    const auto plan = make_plan(asked, li_ion());
    REQUIRE(plan.ok());
    CHECK(values(plan, asked, {0s, 299s, 300s, 999s, 1000s}) == std::vector<double>{100, 100, -20, -20, 100});
    const auto mirrored = request("square", {{"level_kw", 100}});
    CHECK(values(make_plan(mirrored, li_ion()), mirrored, {1799s, 1800s}) == std::vector<double>{100, -100});
}

TEST_CASE("steps of a ramp hold the value at their middle, so that the energy is that of the line") {
    const auto asked = request("ramp", {{"from_kw", -100}, {"to_kw", 100}, {"step_s", 3600}});
    const auto plan = make_plan(asked, li_ion());
    REQUIRE(plan.ok());
    CHECK(plan.series.size() == 24);
    CHECK(values(plan, asked, {0s}).front() == Approx(-100 + 200 / 48.0).margin(0.001));
    CHECK(walk(plan.series, 0.5, 500, 1).end == Approx(0.5).margin(1e-6));
}

TEST_CASE("a sine swings around its offset") {
    const auto asked =
        request("sine", {{"offset_kw", 10}, {"amplitude_kw", 50}, {"period_s", 7200}, {"step_s", 60}});
    const auto plan = make_plan(asked, li_ion());
    REQUIRE(plan.ok());
    const auto at = values(plan, asked, {30min, 90min});
    CHECK(at[0] == Approx(60).margin(0.1));
    CHECK(at[1] == Approx(-40).margin(0.1));
}

TEST_CASE("arbitrage as a template is the optimum, rounded to a watt") {
    auto asked = request("arbitrage", {{"max_cycles", 1}});
    asked.values = test::prices("omie_INT_PBC_20251001_96x15min.txt").values;
    const auto plan = make_plan(asked, li_ion());
    REQUIRE(plan.ok());
    CHECK(plan.facts.at("profit") == Approx(82.158671).margin(1e-4));
    CHECK(plan.facts.at("cycles") <= 1 + 1e-9);
    const auto way = walk(plan.series, 0.5, 500, 0.95);
    CHECK(way.end == Approx(0.5).margin(1e-4));
    CHECK(way.low >= -1e-4);
    CHECK(way.high <= 1 + 1e-4);
}

TEST_CASE("prices that end before the range does are refused") {
    auto asked = request("arbitrage");
    asked.values = test::prices("omie_INT_PBC_20251001_96x15min.txt").values;
    asked.to += 1h;
    CHECK(make_plan(asked, li_ion()).problems.front() ==
          "the file's values end at 86400 seconds of a range of 90000");
}

TEST_CASE("peak shaving says what the peak was and is") {
    auto asked = request("peak_shaving", {{"charge_efficiency", 1}, {"discharge_efficiency", 1}});
    for (int hour = 0; hour < 24; ++hour) {
        const auto at = asked.from + std::chrono::hours(hour);
        asked.values.push_back({at, at + 1h, hour == 19 ? 700.0 : 300.0});
    }
    const auto plan = make_plan(asked, li_ion());
    REQUIRE(plan.ok());
    CHECK(plan.facts.at("peak_without_kw") == 700);
    // 370 kWh from a full battery, of which the four hours after can bring back 120 at 30 kW over the load.
    CHECK(plan.facts.at("peak_kw") == Approx(330).margin(0.001));
}

TEST_CASE("a capacity test goes down, up, down and home within the window") {
    const auto asked =
        request("capacity_test", {{"soc_min_pu", 0.1}, {"soc_max_pu", 0.9}, {"power_kw", 200}});
    const auto plan = make_plan(asked, li_ion());
    REQUIRE(plan.ok());
    const auto way = walk(plan.series, 0.5, 500, 0.95);
    CHECK(way.low == Approx(0.1).margin(0.001));
    CHECK(way.high == Approx(0.9).margin(0.001));
    CHECK(way.end == Approx(0.5).margin(0.002));
    CHECK(plan.facts.at("hours") > 4);
}

TEST_CASE("an efficiency test visits four powers and ends in the middle") {
    const auto asked = request("efficiency_test", {{"power_kw", 400}});
    const auto plan = make_plan(asked, li_ion());
    REQUIRE(plan.ok());
    for (const double power : {100.0, 200.0, 300.0, 400.0}) {
        INFO(power);
        CHECK(std::ranges::any_of(plan.series.rows(),
                                  [=](const schedule::Row& row) { return row.value == power; }));
        CHECK(std::ranges::any_of(plan.series.rows(),
                                  [=](const schedule::Row& row) { return row.value == -power; }));
    }
    CHECK(walk(plan.series, 0.5, 500, 0.95).end == Approx(0.5).margin(0.002));
}

TEST_CASE("what a template does not know, or is not given, is said") {
    const auto problem = [](TemplateRequest asked) {
        const auto plan = make_plan(asked, li_ion());
        CHECK(plan.series.empty());
        REQUIRE_FALSE(plan.ok());
        return plan.problems.front();
    };
    CHECK(problem(request("triangle")) == "there is no template \"triangle\"");
    CHECK(problem(request("constant")) == "level_kw: must be given (constant)");
    CHECK(problem(request("constant", {{"level_kw", 1}, {"speed", 2}})) ==
          "speed: constant has no such parameter");
    CHECK(problem(request("constant", {{"level_kw", std::nan("")}})) == "level_kw: must be a finite number");
    CHECK(problem(request("square", {{"level_kw", 1}, {"duty", 2}})) ==
          "duty: must be 0.01 to 0.99, got 2.0");
    auto empty = request("constant", {{"level_kw", 1}});
    empty.to = empty.from;
    CHECK(problem(empty) == "the range is empty");
    CHECK(problem(request("capacity_test", {{"soc_min_pu", 0.6}}))
              .starts_with("the state of charge at the begin"));
}

TEST_CASE("every template is described with its parameters") {
    CHECK(templates().size() == 8);
    for (const auto& info : templates()) {
        CHECK_FALSE(info.text.empty());
        CHECK_FALSE(info.parameters.empty());
    }
}

}  // namespace
}  // namespace hil::planner
