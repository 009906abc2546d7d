// Composite schedules by the vectors of two open implementations' public tests, in notation of our own; the
// number of a vector stands in its name.
#include "ocpp/charging_profile.hpp"

#include "base/zone.hpp"

#include "support/catch.hpp"

#include <cmath>

namespace hil::ocpp {
namespace {

using Periods = std::vector<ChargingPeriod>;
using Result = std::vector<CompositePeriod>;
using Profiles = std::vector<ChargingProfile>;

WallTime utc(const std::string& text) {
    return Zone::utc().parse(text + "Z").value();
}

ChargingProfile profile(Purpose purpose, ProfileKind kind, int stack, RateUnit unit, Periods periods) {
    static int next = 1;
    ChargingProfile out;
    out.id = next++;
    out.purpose = purpose;
    out.kind = kind;
    out.stack_level = stack;
    out.unit = unit;
    out.periods = std::move(periods);
    if (kind == ProfileKind::recurring) out.recurrency = Recurrency::daily;
    return out;
}

ChargingProfile starting(ChargingProfile of, const char* start, std::optional<double> duration = {}) {
    of.start = utc(start);
    of.duration_s = duration;
    return of;
}

ChargingProfile valid(ChargingProfile of, const char* from, const char* to) {
    of.valid_from = utc(from);
    of.valid_to = utc(to);
    return of;
}

constexpr auto absolute = ProfileKind::absolute, recurring = ProfileKind::recurring,
               relative = ProfileKind::relative;
constexpr auto tx = Purpose::tx, tx_default = Purpose::tx_default, most = Purpose::charge_point_max;
constexpr auto a = RateUnit::ampere, w = RateUnit::watt;

ChargingProfile p01() {
    return starting(profile(tx_default, absolute, 1, w, {{0, 2000, 1}}), "2024-01-17T18:00:00", 1080);
}
ChargingProfile p100() {
    return starting(
        profile(tx_default, recurring, 0, w, {{0, 11000, 3}, {28800, 6000, 3}, {72000, 12000, 3}}),
        "2023-01-17T17:00:00", 86400);
}
ChargingProfile grid(Purpose purpose) {
    Periods hours;
    for (unsigned h = 0; h < 24; ++h)
        hours.push_back({h * 3600.0, h + 1.0, 1});
    return starting(profile(purpose, recurring, 0, w, hours), "2023-01-17T00:00:00", 86400);
}
ChargingProfile t02(ProfileKind kind) {
    return starting(profile(tx, kind, 2, w, {{0, 2000, 1}}), "2024-01-17T18:04:00", 1080);
}
ChargingProfile a301() {
    return valid(starting(profile(tx_default, absolute, 5, a, {{0, 32, {}}, {1800, 31, {}}, {2700, 30, {}}}),
                          "2024-01-01T12:02:00", 3600),
                 "2024-01-01T12:00:00", "2024-01-01T14:00:00");
}
ChargingProfile r303(std::array<std::optional<unsigned>, 3> phases = {}) {
    auto out = profile(tx_default, relative, 5, a,
                       {{0, 16, phases[0]}, {1800, 15, phases[1]}, {2700, 14, phases[2]}});
    out.duration_s = 3600;
    return valid(out, "2024-01-01T12:00:00", "2025-01-01T14:00:00");
}
ChargingProfile d302() {
    return valid(starting(profile(tx_default, recurring, 5, a, {{0, 16, 1}, {1800, 15, 1}, {2700, 14, 3}}),
                          "2024-01-01T08:00:00", 3600),
                 "2024-01-01T12:00:00", "2024-02-01T12:00:00");
}
ChargingProfile m401() {
    return starting(profile(most, recurring, 0, a, {{0, 24, 1}, {900, 28, 1}, {1800, 30, 1}, {2700, 32, 1}}),
                    "2024-01-17T08:00:00", 86400);
}
ChargingProfile m24a() {
    return starting(
        profile(most, recurring, 0, a, {{0, 16, 1}, {3600, 16, 3}, {7200, 10, 1}, {10800, 10, 3}}),
        "2024-01-17T00:00:00", 86400);
}
ChargingProfile t25w() {
    return profile(tx_default, relative, 0, w,
                   {{0, 12420, {}}, {300, 8280, {}}, {600, 6210, {}}, {900, 4140, {}}, {1200, 2070, {}}});
}
ChargingProfile t66() {
    auto out = profile(
        tx_default, relative, 1, w,
        {{0, 1000, {}}, {70, 7000, {}}, {140, 0, {}}, {210, 6000, {}}, {280, 1500, {}}, {350, 5000, {}}});
    out.least = 500;
    return out;
}

Result connector(const Profiles& profiles, const char* from, double length, RateUnit unit) {
    return composite(profiles, {utc(from), length, unit, {}}, CompositeRules::libocpp());
}

Result station(const std::vector<Profiles>& connectors, const Profiles& maxima, const char* from,
               double length, RateUnit unit) {
    return composite_of_station(connectors, maxima, {utc(from), length, unit, {}}, CompositeRules::libocpp());
}

}  // namespace

TEST_CASE("composite schedules of a connector, as libocpp makes them (1, 2, 3, 4, 6)") {
    CHECK(connector({p01(), p100()}, "2024-01-17T18:01:00", 43140, w) ==
          Result{{0, 2000, 1}, {1020, 11000, 3}, {25140, 6000, 3}});
    CHECK(connector({grid(tx_default), t02(recurring)}, "2024-01-18T18:04:00", 1080, w) ==
          Result{{0, 2000, 1}});
    CHECK(connector({grid(tx_default), t02(absolute)}, "2024-01-18T18:04:00", 1080, w) == Result{{0, 19, 1}});
    CHECK(connector({grid(tx), t02(recurring)}, "2024-01-18T18:02:00", 1320, w) ==
          Result{{0, 19, 1}, {120, 2000, 1}, {1200, 19, 1}});
    CHECK(connector({a301()}, "2024-01-01T12:01:59", 3602, a) ==
          Result{{0, 48, 3}, {1, 32, 3}, {1801, 31, 3}, {2701, 30, 3}, {3601, 48, 3}});
}

TEST_CASE("the lower of a station's maximum and a transaction's limit, in either unit (14 to 18, 22)") {
    const Profiles both{m24a(), t25w()};
    CHECK(connector(both, "2024-01-18T00:00:00", 3600, a) == Result{{0, 16, 1}, {1200, 9, 1}});
    CHECK(connector(both, "2024-01-18T01:00:00", 3600, a) ==
          Result{{0, 16, 3}, {300, 12, 3}, {600, 9, 3}, {900, 6, 3}, {1200, 3, 3}});
    CHECK(connector(both, "2024-01-18T02:00:00", 3600, a) == Result{{0, 10, 1}, {1200, 9, 1}});
    CHECK(connector(both, "2024-01-18T03:00:00", 3600, a) ==
          Result{{0, 10, 3}, {600, 9, 3}, {900, 6, 3}, {1200, 3, 3}});
    CHECK(connector(both, "2024-01-18T02:00:00", 3600, w) == Result{{0, 2300, 1}, {1200, 2070, 1}});
    CHECK(connector({t66()}, "2024-01-17T08:00:00", 1200, w) ==
          Result{{0, 1000, 3}, {70, 7000, 3}, {140, 0, 3}, {210, 6000, 3}, {280, 1500, 3}, {350, 5000, 3}});
}

TEST_CASE("composite schedules of a station are the sum of its connectors, capped (5, 7 to 11, 20, 23)") {
    CHECK(station({{}}, {}, "2024-01-17T08:00:00", 3600, a) == Result{{0, 48, 3}});
    CHECK(station({{}}, {m401()}, "2024-08-21T08:00:00", 3600, a) ==
          Result{{0, 24, 1}, {900, 28, 1}, {1800, 30, 1}, {2700, 32, 1}});
    CHECK(station({{r303()}}, {}, "2024-01-02T08:00:00", 3600, a) ==
          Result{{0, 16, 3}, {1800, 15, 3}, {2700, 14, 3}});
    CHECK(station({{r303()}, {r303()}}, {}, "2024-01-02T08:00:00", 3600, a) ==
          Result{{0, 32, 3}, {1800, 30, 3}, {2700, 28, 3}});
    CHECK(station({{t25w()}, {t25w()}}, {}, "2024-01-02T08:00:00", 3600, a) ==
          Result{{0, 36, 3}, {300, 24, 3}, {600, 18, 3}, {900, 12, 3}, {1200, 6, 3}});
    const auto capped = station({{r303()}}, {m401()}, "2024-01-18T08:01:00", 3600, a);
    REQUIRE(capped.size() == 3);
    CHECK(capped[0].limit == 16);
    CHECK((capped[1].start_s == 1800 && capped[1].limit == 15));
    CHECK((capped[2].start_s == 2700 && capped[2].limit == 14));
    CHECK(station({{d302()}, {r303({3, 1, 3})}}, {}, "2024-01-02T08:00:00", 3600, a) ==
          Result{{0, 32, 3}, {1800, 30, 1}, {2700, 28, 3}});
    CHECK(
        station({{t66()}, {t66()}}, {}, "2024-01-17T08:00:00", 1200, w) ==
        Result{{0, 2000, 3}, {70, 14000, 3}, {140, 0, 3}, {210, 12000, 3}, {280, 3000, 3}, {350, 10000, 3}});
}

TEST_CASE("limits as MicroOcpp has them (26 to 34)") {
    const auto rules = CompositeRules::micro_ocpp();
    const CompositeQuery::Transaction running{123, utc("2023-01-01T00:00:00")};
    const auto limit = [&](const Profiles& profiles, const char* at, bool in_transaction,
                           RateUnit unit = RateUnit::ampere) {
        return composite(profiles, {utc(at), 1, unit, in_transaction ? std::optional(running) : std::nullopt},
                         rules)
            .front();
    };
    const auto none = [](const CompositePeriod& period) { return std::isnan(period.limit); };
    SECTION("26: a default holds within a transaction") {
        const Profiles one{profile(tx_default, relative, 0, a, {{0, 24, {}}})};
        CHECK(none(limit(one, "2023-01-01T00:10:00", false)));
        CHECK(limit(one, "2023-01-01T00:10:00", true).limit == 24);
    }
    SECTION("27: a profile of a transaction holds for it alone") {
        Profiles installed;
        auto of = profile(tx, absolute, 0, a, {{0, 20, {}}});
        of.transaction = 123;
        CHECK_FALSE(install(installed, of, std::nullopt));
        CHECK_FALSE(install(installed, of, CompositeQuery::Transaction{7, running.begun}));
        CHECK(install(installed, of, running));
        CHECK(limit(installed, "2023-01-01T00:10:00", true).limit == 20);
        CHECK(none(limit(installed, "2023-01-01T00:10:00", false)));
    }
    SECTION("28: nothing before it is valid, nor after") {
        auto later = profile(most, absolute, 0, a, {{0, 16, {}}}), gone = later;
        later.valid_from = utc("2024-01-01T00:00:00");
        gone.valid_to = utc("2022-01-01T00:00:00");
        CHECK(none(limit({later}, "2023-01-01T00:00:00", false)));
        CHECK(none(limit({gone}, "2023-01-01T00:00:00", false)));
        CHECK(limit({later}, "2024-01-01T00:00:00", false).limit == 16);
    }
    SECTION("29: each day for its time") {
        const Profiles daily{starting(profile(most, recurring, 0, a, {{0, 16, {}}, {3600, 20, {}}}),
                                      "2023-01-01T00:00:00", 7200)};
        CHECK(limit(daily, "2023-01-01T00:00:00", false).limit == 16);
        CHECK(none(limit(daily, "2023-01-01T02:00:00", false)));
        CHECK(limit(daily, "2023-01-04T01:00:00", false).limit == 20);
        const auto day = composite(daily, {utc("2023-01-01T00:00:00"), 86401, a, {}}, rules);
        REQUIRE(day.size() == 4);
        CHECK(day[1] == CompositePeriod{3600, 20, 3});
        CHECK((day[2].start_s == 7200 && none(day[2])));
        CHECK(day[3] == CompositePeriod{86400, 16, 3});
    }
    SECTION("30: each week") {
        auto weekly = starting(profile(most, recurring, 1, a, {{0, 10, {}}, {3600, 12, {}}}),
                               "2023-01-01T00:00:00", 7200);
        weekly.recurrency = Recurrency::weekly;
        CHECK(limit({weekly}, "2023-01-01T00:00:00", false).limit == 10);
        CHECK(none(limit({weekly}, "2023-01-01T02:00:00", false)));
        CHECK(limit({weekly}, "2023-01-22T01:00:00", false).limit == 12);
    }
    SECTION("32, 33: the lower current, the fewer phases; watts by themselves") {
        auto own = profile(tx, absolute, 0, a, {{0, 20, 1}});
        const auto cap = profile(most, absolute, 0, a, {{0, 16, 3}});
        CHECK(limit({own, cap}, "2023-01-01T00:10:00", true) == CompositePeriod{0, 16, 1});
        const auto watts = profile(most, absolute, 0, w, {{0, 5000, {}}});
        CHECK(limit({own, watts}, "2023-01-01T00:10:00", true).limit == 20);
        CHECK(limit({own, watts}, "2023-01-01T00:10:00", true, w).limit == 5000);
    }
    SECTION("34: the same id, or the same purpose and stack level, is replaced") {
        Profiles installed;
        auto one = profile(tx_default, absolute, 0, a, {{0, 20, {}}}), other = one, third = one;
        other.id = one.id + 1000;
        third.stack_level = 3;
        CHECK(install(installed, one, {}));
        CHECK(install(installed, other, {}));
        CHECK(installed.size() == 1);
        third.id = other.id;
        CHECK(install(installed, third, {}));
        CHECK(installed.size() == 1);
    }
    SECTION("the least rate raises a limit, and is left alone by libocpp") {
        CHECK(limit({t66()}, "2023-01-01T00:02:30", true, w).limit == 500);
    }
}

}  // namespace hil::ocpp
