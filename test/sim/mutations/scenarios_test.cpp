// Each shipped scenario guards something: broken on purpose in the production code, it fails there.
#include "base/mutation.hpp"
#include "sim/scenario_sample.hpp"

#include <string_view>

namespace hil::simulate {
namespace {

struct Case {
    const char* scenario;
    Mutation mutation;
    std::string_view notices;  // part of the verdict that is broken
};

struct Active {
    explicit Active(Mutation mutation) { active_mutation = mutation; }
    Active(const Active&) = delete;
    Active& operator=(const Active&) = delete;
    ~Active() { active_mutation = Mutation::none; }
};

const Case cases[] = {
    {"link_loss_in_discharge", Mutation::deadline_forgotten, "the link of lib is down"},
    {"sleepy_gateway", Mutation::idle_close_is_failure, "the link of lib is up"},
    {"sleepy_gateway", Mutation::first_answer_not_awaited, "the link of lib is up"},
    {"vrfb_slow_ramp", Mutation::decay_not_awaited, "vrfb runs by its own registers"},
    {"soc_floor_reached", Mutation::trip_without_stop, "register soc of lib is at least 0.025"},
    {"soc_floor_reached", Mutation::derating_skipped, "vrfb is not tripped"},
    {"wrong_word_order", Mutation::unknown_not_stale, "lib is tripped"},
    {"values_not_available", Mutation::voltage_not_watched, "vrfb is tripped"},
    {"values_not_available", Mutation::impossible_believed, "lib is not tripped"},
    {"platform_down_all_day", Mutation::outbox_emptied_early, "values taken by the platform"},
    {"platform_down_all_day", Mutation::outbox_order_broken, "posted out of order"},
    {"platform_denies_posts", Mutation::post_reply_believed, "values taken by the platform"},
    {"dst_night", Mutation::dst_hour_doubled, "row of lib out of order"},
    {"restart_mid_run", Mutation::schedules_forgotten, "register p_setpoint of lib is 150 kW"},
    {"frozen_measurements", Mutation::power_not_watched, "lib is tripped"},
    {"emergency_stop", Mutation::latch_forgotten, "the emergency stop is latched"},
    {"emergency_stop", Mutation::limit_skipped, "no write above 1000 kW"},
    {"device_limits", Mutation::refused_value_kept, "register p_setpoint of lib"},
    {"second_master", Mutation::readback_ignored, "within 2 s of p"},
    {"busy_at_start", Mutation::start_tried_once, "lib runs"},
    {"other_device", Mutation::stranger_welcome, "ends failed unexpected_device"},
    {"refused_stop", Mutation::stop_step_forgotten, "register stop_command of lib is 1"},
};

}  // namespace

TEST_CASE("each scenario fails when what it guards is broken on purpose", "[scenarios]") {
    for (const auto& c : cases) {
        const auto setup = loaded(scenario_directory / (std::string(c.scenario) + ".json"));
        const Active active(c.mutation);
        const auto wrong = broken(run_scenario(setup));
        INFO(c.scenario << ", which is to notice \"" << c.notices << "\"\n" << wrong);
        CHECK(wrong.find(c.notices) != std::string::npos);
    }
}

TEST_CASE("every shipped scenario has a deliberate fault that it notices", "[scenarios]") {
    for (const auto& file : shipped_scenarios()) {
        INFO(file.string());
        CHECK(std::ranges::any_of(cases, [&file](const Case& c) { return file.stem() == c.scenario; }));
    }
}

}  // namespace hil::simulate
