#include "control/command_engine.hpp"

#include "support/catch.hpp"

#include <boost/json/serialize.hpp>

#include <stdexcept>

namespace hil::control {
namespace {

using namespace std::chrono_literals;

// An engine whose commands take the seconds their payload asks for, and what they did in order.
struct Desk {
    explicit Desk(CommandEngine::Options options = {}) : engine(clock, {"lib", "vrfb"}, options, hooks()) {
        define("plant.start", CommandQueue::plant);
        define("plant.stop", CommandQueue::plant);
        define("fleet.stop_all", CommandQueue::site);
        define("market.connect", CommandQueue::market);
        define("posting.enable", CommandQueue::posting);
        define("schedule.activate", CommandQueue::schedule);
        define("estop", CommandQueue::immediate);
    }
    ~Desk() { clock.settle(); }

    CommandEngine::Hooks hooks() {
        CommandEngine::Hooks out;
        out.on_failure = [this](const Command& command, std::string_view what) {
            failures.push_back(command.id + ": " + std::string(what));
        };
        return out;
    }

    void define(const char* name, CommandQueue queue) {
        CommandEngine::Kind kind;
        kind.queue = queue;
        kind.fields = {"s", "throw"};
        kind.refuse = [this](const Command&) { return refused; };
        kind.execute = [this](const Command& command, CommandEngine::Say say) -> awaitable<Outcome> {
            story.push_back("+" + name_of(command));
            if (say_this) say(*say_this);
            if (const auto* s = command.payload.if_contains("s"))
                co_await clock.sleep_for(seconds(s->to_number<double>()));
            if (command.payload.contains("throw")) throw std::runtime_error("midway");
            story.push_back("-" + name_of(command));
            co_return Outcome::success(command.payload.size());
        };
        engine.define(name, std::move(kind));
    }

    static std::string name_of(const Command& command) {
        return command.plant.empty() ? command.kind : command.kind + " " + command.plant;
    }

    std::string submit(std::string kind, std::string plant = "", double s = 1) {
        return engine.submit(std::move(kind), std::move(plant), {{"s", s}}, "operator anna").id;
    }
    [[nodiscard]] std::string state(std::string_view id) const {
        const auto* command = engine.find(id);
        if (command == nullptr) return "gone";
        auto text = std::string(to_string(command->state));
        return command->message.empty() ? text : text + " " + command->message;
    }

