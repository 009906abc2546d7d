#include "web/hub.hpp"

#include "web/json_writer.hpp"
#include "web/merge_patch.hpp"

#include "web/fake_socket.hpp"
#include "web/rig.hpp"

using namespace hil;
using namespace hil::web;
using namespace hil::web::test;

namespace {

measure::Row row_at(WallTime at, double p) {
    measure::Row row;
    row.at = at;
    row.values.fill(measure::unknown);
    row.values[measure::index(measure::Column::p_poi)] = p;
    return row;
}

struct Room {
    explicit Room(ServerSettings settings = {}) : rig(std::move(settings)), tasks(rig.clock) {
        tasks.spawn("hub", [this] { return rig.hub->run(); });
        tasks.spawn("delivery", [this] { return rig.hub->deliver(); });
    }
    ~Room() {
        tasks.cancel();
        rig.clock.run_for(1s);
    }

    std::shared_ptr<FakeSocket> join(Identity who = {Role::operators, ""},
                                     net::Request request = Rig::request("GET", "/ws")) {
        auto socket = std::make_shared<FakeSocket>(rig.clock);
        tasks.spawn("client", [this, socket, who, request] { return rig.hub->serve(socket, who, request); });
        rig.clock.settle();
        return socket;
    }
    void sample(double p) {
        rig.live.sampled(0, row_at(rig.clock.wall_now(), p), rig.clock.now());
        rig.clock.settle();
    }
    void change(double p) {
        rig.state["plants"].as_object()["lib"].as_object()["p"] = p;
        rig.state_changes.publish({});
        rig.clock.settle();
    }
    static json::object message(const Text& text) { return json::parse(text->text()).as_object(); }
    static std::vector<std::string> types(const FakeSocket& socket) {
        std::vector<std::string> out;
        for (const auto& text : socket.sent)
            out.emplace_back(std_view(message(text).at("type").as_string()));
        return out;
    }
    // What a client that follows the protocol believes.
    static json::object belief(const FakeSocket& socket) {
        json::object state;
        std::uint64_t sequence = 0;
        for (const auto& text : socket.sent) {
            auto m = message(text);
            if (m.at("type") == "snapshot") {
                state = m.at("state").as_object();
                sequence = m.at("seq").to_number<std::uint64_t>();
            } else if (m.at("type") == "patch") {
                CHECK(m.at("seq").to_number<std::uint64_t>() == ++sequence);
                apply_merge_patch(state, m.at("merge").as_object());
            }
        }
        return state;
    }

