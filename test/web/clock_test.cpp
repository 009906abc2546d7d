#include "web/json_writer.hpp"

#include "web/rig.hpp"

using namespace hil;
using namespace hil::web;
using namespace hil::web::test;

namespace {

// The command as app defines it, with the refusal the test asks for.
void define_clock(Rig& rig, std::string refusal, std::vector<json::object>& taken) {
    control::CommandEngine::Kind what;
    what.queue = control::CommandQueue::immediate;
    what.fields = {"speed", "paused", "step_s"};
    what.refuse = [refusal](const control::Command&) {
        return refusal.empty() ? std::nullopt : std::optional(refusal);
    };
    what.execute = [&](const control::Command& command,
                       control::CommandEngine::Say) -> awaitable<control::Outcome> {
        taken.push_back(command.payload);
        rig.state["clock"] = {{"speed", 60.0}, {"paused", false}, {"settable", true}};
        co_return control::Outcome::success();
    };
    rig.commands.define("clock.set", std::move(what));
}

net::Request put(std::string body) {
    return Rig::request("PUT", "/api/v1/clock", "application/json", std::move(body));
}

}  // namespace

TEST_CASE("the clock is set by a command whose end is waited for, and told as it then stands") {
    Rig rig;
    std::vector<json::object> taken;
    define_clock(rig, {}, taken);
    rig.state["time"] = "2025-10-01T06:00:00Z";
    const auto answer = rig.ask(put(R"({"speed":60})"));
    CHECK(answer.status == 200);
    CHECK(answer.body == R"({"time":"2025-10-01T06:00:00Z","speed":60.0,"paused":false,"settable":true})");
    CHECK(taken == std::vector<json::object>{{{"speed", 60}}});
    CHECK(rig.commands.recent(1).front()->kind == "clock.set");
    CHECK(rig.ask(Rig::request("GET", "/api/v1/clock")).body == answer.body);
}

TEST_CASE("a clock that cannot be set is a conflict, said in a sentence") {
    const auto refused = [](const std::string& code) {
        Rig rig;
        std::vector<json::object> taken;
        define_clock(rig, code, taken);
        const auto answer = rig.ask(put(R"({"paused":true})"));
        CHECK(taken.empty());
        CHECK(answer.headers.find("Content-Type") == "application/problem+json");
        return std::pair(answer.status,
                         std::string(std_view(Rig::document(answer).at("detail").as_string())));
    };
    CHECK(refused("local_only") ==
          std::pair(
              409u,
              std::string("with remote transport the clock cannot be set: real plants live in the present")));
    CHECK(refused("real_clock").first == 409);
    CHECK(refused("real_clock").second.find("--speed, --paused or --from") != std::string::npos);
    CHECK(refused("not_paused") == std::pair(409u, std::string("only a paused clock can be stepped")));
    CHECK(refused("invalid_payload").first == 422);
    CHECK(refused("shutting_down").first == 409);
}

TEST_CASE("a body that cannot be meant leaves no record of a command") {
    Rig rig;
    std::vector<json::object> taken;
    define_clock(rig, {}, taken);
    CHECK(rig.ask(put("[]")).status == 422);
    CHECK(rig.ask(put("{")).status == 400);
    const auto unknown = rig.ask(put(R"({"velocity":2})"));
    CHECK(unknown.status == 422);
    CHECK(Rig::document(unknown).at("errors").at(0).at("pointer") == "/velocity");
    CHECK(rig.commands.recent(1).empty());
}
