// What a site decides, on the reference cases of the field and on drawn sites.
#include "site/allocation.hpp"

#include "support/catch.hpp"

namespace hil::site {
namespace {

constexpr double eps = 0.005;

Limits household(double fuse_a = 25) {
    Limits limits;
    limits.fuse_a = fuse_a;
    limits.import_kw = limits.export_kw = 3 * fuse_a * 0.23;
    return limits;
}

PhaseValues even(double kw) {
    return {kw / 3, kw / 3, kw / 3};
}

Device pv(double kw, Phases phases = Phases::all()) {
    Device device;
    device.kind = Kind::pv;
    device.max_kw = kw;
    device.phases = phases;
    return device;
}

Device battery(Mode mode, double request = 0, double min = -5, double max = 5) {
    Device device;
    device.mode = mode;
    device.request_kw = request;
    device.min_kw = min;
    device.max_kw = max;
    return device;
}

Device car(double request, Phases phases = Phases::all(), double most_a = 16) {
    Device device;
    device.kind = Kind::evse;
    device.phases = phases;
    device.request_kw = request;
    device.min_kw = -most_a * 0.23 * static_cast<double>(phases.count());
    device.least_kw = 6 * 0.23 * static_cast<double>(phases.count());
    return device;
}

Allocation decide(PhaseValues load, std::vector<Device> devices, const Limits& limits) {
    Input input;
    input.load_kw = load;
    input.devices = std::move(devices);
    Allocator allocator;
    auto out = allocator.allocate(input, limits);
    CHECK(out.pv_kw + out.load_kw + out.battery_kw + out.evse_kw == Approx(out.poi_kw).margin(1e-9));
    return out;
}

}  // namespace

TEST_CASE("surplus goes into the battery as far as it takes it, and the rest to the grid [site-1]") {
    const auto out = decide(even(-2), {pv(8), battery(Mode::self_consumption)}, household());
    CHECK(out.devices[1].kw == Approx(-5).margin(eps));
    CHECK(out.devices[1].binding == Rule::device_limit);
    CHECK(out.poi_kw == Approx(1).margin(eps));
}

TEST_CASE("an urgent car takes what the connection gives [site-2]") {
    auto limits = household();
    limits.import_kw = 17.25;
    const auto out = decide(even(-2), {pv(2), battery(Mode::limit, 0, -5, 0), car(-11)}, limits);
    CHECK(out.devices[2].kw == Approx(-11).margin(eps));
    CHECK(out.poi_kw == Approx(-11).margin(eps));
}

TEST_CASE("a car gives way to the house, pauses below its minimum and waits until it would fit [site-4]") {
    const auto limits = household(16);
    auto out = decide(even(-2), {car(-7)}, limits);
    CHECK(out.devices[0].kw == Approx(-7).margin(eps));
    out = decide(even(-6), {car(-7)}, limits);
    CHECK(out.devices[0].kw == Approx(-5.04).margin(eps));
    CHECK(out.current_a[0] == Approx(16).margin(0.01));
    CHECK(out.devices[0].binding == Rule::fuse_l1);
    out = decide(even(-8), {car(-7)}, limits);
    CHECK(out.devices[0].kw == 0);
    CHECK(out.devices[0].paused);
    CHECK(out.devices[0].binding == Rule::device_minimum);
    CHECK_FALSE(out.would_fit[0]);
    CHECK(out.overloaded == Rule::none);

    Restart restart;
    restart.observe(true, false, 0);
    REQUIRE(restart.held());
    auto waiting = car(-7);
    waiting.held = true;
    out = decide(even(-2), {waiting}, limits);
    CHECK(out.devices[0].kw == 0);
    CHECK(out.devices[0].binding == Rule::held);
    CHECK(out.would_fit[0]);
    restart.observe(true, true, 1);
    restart.observe(true, true, 59);
    CHECK(restart.held());
    restart.observe(true, false, 60);  // a break begins the minute anew
    restart.observe(true, true, 61);
    restart.observe(true, true, 120);
    CHECK(restart.held());
    restart.observe(true, true, 121);
    CHECK_FALSE(restart.held());
}

TEST_CASE("where nothing may be exported and the battery is full the sun is curtailed [site-5]") {
    auto limits = household();
    limits.export_kw = 0;
    const auto out = decide(even(-1), {pv(6), battery(Mode::self_consumption, 0, 0, 5)}, limits);
    CHECK(out.devices[0].kw == Approx(1).margin(eps));
    CHECK(out.devices[0].binding == Rule::export_limit);
    CHECK(out.poi_kw == Approx(0).margin(eps));
    CHECK(out.overloaded == Rule::none);
}

TEST_CASE("a battery charges from the grid no faster than the fuse allows [site-6]") {
    Limits limits;
    limits.phases = Phases::only(0);
    limits.fuse_a = 16;
    limits.import_kw = limits.export_kw = 11;
    auto wants = battery(Mode::fixed, -2.5);
    const auto out = decide({-2, 0, 0}, {pv(0), wants}, limits);
    CHECK(out.devices[1].kw == Approx(-1.68).margin(eps));
    CHECK(out.devices[1].binding == Rule::fuse_l1);
    CHECK(out.current_a[0] == Approx(16).margin(0.01));
}

TEST_CASE("self-consumption holds the connection at a value, idle is locked [site-7]") {
    CHECK(decide(even(-1), {pv(5), battery(Mode::self_consumption)}, household()).devices[1].kw ==
          Approx(-4).margin(eps));
    CHECK(decide(even(-1), {pv(5), battery(Mode::self_consumption, 1)}, household()).devices[1].kw ==
          Approx(-3).margin(eps));
    CHECK(decide(even(-1), {pv(5), battery(Mode::idle, -4)}, household()).devices[1].kw == 0);
    // Locked is locked: the car pauses though the battery could help.
    const auto locked = decide(even(-8), {battery(Mode::idle), car(-7)}, household(16));
    CHECK(locked.devices[0].kw == 0);
    CHECK(locked.devices[1].paused);
}

TEST_CASE("a load alone beyond the fuse of its phase is an overload, and is never cut [site-19]") {
    auto limits = household(16);
    const auto out = decide({-8, 0, 0}, {pv(0), battery(Mode::limit, 0, -5, 0)}, limits);
    CHECK(out.overloaded == Rule::fuse_l1);
    CHECK(out.excess_kw == Approx(8 - 3.68).margin(eps));
    CHECK(out.load_kw == Approx(-8));
    CHECK(out.devices[1].kw == 0);
    // With charge in the battery what helps is done: a third of its power is on that phase.
    const auto helped = decide({-8, 0, 0}, {battery(Mode::limit, 0, -5, 5)}, limits);
    CHECK(helped.devices[0].kw == Approx(5).margin(eps));
    CHECK(helped.excess_kw == Approx(8 - 3.68 - 5.0 / 3).margin(eps));
}

TEST_CASE("import beyond the limit: less charging first, then the battery helps, then the car gives way") {
    auto limits = household(63);
    limits.import_kw = 10;
    auto out = decide(even(-4), {battery(Mode::fixed, -4), car(-5)}, limits);
    CHECK(out.devices[0].kw == Approx(-1).margin(eps));
    CHECK(out.devices[0].binding == Rule::import_limit);
    CHECK(out.devices[1].kw == Approx(-5).margin(eps));
    out = decide(even(-8), {battery(Mode::fixed, -4), car(-5)}, limits);
    CHECK(out.devices[0].kw == Approx(3).margin(eps));
    CHECK(out.devices[1].kw == Approx(-5).margin(eps));
    out = decide(even(-10.5), {battery(Mode::fixed, -4), car(-5)}, limits);
    CHECK(out.devices[0].kw == Approx(5).margin(eps));
    CHECK(out.devices[1].kw == Approx(-4.5).margin(eps));
    out = decide(even(-12), {battery(Mode::fixed, -4), car(-5)}, limits);
    CHECK(out.devices[1].paused);
    CHECK(out.devices[0].kw == Approx(2).margin(eps));  // no more than is needed without the car
    CHECK(out.poi_kw == Approx(-10).margin(eps));
}

TEST_CASE("export beyond the limit: less discharge first, then charging, then the sun") {
    auto limits = household(63);
    limits.export_kw = 3;
    auto out = decide(even(-1), {pv(3), battery(Mode::fixed, 4)}, limits);
    CHECK(out.devices[1].kw == Approx(1).margin(eps));
    CHECK(out.devices[1].binding == Rule::export_limit);
    out = decide(even(-1), {pv(8), battery(Mode::fixed, 4)}, limits);
    CHECK(out.devices[1].kw == Approx(-4).margin(eps));
    CHECK(out.devices[0].kw == Approx(8).margin(eps));
    out = decide(even(-1), {pv(11), battery(Mode::fixed, 4)}, limits);
    CHECK(out.devices[1].kw == Approx(-5).margin(eps));
    CHECK(out.devices[0].kw == Approx(9).margin(eps));
    CHECK(out.devices[0].binding == Rule::export_limit);
}

TEST_CASE("one phase can be beyond its fuse at a net of zero") {
    // 16 A on L1 for the car, the sun on L2 and L3.
    auto limits = household(16);
    const auto out =
        decide({-1, 0, 0}, {pv(4.68, Phases::only(1).with(2)), car(-3.68, Phases::only(0))}, limits);
    CHECK(out.devices[1].kw == Approx(-2.68).margin(eps));
    CHECK(out.devices[1].binding == Rule::fuse_l1);
    CHECK(out.current_a[0] == Approx(16).margin(0.01));
}

TEST_CASE("reactive power takes its part of the fuse") {
    Input input;
    input.load_kw = even(-9);
    input.load_kvar = even(6);
    input.devices = {car(-11)};
    Allocator allocator;
    const auto out = allocator.allocate(input, household(16));
    CHECK(out.current_a[2] < 16);
    CHECK(out.devices[0].kw == 0);  // sqrt(11.04^2 - 6^2) - 9 = 0.27 kW are left
    CHECK(out.overloaded == Rule::none);
}

TEST_CASE("stations that count in whole amperes get the next lower one, and the battery takes up the rest") {
    auto limits = household(16);
    auto strict = car(-7);
    strict.whole_amperes = true;
    const auto out = decide(even(-6), {strict}, limits);
    CHECK(out.devices[0].kw == Approx(-7 * 0.69).margin(eps));  // 7.3 A a phase are left
    CHECK(out.devices[0].binding == Rule::fuse_l1);
    const auto free = decide(even(0), {strict}, household(63));
    CHECK(free.devices[0].kw == Approx(-10 * 0.69).margin(eps));  // 10.1 A were asked for
}

TEST_CASE("of several stations the one of the highest number pauses first") {
    auto first = car(-7), second = car(-7);
    first.order = 2;
    const auto out = decide(even(-2), {first, second}, household(16));
    // 9.04 kW for two whose minimum is 4.14 each: both run.
    CHECK(out.devices[0].kw + out.devices[1].kw == Approx(-9.04).margin(eps));
    const auto one = decide(even(-4), {first, second}, household(16));
    CHECK(one.devices[0].paused);
    CHECK(one.devices[1].kw == Approx(-7).margin(eps));
}

TEST_CASE("what is not finite, wrong way round or on no phase has an answer all the same") {
    auto odd = battery(Mode::fixed, std::nan(""), 3, -3);
    odd.phases = {};
    auto endless = pv(std::numeric_limits<double>::infinity());
    Limits limits;
    limits.import_kw = std::nan("");
    limits.export_kw = std::numeric_limits<double>::infinity();
    const auto out = decide({std::nan(""), -1, 0}, {odd, endless}, limits);
    CHECK(out.devices[0].kw == 0);
    CHECK(out.overloaded == Rule::import_limit);
    CHECK(out.excess_kw == Approx(1).margin(eps));
}

}  // namespace hil::site
