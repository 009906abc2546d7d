#include "journal/reasons.hpp"

#include "base/blocking_executor.hpp"
#include "control/errors.hpp"
#include "control/rig.hpp"

using namespace hil;
using namespace hil::control;
using namespace hil::journal;
using namespace hil::store;
using schedule::Signal;

namespace {

const Zone utc = Zone::utc();

// A plant under control whose reasons are kept in memory.
struct KeptReasons {
    KeptReasons() { attach(); }
    void attach() {
        rig.on_setpoint = [this](const control::Setpoint& setpoint, bool p, bool q) {
            reasons.on_setpoint(0, setpoint, p, q);
        };
        rig.on_dispatch = [this](bool open) { reasons.on_dispatch(0, open); };
        rig.on_write = [this](const control::PlantControl::WriteEvent& write) {
            const auto& points = rig.link->map().standard();
            if (write.point == points.p_setpoint) reasons.on_write(0, Signal::p, write);
            if (write.point == points.q_setpoint) reasons.on_write(0, Signal::q, write);
        };
    }
    boost::json::object why(WallTime at) {
        auto answer = rig.finish<result<boost::json::object>>([this, at] { return reasons.why(0, at); });
        REQUIRE(answer);
        return *answer;
    }
    std::string sentence(WallTime at, const char* signal = "p") {
        return why(at).at(signal).as_object().at("sentence").as_string().c_str();
    }
    void until(WallTime at) { rig.clock.run_until(rig.clock.instant(at)); }

    Rig rig;
    std::shared_ptr<store::Database> database = std::make_shared<store::Database>("", reason_migrations());
    std::unique_ptr<BlockingExecutor> blocking = make_inline_executor(rig.clock);
    std::vector<std::string> errors;
    Reasons reasons{rig.clock, *blocking, database,
                    {"lib"},   utc,       {[this](const std::string& text) { errors.push_back(text); }}};
};

std::string text(const boost::json::object& answer, const char* signal, const char* field) {
    const auto& value = answer.at(signal).as_object().at(field);
    return value.is_null() ? "null" : std::string(value.as_string().c_str());
}

}  // namespace

TEST_CASE("for any instant the value dispatched has its plan, version, limit, and when it was read back") {
    KeptReasons kept;
    kept.rig.store.set_manual(0, Signal::p, schedule::Series({{wall(9), 100}, {wall(11), 1500}}, wall(12)),
                              "test");
    const auto version = kept.rig.store.manual(0, Signal::p).version;
    kept.rig.plan(Signal::q, 20);
    kept.rig.begin();
    kept.rig.control->set_dispatch_enabled(true);
    REQUIRE_FALSE(kept.rig.start().error);
    kept.until(wall(12, 30));

    const auto first = kept.why(wall(10, 30));
    CHECK(first.at("known").as_bool());
    const auto& p = first.at("p").as_object();
    CHECK(p.at("value").as_double() == 100);
    CHECK(p.at("plan_version").to_number<std::uint64_t>() == version);
    CHECK(text(first, "p", "origin") == "plan");
    CHECK(text(first, "p", "source") == "manual");
    CHECK(text(first, "p", "plan_until") == "2025-10-01T11:00:00+00:00");
    CHECK(text(first, "p", "until") == "2025-10-01T11:00:00+00:00");
    CHECK(text(first, "p", "written_at") != "null");
    CHECK(text(first, "p", "confirmed_at") != "null");
    CHECK(first.at("q").as_object().at("value").as_double() == 20);

    const auto limited = kept.why(wall(11, 0, 10));
    CHECK(limited.at("p").as_object().at("value").as_double() == 1000);
    CHECK(limited.at("p").as_object().at("asked").as_double() == 1500);
    CHECK(text(limited, "p", "limit") == "p_max_kw");
    CHECK_THAT(kept.sentence(wall(11, 30)),
               Catch::Matchers::Contains("it asked for 1500.0 kW, limited by p_max_kw"));
    CHECK_THAT(kept.sentence(wall(11, 30)), Catch::Matchers::Contains("read back at"));

    const auto over = kept.why(wall(12, 10));
    CHECK(over.at("p").as_object().at("value").as_double() == 0);
    CHECK(text(over, "p", "reason") == "plan_ended");
    CHECK(text(over, "p", "since") == "2025-10-01T12:00:00+00:00");
    CHECK(over.at("p").as_object().at("until").is_null());
    CHECK_THAT(kept.sentence(wall(12, 10)), Catch::Matchers::Contains("the manual plan is over"));
    CHECK(kept.errors.empty());
}

