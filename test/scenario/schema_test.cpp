// The schema beside the scenarios says what the parser says, as far as a schema can.
#include "config/schema_validator.hpp"
#include "scenario/sample.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace hil::scenario {
namespace {

namespace json = boost::json;

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

const json::value& schema() {
    static const json::value schema = json::parse(text_of(HIL_SOURCE_DIR "/etc/scenario.schema.json"));
    return schema;
}

json::value document_of(const std::string& text) {
    config::Problems problems("s.json");
    const auto document = config::read_document(text, problems);
    REQUIRE(document);
    return *document;
}

// Whether the parser takes it. Faults are not its business: these are of a kind that every plant has.
bool parsed(const json::value& document) {
    config::Problems problems("s.json");
    (void)parse(document, site(), problems);
    return problems.size() == 0;
}
bool valid(const json::value& document) {
    static config::sample::SchemaValidator validator(schema());
    return validator.valid(document);
}

json::value with(const char* steps, const char* expect) {
    return document_of(
        std::string(
            R"({ "name": "s", "from": "2025-10-01T10:00:00", "duration": "10m", "platform": true, "steps": [
        { "id": "f", "at": 0, "fault": { "kind": "drop_responses", "plant": "lib", "for_s": 5, "probability": 0.5 } },
        { "id": "stop", "at": 5, "command": { "kind": "plant.stop", "plant": "lib" } })") +
        (*steps != '\0' ? std::string(", ") + steps : "") + "], \"expect\": [" + expect + "] }");
}

const char* const an_expectation = R"({ "plant": "lib", "runs": true })";

const char* const good_steps[] = {
    R"({ "at": "f + 10s", "end_fault": "f" })",
    R"({ "at": "1m", "id": "x_1", "command": { "kind": "estop", "reason": "smoke" } })",
    R"({ "at": "2025-10-01T10:01:00", "plan": [{ "timestamp": "2025-10-01T10:05:00", "lib_p_kw": 10, "vrfb_q_kvar": 3 }] })",
    R"({ "at": 60.5, "soc": { "plant": "lib", "pu": 0.5 } })",
    R"({ "at": "1m30s", "write": { "plant": "lib", "point": "enable", "value": 0 } })",
    R"({ "at": "end", "platform_faults": { "status": 503, "count": 3 } })",
    R"({ "at": "begin", "platform_faults": [] })",
    R"({ "at": 1, "restart_service": { "how": "in_order", "absent": "20s" } })",
    R"({ "at": 1, "restart_plant": "vrfb" })",
    R"({ "at": 1, "load": { "plant": "lib", "kw": 12 } })",
    R"({ "at": 1, "fault": { "kind": "refuse_values", "plant": "lib", "point": "p_setpoint", "high": 60, "code": 3, "function": 6 } })",
    R"({ "at": 1, "fault": { "kind": "clamp_values", "point": "q_setpoint", "low": -5, "for_s": 60 } })",
    R"({ "at": 1, "fault": { "kind": "round_values", "point": "p_setpoint", "step": 2.5, "direction": "up" } })",
    R"({ "at": 1, "fault": { "kind": "late_values", "point": "enable", "ms": 1500 } })",
    R"({ "at": 1, "fault": { "kind": "setpoint_watchdog", "hold_s": 10 } })",
    R"({ "at": 1, "fault": { "kind": "wrong_echo", "point": "p_setpoint", "offset": 1 } })",
};

const char* const good_expectations[] = {
    R"({ "plant": "lib", "state": "stopped", "after": "stop", "within": "5s" })",
    R"({ "plant": "lib", "runs": false, "name": "it stops", "from": "stop", "to": "end", "but_for": "2s" })",
    R"({ "plant": "lib", "gate": "open", "at": "stop + 1m" })",
    R"({ "plant": "lib", "link": "up" })",
    R"({ "plant": "lib", "tripped": false, "to": 30 })",
    R"({ "plant": "lib", "register": "soc", "between": [0.1, 0.2] })",
    R"({ "plant": "lib", "measured": "soc_pu", "at_least": 0.1, "at_most": 0.2, "at": "end" })",
    R"({ "plant": "lib", "off_plan": "q", "counts": 2 })",
    R"({ "alert": "lib/link", "active": false })",
    R"({ "estop": "reset" })",
    R"({ "outbox": "waiting", "is": 0, "at": "end" })",
    R"({ "platform": "connected", "within": "1m" })",
    R"({ "plant": "lib", "energy": "charged", "at_most": 3 })",
    R"({ "event": "plant.lost_running", "plant": "lib", "text": "no longer", "within": "4s" })",
    R"({ "command": "stop", "ends": "failed", "message": "disable_failed", "result": { "disable_ok": false }, "within": 3 })",
    R"({ "plant": "lib", "writes": "p_setpoint", "times": [0, 3], "at_most": 100 })",
    R"({ "plant": "lib", "rows": "null", "times": 0 })",
    R"({ "posts": "out_of_order", "times": 0, "plant": "lib" })",
};

// Schema and parser refuse these alike.
const char* const bad_steps[] = {
    R"({ "end_fault": "f" })",
    R"({ "at": 1 })",
    R"({ "at": -1, "restart_plant": "vrfb" })",
    R"({ "at": "soon please", "restart_plant": "vrfb" })",
    R"({ "at": 1, "restart_plant": "VRFB!" })",
    R"({ "at": 1, "restart_plant": "vrfb", "soc": { "plant": "lib", "pu": 0.5 } })",
    R"({ "at": 1, "id": "Not A Name", "restart_plant": "vrfb" })",
    R"({ "at": 1, "soc": { "plant": "lib", "pu": 1.5 } })",
    R"({ "at": 1, "soc": { "plant": "lib" } })",
    R"({ "at": 1, "write": { "plant": "lib", "point": "enable" } })",
    R"({ "at": 1, "restart_service": { "how": "gently" } })",
    R"({ "at": 1, "restart_service": {} })",
    R"({ "at": 1, "command": { "kind": "plant.explode", "plant": "lib" } })",
    R"({ "at": 1, "plan": 7 })",
    R"({ "at": 1, "load": { "plant": "lib", "kw": -2 } })",
};

const char* const bad_expectations[] = {
    R"({ "plant": "lib" })",
    R"({ "plant": "lib", "state": "asleep" })",
    R"({ "state": "running" })",
    R"({ "plant": "lib", "runs": "yes" })",
    R"({ "plant": "lib", "runs": true, "gate": "open" })",
    R"({ "plant": "lib", "register": "soc", "between": 3 })",
    R"({ "plant": "lib", "measured": "soc", "is": 3 })",
    R"({ "plant": "lib", "off_plan": "s" })",
    R"({ "alert": "lib/link", "within": "soon" })",
    R"({ "command": "stop" })",
    R"({ "command": "stop", "ends": "well" })",
    R"({ "plant": "lib", "rows": "many", "times": 1 })",
    R"({ "plant": "lib", "energy": "charged", "at_most": 3, "within": "5s" })",
    R"({ "plant": "lib", "writes": "p_setpoint", "times": "often" })",
};

}  // namespace

