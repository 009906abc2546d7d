// plants.*.safety: limits that make sense together.
#include "config/rules.hpp"
#include "sample.hpp"

using namespace hil::config;
using namespace hil::config::sample;
using namespace std::chrono_literals;

namespace {

const std::string safety = "/plants/lib/safety";

}  // namespace

TEST_CASE("A plant without limits of its own has the shipped ones") {
    auto changed = shipped();
    const auto said = load_value(changed).config.plants.front().safety;
    changed.at_pointer("/plants/lib").as_object().erase("safety");
    const auto loaded = load_value(changed);
    CHECK(all(loaded).empty());
    const auto& own = loaded.config.plants.front().safety;
    for (const auto* one : {&said, &own}) {
        CHECK(one->poll_period == 2s);
        CHECK(one->soc.stop_min == 0.0);
        CHECK(one->soc.stop_max == 1.0);
        CHECK_FALSE(one->soc.derate_min);
        CHECK(one->soc.delay == 5s);
        CHECK(one->voltage.stop_min == 0.8);
        CHECK(one->voltage.warn_max == 1.1);
        CHECK(one->stale_data.stop == hil::Duration(60s));
        CHECK(one->setpoint_not_followed.warn == hil::Duration(60s));
        CHECK_FALSE(one->setpoint_not_followed.stop);
        CHECK_FALSE(one->link_lost.stop);
        CHECK(one->temperature_point == "temperature");
    }
}

TEST_CASE("The limits of a window stand in their order, whichever are there") {
    auto changed = shipped();
    put(changed, safety + "/soc/warn_min_pu", 0.9);
    put(changed, safety + "/soc/stop_max_pu", 0.8);
    check_only(load_value(changed),
               "hil.json: /plants/lib/safety/soc/stop_max_pu: must not be below warn_min_pu (0.9), got 0.8");
}

TEST_CASE("Derating needs a stop beyond it, where power ends") {
    auto changed = shipped();
    put(changed, safety + "/voltage/derate_max_pu", 1.15);
    CHECK(all(load_value(changed)).empty());
    put(changed, safety + "/voltage/stop_max_pu", nullptr);
    check_only(load_value(changed),
               "hil.json: /plants/lib/safety/voltage/derate_max_pu: needs a "
               "stop_max_pu above it, where power ends");
}

TEST_CASE("The stages of a trouble come one after the other; null is never") {
    auto changed = shipped();
    put(changed, safety + "/link_lost/stop_s", 5);
    check_only(load_value(changed),
               "hil.json: /plants/lib/safety/link_lost/stop_s: must not be below warn_s (10), got 5");
    put(changed, safety + "/link_lost/warn_s", nullptr);
    const auto loaded = load_value(changed);
    CHECK(all(loaded).empty());
    CHECK_FALSE(loaded.config.plants.front().safety.link_lost.warn);
    CHECK(loaded.config.plants.front().safety.link_lost.stop == hil::Duration(5s));
}
