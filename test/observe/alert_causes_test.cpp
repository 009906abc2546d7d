#include "observe/alert_causes.hpp"

#include "support/catch.hpp"

using namespace hil;
using observe::Alert;
using observe::Severity;

namespace {

Alert alert(std::string key, std::string plant = {}) {
    Alert out;
    out.key = plant.empty() ? std::move(key) : plant + "/" + key;
    out.plant = std::move(plant);
    return out;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("one fault is one alarm: what follows from a lost link points at the link, whatever came first") {
    const std::vector<Alert> active{alert("safety/setpoint_not_followed", "lib"),
                                    alert("safety/stale_data", "lib"), alert("safety/link_lost", "lib"),
                                    alert("link", "lib"), alert("plan_not_feasible", "lib")};
    CHECK(observe::alert_causes(active) == Strings{"lib/link", "lib/link", "lib/link", "", "lib/link"});
}

TEST_CASE("a consequence whose first cause is over points at the next one") {
    const std::vector<Alert> active{alert("safety/setpoint_not_followed", "lib"),
                                    alert("safety/stale_data", "lib")};
    CHECK(observe::alert_causes(active) == Strings{"lib/safety/stale_data", ""});
    CHECK(observe::alert_causes({active[0]}) == Strings{""});
}

TEST_CASE("a fault of one plant explains nothing at another, one of the site does") {
    const std::vector<Alert> active{alert("link", "lib"), alert("safety/link_lost", "vrfb"),
                                    alert("recording", "vrfb"), alert("recording/disk"), alert("estop")};
    CHECK(observe::alert_causes(active) == Strings{"", "", "recording/disk", "", ""});
}

TEST_CASE("an empty battery is the alarm, and that its setpoint is not followed is not another one") {
    const std::vector<Alert> active{alert("plan_not_feasible", "lib"),
                                    alert("safety/setpoint_not_followed", "lib")};
    CHECK(observe::alert_causes(active) == Strings{"", "lib/plan_not_feasible"});
}

TEST_CASE("the market's login explains its other troubles and no others") {
    const std::vector<Alert> active{alert("market/fetch"), alert("market/login"), alert("history")};
    CHECK(observe::alert_causes(active) == Strings{"market/login", "", ""});
}
