#include "control/rig.hpp"

namespace hil::control {

using schedule::Signal;

TEST_CASE(
    "dispatch follows a wall clock that is set by a second, by an hour, and over a suspend, within a "
    "period") {
    // Every quarter of an hour another value, and one more a second after ten past.
    std::vector<schedule::Row> rows;
    for (int quarter = 0; quarter < 96; ++quarter)
        rows.push_back({wall(0) + quarter * 15min, 100.0 + quarter});
    for (const auto jump : {Duration(1s), Duration(-1s), Duration(1h), Duration(-1h), Duration(10min)}) {
        for (const auto before : {Duration(0s), Duration(300ms), Duration(14min + 59s + 500ms)}) {
            PlantControl::Options options;
            options.period = 2s;
            Rig rig(options);
            rig.store.set_manual(0, Signal::p, schedule::Series(rows, wall(24)), "test");
            rig.begin();
            rig.control->set_dispatch_enabled(true);
            REQUIRE(!rig.start().error);
            rig.clock.run_for(10min);  // the choice is cached
            rig.clock.run_for(before);
            rig.clock.jump_wall(jump);
            INFO("set by " << to_seconds(jump) << " s, " << to_seconds(before) << " s later");
            // From one period after the jump on, at every instant, the register holds what the new time
            // wants.
            rig.clock.run_for(2s);
            for (int i = 0; i < 200; ++i) {
                const auto quarter = (rig.clock.wall_now() - wall(0)) / 15min;
                const auto wanted = static_cast<std::int16_t>(1000 + 10 * quarter);
                CHECK(rig.reg(Rig::p_setpoint) == wanted);
                rig.clock.run_for(100ms);
            }
        }
    }
}

TEST_CASE(
    "a plan that ends by a jump of the clock is over within a period, and one that begins again is in "
    "force") {
    PlantControl::Options options;
    options.period = 2s;
    Rig rig(options);
    rig.plan(Signal::p, 80, wall(9), wall(10, 30));
    rig.begin();
    rig.control->set_dispatch_enabled(true);
    REQUIRE(!rig.start().error);
    CHECK(rig.reg(Rig::p_setpoint) == 800);
    rig.clock.jump_wall(1h);
    rig.clock.run_for(2s);
    CHECK(rig.reg(Rig::p_setpoint) == 0);
    rig.clock.jump_wall(-1h);
    rig.clock.run_for(2s);
    CHECK(rig.reg(Rig::p_setpoint) == 800);
}

TEST_CASE("a stop waits for decay as long as it should, whatever the wall clock is set to [D-36]", "[D-36]") {
    for (const auto jump : {Duration(1h), Duration(-1h)}) {
        Rig rig;
        rig.start_with(42, 5);
        rig.set(Rig::p_battery, 420);  // never decays
        rig.tasks.spawn("stop", [&]() -> awaitable<void> { (void)co_await rig.control->stop(); });
        rig.clock.run_for(5s);
        rig.clock.jump_wall(jump);
        INFO("set by " << to_seconds(jump) << " s");
        rig.clock.run_for(24s);
        CHECK(rig.control->state() == PlantState::stopping);
        CHECK(rig.reg(Rig::enable) == 1);
        rig.clock.run_for(2s);
        CHECK(rig.control->state() == PlantState::stopped);
        CHECK(rig.reg(Rig::enable) == 0);
    }
}

}  // namespace hil::control