    Rig rig;
    TaskGroup tasks;
};

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("a client gets the whole state first and then what changes, the same text as everybody") {
    Room room;
    const auto first = room.join(), second = room.join();
    CHECK(Room::types(*first) == Strings{"snapshot"});
    CHECK(first->sent[0] == second->sent[0]);
    CHECK(Room::message(first->sent[0]).at("state") == room.rig.state);

    room.rig.clock.run_for(100ms);
    room.change(250.5);
    REQUIRE(Room::types(*first) == Strings{"snapshot", "patch"});
    CHECK(first->sent[1] == second->sent[1]);
    CHECK(first->sent[1]->text() == R"({"type":"patch","seq":2,"merge":{"plants":{"lib":{"p":250.5}}}})");
    CHECK(Room::belief(*first) == room.rig.state);
}

TEST_CASE("patches are gathered, a sample goes out at once") {
    Room room;
    const auto socket = room.join();
    room.rig.clock.run_for(100ms);
    room.change(1);
    for (int i = 2; i <= 50; ++i) {
        room.change(i);
        room.rig.clock.run_for(1ms);
    }
    CHECK(Room::types(*socket) == Strings{"snapshot", "patch"});
    room.rig.clock.run_for(100ms);
    CHECK(Room::types(*socket) == Strings{"snapshot", "patch", "patch"});
    CHECK(Room::belief(*socket) == room.rig.state);

    room.sample(123.4);
    REQUIRE(Room::types(*socket).back() == "sample");
    CHECK(
        socket->sent.back()->text() ==
        R"({"type":"sample","plant":"lib","row":{"timestamp":"2025-10-01T08:00:00.249000Z","p_setpoint_kw":null,)"
        R"("battery_active_power_kw":null,"q_setpoint_kvar":null,"battery_reactive_power_kvar":null,)"
        R"("soc_pu":null,"p_poi_kw":123.4,"q_poi_kvar":null,"v_poi_kV":null}})");
}

TEST_CASE("a state with other keys is sent as a whole, and nothing is sent while nothing changes") {
    Room room;
    const auto socket = room.join();
    room.rig.clock.run_for(1min);
    CHECK(socket->sent.size() == 1);
    room.rig.state["plants"].as_object()["vrfb"] = json::object{{"p", 1.0}, {"q", 2.0}};
    room.rig.state_changes.publish({});
    room.rig.clock.run_for(1s);
    CHECK(Room::types(*socket) == Strings{"snapshot", "snapshot"});
    CHECK(Room::belief(*socket) == room.rig.state);
}

TEST_CASE("who joins after nobody listened is told the present state") {
    Room room;
    auto socket = room.join();
    socket->go();
    room.rig.clock.run_for(1s);
    CHECK(room.rig.hub->clients() == 0);
    CHECK(room.rig.metrics.websocket_clients.value() == 0);
    room.change(7);
    socket = room.join();
    CHECK(Room::belief(*socket) == room.rig.state);
    CHECK(room.rig.metrics.websocket_clients.value() == 1);
}

TEST_CASE("a client that does not read loses samples, is bounded, and is sent a fresh snapshot") {
    Room room;
    const auto slow = room.join(), quick = room.join();
    slow->stalled = true;
    for (int i = 0; i < 500; ++i) {
        room.sample(i);
        room.change(i);
        room.rig.clock.run_for(100ms);
    }
    CHECK(slow->sent.size() == 1);
    const auto held = quick->sent.back().use_count();
    CHECK(held <= 2);  // a text that was taken by everybody who reads is kept for nobody else
    std::size_t samples = 0;
    for (const auto& type : Room::types(*quick))
        samples += type == "sample" ? 1 : 0;
    CHECK(samples == 500);

    slow->resume();
    room.rig.clock.run_for(200ms);
    CHECK(slow->sent.size() < 30);
    CHECK(Room::types(*slow)[2] == "snapshot");  // after the text that was on its way
    json::object after;
    CHECK(Room::message(slow->sent[2]).at("state") == room.rig.state);
    room.change(-1);
    room.rig.clock.run_for(200ms);
    CHECK(Room::types(*slow).back() == "patch");
}

TEST_CASE("a few clients are served at a time, so that nothing else waits for all of them") {
    Room room;
    std::vector<std::shared_ptr<FakeSocket>> sockets;
    for (int i = 0; i < 30; ++i)
        sockets.push_back(room.join());
    const auto received = [&] {
        std::size_t all = 0;
        for (const auto& socket : sockets)
            all += socket->sent.size();
        return all;
    };
    REQUIRE(received() == 30);
    room.rig.live.sampled(0, row_at(room.rig.clock.wall_now(), 1), room.rig.clock.now());
    std::size_t before = received(), most = 0;
    while (room.rig.io.poll_one() > 0) {
        most = std::max(most, received() - before);
        before = received();
    }
    CHECK(before == 60);
    CHECK(most == Hub::Settings{}.served_at_once);
}

TEST_CASE("a command is answered by its ref at each change of its record") {
    Room room;
    const auto socket = room.join(), other = room.join();
    socket->say(R"({"type":"command","ref":"x","kind":"plant.start","plant":"lib"})");
    room.rig.clock.run_for(1s);
    Strings states;
    for (const auto& text : socket->sent) {
        const auto m = Room::message(text);
        if (m.at("type") != "command") continue;
        CHECK(m.at("ref") == "x");
        CHECK(m.at("kind") == "plant.start");
        states.emplace_back(std_view(m.at("state").as_string()));
    }
    CHECK(states == Strings{"queued", "running", "succeeded"});
    CHECK(Room::types(*other) == Strings{"snapshot"});
    CHECK(room.rig.executed == Strings{"plant.start"});
}

TEST_CASE("what is no message, or no command, is complained about and leaves no record") {
    Room room;
    const auto socket = room.join();
    for (const char* text :
         {"", "[]", "{", R"({"type":5})", R"({"type":"nothing"})", R"({"type":"subscribe"})",
          R"({"type":"subscribe","topics":["secrets"]})", R"({"type":"command","kind":"estop"})",
          R"({"type":"command","ref":"a"})", R"({"type":"command","ref":"a","kind":7})",
          R"({"type":"command","ref":"a","kind":"plant.start","plant":"lib","colour":"red"})"}) {
        INFO(text);
        const auto before = socket->sent.size();
        socket->say(text);
        room.rig.clock.settle();
        REQUIRE(socket->sent.size() == before + 1);
        CHECK(Room::message(socket->sent.back()).at("type") == "error");
    }
    room.rig.check_untouched();
    CHECK(socket->closed_with == 0);
}

TEST_CASE("a viewer and the read-only server cannot send a command [AC-66]") {
    Room room;
    const auto viewer = room.join(Identity{Role::viewer, "tom"});
    // Without accounts everybody is an operator: a viewer is one by what the server finds now.
    Room guarded(Rig::with_accounts());
    auto request = Rig::request("GET", "/ws");
    request.headers.set("Authorization", "Bearer tom-token");
    const auto tom = guarded.join(Identity{Role::viewer, "tom"}, request);
    Room open(Rig::read_only());
    auto basic = Rig::request("GET", "/ws");
    basic.headers.set("Authorization", "Basic dmlzaXRvcjpvcGVuIHNlc2FtZQ==");
    const auto visitor = open.join(Identity{}, basic);
    for (const auto& socket : {tom, visitor}) {
        socket->say(R"({"type":"command","ref":"x","kind":"estop"})");
        socket->say(R"({"type":"command","ref":"y","kind":"plant.start","plant":"lib"})");
    }
    visitor->say(R"({"type":"subscribe","topics":["logs"]})");
    guarded.rig.clock.settle();
    open.rig.clock.settle();
    CHECK(Room::types(*tom) == Strings{"snapshot", "error", "error"});
    CHECK(Room::types(*visitor) == Strings{"snapshot", "error", "error", "error"});
    guarded.rig.check_untouched();
    open.rig.check_untouched();
}

TEST_CASE("log lines go to who asked for them, events to everybody") {
    Room room;
    const auto listener = room.join(), other = room.join();
    listener->say(R"({"type":"subscribe","topics":["logs"]})");
    room.rig.clock.settle();
    room.rig.log.warning(observe::Channel::dispatch, {.plant = "lib", .correlation = "cmd-000007"},
                         "late by {} s", 2);
    observe::Event event;
    event.kind = "plant.started";
    event.message = "LIB runs";
    room.rig.events.emit(event);
    room.rig.clock.settle();
    CHECK(Room::types(*listener) == Strings{"snapshot", "log", "event"});
    CHECK(Room::types(*other) == Strings{"snapshot", "event"});
    const auto line = Room::message(listener->sent[1]);
    CHECK(line.at("message") == "late by 2 s");
    CHECK(line.at("level") == "warning");
    CHECK(line.at("correlation") == "cmd-000007");
    listener->say(R"({"type":"unsubscribe","topics":["logs"]})");
    room.rig.clock.settle();
    room.rig.log.warning(observe::Channel::dispatch, "again");
    room.rig.clock.settle();
    CHECK(Room::types(*listener) == Strings{"snapshot", "log", "event"});
}

TEST_CASE("a socket whose session ended is closed before its next command") {
    Room room(Rig::with_accounts());
    auto& rig = room.rig;
    const auto login = rig.send("POST", "/api/v1/session", R"({"name":"anna","password":"correct horse"})");
    REQUIRE(login.status == 200);
    const auto cookie = std::string(*login.headers.find("Set-Cookie"));
    auto request = Rig::request("GET", "/ws");
    request.headers.set("Cookie", cookie.substr(0, cookie.find(';')));
    const auto socket = room.join(Identity{Role::operators, "anna"}, request);
    auto bye = Rig::request("DELETE", "/api/v1/session");
    bye.headers.set("Cookie", cookie.substr(0, cookie.find(';')));
    CHECK(rig.ask(bye).status == 204);
    socket->say(R"({"type":"command","ref":"x","kind":"estop"})");
    rig.clock.settle();
    CHECK(socket->closed_with == 1008);
    CHECK(rig.executed.empty());
}

TEST_CASE("the hub is full at its bound and says goodbye at the end") {
    Room room;
    const auto socket = room.join();
    CHECK_FALSE(room.rig.hub->full());
    room.rig.hub->close();
    room.rig.clock.settle();
    CHECK(socket->closed_with == 1001);
    CHECK(room.rig.hub->full());
    CHECK(room.rig.hub->clients() == 0);
}

TEST_CASE("a submission that throws ends with its client, and leaves nothing behind in the hub") {
    Room room;
    room.rig.hub = std::make_shared<Hub>(room.rig.context, Hub::Settings{},
                                         [&](std::string kind, std::string plant, json::object payload,
                                             const Identity& who) -> const control::Command& {
                                             const auto& command = room.rig.context->submit(
                                                 std::move(kind), std::move(plant), std::move(payload), who);
                                             if (command.plant == "lib")
                                                 throw std::runtime_error("no memory");
                                             return command;
                                         });
    room.rig.clock.settle();
    const auto unlucky = room.join();
    unlucky->say(R"({"type":"command","ref":"x","kind":"plant.start","plant":"lib"})");
    room.rig.clock.run_for(1s);
    CHECK(room.rig.hub->clients() == 0);
    // What is told of commands from here on goes to who listens, and nowhere else.
    for (int i = 0; i < 100; ++i)
        room.rig.commands.submit("plant.stop", "lib", {}, "anna");
    const auto next = room.join();
    next->say(R"({"type":"command","ref":"y","kind":"plant.start","plant":"vrfb"})");
    room.rig.clock.run_for(1s);
    const auto types = Room::types(*next);
    CHECK(std::ranges::count(types, "command") >= 2);
}
