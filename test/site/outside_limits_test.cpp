#include "site/outside_limits.hpp"

#include "support/catch.hpp"

namespace hil::site {
namespace {

using namespace std::chrono_literals;

const WallTime t0 = WallTime(1'700'000'000s);

OutsideLimits::Failsafe strict() {
    OutsideLimits::Failsafe out;
    out.limits = {4.2, 0};
    return out;
}

PowerLimits import_of(double kw) {
    return {kw, std::nullopt};
}

}  // namespace

TEST_CASE("the narrowest of the limits in force counts, each from its begin to before its end") {
    OutsideLimits limits({});
    const auto wide = limits.add({"anna", {10.0, 5.0}, t0, std::nullopt}, t0);
    (void)limits.add({"operator", import_of(4.2), t0 + 1h, t0 + 2h}, t0);
    CHECK(limits.at(t0 - 1s).limits == PowerLimits{});
    CHECK(limits.at(t0).limits == PowerLimits{10.0, 5.0});
    CHECK(limits.at(t0 + 1h).limits == PowerLimits{4.2, 5.0});
    CHECK(limits.at(t0 + 1h).sources == std::vector<std::string>{"anna", "operator"});
    CHECK(limits.at(t0 + 2h).limits == PowerLimits{10.0, 5.0});
    CHECK(limits.next_change(t0) == t0 + 1h);
    CHECK(limits.next_change(t0 + 1h) == t0 + 2h);
    CHECK_FALSE(limits.next_change(t0 + 2h));
    limits.prune(t0 + 3h);
    CHECK(limits.events().size() == 1);
    CHECK(limits.remove(wide, t0 + 3h));
    CHECK_FALSE(limits.remove(wide, t0 + 3h));
    CHECK(limits.at(t0 + 3h).limits == PowerLimits{});
}

TEST_CASE("a source without a heartbeat is not supervised") {
    OutsideLimits limits(strict());
    (void)limits.add({"operator", import_of(6), t0, std::nullopt}, t0);
    CHECK(limits.at(t0 + 24h).limits == import_of(6));
}

TEST_CASE(
    "two minutes without a heartbeat: the failsafe holds for its time, then the site is left to itself") {
    OutsideLimits limits(strict());
    limits.heartbeat("operator", t0);
    (void)limits.add({"operator", import_of(8), t0, std::nullopt}, t0);
    limits.heartbeat("operator", t0 + 60s);
    CHECK(limits.at(t0 + 179s).limits == import_of(8));
    CHECK(limits.next_change(t0 + 61s) == t0 + 180s);
    const auto held = limits.at(t0 + 180s);
    CHECK(held.limits == PowerLimits{4.2, 0.0});
    CHECK(held.sources == std::vector<std::string>{"failsafe operator"});
    CHECK(limits.at(t0 + 180s + 2h - 1s).limits == PowerLimits{4.2, 0.0});
    CHECK(limits.at(t0 + 180s + 2h).limits == PowerLimits{});
}

TEST_CASE(
    "a heartbeat that is back ends no failsafe by itself: the limit is stated again within two minutes") {
    OutsideLimits limits(strict());
    limits.heartbeat("operator", t0);
    (void)limits.add({"operator", import_of(8), t0, std::nullopt}, t0);
    REQUIRE(limits.at(t0 + 5min).limits == PowerLimits{4.2, 0.0});
    SECTION("stated in time") {
        limits.heartbeat("operator", t0 + 10min);
        CHECK(limits.at(t0 + 11min).limits == PowerLimits{4.2, 0.0});
        (void)limits.add({"operator", import_of(7), t0, std::nullopt}, t0 + 11min);
        CHECK(limits.at(t0 + 11min).limits == import_of(7));
        limits.heartbeat("operator", t0 + 12min);
        CHECK(limits.at(t0 + 13min).limits == import_of(7));
    }
    SECTION("stated as no limit") {
        limits.heartbeat("operator", t0 + 10min);
        limits.clear("operator", t0 + 10min);
        CHECK(limits.at(t0 + 10min).limits == PowerLimits{});
    }
    SECTION("stated too late: the failsafe stands until another try, or its end") {
        limits.heartbeat("operator", t0 + 10min);
        (void)limits.add({"operator", import_of(7), t0, std::nullopt}, t0 + 13min);
        CHECK(limits.at(t0 + 13min).limits == PowerLimits{4.2, 0.0});
        limits.heartbeat("operator", t0 + 14min);
        (void)limits.add({"operator", import_of(7), t0, std::nullopt}, t0 + 15min);
        CHECK(limits.at(t0 + 15min).limits == import_of(7));
    }
    SECTION("a statement without a heartbeat") {
        (void)limits.add({"operator", import_of(7), t0, std::nullopt}, t0 + 10min);
        CHECK(limits.at(t0 + 10min).limits == PowerLimits{4.2, 0.0});
    }
    SECTION("back only after the failsafe has ended") {
        limits.heartbeat("operator", t0 + 10min);
        limits.heartbeat("operator", t0 + 3h);
        (void)limits.add({"operator", import_of(7), t0, std::nullopt}, t0 + 3h);
        CHECK(limits.at(t0 + 3h).limits == import_of(7));
    }
    // Limits of others hold beside all of it.
    (void)limits.add({"anna", import_of(1), t0, std::nullopt}, t0 + 15min);
    CHECK(limits.at(t0 + 15min).limits.import_kw == 1);
}

}  // namespace hil::site