TEST_CASE("the shipped scenarios are valid, comments and all") {
    int seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(HIL_SOURCE_DIR "/etc/scenarios")) {
        INFO(entry.path().string());
        CHECK(valid(document_of(text_of(entry.path()))));
        ++seen;
    }
    CHECK(seen >= 10);
}

TEST_CASE("schema and parser take every kind of step and of expectation") {
    for (const auto* step : good_steps) {
        INFO(step);
        const auto document = with(step, an_expectation);
        CHECK(parsed(document));
        CHECK(valid(document));
    }
    for (const auto* expectation : good_expectations) {
        INFO(expectation);
        const auto document = with("", expectation);
        CHECK(parsed(document));
        CHECK(valid(document));
    }
}

TEST_CASE("schema and parser refuse the same") {
    for (const auto* step : bad_steps) {
        INFO(step);
        const auto document = with(step, an_expectation);
        CHECK_FALSE(parsed(document));
        CHECK_FALSE(valid(document));
    }
    for (const auto* expectation : bad_expectations) {
        INFO(expectation);
        const auto document = with("", expectation);
        CHECK_FALSE(parsed(document));
        CHECK_FALSE(valid(document));
    }
}

TEST_CASE("schema and parser refuse what they do not know, wherever it stands") {
    const auto both_refuse = [](json::value document) {
        CHECK_FALSE(parsed(document));
        CHECK_FALSE(valid(document));
    };
    for (const auto* expectation : good_expectations) {
        INFO(expectation);
        auto document = with("", expectation);
        document.at("expect").at(0).as_object()["surprise"] = 1;
        both_refuse(document);
    }
    for (const auto* step : good_steps) {
        INFO(step);
        auto document = with(step, an_expectation);
        document.at("steps").at(2).as_object()["surprise"] = 1;
        both_refuse(document);
    }
    auto document = with("", an_expectation);
    document.as_object()["surprise"] = 1;
    both_refuse(document);
}

TEST_CASE("the schema lists the commands that the parser knows") {
    std::set<std::string_view> known(command_kinds().begin(), command_kinds().end()), listed;
    for (const auto& step : schema().at_pointer("/$defs/step/anyOf").as_array()) {
        const auto* command = step.at("properties").as_object().if_contains("command");
        if (command == nullptr) continue;
        for (const auto& kind : command->at_pointer("/properties/kind/enum").as_array())
            listed.insert(std::string_view(kind.as_string()));
    }
    CHECK(listed == known);
}

TEST_CASE("every step and expectation in the schema is one of these tests") {
    const auto covered = [](const char* pointer, auto& samples,
                            std::initializer_list<std::string_view> also) {
        for (const auto& form : schema().at_pointer(pointer).as_array()) {
            // The member that makes the form what it is: required, and a member of no other form.
            bool found = false;
            for (const auto& required : form.at("required").as_array()) {
                const auto key = std::string("\"") + std::string(required.as_string()) + "\":";
                if (key == "\"plant\":" || key == "\"at\":" || key == "\"ends\":") continue;
                for (const auto* sample : samples)
                    found = found || std::string_view(sample).find(key) != std::string_view::npos;
                for (const auto name : also)
                    found = found || std::string_view(required.as_string()) == name;
            }
            INFO(json::serialize(form.at("required")));
            CHECK(found);
        }
    };
    covered("/$defs/step/anyOf", good_steps, {"fault"});
    covered("/$defs/expectation/anyOf", good_expectations, {});
}

}  // namespace hil::scenario
