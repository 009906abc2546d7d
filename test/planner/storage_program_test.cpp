#include "planner/storage_program.hpp"

#include "planfile/price_data.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>

#include <fmt/format.h>

namespace hil::planner {
namespace {

StorageModel li_ion() {
    StorageModel model;
    model.capacity_kwh = 500;
    model.charge_limit_kw = model.discharge_limit_kw = 1000;
    model.charge_efficiency = model.discharge_efficiency = 0.95;
    return model;
}

StorageModel redox_flow() {
    StorageModel model;
    model.capacity_kwh = 400;
    model.charge_limit_kw = model.discharge_limit_kw = 160;
    model.charge_efficiency = model.discharge_efficiency = 0.85;
    return model;
}

std::vector<Interval> intervals(const std::vector<planfile::IntervalValue>& prices) {
    std::vector<Interval> out;
    for (const auto& price : prices)
        out.push_back({to_seconds(price.to - price.from) / 3600, price.value, 0});
    return out;
}

std::vector<Interval> flat(std::size_t count, double price, double load = 0) {
    return std::vector<Interval>(count, Interval{1, price, load});
}

double profit(StorageModel model, const std::vector<Interval>& day, std::optional<double> cycles = {}) {
    model.max_cycles = cycles;
    return most_profit(model, day).value().profit;
}

// Every rule of the model, checked on the schedule itself.
void check_schedule(const StorageModel& model, const std::vector<Interval>& day,
                    const StorageSolution& solution) {
    double stored = model.soc_start * model.capacity_kwh;
    for (std::size_t t = 0; t < day.size(); ++t) {
        const double power = solution.power_kw[t];
        REQUIRE(power <= model.discharge_limit_kw + 1e-6);
        REQUIRE(power >= -model.charge_limit_kw - 1e-6);
        stored += power < 0 ? -power * model.charge_efficiency * day[t].hours
                            : -power / model.discharge_efficiency * day[t].hours;
        REQUIRE(stored >= model.soc_min * model.capacity_kwh - 1e-5);
        REQUIRE(stored <= model.soc_max * model.capacity_kwh + 1e-5);
        REQUIRE(stored == Approx(solution.energy_kwh[t]).margin(1e-5));
    }
    REQUIRE(stored == Approx(model.soc_end * model.capacity_kwh).margin(1e-5));
}

// The same problem formulated another way: without a column for the stored energy, whose bounds become sums
// over all intervals before; and solved by another solver, as a process.
double by_glpk(const StorageModel& model, const std::vector<Interval>& day,
               const test::TemporaryDirectory& dir) {
    const auto in = (dir.path() / "day.lp").string(), out = (dir.path() / "day.out").string();
    {
        std::ofstream lp(in);
        lp << "Maximize\n profit:";
        for (std::size_t t = 0; t < day.size(); ++t) {
            const double per_kw = day[t].price * day[t].hours / 1000;
            lp << fmt::format(" {:+.17g} d{} {:+.17g} c{}\n", per_kw, t, -per_kw, t);
        }
        lp << "Subject To\n";
        std::string sum;
        const double start = model.soc_start * model.capacity_kwh;
        for (std::size_t t = 0; t < day.size(); ++t) {
            sum += fmt::format(" {:+.17g} c{} {:+.17g} d{}\n", model.charge_efficiency * day[t].hours, t,
                               -day[t].hours / model.discharge_efficiency, t);
            if (t + 1 == day.size()) {
                lp << fmt::format(" end:{} = {:.17g}\n", sum, model.soc_end * model.capacity_kwh - start);
            } else {
                lp << fmt::format(" low{}:{} >= {:.17g}\n", t, sum,
                                  model.soc_min * model.capacity_kwh - start);
                lp << fmt::format(" high{}:{} <= {:.17g}\n", t, sum,
                                  model.soc_max * model.capacity_kwh - start);
            }
            if (day[t].price < 0) {
                lp << fmt::format(" x{}: c{} - {:.17g} u{} <= 0\n", t, t, model.charge_limit_kw, t);
                lp << fmt::format(" y{}: d{} + {:.17g} u{} <= {:.17g}\n", t, t, model.discharge_limit_kw, t,
                                  model.discharge_limit_kw);
            }
        }
        if (model.max_cycles) {
            lp << " cycles:";
            for (std::size_t t = 0; t < day.size(); ++t)
                lp << fmt::format(" {:+.17g} d{}\n", day[t].hours / model.discharge_efficiency, t);
            lp << fmt::format(" <= {:.17g}\n", *model.max_cycles * model.capacity_kwh);
        }
        lp << "Bounds\n";
        for (std::size_t t = 0; t < day.size(); ++t)
            lp << fmt::format(" 0 <= c{} <= {:.17g}\n 0 <= d{} <= {:.17g}\n", t, model.charge_limit_kw, t,
                              model.discharge_limit_kw);
        lp << "Binary\n";
        for (std::size_t t = 0; t < day.size(); ++t) {
            if (day[t].price < 0) lp << fmt::format(" u{}\n", t);
        }
        lp << "End\n";
    }
    const auto command = fmt::format("glpsol --lp {} --mipgap 1e-9 --cuts --write {} > /dev/null", in, out);
    REQUIRE(std::system(command.c_str()) == 0);
    std::ifstream answer(out);
    // "s bas rows columns f f objective" or "s mip rows columns o objective"
    for (std::string line; std::getline(answer, line);) {
        if (!line.starts_with("s ")) continue;
        return std::stod(line.substr(line.rfind(' ') + 1));
    }
    FAIL("glpsol gave no solution");
    return 0;
}

TEST_CASE("arbitrage on published days earns what two other solvers found") {
    const auto quarters = intervals(test::prices("omie_INT_PBC_20251001_96x15min.txt").values);
    CHECK(profit(li_ion(), quarters) == Approx(137.527868).margin(1e-4));
    CHECK(profit(li_ion(), quarters, 1) == Approx(82.158671).margin(1e-4));
    CHECK(profit(redox_flow(), quarters) == Approx(52.471884).margin(1e-4));
    CHECK(profit(redox_flow(), quarters, 1) == Approx(50.766924).margin(1e-4));
    const auto short_day = intervals(test::prices("omie_PrecioMD_20200329_23h.txt").values);
    CHECK(profit(li_ion(), short_day) == Approx(8.414559).margin(1e-4));
    CHECK(profit(li_ion(), short_day, 1) == Approx(5.273704).margin(1e-4));
    CHECK(profit(redox_flow(), short_day) == Approx(1.953456).margin(1e-4));
    CHECK(profit(redox_flow(), short_day, 1) == Approx(1.953456).margin(1e-4));
}

TEST_CASE("arbitrage on every day of a year equals another formulation in another solver") {
    const test::TemporaryDirectory dir;
    std::map<LocalDate, std::vector<planfile::IntervalValue>> days;
    for (const auto& price : test::se3_prices().values)
        days[test::madrid().date(price.from)].push_back(price);
    for (const auto* file : {"omie_INT_PBC_20251001_96x15min.txt", "omie_PrecioMD_20200329_23h.txt",
                             "omie_PrecioMD_20201022_24h.txt", "omie_PrecioMD_20221030_25h.txt"}) {
        const auto prices = test::prices(file).values;
        days[test::madrid().date(prices.front().from)] = prices;
    }
    REQUIRE(days.size() == 365 + 4);
    std::size_t index = 0;
    for (const auto& [date, prices] : days) {
        const auto day = intervals(prices);
        // Both batteries in turn, so that each sees every kind of day.
        const auto model = index++ % 2 == 0 ? li_ion() : redox_flow();
        const auto solution = most_profit(model, day);
        REQUIRE(solution);
        INFO(hil::to_string(date));
        check_schedule(model, day, *solution);
        REQUIRE(solution->gap_pu == 0);
        REQUIRE(solution->profit == Approx(by_glpk(model, day, dir)).epsilon(1e-6).margin(1e-6));
    }
}

TEST_CASE("a limit of cycles is kept at negative prices, too, and nothing is given away for it") {
    const test::TemporaryDirectory dir;
    std::map<LocalDate, std::vector<planfile::IntervalValue>> days;
    for (const auto& price : test::se3_prices().values)
        days[test::madrid().date(price.from)].push_back(price);
    std::size_t below = 0;
    for (const auto& [date, prices] : days) {
        const auto day = intervals(prices);
        if (std::ranges::none_of(day, [](const Interval& i) { return i.price < 0; })) continue;
        auto model = below % 2 == 0 ? li_ion() : redox_flow();
        model.max_cycles = 0.4 + 0.3 * static_cast<double>(below++ % 5);
        const auto solution = most_profit(model, day);
        REQUIRE(solution);
        INFO(hil::to_string(date));
        check_schedule(model, day, *solution);
        REQUIRE(solution->cycles <= *model.max_cycles + 1e-9);
        REQUIRE(solution->gap_pu == 0);
        REQUIRE(solution->profit == Approx(by_glpk(model, day, dir)).epsilon(2e-6).margin(2e-6));
    }
    CHECK(below > 30);
}

TEST_CASE("burning energy by charging and discharging at once is not a profit") {
    // Full and paid to consume: without the rule the losses alone would earn.
    auto model = li_ion();
    model.soc_start = model.soc_end = 1;
    auto day = flat(4, -100);
    const auto solution = most_profit(model, day).value();
    check_schedule(model, day, solution);
    // Two hours of discharge pay for two hours of charging; what is burnt in between is only the losses.
    CHECK(solution.profit == Approx(2 * (500 / 0.95 - 500 * 0.95) / 1000 * 100).margin(1e-4));
}

TEST_CASE("the profit of arbitrage scales with prices and is never negative where idling is possible") {
    auto day = intervals(test::prices("omie_PrecioMD_20201022_24h.txt").values);
    const double one = profit(li_ion(), day);
    for (auto& interval : day)
        interval.price *= 3;
    CHECK(profit(li_ion(), day) == Approx(3 * one).margin(1e-4));
    CHECK(profit(li_ion(), flat(24, 50)) == Approx(0).margin(1e-6));
    CHECK(profit(li_ion(), flat(24, 0)) == Approx(0).margin(1e-6));
}

TEST_CASE("a better battery never earns less") {
    const auto day = intervals(test::prices("omie_INT_PBC_20251001_96x15min.txt").values);
    const double base = profit(redox_flow(), day);
    auto more_energy = redox_flow(), more_power = redox_flow(), less_loss = redox_flow();
    more_energy.capacity_kwh *= 1.1;
    more_power.charge_limit_kw *= 1.1;
    less_loss.charge_efficiency = 0.9;
    CHECK(profit(more_energy, day) >= base - 1e-6);
    CHECK(profit(more_power, day) >= base - 1e-6);
    CHECK(profit(less_loss, day) >= base - 1e-6);
}

TEST_CASE("peak shaving finds the lowest peak and never exports") {
    auto model = li_ion();
    model.capacity_kwh = 100;
    model.charge_efficiency = model.discharge_efficiency = 1;
    auto day = flat(6, 0, 50);
    day[3].load_kw = 250;
    const auto solution = lowest_peak(model, day).value();
    check_schedule(model, day, solution);
    // 50 kWh are there; 50 more can be charged in the three hours before without raising the peak over 150.
    CHECK(solution.peak_kw == Approx(150).margin(1e-4));
    for (std::size_t t = 0; t < day.size(); ++t)
        CHECK(day[t].load_kw - solution.power_kw[t] >= -1e-6);
}

TEST_CASE("a battery that makes no sense and an end that cannot be reached are errors") {
    auto model = li_ion();
    model.charge_efficiency = 1.2;
    CHECK(most_profit(model, flat(2, 1)).error() == storage_errc::bad_model);
    CHECK(most_profit(li_ion(), {}).error() == storage_errc::bad_model);
    model = li_ion();
    model.charge_limit_kw = 1;
    model.soc_end = 0.9;
    CHECK(most_profit(model, flat(2, 1)).error() == storage_errc::infeasible);
    CHECK(lowest_peak(model, flat(2, 1)).error() == storage_errc::infeasible);
}

// What a whole year is planned from: the hours of SE3, each as four quarters.
std::vector<Interval> quarters_of_a_year() {
    std::vector<Interval> out;
    for (const auto& hour : intervals(test::se3_prices().values))
        out.insert(out.end(), 4, Interval{hour.hours / 4, hour.price, 0});
    return out;
}

std::vector<Interval> negative_quarters(std::size_t count) {
    std::vector<Interval> out;
    for (std::size_t q = 0; q < count; ++q)
        out.push_back({0.25, -50.0 - static_cast<double>(q % 7), 0});
    return out;
}

TEST_CASE("a day of negative quarters with losses is solved to the end") {
    auto model = li_ion();
    model.charge_efficiency = model.discharge_efficiency = 0.9;
    const auto day = negative_quarters(96);
    const auto solution = most_profit(model, day).value();
    check_schedule(model, day, solution);
    CHECK(solution.gap_pu == 0);
    CHECK(solution.profit == Approx(149.795).margin(1e-3));
    model.max_cycles = 3.3;
    const auto limited = most_profit(model, day).value();
    check_schedule(model, day, limited);
    CHECK(limited.gap_pu == 0);
    CHECK(limited.cycles == Approx(3.3).margin(1e-6));
}

TEST_CASE("a year of quarters is solved to the end, with and without a limit of cycles") {
    const auto year = quarters_of_a_year();
    REQUIRE(year.size() == 35'040);
    auto model = redox_flow();
    const auto solution = most_profit(model, year).value();
    check_schedule(model, year, solution);
    CHECK(solution.gap_pu == 0);
    // As hours: a quarter may do what its hour did, so that no hour earns more.
    const auto hours = intervals(test::se3_prices().values);
    CHECK(solution.profit >= profit(model, hours) - 1e-3);
    model.max_cycles = 200;
    const auto limited = most_profit(model, year).value();
    check_schedule(model, year, limited);
    CHECK(limited.gap_pu == 0);
    CHECK(limited.cycles <= 200 + 1e-6);
    CHECK(limited.profit < solution.profit);
}

TEST_CASE("at equal prices nothing moves, with losses or without") {
    for (const double efficiency : {1.0, 0.95}) {
        auto model = li_ion();
        model.charge_efficiency = model.discharge_efficiency = efficiency;
        for (const double price : {50.0, 0.0}) {
            const auto solution = most_profit(model, flat(96, price)).value();
            CHECK(solution.cycles == 0);
            CHECK(std::ranges::all_of(solution.power_kw, [](double p) { return p == 0; }));
        }
        // To end elsewhere only that much is moved.
        model.soc_end = 0.9;
        double moved = 0;
        const auto elsewhere = most_profit(model, flat(96, 50)).value();
        for (const double power : elsewhere.power_kw)
            moved += std::abs(power);
        CHECK(moved == Approx(0.4 * 500 / efficiency).margin(1e-6));
    }
    // Equal but for what is written in the last digit of a number.
    auto model = li_ion();
    model.charge_efficiency = model.discharge_efficiency = 1;
    auto day = flat(96, 50);
    for (std::size_t t = 0; t < day.size(); t += 2)
        day[t].price = std::nextafter(50.0, 51.0);
    CHECK(most_profit(model, day).value().cycles == 0);
}

TEST_CASE("a search that is stopped at any moment has a plan that keeps every rule, and its gap") {
    auto model = li_ion();
    const auto day = negative_quarters(40);
    for (const bool limited : {false, true}) {
        if (limited) model.max_cycles = 2.2;
        const double best = most_profit(model, day).value().profit;
        double last_gap = 1e9;
        int stops = 0;
        for (int allowed = 0; allowed < 5000; allowed += 17) {
            int asked = 0;
            bool stopped = false;
            const SolverWatch watch{.stop = [&] { return stopped = asked++ >= allowed; }};
            const auto solution = most_profit(model, day, watch).value();
            check_schedule(model, day, solution);
            CHECK(solution.cycles <= model.max_cycles.value_or(1e9) + 1e-9);
            CHECK(solution.profit <= best + 1e-6);
            CHECK(solution.bound >= best - 1e-6);
            CHECK(solution.gap_pu <= last_gap + 1e-12);
            last_gap = solution.gap_pu;
            if (!stopped) {
                CHECK(solution.gap_pu == 0);
                break;
            }
            ++stops;
        }
        CHECK(stops > 1);
        CHECK(last_gap == 0);
    }
}

TEST_CASE("the lowest peak of a search that is stopped is kept, and the bound is below it") {
    auto model = li_ion();
    auto day = flat(24, 0, 80);
    day[18].load_kw = day[19].load_kw = 400;
    for (const auto cycles : {std::optional<double>(), std::optional<double>(0.5)}) {
        model.max_cycles = cycles;
        const double best = lowest_peak(model, day).value().peak_kw;
        for (int allowed = 0; allowed < 400; allowed += 7) {
            int asked = 0;
            const SolverWatch watch{.stop = [&] { return asked++ >= allowed; }};
            const auto solution = lowest_peak(model, day, watch);
            if (!solution) {
                CHECK(solution.error() == storage_errc::not_solved);
                continue;
            }
            check_schedule(model, day, *solution);
            CHECK(solution->peak_kw >= best - 1e-6);
            CHECK(solution->bound <= best + 1e-6);
        }
        CHECK(lowest_peak(model, day).value().gap_pu == 0);
    }
    CHECK(lowest_peak(model, day).value().cycles <= 0.5 + 1e-9);
}

TEST_CASE("the course of a search is told, never falling back") {
    auto model = li_ion();
    model.max_cycles = 2.2;
    double found = -1e9, bound = 1e9;
    int told = 0;
    const SolverWatch watch{.progress = [&](double now, double at_most) {
        CHECK(now >= found);
        CHECK(at_most <= bound);
        found = now;
        bound = at_most;
        ++told;
    }};
    REQUIRE(most_profit(model, negative_quarters(40), watch));
    CHECK(told > 2);
}

TEST_CASE("the same question has the same answer to the last bit") {
    auto model = redox_flow();
    model.max_cycles = 3;
    const auto day = negative_quarters(96);
    CHECK(most_profit(model, day).value().power_kw == most_profit(model, day).value().power_kw);
}

}  // namespace
}  // namespace hil::planner
