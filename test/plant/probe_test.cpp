#include "plant/probe.hpp"

#include "link_rig.hpp"
#include "support/catch.hpp"

using namespace hil;
using namespace std::chrono_literals;
using test::LinkRig;

namespace {

std::vector<plant::ProbedPoint> probe(LinkRig& rig) {
    std::vector<plant::ProbedPoint> found;
    rig.tasks.spawn("probe", [&]() -> awaitable<void> { found = co_await plant::probe(rig.link); });
    rig.pass(20s);
    return found;
}

const plant::ProbedPoint& of(const std::vector<plant::ProbedPoint>& all, plant::PointId point) {
    return *std::ranges::find(all, point, &plant::ProbedPoint::point);
}

}  // namespace

TEST_CASE("a probe reads every readable point and shows half a 32-bit value for what it is [D-01]") {
    LinkRig rig(plant::with_neighbours(test::lib_endpoint()));
    rig.bank.holding[270] = 0xFFFF;  // -100.0 kW, high word first
    rig.bank.holding[271] = 0xFC18;
    rig.bank.holding[290] = 0xFC18;  // the same, low word first
    rig.bank.holding[291] = 0xFFFF;
    rig.bank.holding[281] = 5000;
    rig.connect();
    const auto all = probe(rig);
    CHECK(all.size() == 9);
    const auto& points = rig.map.standard();
    CHECK(of(all, points.p_battery).may_be_half());
    CHECK(of(all, points.p_battery).next_word == 0xFC18);
    CHECK(of(all, points.p_poi).may_be_half());
    CHECK_FALSE(of(all, points.soc).may_be_half());
    CHECK(of(all, points.soc).value.value == 0.5);
    CHECK_FALSE(of(all, points.q_battery).may_be_half());  // at rest nothing shows
    for (const auto& point : all)
        CHECK_FALSE(point.error);
}

TEST_CASE("neighbours are added only where no point lies, and keep the ids of the others") {
    const auto plain = test::vrfb_endpoint();
    const auto extended = plant::with_neighbours(plain);
    const plant::RegisterMap map(extended);
    CHECK_FALSE(map.find("p_setpoint+1"));  // register 2 is q_setpoint
    CHECK(map.find("q_setpoint+1"));
    CHECK_FALSE(map.find("start_command+1"));
    CHECK_FALSE(map.find("p_battery+1"));
    CHECK(map.find("v_poi+1"));
    for (std::size_t i = 0; i < plain.points.size(); ++i) {
        CHECK(extended.points[i].name == plain.points[i].name);
    }
}

TEST_CASE("a probe says of every point why it has no value") {
    LinkRig rig(plant::with_neighbours(test::lib_endpoint()));
    rig.answer = [](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.address == 281) return LinkRig::exception(request, 2);
        if (request.address == 296) return LinkRig::exception(request, 6);
        return std::nullopt;
    };
    rig.connect();
    const auto all = probe(rig);
    const auto& points = rig.map.standard();
    CHECK(of(all, points.soc).error == plant::errc::refused_point);
    CHECK(of(all, points.v_poi).error == modbus::errc::server_device_busy);
    CHECK_FALSE(of(all, points.p_poi).error);
}
