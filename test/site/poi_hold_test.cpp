// The closed loop in simulated seconds: a late meter, a device with a delay and a ramp, loads that step.
#include "site/poi_hold.hpp"

#include "support/catch.hpp"

#include <fmt/format.h>

#include <functional>
#include <limits>
#include <vector>

namespace hil::site {
namespace {

constexpr double tick = 0.01, period = 1;

struct World {
    double age = 1, delay = 0.5, kw_per_s = 1e9;
    std::function<double(double)> load;
};

struct Course {
    std::vector<double> poi;  // each tick

    [[nodiscard]] double worst(double from_s, double until_s) const {
        double out = 0;
        for (auto i = static_cast<std::size_t>(from_s / tick); i < static_cast<std::size_t>(until_s / tick);
             ++i)
            out = std::max(out, std::abs(poi[i]));
        return out;
    }
    // The farthest beyond zero on the side the step did not push it to.
    [[nodiscard]] double overshoot(double from_s, double sign) const {
        double out = 0;
        for (auto i = static_cast<std::size_t>(from_s / tick); i < poi.size(); ++i)
            out = std::max(out, poi[i] * sign);
        return out;
    }
    [[nodiscard]] double rms(double from_s) const {
        double sum = 0;
        const auto first = static_cast<std::size_t>(from_s / tick);
        for (auto i = first; i < poi.size(); ++i)
            sum += poi[i] * poi[i];
        return std::sqrt(sum / static_cast<double>(poi.size() - first));
    }
};

// The device is a Response of its own; the meter is read each period, `age` late.
Course play(const World& world, double length_s, const std::function<void(double poi, double at)>& measured,
            const std::function<std::optional<double>(double now)>& decide) {
    Course out;
    Response device(world.delay, world.kw_per_s);
    const auto ticks = static_cast<std::size_t>(length_s / tick),
               each = static_cast<std::size_t>(period / tick);
    for (std::size_t i = 0; i < ticks; ++i) {
        const double now = static_cast<double>(i) * tick;
        out.poi.push_back(world.load(now) + device.at(now));
        if (i % each != 0) continue;
        const double at = now - world.age;
        if (at >= 0) measured(out.poi[static_cast<std::size_t>(at / tick + 0.5)], at);
        if (const auto kw = decide(now)) device.told(*kw, now);
    }
    return out;
}

Course held(const World& world, double length_s, const HoldOptions& options) {
    PoiHold hold(options);
    return play(
        world, length_s, [&](double poi, double at) { hold.measured(poi, at); },
        [&](double now) { return hold.decide(0, -10, 10, now); });
}

// What is usual: the device is told what it was told before, less what the meter shows.
Course corrected_as_shown(const World& world, double length_s) {
    double told = 0, shown = 0;
    return play(
        world, length_s, [&](double poi, double) { shown = poi; },
        [&](double) -> std::optional<double> { return told = std::clamp(told - shown, -10.0, 10.0); });
}

double step_at_20(double t) {
    return t < 20 ? -1 : -6;
}

double toggling(double t) {
    return -1 - (static_cast<long>(t / 8) % 2 == 0 ? 0.0 : 0.33);  // an edge each 8 s, back after 16
}

}  // namespace

TEST_CASE(
    "a load step is answered once, whatever the age of the meter, the delay and the ramp of the device") {
    for (const double age : {0.2, 1.0, 3.0}) {
        for (const double delay : {0.1, 0.5, 2.0}) {
            for (const double ramp : {0.5, 2.0, 1e9}) {
                CAPTURE(age, delay, ramp);
                const World world{age, delay, ramp, step_at_20};
                const auto course = held(world, 120, {.delay_s = delay, .kw_per_s = ramp});
                const double by = 2 * age + delay + 5 / ramp + 2 * period;
                CHECK(course.worst(20 + by, 120) < 0.05);
                CHECK(course.overshoot(20, 1) < 0.1 * 5);
            }
        }
    }
}

TEST_CASE(
    "with a delay assumed at half or twice the true one the loop neither hunts nor overshoots by a quarter") {
    for (const double age : {0.2, 1.0, 3.0}) {
        for (const double delay : {0.1, 0.5, 2.0}) {
            for (const double ramp : {0.5, 2.0, 1e9}) {
                for (const double wrong : {0.5, 2.0}) {
                    CAPTURE(age, delay, ramp, wrong);
                    const World world{age, delay, ramp, step_at_20};
                    const auto course = held(world, 180, {.delay_s = delay * wrong, .kw_per_s = ramp});
                    CHECK(course.overshoot(20, 1) < 0.25 * 5);
                    // Nothing is left of it: no limit cycle.
                    CHECK(course.worst(120, 180) < 0.05);
                }
            }
        }
    }
}

TEST_CASE("a load of 330 W that comes and goes is absorbed at every edge, and the usual correction hunts") {
    const World world{1, 1, 1e9, toggling};  // two seconds of dead time
    const auto ours = held(world, 8 * 82, {.delay_s = 1, .kw_per_s = 1e9});
    int absorbed = 0;
    for (int edge = 2; edge < 82; ++edge)
        absorbed += ours.worst(edge * 8 + 4.05, edge * 8 + 8) < 0.05 ? 1 : 0;
    CHECK(absorbed == 80);
    const auto usual = corrected_as_shown(world, 8 * 82);
    INFO(fmt::format("RMS {:.0f} W, the usual correction {:.0f} W", 1000 * ours.rms(16),
                     1000 * usual.rms(16)));
    CHECK(ours.rms(16) < 0.2);
    CHECK(usual.rms(16) > 2 * ours.rms(16));
}

TEST_CASE("what others tell the devices, and what they cannot give, is no disturbance") {
    PoiHold hold({.delay_s = 0.5, .dead_band_kw = 0});
    CHECK_FALSE(hold.decide(0, -5, 5, 0));
    hold.measured(-3, 0);
    CHECK(*hold.disturbance() == Approx(-3));
    CHECK(hold.decide(0, -2, 2, 0) == 2.0);
    hold.measured(-1, 10);
    CHECK(*hold.disturbance() == Approx(-3));
    hold.told(0, 10);
    hold.measured(-3, 20);
    CHECK(*hold.disturbance() == Approx(-3));
    CHECK(hold.decide(1, -5, 5, 20) == 4.0);
    hold.measured(7, 19);  // older than the last
    hold.measured(std::numeric_limits<double>::quiet_NaN(), 21);
    CHECK(*hold.disturbance() == Approx(-3));
}

TEST_CASE("a response begins after its delay, goes at its rate, and turns where it is told anew") {
    Response response(1, 2);
    CHECK(response.at(5) == 0);
    response.told(4, 10);
    CHECK(response.at(10.9) == 0);
    CHECK(response.at(12) == Approx(2));
    CHECK(response.at(13) == Approx(4));
    CHECK(response.at(99) == 4);
    response.told(0, 11);  // on the way: it turns at 12
    CHECK(response.at(12) == Approx(2));
    CHECK(response.at(12.5) == Approx(1));
    CHECK(response.at(13) == Approx(0));
    response.forget(12.2);
    CHECK(response.at(12.5) == Approx(1));
    Response at_once(0, std::numeric_limits<double>::infinity(), 3);
    at_once.told(-1, 5);
    CHECK(at_once.at(4.9) == 3);
    CHECK(at_once.at(5) == -1);
}

}  // namespace hil::site