    asio::io_context context{1};
    VirtualClock clock{context, std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 10h};
    std::optional<std::string> refused;
    std::optional<std::string> say_this;
    std::vector<std::string> story, failures;
    CommandEngine engine;
};

using Story = std::vector<std::string>;

}  // namespace

TEST_CASE("a command goes from queued to its end, and its record tells when") {
    Desk desk;
    std::vector<std::string> states;
    const auto news = desk.engine.subscribe([&](const Command& command) {
        states.push_back(std::string(to_string(command.state)) + " " + command.message);
    });
    desk.say_this = "waiting for decay";
    const auto id = desk.submit("plant.start", "lib", 2);
    CHECK(id == "cmd-000001");
    CHECK(desk.state(id) == "running");
    desk.clock.run_for(5s);
    const auto* command = desk.engine.find(id);
    REQUIRE(command != nullptr);
    CHECK(states == Story{"queued ", "running ", "running waiting for decay", "succeeded "});
    CHECK(command->actor == "operator anna");
    CHECK(*command->finished_at - *command->started_at == 2s);
    CHECK(boost::json::serialize(to_json(*command)) ==
          R"({"id":"cmd-000001","kind":"plant.start","plant":"lib","payload":{"s":2E0},)"
          R"("actor":"operator anna","state":"succeeded","message":"","result":1,)"
          R"("created_at":"2025-10-01T10:00:00+00:00","started_at":"2025-10-01T10:00:00+00:00",)"
          R"("finished_at":"2025-10-01T10:00:02+00:00"})");
}

TEST_CASE("commands of different plants run side by side, those of one plant in order [D-15]", "[D-15]") {
    Desk desk;
    desk.submit("plant.start", "lib", 60);
    desk.submit("plant.stop", "lib", 1);
    desk.submit("plant.start", "vrfb", 1);
    desk.submit("market.connect", "", 30);
    desk.submit("posting.enable", "", 1);
    desk.submit("schedule.activate", "", 1);
    desk.clock.run_for(10s);
    CHECK(desk.story == Story{"+plant.start lib", "+plant.start vrfb", "+market.connect", "+posting.enable",
                              "+schedule.activate", "-plant.start vrfb", "-posting.enable",
                              "-schedule.activate"});
    CHECK(desk.engine.waiting() == 1);
    REQUIRE(desk.engine.active("lib") != nullptr);
    CHECK(desk.engine.active("lib")->kind == "plant.start");
    CHECK(desk.engine.active("vrfb") == nullptr);
    desk.story.clear();
    desk.clock.run_for(1min);
    CHECK(desk.story == Story{"-market.connect", "-plant.start lib", "+plant.stop lib", "-plant.stop lib"});
}

TEST_CASE("a command of the whole site waits for every plant and is not passed") {
    Desk desk;
    desk.submit("plant.start", "lib", 5);
    desk.submit("fleet.stop_all", "", 5);
    desk.submit("plant.start", "vrfb", 1);  // asked for later: waits, though its plant is free
    desk.submit("market.connect", "", 1);   // no matter of plants
    desk.clock.run_for(20s);
    CHECK(desk.story == Story{"+plant.start lib", "+market.connect", "-market.connect", "-plant.start lib",
                              "+fleet.stop_all", "-fleet.stop_all", "+plant.start vrfb",
                              "-plant.start vrfb"});
}

TEST_CASE("the emergency stop overtakes what runs and what waits, also when the queue is full") {
    Desk desk({.queue_capacity = 1});
    desk.submit("fleet.stop_all", "", 60);
    desk.submit("plant.start", "lib", 1);
    CHECK(desk.state(desk.submit("plant.start", "lib", 1)) == "rejected queue_full");
    const auto estop = desk.submit("estop", "", 0);
    desk.clock.run_for(1ms);
    CHECK(desk.state(estop) == "succeeded");
    CHECK(desk.story == Story{"+fleet.stop_all", "+estop", "-estop"});
}

TEST_CASE("a full queue rejects by name, and the latest two hundred records remain [AC-41]") {
    SECTION("a queue of one") {
        Desk desk({.queue_capacity = 1});
        desk.submit("plant.start", "lib");
        desk.submit("plant.stop", "lib");
        const auto third = desk.submit("plant.start", "lib");
        CHECK(desk.state(third) == "rejected queue_full");
        CHECK(desk.engine.waiting() == 1);
        CHECK(desk.state(desk.submit("plant.start", "vrfb")) == "running");  // does not have to wait
    }
    SECTION("two hundred and five commands") {
        Desk desk;
        for (int i = 0; i < 205; ++i) {
            desk.submit("plant.start", "lib");
            desk.clock.run_for(2s);
        }
        CHECK(desk.engine.find("cmd-000005") == nullptr);
        CHECK(desk.state("cmd-000006") == "succeeded");
        CHECK(desk.state("cmd-000205") == "succeeded");
        const auto recent = desk.engine.recent(1000);
        REQUIRE(recent.size() == 200);
        CHECK(recent.front()->id == "cmd-000205");
        CHECK(recent.back()->id == "cmd-000006");
    }
    SECTION("two hundred and five at once") {
        Desk desk;
        for (int i = 0; i < 205; ++i)
            desk.submit("plant.start", "lib");
        // One runs, 128 wait: what has not ended is never given up.
        CHECK(desk.engine.recent(1000).size() == 200);
        CHECK(desk.state("cmd-000001") == "running");
        CHECK(desk.state("cmd-000129") == "queued");
        CHECK(desk.engine.find("cmd-000130") == nullptr);
        CHECK(desk.state("cmd-000205") == "rejected queue_full");
    }
}

TEST_CASE("what cannot be done is rejected by name and creates nothing [AC-43]") {
    Desk desk;
    CHECK(desk.state(desk.submit("plant.start", "xyz")) == "rejected invalid_plant");
    CHECK(desk.state(desk.submit("plant.start")) == "rejected invalid_plant");
    CHECK(desk.state(desk.submit("plant.explode", "lib")) == "rejected unsupported_command");
    CHECK(desk.state(desk.submit("fleet.stop_all", "lib")) == "rejected invalid_payload");
    const auto odd = desk.engine.submit("plant.start", "lib", {{"password", "secret"}}, "operator").id;
    CHECK(desk.state(odd) == "rejected invalid_payload");
    CHECK(desk.engine.find(odd)->payload.empty());
    desk.clock.run_for(1s);
    CHECK(desk.story.empty());
    CHECK(desk.engine.active("xyz") == nullptr);
    const auto known =
        desk.engine.submit(std::string(100'000, 'x'), std::string(100'000, 'y'), {}, "operator");
    CHECK(known.kind.size() + known.plant.size() < 200);
}

TEST_CASE("an exception midway fails the command and leaves its queue open [AC-43]") {
    Desk desk;
    const auto id = desk.engine.submit("plant.start", "lib", {{"s", 1}, {"throw", true}}, "operator anna").id;
    const auto next = desk.submit("plant.start", "lib");
    desk.clock.run_for(5s);
    CHECK(desk.state(id) == "failed internal_error");
    CHECK(desk.failures == Story{"cmd-000001: midway"});
    CHECK(desk.state(next) == "succeeded");
}

TEST_CASE("a refusal is asked for when the command arrives and again before it runs") {
    Desk desk;
    const auto running = desk.submit("plant.start", "lib", 5);
    const auto waiting = desk.submit("plant.start", "lib", 5);
    desk.clock.run_for(1s);
    desk.refused = "estop_latched";
    CHECK(desk.state(desk.submit("plant.start", "vrfb")) == "rejected estop_latched");
    desk.clock.run_for(20s);
    CHECK(desk.state(running) == "succeeded");
    CHECK(desk.state(waiting) == "rejected estop_latched");
    CHECK(desk.story == Story{"+plant.start lib", "-plant.start lib"});
}

TEST_CASE("secrets do not reach the record, only the one who executes") {
    Desk desk;
    std::string seen;
    CommandEngine::Kind kind;
    kind.queue = CommandQueue::market;
    kind.secrets = {"password"};
    kind.execute = [&](const Command& command, const CommandEngine::Say&) -> awaitable<Outcome> {
        seen = boost::json::serialize(desk.engine.take_secrets(command.id));
        CHECK(desk.engine.take_secrets(command.id).empty());
        co_return Outcome::success();
    };
    desk.engine.define("market.login", kind);
    std::string told;
    const auto news = desk.engine.subscribe(
        [&](const Command& command) { told += boost::json::serialize(to_json(command)); });
    const auto id = desk.engine.submit("market.login", "", {{"password", "tr1cky"}}, "operator").id;
    desk.clock.run_for(1s);
    CHECK(seen == R"({"password":"tr1cky"})");
    CHECK(told.find("tr1cky") == std::string::npos);
    CHECK(boost::json::serialize(desk.engine.find(id)->payload) == R"({"password":"***"})");
}

TEST_CASE("finished() answers with the record as it ended") {
    Desk desk;
    TaskGroup tasks(desk.clock);
    std::vector<std::string> ends;
    const auto wait_for = [&](std::string id) {
        tasks.spawn("wait", [&, id]() -> awaitable<void> {
            const auto command = co_await desk.engine.finished(id);
            ends.push_back(command ? command->id + " " + std::string(to_string(command->state)) : "none");
        });
    };
    const auto first = desk.submit("plant.start", "lib", 5);
    wait_for(first);
    wait_for(first);
    wait_for("cmd-000099");
    wait_for("nonsense");
    desk.clock.run_for(1s);
    CHECK(ends == Story{"none", "none"});
    desk.clock.run_for(10s);
    wait_for(first);
    desk.clock.run_for(1s);
    CHECK(ends ==
          Story{"none", "none", "cmd-000001 succeeded", "cmd-000001 succeeded", "cmd-000001 succeeded"});
}

TEST_CASE("closing rejects what waits, waits for what runs and takes nothing more") {
    Desk desk;
    TaskGroup tasks(desk.clock);
    const auto running = desk.submit("plant.stop", "lib", 5);
    const auto waiting = desk.submit("plant.start", "lib", 5);
    bool closed = false;
    tasks.spawn("close", [&]() -> awaitable<void> {
        co_await desk.engine.close();
        closed = true;
    });
    desk.clock.run_for(1s);
    CHECK(desk.state(waiting) == "rejected shutting_down");
    CHECK(desk.state(running) == "running");
    CHECK(desk.state(desk.submit("plant.start", "vrfb")) == "rejected shutting_down");
    CHECK_FALSE(closed);
    desk.clock.run_for(5s);
    CHECK(closed);
    CHECK(desk.state(running) == "succeeded");
}

TEST_CASE("a listener may submit: an emergency stop at the end of a command comes before the next") {
    Desk desk;
    std::string estop;
    const auto news = desk.engine.subscribe([&](const Command& command) {
        if (command.id == "cmd-000001" && ended(command.state)) {
            estop = desk.engine.submit("estop", "", {}, "safety").id;
            desk.refused = "estop_latched";
        }
    });
    desk.submit("plant.start", "lib", 1);
    const auto next = desk.submit("plant.start", "lib", 1);
    desk.clock.run_for(5s);
    CHECK(desk.state(next) == "rejected estop_latched");
    CHECK(desk.story.at(1) == "-plant.start lib");
    CHECK(desk.story.at(2) == "+estop");
}

TEST_CASE("kinds are defined once, and by somebody who executes them") {
    Desk desk;
    CHECK_THROWS_AS(desk.define("estop", CommandQueue::immediate), std::logic_error);
    CHECK_THROWS_AS(desk.engine.define("nothing", {}), std::logic_error);
    CHECK(desk.engine.knows("estop"));
    CHECK_FALSE(desk.engine.knows("nothing"));
    CHECK(desk.engine.kind("fleet.stop_all")->queue == CommandQueue::site);
}

TEST_CASE("ids continue from the number given, and are read back") {
    Desk desk({.first_number = 999'999});
    CHECK(desk.submit("plant.start", "lib") == "cmd-999999");
    CHECK(desk.submit("plant.start", "lib") == "cmd-1000000");
    CHECK(command_number("cmd-1000000") == 1'000'000U);
    CHECK(command_number("cmd-") == std::nullopt);
    CHECK(command_number("cmd-12x") == std::nullopt);
    CHECK(command_number("12") == std::nullopt);
}

TEST_CASE("a listener that throws is reported, and the commands run on in their order") {
    CommandEngine::Options options;
    options.records = 4;
    Desk desk(options);
    const auto news =
        desk.engine.subscribe([](const Command&) { throw std::runtime_error("a listener failed"); });
    const auto first = desk.submit("plant.start", "lib");
    const auto second = desk.submit("plant.stop", "lib");
    CHECK(desk.state(first) == "running");
    CHECK(desk.state(second) == "queued");
    desk.clock.run_for(5s);
    CHECK(desk.story == Story{"+plant.start lib", "-plant.start lib", "+plant.stop lib", "-plant.stop lib"});
    CHECK(desk.state(second) == "succeeded");
    CHECK(desk.failures.size() == 6);
    CHECK(desk.failures.front() == first + ": a listener failed");
    // Records go as before.
    for (int i = 0; i < 10; ++i)
        desk.submit("posting.enable", "", 0);
    desk.clock.run_for(5s);
    CHECK(desk.engine.recent(100).size() == 4);
}

TEST_CASE("a command that ends while it is submitted is known to its maker, however many others run") {
    CommandEngine::Options options;
    options.records = 2;
    Desk desk(options);
    for (int i = 0; i < 5; ++i)
        desk.submit("estop", "", 60);
    TaskGroup tasks(desk.clock);
    std::optional<Command> ended;
    std::string id;
    tasks.spawn("test", [&]() -> awaitable<void> {
        id = desk.engine.submit("posting.enable", "", {}, "anna").id;
        ended = co_await desk.engine.finished(id);
    });
    desk.clock.run_for(1s);
    CHECK(id == "cmd-000006");
    REQUIRE(ended);
    CHECK(ended->state == CommandState::succeeded);
    // Nobody looks at it any more.
    desk.submit("estop", "", 60);
    CHECK(desk.state(id) == "gone");
    desk.clock.run_for(2min);
    CHECK(desk.engine.recent(100).size() == 2);
}

TEST_CASE("a rule that throws refuses its command, as it comes and as its turn comes, and nobody else's") {
    Desk desk;
    bool broken = true;
    CommandEngine::Kind kind;
    kind.queue = CommandQueue::plant;
    kind.refuse = [&](const Command&) -> std::optional<std::string> {
        if (broken) throw std::logic_error("the rule failed");
        return std::nullopt;
    };
    kind.execute = [](const Command&, const CommandEngine::Say&) -> awaitable<Outcome> {
        co_return Outcome::success({});
    };
    desk.engine.define("plant.adopt", std::move(kind));
    const auto at_once = desk.engine.submit("plant.adopt", "lib", {}, "anna").id;
    CHECK(desk.state(at_once) == "rejected internal_error");
    broken = false;
    desk.submit("plant.start", "lib", 2);
    const auto later = desk.engine.submit("plant.adopt", "lib", {}, "anna").id;
    const auto after = desk.submit("plant.stop", "lib", 1);
    broken = true;
    desk.clock.run_for(5s);
    CHECK(desk.state(later) == "rejected internal_error");
    CHECK(desk.state(after) == "succeeded");
    CHECK(desk.failures.size() == 2);
}

}  // namespace hil::control
