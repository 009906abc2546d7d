// How the most that a device takes is found, and kept.
#include "control/refusal_search.hpp"

#include "support/catch.hpp"

#include <cmath>
#include <vector>

using namespace hil;
using namespace hil::control;
using namespace std::chrono_literals;

namespace {

config::Point tenths() {
    config::Point point;
    point.format = config::Format::int16;
    point.unit = config::Unit::kw;
    point.eng_per_count = 0.1;
    return point;
}

// A device that refuses what is beyond its limit; the search is carried out cycle by cycle.
struct Device {
    explicit Device(double resolution = 0) : search(codec, resolution, 1s) {}

    // One cycle: the register afterwards.
    double cycle(double wanted) {
        const double aim = search.aim(wanted, limit_point, now);
        if (aim != held) write(aim);
        now += 1s;
        return held;
    }
    void write(double value) {
        for (int i = 0; i < 3; ++i) {
            writes.push_back(value);
            if (std::abs(value) <= limit) {
                held = value;
                search.accepted(value, now);
                return;
            }
            value = search.refused(value, now);
            if (value == held) return;
        }
    }

    plant::Codec codec{tenths(), config::ByteOrder::big, config::WordOrder::msw_first};
    RefusalSearch search;
    Instant now{1h};
    double limit = 60, held = 0;
    std::optional<double> limit_point;
    std::vector<double> writes;
};

}  // namespace

TEST_CASE("what is refused is replaced by 0 at once, and the limit is found in at most four writes") {
    for (const double sign : {1.0, -1.0}) {
        Device device;
        device.write(sign * -50);
        device.writes.clear();
        CHECK(device.cycle(sign * 100) == 0);
        CHECK(device.writes == std::vector<double>{sign * 100, 0});
        for (int i = 0; i < 20; ++i)
            device.cycle(sign * 100);
        CHECK(device.writes ==
              std::vector<double>{sign * 100, 0, sign * 50, sign * 75, sign * 62.5, sign * 56.2});
        CHECK(device.held == sign * 56.2);
    }
}

TEST_CASE("the last smaller value of the same sign that was taken stands instead of 0") {
    Device device;
    device.write(50);
    device.writes.clear();
    CHECK(device.cycle(100) == 50);
    CHECK(device.writes == std::vector<double>{100});  // it stands there
    for (int i = 0; i < 20; ++i)
        device.cycle(100);
    CHECK(device.writes == std::vector<double>{100, 75, 62.5, 56.2, 59.3});
    Device other;
    other.write(50);
    other.write(-20);
    other.writes.clear();
    CHECK(other.cycle(100) == 50);
    CHECK(other.writes == std::vector<double>{100, 50});
}

TEST_CASE("there is one try a period, and none while it has not passed") {
    Device device;
    device.write(-50);
    device.cycle(100);
    device.now -= 1s;
    CHECK(device.search.aim(100, {}, device.now) == 0);
    CHECK(device.search.searching(100));
    CHECK(device.search.aim(100, {}, device.now + 1s) == 50);
}

TEST_CASE(
    "what a search had found that the plan turned away from is forgotten after a quarter of an hour, too") {
    Device device;
    device.write(-50);
    device.write(100);
    REQUIRE(device.held == 0);
    REQUIRE(device.search.searching(100));
    device.cycle(-50);
    SECTION("until then it goes on from there") {
        device.now += 14min;
        CHECK(device.cycle(100) == 50);
    }
    SECTION("then the wanted value is tried") {
        device.now += 15min;
        device.limit = 200;
        CHECK(device.cycle(100) == 100);
        CHECK_FALSE(device.search.limited(100));
    }
    SECTION("and another refusal begins another search") {
        device.now += 2h;
        device.writes.clear();
        CHECK(device.cycle(100) == 0);
        for (int i = 0; i < 20; ++i)
            device.cycle(100);
        CHECK(device.held == 56.2);
    }
}