TEST_CASE("a stop, dispatch disabled and the start of the program are reasons too") {
    KeptReasons kept;
    CHECK_THAT(kept.sentence(wall(10)),
               Catch::Matchers::Contains("nothing was dispatched since the program started"));
    CHECK_FALSE(kept.why(wall(9, 59)).at("known").as_bool());
    kept.rig.start_with(100, 20);
    kept.until(wall(10, 10));
    kept.rig.control->set_dispatch_enabled(false);
    kept.until(wall(10, 20));
    CHECK(text(kept.why(wall(10, 15)), "p", "origin") == "gate_closed");
    CHECK(kept.why(wall(10, 15)).at("p").as_object().at("value").as_double() == 100);
    CHECK_THAT(kept.sentence(wall(10, 15)),
               Catch::Matchers::Contains("the plant keeps what it was sent last"));
    kept.rig.control->set_dispatch_enabled(true);
    kept.until(wall(10, 30));
    CHECK(text(kept.why(wall(10, 25)), "q", "origin") == "plan");
    CHECK(kept.rig.stop().disable_ok);
    kept.until(wall(10, 40));
    const auto stopped = kept.why(wall(10, 35));
    CHECK(text(stopped, "p", "origin") == "safe_stop");
    CHECK(text(stopped, "q", "origin") == "safe_stop");
    CHECK(stopped.at("p").as_object().at("value").as_double() == 0);
    CHECK(text(stopped, "p", "written_at") != "null");
}

TEST_CASE("what a device holds instead of a value, and why, is part of its reason") {
    KeptReasons kept;
    kept.rig.start_with(-50, 0);
    kept.rig.on_request = [](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.function != modbus::Function::write_single_register) return {};
        if (static_cast<std::int16_t>(request.words[0]) > 600) return Rig::refuse(request, 4);
        return {};
    };
    kept.rig.plan(Signal::p, 100);
    kept.until(wall(10, 5));
    CHECK_THAT(kept.sentence(wall(10, 5)),
               Catch::Matchers::Contains("device holds 56.2 of 100.0: it refuses more"));
    CHECK(text(kept.why(wall(10, 5)), "p", "held_because") == "refused");
}

TEST_CASE("a write that fails is said, until one succeeds") {
    KeptReasons kept;
    kept.rig.start_with(100, 20);
    kept.rig.on_request = [](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.function != modbus::Function::write_single_register) return {};
        return Rig::refuse(request, 6);
    };
    kept.rig.plan(Signal::p, 200);
    kept.until(wall(10, 5));
    CHECK_THAT(kept.sentence(wall(10, 5)), Catch::Matchers::Contains("it could not be written"));
    kept.rig.on_request = {};
    kept.until(wall(10, 10));
    CHECK_THAT(kept.sentence(wall(10, 10)), !Catch::Matchers::Contains("it could not be written"));
    CHECK_THAT(kept.sentence(wall(10, 10)), Catch::Matchers::Contains("read back at"));
}

TEST_CASE("a value that does not change costs nothing, whatever the time") {
    KeptReasons kept;
    kept.rig.start_with(100, 20);
    kept.until(wall(18));
    kept.why(wall(12));
    auto& ask = kept.database->prepare("SELECT count(*) FROM reasons");
    REQUIRE(ask.step());
    CHECK(ask.integer(0) <= 6);
    CHECK(kept.reasons.waiting() == 0);
}

