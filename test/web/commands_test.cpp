#include "web/rig.hpp"

using namespace hil;
using namespace hil::web;
using namespace hil::web::test;

TEST_CASE("a command is a record at once and can be followed by its id") {
    Rig rig;
    const auto answer = rig.send("POST", "/api/v1/commands", R"({"kind":"plant.start","plant":"lib"})");
    REQUIRE(answer.status == 202);
    const auto record = Rig::document(answer);
    CHECK(record.at("kind") == "plant.start");
    CHECK(record.at("actor") == "operator");
    CHECK(answer.headers.find("Location") == "/api/v1/commands/cmd-000001");
    rig.clock.run_for(1s);
    CHECK(Rig::document(rig.get("/api/v1/commands/cmd-000001")).at("state") == "succeeded");
    CHECK(rig.get("/api/v1/commands/cmd-000002").status == 404);
    CHECK(rig.get("/api/v1/commands/..%2f..%2fetc").status == 404);
    CHECK(rig.executed == std::vector<std::string>{"plant.start"});
}

TEST_CASE("what is refused for its meaning has a record, what cannot be read has none") {
    Rig rig;
    const auto code = [&](const char* body) {
        const auto answer = rig.send("POST", "/api/v1/commands", body);
        REQUIRE(answer.status == 202);
        const auto record = Rig::document(answer);
        CHECK(record.at("state") == "rejected");
        return std::string(record.at("message").as_string());
    };
    CHECK(code(R"({"kind":"plant.fly","plant":"lib"})") == "unsupported_command");
    // Whoever misspelt a kind is told which there are.
    const auto misspelt =
        Rig::document(rig.send("POST", "/api/v1/commands", R"({"kind":"plant.strat","plant":"lib"})"));
    CHECK(misspelt.at("state") == "rejected");
    CHECK(misspelt.at("result").at("did_you_mean") == "plant.start");
    CHECK(misspelt.at("result").at("known_kinds").as_array().size() > 1);
    CHECK(code(R"({"kind":"plant.start","plant":"moon"})") == "invalid_plant");
    CHECK(code(R"({"kind":"plant.start"})") == "invalid_plant");
    CHECK(rig.commands.recent(10).size() == 4);
    for (const char* body : {"{}", R"({"kind":7})", R"({"kind":"plant.start","plant":7})",
                             R"({"kind":"plant.start","plant":"lib","colour":"red"})", R"("estop")",
                             R"({"kind":"plant.start","kind":"estop"})"}) {
        INFO(body);
        CHECK(rig.send("POST", "/api/v1/commands", body).status == 422);
    }
    const auto unknown = Rig::document(
        rig.send("POST", "/api/v1/commands", R"({"kind":"plant.start","plant":"lib","a/b":1})"));
    CHECK(unknown.at("errors").at(0).at("pointer") == "/a~1b");
    CHECK(rig.commands.recent(10).size() == 4);
    CHECK(rig.executed.empty());
}

TEST_CASE("start, stop and emergency stop are commands by another name") {
    Rig rig;
    const auto kind = [&](const char* method, const char* target, const char* body) {
        const auto answer = rig.send(method, target, body);
        REQUIRE(answer.status == 202);
        rig.clock.run_for(1s);
        return std::string(Rig::document(answer).at("kind").as_string());
    };
    CHECK(kind("POST", "/api/v1/control/start", R"({"plant":"lib"})") == "plant.start");
    CHECK(kind("POST", "/api/v1/control/start", R"({"plant":"all"})") == "fleet.start_all");
    CHECK(kind("POST", "/api/v1/control/stop", R"({"plant":"vrfb"})") == "plant.stop");
    CHECK(kind("POST", "/api/v1/control/stop", R"({"plant":"all"})") == "fleet.stop_all");
    CHECK(kind("POST", "/api/v1/estop", R"({"reason":"smoke"})") == "estop");
    CHECK(rig.commands.recent(1).front()->payload == json::object{{"reason", "smoke"}});
    CHECK(rig.ask(Rig::request("POST", "/api/v1/estop")).status == 202);
    CHECK(rig.ask(Rig::request("DELETE", "/api/v1/estop")).status == 202);
    CHECK(rig.send("POST", "/api/v1/control/start", R"({})").status == 422);
}

TEST_CASE("commands are listed newest first, a page at a time") {
    Rig rig;
    for (int i = 0; i < 5; ++i)
        CHECK(rig.send("POST", "/api/v1/control/start", R"({"plant":"lib"})").status == 202);
    std::vector<std::string> ids;
    std::string target = "/api/v1/commands?limit=2";
    for (;;) {
        const auto page = Rig::document(rig.get(target));
        for (const auto& record : page.at("commands").as_array())
            ids.emplace_back(record.at("id").as_string().c_str());
        if (page.at("next").is_null()) break;
        target = "/api/v1/commands?limit=2&cursor=" + std::string(page.at("next").as_string().c_str());
    }
    CHECK(ids ==
          std::vector<std::string>{"cmd-000005", "cmd-000004", "cmd-000003", "cmd-000002", "cmd-000001"});
    CHECK(rig.get("/api/v1/commands?limit=0").status == 422);
    CHECK(rig.get("/api/v1/commands?limit=2&limit=3").status == 422);
}

TEST_CASE("the name of the account is in the record") {
    Rig rig(Rig::with_accounts());
    auto request = Rig::request("POST", "/api/v1/estop");
    request.headers.set("Authorization", "Bearer anna-token");
    CHECK(Rig::document(rig.ask(request)).at("actor") == "operator anna");
}
