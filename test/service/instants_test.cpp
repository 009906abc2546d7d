#include "service/instants.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::service;
using namespace std::chrono_literals;

namespace {

config::Config of(std::size_t plants, std::size_t devices, Duration dispatch, Duration measurement) {
    config::Config config;
    config.plants.resize(plants);
    config.devices.resize(devices);
    config.timing.scheduler_period = dispatch;
    config.timing.measurement_period = measurement;
    config.timing.plant_period = measurement;
    return config;
}

}  // namespace

TEST_CASE(
    "instants are spread from fifty devices on, over half of the shortest period and half a second at most") {
    CHECK(spread_of(of(49, 0, 1s, 5s)) == 0s);
    CHECK(spread_of(of(50, 0, 1s, 5s)) == 500ms);
    CHECK(spread_of(of(30, 20, 1s, 5s)) == 500ms);
    CHECK(spread_of(of(1000, 0, 10s, 60s)) == 500ms);
    CHECK(spread_of(of(50, 0, 400ms, 5s)) == 200ms);
    CHECK(spread_of(of(50, 0, 5s, 200ms)) == 100ms);
}

TEST_CASE("each plant waits by its position, the first not at all and none as long as the spread") {
    CHECK(offset_of(0, 50, 500ms) == 0ms);
    CHECK(offset_of(1, 50, 500ms) == 10ms);
    CHECK(offset_of(49, 50, 500ms) == 490ms);
    CHECK(offset_of(1, 1000, 500ms) == 0ms);  // whole milliseconds
    CHECK(offset_of(3, 1000, 500ms) == 1ms);
    CHECK(offset_of(999, 1000, 500ms) == 499ms);
    CHECK(offset_of(9, 10, 0s) == 0ms);
    CHECK(offset_of(0, 0, 500ms) == 0ms);
}