TEST_CASE("what safety takes back is in the sentence and in the fields") {
    ReasonRecord record{.since = wall(10), .origin = Origin::plan, .value = 40};
    record.asked = 100;
    record.active.source = schedule::Source::api;
    record.active.reason = schedule::Reason::plan;
    record.derated = Stage::derate;
    record.condition = Condition::soc_low;
    record.before_derating = 100;
    CHECK_THAT(sentence(record, Signal::p, utc),
               Catch::Matchers::Contains("safety (soc_low, derate) took it back from 100.0 kW"));
    store::Database database("", reason_migrations());
    store_reason(database, "lib", Signal::p, record);
    const auto found = find_reason(database, "lib", Signal::p, wall(11));
    REQUIRE(found);
    CHECK(sentence(*found, Signal::p, utc) == sentence(record, Signal::p, utc));
    CHECK(found->condition == Condition::soc_low);
    CHECK_FALSE(find_reason(database, "lib", Signal::q, wall(11)));
    CHECK_FALSE(find_reason(database, "vrfb", Signal::p, wall(11)));
}

TEST_CASE("every field comes back from the database, for every kind of reason") {
    store::Database database("", reason_migrations());
    const schedule::Source sources[] = {schedule::Source::none, schedule::Source::manual,
                                        schedule::Source::api, schedule::Source("fleet")};
    for (int i = 0; i < 7; ++i) {
        ReasonRecord record{.since = wall(10, i), .origin = Origin::plan, .value = i};
        record.asked = i + 1;
        record.active = {.value = i + 1.0,
                         .source = sources[i % 4],
                         .reason = static_cast<schedule::Reason>(i),
                         .line = 7,
                         .version = 9,
                         .since = wall(9),
                         .until = wall(12)};
        record.limit = static_cast<schedule::Limit>(i % 6);
        record.confirmed_at = wall(10, i, 2);
        record.error = "e";
        store_reason(database, "lib", Signal::q, record);
        const auto found = find_reason(database, "lib", Signal::q, wall(10, i));
        REQUIRE(found);
        CHECK(found->active == record.active);
        CHECK(found->limit == record.limit);
        CHECK(found->value == record.value);
        CHECK(found->confirmed_at == record.confirmed_at);
        CHECK_FALSE(found->written_at);
        CHECK(found->error == "e");
    }
    for (int i = 0; i < 6; ++i) {
        store_reason(database, "x", Signal::p, {.since = wall(10), .origin = static_cast<Origin>(i)});
        CHECK(find_reason(database, "x", Signal::p, wall(10))->origin == static_cast<Origin>(i));
    }
}

TEST_CASE("old reasons are removed but for the one still in force then") {
    store::Database database("", reason_migrations());
    for (int hour = 0; hour < 10; ++hour)
        store_reason(database, "lib", Signal::p,
                     {.since = wall(hour), .origin = Origin::plan, .value = hour});
    prune_reasons(database, wall(5, 30));
    CHECK_FALSE(find_reason(database, "lib", Signal::p, wall(4, 59)));
    CHECK(find_reason(database, "lib", Signal::p, wall(5, 30))->value == 5.0);
    CHECK(find_reason(database, "lib", Signal::p, wall(9, 30))->value == 9.0);
}

TEST_CASE("reasons that cannot be stored wait and are stored later") {
    KeptReasons kept;
    kept.database->execute("PRAGMA query_only = ON");
    kept.rig.start_with(100, 20);
    kept.until(wall(10, 1));
    const auto flush = [&] { return kept.rig.finish<result<void>>([&] { return kept.reasons.flush(); }); };
    CHECK(flush().error() == errc::not_saved);
    CHECK(kept.reasons.waiting() > 0);
    CHECK(kept.errors.size() == 1);
    CHECK_FALSE(
        kept.rig.finish<result<boost::json::object>>([&] { return kept.reasons.why(0, wall(10, 1)); }));
    kept.database->execute("PRAGMA query_only = OFF");
    CHECK(flush());
    CHECK(kept.why(wall(10, 1)).at("p").as_object().at("value").as_double() == 100);
    CHECK(kept.reasons.dropped() == 0);
}

