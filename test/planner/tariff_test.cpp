#include "planner/tariff.hpp"

#include "support/catch.hpp"

#include <limits>

namespace hil::planner {
namespace {

using namespace std::chrono_literals;

const Zone& stockholm() {
    static const Zone zone = Zone::find("Europe/Stockholm").value();
    return zone;
}

WallTime at(const char* text) {
    return stockholm().parse(text).value();
}

CapacityTariff peak(CapacityTariff::Basis basis, std::chrono::minutes interval = 60min) {
    CapacityTariff out;
    out.per_kw = 100;
    out.basis = basis;
    out.interval = interval;
    return out;
}

}  // namespace

TEST_CASE("the price of a kWh: the exchange's by day and by night, tax, and value added tax on all of it") {
    ImportTariff tariff;
    tariff.per_kwh = 0.42;
    tariff.vat_pu = 0.25;
    tariff.bands.push_back({{.from = 6h, .until = 22h}, 1.2, 0});
    CHECK(import_price(tariff, stockholm(), at("2026-01-15T12:00"), 1.0) == Approx((1.2 + 0.42) * 1.25));
    CHECK(import_price(tariff, stockholm(), at("2026-01-15T05:59"), 1.0) == Approx(1.42 * 1.25));
    CHECK(import_price(tariff, stockholm(), at("2026-01-15T22:00"), 1.0) == Approx(1.42 * 1.25));
    CHECK(import_price(tariff, stockholm(), at("2026-07-15T06:00"), -0.5) == Approx((-0.6 + 0.42) * 1.25));
    ImportTariff fixed{.spot_share = 0, .per_kwh = 0.3};
    CHECK(import_price(fixed, stockholm(), at("2026-01-15T12:00"), 9) == Approx(0.3));
    CHECK(export_price({}, -0.2) == Approx(-0.2));
    CHECK(export_price({.spot_share = 0.4}, 1.5) == Approx(0.6));
    CHECK(export_price({.spot_share = 1, .per_kwh = 0.1, .never_negative = true}, -0.2) == 0);
}

TEST_CASE("bands know months and weekdays, last over midnight, and follow the clock of the site") {
    const TimeBand winter{.months = {11, 12, 1, 2, 3}, .weekdays = {1, 2, 3, 4, 5}, .from = 7h, .until = 20h};
    CHECK(winter.holds(stockholm(), at("2026-01-15T07:00")));        // a Thursday
    CHECK_FALSE(winter.holds(stockholm(), at("2026-01-17T07:00")));  // a Saturday
    CHECK_FALSE(winter.holds(stockholm(), at("2026-04-15T07:00")));
    CHECK_FALSE(winter.holds(stockholm(), at("2026-01-15T20:00")));
    const TimeBand night{.weekdays = {5}, .from = 22h, .until = 6h};
    CHECK(night.holds(stockholm(), at("2026-01-16T23:00")));
    CHECK(night.holds(stockholm(), at("2026-01-17T05:59")));  // still Friday's night
    CHECK_FALSE(night.holds(stockholm(), at("2026-01-16T05:00")));
    CHECK_FALSE(night.holds(stockholm(), at("2026-01-16T12:00")));
    // Both hours of the doubled one, and none is missing in spring.
    const TimeBand two{.from = 2h, .until = 3h};
    CHECK(two.holds(stockholm(), at("2026-10-25T02:30+02:00")));
    CHECK(two.holds(stockholm(), at("2026-10-25T02:30+01:00")));
    CHECK_FALSE(two.holds(stockholm(), at("2026-10-25T03:00+01:00")));
    CHECK(TimeBand{}.holds(stockholm(), at("2026-10-25T02:30+01:00")));
}

TEST_CASE("demand is the mean of an interval, however what was drawn is cut") {
    Demand demand(peak(CapacityTariff::Basis::month), stockholm());
    demand.add(at("2026-01-10T10:00"), 15min, 8);
    CHECK(demand.billed_kw(at("2026-01-10T10:00")) == Approx(2));  // certain, whatever follows
    demand.add(at("2026-01-10T10:15"), 45min, 2);
    CHECK(demand.billed_kw(at("2026-01-31T00:00")) == Approx(3.5));
    demand.add(at("2026-01-10T11:00"), 30min, 3);
    demand.add(at("2026-01-10T11:30"), 90min, 5);  // over the end of the hour
    CHECK(demand.billed_kw(at("2026-01-31T00:00")) == Approx(5));
    CHECK(demand.cost(at("2026-01-31T00:00")) == Approx(500));
    CHECK(demand.billed_kw(at("2026-02-01T00:00")) == 0);
    demand.add(at("2026-02-01T00:00"), 1h, -7);  // what is fed in makes no demand
    CHECK(demand.billed_kw(at("2026-02-01T00:00")) == 0);
}

TEST_CASE("the peak that is reached already is free, and beyond it every kW costs [site-9]") {
    Demand demand(peak(CapacityTariff::Basis::month), stockholm());
    demand.add(at("2026-01-03T18:00"), 1h, 2.5);
    CHECK(demand.free_kw(at("2026-01-10T10:00")) == Approx(2.5));
    CHECK(demand.free_kw(at("2026-02-10T10:00")) == 0);
    demand.add(at("2026-01-10T18:00"), 1h, 3);
    CHECK(demand.cost(at("2026-01-10T18:00")) == Approx(300));
}

TEST_CASE("the mean of the highest hours of different days") {
    auto tariff = peak(CapacityTariff::Basis::days);
    tariff.days = 3;
    Demand demand(tariff, stockholm());
    demand.add(at("2026-01-03T08:00"), 1h, 9);
    demand.add(at("2026-01-03T18:00"), 1h, 8);  // the same day does not count twice
    CHECK(demand.billed_kw(at("2026-01-03T00:00")) == Approx(3));
    CHECK(demand.free_kw(at("2026-01-03T20:00")) == Approx(9));
    CHECK(demand.free_kw(at("2026-01-04T20:00")) == 0);
    demand.add(at("2026-01-04T08:00"), 1h, 6);
    demand.add(at("2026-01-05T08:00"), 1h, 3);
    demand.add(at("2026-01-06T08:00"), 1h, 4);
    CHECK(demand.billed_kw(at("2026-01-03T00:00")) == Approx((9 + 6 + 4) / 3.0));
    CHECK(demand.free_kw(at("2026-01-07T20:00")) == Approx(4));
}

TEST_CASE("windows give hours a weight, and the mean of twelve months counts the months there are") {
    auto tariff = peak(CapacityTariff::Basis::month);
    tariff.windows.push_back({{.from = 22h, .until = 6h}, 0.5});
    tariff.windows.push_back({{.weekdays = {1, 2, 3, 4, 5}}, 1});
    Demand demand(tariff, stockholm());
    demand.add(at("2026-01-15T23:00"), 1h, 8);
    CHECK(demand.billed_kw(at("2026-01-15T00:00")) == Approx(4));
    CHECK(demand.free_kw(at("2026-01-15T23:00")) == Approx(8));
    CHECK(demand.free_kw(at("2026-01-16T12:00")) == Approx(4));
    demand.add(at("2026-01-17T12:00"), 1h, 20);  // a Saturday's noon costs nothing
    CHECK(demand.billed_kw(at("2026-01-15T00:00")) == Approx(4));
    CHECK(demand.free_kw(at("2026-01-17T12:00")) == std::numeric_limits<double>::infinity());

    Demand year(peak(CapacityTariff::Basis::twelve_month), stockholm());
    year.add(at("2025-01-10T12:00"), 1h, 100);
    year.add(at("2025-12-10T12:00"), 1h, 4);
    year.add(at("2026-01-10T12:00"), 1h, 6);
    CHECK(year.billed_kw(at("2026-01-31T00:00")) == Approx(5));
    CHECK(year.billed_kw(at("2025-12-31T00:00")) == Approx(52));
}

TEST_CASE("intervals of a quarter, and the day on which the clocks change") {
    Demand demand(peak(CapacityTariff::Basis::month, 15min), stockholm());
    demand.add(at("2026-10-25T02:00+02:00"), 15min, 4);
    demand.add(at("2026-10-25T02:00+01:00"), 15min, 4);  // another quarter, an hour later
    CHECK(demand.billed_kw(at("2026-10-25T12:00")) == Approx(4));
    demand.add(at("2026-10-25T12:07:30"), 15min, 6);  // half of two quarters
    CHECK(demand.billed_kw(at("2026-10-25T12:00")) == Approx(4));
}

}  // namespace hil::planner