TEST_CASE("the limit is kept for a quarter of an hour and then the wanted value is tried once more") {
    Device device;
    device.write(-50);
    for (int i = 0; i < 20; ++i)
        device.cycle(100);
    REQUIRE_FALSE(device.search.searching(100));
    device.writes.clear();
    CHECK(device.cycle(30) == 30);  // below the limit everything is as wanted
    CHECK(device.cycle(58) == 56.2);
    CHECK(device.cycle(100) == 56.2);
    CHECK(device.writes == std::vector<double>{30, 56.2});
    device.writes.clear();
    device.now += 15min;
    SECTION("it is refused again") {
        device.cycle(100);
        CHECK(device.writes == std::vector<double>{100});
        for (int i = 0; i < 20; ++i)
            device.cycle(100);
        CHECK(device.writes.size() == 5);
        CHECK(device.held >= 56.2);
    }
    SECTION("it is taken now") {
        device.limit = 200;
        CHECK(device.cycle(100) == 100);
        CHECK_FALSE(device.search.limited(100));
        CHECK(device.cycle(150) == 150);
    }
    SECTION("less than was refused is taken now") {
        device.limit = 80;
        CHECK(device.cycle(70) == 70);
        CHECK(device.cycle(100) == 70);
    }
    SECTION("once more is taken, what was refused a quarter of an hour ago holds no longer") {
        CHECK(device.cycle(58) == 58);
        device.limit = 200;
        CHECK(device.cycle(100) == 100);
    }
}

TEST_CASE("a limit that moved below what was taken begins at 0 again") {
    Device device;
    device.write(-50);
    for (int i = 0; i < 20; ++i)
        device.cycle(100);
    device.limit = 30;
    device.writes.clear();
    CHECK(device.cycle(40) == 0);
    for (int i = 0; i < 20; ++i)
        device.cycle(40);
    CHECK(device.writes == std::vector<double>{40, 0, 20, 30, 35, 32.5});
    CHECK(device.held == 30);
}

TEST_CASE("a smaller value that is refused, too, is followed by 0") {
    Device device;
    device.write(50);
    device.write(-20);
    device.limit = 10;
    device.held = -20;
    device.writes.clear();
    device.cycle(100);
    CHECK(device.writes == std::vector<double>{100, 50, 0});
}

TEST_CASE("a wanted value below what was refused is tried before the middle") {
    Device device;
    device.write(-50);
    device.cycle(100);
    CHECK(device.cycle(58) == 58);
    CHECK(device.writes.back() == 58);
}

TEST_CASE("the device's step is kept to, and ends the search where nothing lies between") {
    Device device(25);
    device.write(-50);
    device.writes.clear();
    for (int i = 0; i < 20; ++i)
        device.cycle(100);
    CHECK(device.writes == std::vector<double>{100, 0, 50, 75});
    CHECK(device.held == 50);
}

TEST_CASE("a try that nobody answers counts, and so the search ends") {
    Device device;
    device.write(-50);
    device.cycle(100);
    for (int i = 0; i < RefusalSearch::most_writes; ++i) {
        CHECK(device.search.aim(100, {}, device.now) == 50);
        device.search.unanswered(50, device.now);
        device.now += 1s;
    }
    CHECK(device.search.aim(100, {}, device.now) == 0);
    CHECK_FALSE(device.search.searching(100));
}

TEST_CASE("a limit that the device says is used instead, in both directions, and followed") {
    for (const double sign : {1.0, -1.0}) {
        Device device;
        device.write(sign * -50);
        device.limit_point = -60;  // some say it with a sign
        device.writes.clear();
        device.cycle(sign * 100);
        CHECK(device.cycle(sign * 100) == sign * 60);
        CHECK(device.writes == std::vector<double>{sign * 100, 0, sign * 60});
        device.limit = 80;
        device.limit_point = 80;
        CHECK(device.cycle(sign * 100) == sign * 80);
        device.limit = 200;
        device.limit_point = 200;
        CHECK(device.cycle(sign * 100) == sign * 100);
        CHECK_FALSE(device.search.limited(sign * 100));
    }
}

TEST_CASE("a limit point that promises too much is not believed: the search goes on without it") {
    Device device;
    device.write(-50);
    device.limit_point = 90;
    for (int i = 0; i < 20; ++i)
        device.cycle(100);
    CHECK(device.held > 50);
    CHECK(device.held <= 60);
}

TEST_CASE("whether another value was ever taken is remembered") {
    Device device;
    CHECK_FALSE(device.search.took_another(100));
    device.search.accepted(100, device.now);
    CHECK_FALSE(device.search.took_another(100));
    CHECK(device.search.took_another(90));
    device.search.accepted(0, device.now);
    device.search.accepted(100, device.now);
    CHECK(device.search.took_another(100));
}

TEST_CASE("no plan is never limited") {
    Device device;
    device.write(-50);
    device.cycle(100);
    CHECK(device.search.aim(0, {}, device.now) == 0);
    CHECK(device.search.refused(0, device.now) == 0);
}