TEST_CASE("the stages of a value lead from the layer that asked to what the plant holds") {
    ReasonRecord record{.since = wall(10), .origin = Origin::plan, .value = 30};
    record.asked = 120;  // what the layers leave of 150
    record.active.value = 120;
    record.active.source = schedule::Source("fleet");
    record.active.reason = schedule::Reason::plan;
    record.active.version = 4;
    record.active.narrowed = {{schedule::LayerId("grid_operator"), 150, 130},
                              {schedule::LayerId("tariff"), 130, 120}};
    record.limit = schedule::Limit::p_max;
    record.steps = {{"allocation", 100, 80, "import limit of the site"}, {"ramp", 80, 60, "10 kW/s"}};
    record.derated = Stage::derate;
    record.condition = Condition::soc_low;
    record.before_derating = 60;
    record.held_why = HeldWhy::device;
    record.held = 29.5;
    record.held_text = "device holds 29.5 of 30";

    const auto steps = stages(record, Signal::p, utc);
    std::vector<std::string> names;
    for (const auto& step : steps)
        names.push_back(step.stage);
    CHECK(names == std::vector<std::string>{"layer", "limits", "limits", "device_limit", "allocation", "ramp",
                                            "safety", "device"});
    CHECK_FALSE(steps.front().from);
    CHECK(steps.front().to == 150);
    CHECK(steps.front().why == "the plan of layer fleet, version 4");
    for (std::size_t i = 1; i < steps.size(); ++i) {
        INFO(steps[i].stage);
        CHECK(steps[i].from == steps[i - 1].to);
        CHECK_FALSE(steps[i].why.empty());
    }
    CHECK(steps.back().to == 29.5);
    CHECK(steps[1].why == "layer grid_operator allows no more");

    // All of it survives the database, and names of layers that nobody knows any more do, too.
    store::Database database("", reason_migrations());
    store_reason(database, "lib", Signal::p, record);
    const auto found = find_reason(database, "lib", Signal::p, wall(11));
    REQUIRE(found);
    CHECK(stages(*found, Signal::p, utc) == steps);

    const auto json = why_answer("lib", wall(11), found, std::nullopt, utc);
    const auto& listed = json.at("p").at("stages").as_array();
    REQUIRE(listed.size() == steps.size());
    CHECK(listed[1].at("stage") == "limits");
    CHECK(listed[1].at("from") == 150.0);
    CHECK(listed[1].at("to") == 130.0);
    CHECK(listed[0].at("from").is_null());
}

TEST_CASE("what decided without a plan is the only stage but for what the plant holds") {
    ReasonRecord record{.since = wall(10), .origin = Origin::emergency_stop, .value = 0};
    record.confirmed_at = wall(10, 0, 2);
    const auto steps = stages(record, Signal::q, utc);
    REQUIRE(steps.size() == 2);
    CHECK(steps[0].stage == "emergency_stop");
    CHECK(steps[0].to == 0);
    CHECK(steps[0].why == "an emergency stop");
    CHECK(steps[1].stage == "device");
    CHECK_THAT(steps[1].why, Catch::Matchers::Contains("read back at"));
}

TEST_CASE("steps in the table that are not understood are left out") {
    store::Database database("", reason_migrations());
    ReasonRecord record{.since = wall(10), .origin = Origin::plan, .value = 1};
    record.active.reason = schedule::Reason::plan;
    record.steps = {{"ramp", 2, 1, "r"}};
    for (const auto* text :
         {"", "nonsense", "7", R"({"steps": [7, ["a"], [1, null, "x", 4]], "narrowed": 7})"}) {
        store_reason(database, "lib", Signal::p, record);
        database.prepare("UPDATE reasons SET steps = ?").bind(1, std::string_view(text)).run();
        const auto found = find_reason(database, "lib", Signal::p, wall(11));
        REQUIRE(found);
        CHECK(found->active.narrowed.empty());
        for (const auto& step : found->steps)
            CHECK((step.stage.empty() && !step.from && !step.to && step.why.empty()));
    }
}
