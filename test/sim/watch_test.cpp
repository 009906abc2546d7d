// The judges themselves: what they let pass and what they do not.
#include "sim/profile.hpp"
#include "simulate/invariants/rows.hpp"

#include "plant_sim/emulator.hpp"

namespace hil::simulate {
namespace {

using namespace std::chrono_literals;

struct Watched {
    Watched() {
        watch.connected();
        (void)read(0, 100);
    }

    modbus::Response read(std::uint16_t address, std::uint16_t count) {
        modbus::Request request;
        request.address = address;
        request.count = count;
        return emulator.execute(request);
    }
    void write(std::uint16_t address, int value) {
        modbus::Request request;
        request.function = modbus::Function::write_single_register;
        request.address = address;
        request.words.push_back(static_cast<std::uint16_t>(value));
        (void)emulator.execute(request);
    }
    // The invariants broken since the last call.
    std::vector<std::string> broken() {
        std::vector<std::string> names;
        for (const auto& violation : violations)
            names.push_back(violation.invariant);
        violations.clear();
        return names;
    }

    static constexpr std::uint16_t enable = 1, p = 86, p_battery = 270;
    asio::io_context context{1};
    WallTime begin = shipped_setup().zone.parse("2025-10-01T00:00:00").value();
    VirtualClock clock{context, begin};
    const config::Plant& plant = shipped_setup().config.plants[0];
    plant_sim::Emulator emulator{plant.local, battery::make_model(plant.model, 0.5), clock.now()};
    std::vector<Violation> violations;
    PlantInvariants watch{clock,
                          plant,
                          plant.local,
                          emulator,
                          PlantInvariants::Settings{.dispatch_period = 2s,
                                                    .plant_period = 2s,
                                                    .sample_period = 2s,
                                                    .unconfirmed_alarm = 30s,
                                                    .grid = begin},
                          [this](Violation violation) { violations.push_back(std::move(violation)); }};
};

using Names = std::vector<std::string>;

void emulator_refuses(Watched& site, const modbus::Request& request, const modbus::Response& response) {
    site.emulator.on_refused(request, response);
}

}  // namespace

TEST_CASE("a value of the plan passes; one of another plan, beyond a limit or for no point does not") {
    Watched site;
    site.watch.p_plan.replace(site.begin, {{site.begin, 100}, {site.begin + 1h, 5000}}, site.begin + 2h);
    site.watch.start_called();
    site.watch.dispatch_set(true);
    site.write(Watched::p, 1000);
    CHECK(site.broken() == Names{});
    site.write(Watched::p, 900);
    CHECK(site.broken() == Names{"plan"});
    site.clock.run_for(70min);
    site.write(Watched::p, 1000);
    CHECK(site.broken() == Names{"plan"});
    site.write(Watched::p, 10'000);
    CHECK(site.broken() == Names{});
    site.write(Watched::p, 10'001);
    CHECK(site.broken() == Names{"limits"});
    site.write(99, 1);
    CHECK(site.broken() == Names{"limits"});
    site.write(Watched::p_battery, 1);
    CHECK(site.broken() == Names{"limits"});
}

TEST_CASE("of the platform's plan what was delivered counts, until it is too old or the operators plan") {
    Watched site;
    BaseMemory base(site.begin, 8);
    base.publish(0, 40);
    base.publish(1, 60);
    auto& plan = site.watch.p_plan;
    const auto values = [&](Duration after) {
        const auto some = plan.values(site.begin + after);
        return std::vector<double>(some.begin(), some.end());
    };
    plan.set_base(site.begin, &base);
    CHECK(values(1min) == std::vector<double>{40, 0});
    base.delivered(site.begin + 1min, site.begin, site.begin + 1h);
    CHECK(values(2min) == std::vector<double>{40});
    CHECK(values(20min) == std::vector<double>{60});
    CHECK(values(30min) == std::vector<double>{0});
    base.publish(1, 70);
    CHECK(values(20min) == std::vector<double>{60, 70});
    base.delivered(site.begin + 5min, site.begin, site.begin + 1h);
    CHECK(values(20min) == std::vector<double>{70});
    plan.replace(site.begin + 17min, {{site.begin + 18min, 5}}, site.begin + 19min);
    CHECK(values(18min) == std::vector<double>{5});
    CHECK(values(19min) == std::vector<double>{70});
    base.forget();
    CHECK(values(20min) == std::vector<double>{70, 0});
    plan.set_base(site.begin + 21min, nullptr);
    CHECK(values(22min) == std::vector<double>{0});
}

TEST_CASE("a register that opposes the plan needs an alarm with both values in time") {
    Watched site;
    site.watch.p_plan.replace(site.begin, {{site.begin, -100}, {site.begin + 10min, 100}}, site.begin + 2h);
    site.watch.start_called();
    site.watch.dispatch_set(true);
    site.write(85, 0);
    site.write(Watched::enable, 1);
    site.write(Watched::p, static_cast<std::uint16_t>(-1000));
    site.watch.start_ended(true, false);
    site.watch.device_disturbed(1h);
    const auto run = [&](Duration time, const std::string& alarm) {
        for (const Instant end = site.clock.now() + time; site.clock.now() < end;) {
            site.clock.run_for(1s);
            site.watch.inspect(
                {.connected = true, .unconfirmed_alarm = true, .p_opposed = alarm, .q_opposed = {}});
        }
        auto names = site.broken();
        std::erase_if(names, [](const std::string& name) { return name != "opposed"; });
        return names;
    };
    CHECK(run(9min, "").empty());
    site.clock.run_for(1min);
    CHECK(run(4s, "").empty());
    CHECK(run(10s, "p_setpoint: the plant holds -100.0 kW while 100.0 kW are wanted").empty());
    CHECK(run(2s, "p_setpoint holds something else") == Names{"opposed", "opposed"});
    SECTION("for as long as the link is disturbed nothing is known") {
        site.watch.disturbed(1min);
        CHECK(run(30s, "").empty());
    }
    SECTION("a device that is known to be late has its time") {
        site.watch.device_late(8s, 1h);
        site.write(Watched::p, 1000);
        CHECK(run(1s, "").empty());
        site.write(Watched::p, static_cast<std::uint16_t>(-1000));
        site.broken();
        CHECK(run(12s, "").empty());
        CHECK_FALSE(run(10s, "").empty());
    }
    SECTION("little is nothing") {
        site.write(Watched::p, static_cast<std::uint16_t>(-150));  // of 1000 kW
        site.broken();
        CHECK(run(30s, "").empty());
    }
}

TEST_CASE("an alarm names both values only if both numbers are in it") {
    CHECK(names_both("p_setpoint: the plant holds -50.0 kW while 100.0 kW are wanted", -50));
    CHECK(names_both("q_setpoint: the plant holds 0.5 kvar while -3 kvar are wanted", 0.5));
    CHECK_FALSE(names_both("the plant holds -50.0 kW", -50));
    CHECK_FALSE(names_both("the plant holds -40.0 kW while 100.0 kW are wanted", -50));
    CHECK_FALSE(names_both("", -50));
}

TEST_CASE("a value that was refused is not written with another function") {
    Watched site;
    site.watch.p_plan.replace(site.begin, {{site.begin, 100}}, site.begin + 2h);
    site.watch.start_called();
    site.watch.dispatch_set(true);
    modbus::Request request;
    request.function = modbus::Function::write_multiple_registers;
    request.address = Watched::p;
    request.words.push_back(1000);
    modbus::Response refused;
    refused.exception = 4;
    emulator_refuses(site, request, refused);
    site.write(Watched::p, 1000);
    CHECK(site.broken() == Names{"refused"});
    emulator_refuses(site, request, refused);
    site.write(Watched::p, 0);
    CHECK(site.broken() == Names{});
    refused.exception = 1;
    emulator_refuses(site, request, refused);
    site.clock.run_for(2s);
    site.write(Watched::p, 1000);
    CHECK(site.broken() == Names{});
}

TEST_CASE("after a stop nothing but 0 passes until the next start") {
    Watched site;
    site.watch.p_plan.replace(site.begin, {{site.begin, 100}}, site.begin + 2h);
    site.watch.start_called();
    site.watch.dispatch_set(true);
    site.watch.start_ended(true, false);
    site.watch.stop_called();
    site.clock.run_for(1s);
    site.write(Watched::p, 0);
    CHECK(site.broken() == Names{});
    site.write(Watched::p, 1000);
    CHECK(site.broken() == Names{"stop"});
    site.write(Watched::enable, 1);
    CHECK(site.broken() == Names{"stop"});
    site.watch.start_called();
    site.watch.dispatch_set(true);
    site.write(Watched::p, 1000);
    CHECK(site.broken() == Names{});
}

TEST_CASE("a link that stays away, a plan that is not followed and an alarm that is not raised are seen") {
    Watched site;
    site.watch.p_plan.replace(site.begin, {{site.begin, 100}}, site.begin + 2h);
    site.watch.start_called();
    site.watch.dispatch_set(true);
    site.write(Watched::enable, 1);
    site.write(Watched::p, 1000);
    site.watch.start_ended(true, false);
    site.clock.run_for(5s);
    (void)site.read(Watched::p, 3);
    site.watch.inspect({.connected = true, .unconfirmed_alarm = false});
    CHECK(site.broken() == Names{});
    site.watch.foreign_begin();
    site.write(Watched::p, 7);
    site.watch.foreign_end(false);
    site.clock.run_for(1s);
    site.watch.inspect({.connected = true, .unconfirmed_alarm = false});
    CHECK(site.broken() == Names{});
    site.clock.run_for(2s);
    site.watch.inspect({.connected = true, .unconfirmed_alarm = false});
    CHECK(site.broken() == Names{"reassert"});
    site.clock.run_for(45s);
    site.watch.inspect({.connected = false, .unconfirmed_alarm = false});
    CHECK(site.broken() == Names{"reconnect", "unconfirmed"});
    site.watch.inspect({.connected = false, .unconfirmed_alarm = true});
    CHECK(site.broken() == Names{"reconnect"});
}

TEST_CASE("energy that comes from nowhere is seen, a seed is not held against the battery") {
    Watched site;
    site.emulator.step(site.clock.now());
    site.clock.run_for(2s);
    (void)site.emulator.seed_soc(0.7);
    site.emulator.step(site.clock.now());
    CHECK(site.broken() == Names{});
    auto& model = const_cast<battery::BatteryModel&>(site.emulator.model());
    model.set_soc(0.3);
    site.clock.run_for(2s);
    site.emulator.step(site.clock.now());
    CHECK(site.broken() == Names{"energy"});
}

TEST_CASE("rows must increase, lie on the grid and tell what was read") {
    Watched site;
    const RecordingRules rules{.zone = "Europe/Madrid",
                               .grid = site.begin,
                               .period = 2s,
                               .compression = shipped_setup().config.compression};
    for (int i = 0; i < 400; ++i) {
        (void)site.read(200, 100);
        site.clock.run_for(2s);
    }
    const auto judged = [&](const std::string& rows, const char* file = "20251001_lib.csv") {
        std::map<std::string, std::string> files{{std::string("data/") + file, "timestamp,...\n" + rows}};
        (void)judge_recordings(files, site.watch, rules,
                               [&](Violation violation) { site.violations.push_back(std::move(violation)); });
        return site.broken();
    };
    const std::string values = ",0.0,0.0,0.0,0.0,0.5,0.0,0.0,20.0\n";
    const std::string first = "2025-10-01T00:00:00+02:00" + values,
                      second = "2025-10-01T00:06:00+02:00" + values;
    CHECK(judged(first + second) == Names{});
    CHECK(judged(second + first) == Names{"rows"});
    CHECK(judged("2025-10-01T00:00:01+02:00" + values) == Names{"rows"});
    CHECK(judged("2025-10-01T00:00:00+01:00" + values) == Names{"rows"});
    CHECK(judged(first + "2025-10-01T00:06:04+02:00" + values) == Names{"rows"});
    CHECK(judged("2025-10-01T00:00:00+02:00,0.0,0.1,0.0,0.0,0.5,0.0,0.0,20.0\n") == Names{"rows"});
    CHECK(judged("2025-10-01T01:00:00+02:00" + values) == Names{"rows"});
    CHECK(judged(first, "20251002_lib.csv") == Names{"rows"});
    CHECK(judged("garbage\n") == Names{"rows"});
    CHECK(judged("2025-10-01T00:06:02+02:00,,,,,,,,\n") == Names{});
}

TEST_CASE(
    "a plant that somebody else has taken: dispatch ends where that can be read, else there is an alarm") {
    const auto& plant = shipped_setup().config.plants[0];
    const Instant t0{1000s};
    // The invariant that is broken first, and when.
    const auto first = [&](TakenWatch::Seen seen) -> std::pair<std::string, double> {
        TakenWatch watch(plant, 2s);
        for (int i = 0; i < 120; ++i)
            if (const auto wrong = watch.inspect(seen, t0 + i * 1s)) return {wrong->invariant, i};
        return {};
    };
    TakenWatch::Seen seen{.judged = true,
                          .enabled = true,
                          .ours = false,
                          .readable = true,
                          .asked_kw = 0,
                          .shown_kw = 0,
                          .soc_pu = 0.5,
                          .alarm = false,
                          .undisturbed_since = t0};
    CHECK(first(seen).first == "taken");
    CHECK(first(seen).second <= 10);
    for (auto member : {&TakenWatch::Seen::judged, &TakenWatch::Seen::enabled, &TakenWatch::Seen::readable}) {
        auto other = seen;
        other.*member = false;
        CHECK(first(other).first.empty());
    }
    seen.ours = true;
    CHECK(first(seen).first.empty());
    seen.asked_kw = -100;
    CHECK(first(seen).first == "idle");
    CHECK(first(seen).second <= 40);
    auto alarmed = seen, gives = seen, full = seen, late = seen, little = seen;
    alarmed.alarm = true;
    gives.shown_kw = -50;
    full.soc_pu = 1;
    late.undisturbed_since = t0 + 110s;
    little.asked_kw = -10;
    for (const auto& fine : {alarmed, gives, full, late, little})
        CHECK(first(fine).first.empty());
}

TEST_CASE("a battery with losses is judged by its own account of them") {
    auto plant = shipped_setup().config.plants[0];
    plant.model.emulation.kind = GENERATE(config::BatteryKind::li_ion, config::BatteryKind::vrfb);
    plant.model.emulation.auxiliary_kw = 3;
    plant.model.emulation.line_resistance_pu = 0.01;
    plant.model.emulation.ageing_factor = plant.model.emulation.kind == config::BatteryKind::li_ion ? 365 : 0;
    plant.model.emulation.ramp_kw_per_s = 100;
    plant.model.emulation.response_delay = 700ms;
    asio::io_context context{1};
    VirtualClock clock{context, shipped_setup().zone.parse("2025-10-01T00:00:00").value()};
    plant_sim::Emulator emulator{plant.local, battery::make_model(plant.model, 0.5), clock.now()};
    std::vector<Violation> violations;
    PlantInvariants watch{clock,
                          plant,
                          plant.local,
                          emulator,
                          PlantInvariants::Settings{.dispatch_period = 2s,
                                                    .plant_period = 2s,
                                                    .sample_period = 2s,
                                                    .unconfirmed_alarm = 30s,
                                                    .grid = clock.wall_now()},
                          [&](Violation violation) { violations.push_back(std::move(violation)); }};
    auto& holding = emulator.bank().holding;
    const auto step = [&](int times) {
        for (int i = 0; i < times; ++i) {
            clock.run_for(2s);
            emulator.step(clock.now());
        }
    };
    holding[1] = 1;
    holding[85] = 0;
    for (const int counts : {5000, -8000, 100, 10'000, -10'000}) {
        holding[86] = static_cast<std::uint16_t>(counts);
        step(300);
    }
    holding[1] = 0;
    step(50);
    (void)emulator.seed_soc(0.2, "a test");
    step(50);
    for (const auto& violation : violations)
        UNSCOPED_INFO(violation.text);
    CHECK(violations.empty());
}

TEST_CASE("what stands in a row as a value was one") {
    auto plant = shipped_setup().config.plants[0];
    for (auto& point : plant.local.points)
        if (point.name == "v_poi") point.not_available = {std::int64_t{0}};
    modbus::Bank bank = modbus::Bank::holding_only(400);
    const auto columns = watch_columns(plant, plant.local);
    bank.holding[281] = 5000;
    CHECK(columns[4].known(bank) == 0.5);
    bank.holding[281] = 0xFFFF;
    CHECK_FALSE(columns[4].known(bank));
    CHECK_FALSE(columns[7].known(bank));
    bank.holding[296] = 20'000;
    CHECK(columns[7].known(bank) == 20);
    bank.holding[270] = 0x8000;
    CHECK_FALSE(columns[1].known(bank));
}

}  // namespace hil::simulate
