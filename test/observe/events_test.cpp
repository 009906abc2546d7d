#include "observe/events.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::observe;
using namespace std::chrono_literals;

namespace {

const WallTime start = std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 8h;

Event event(std::string kind) {
    Event out;
    out.kind = std::move(kind);
    return out;
}

std::vector<std::uint64_t> ids(const std::vector<Event>& events) {
    std::vector<std::uint64_t> out;
    for (const auto& e : events)
        out.push_back(e.id);
    return out;
}

}  // namespace

TEST_CASE("events are stamped with ascending ids and the site's time") {
    asio::io_context context(1);
    VirtualClock clock(context, start);
    EventLog events(clock, 100, 41);
    CHECK(events.emit(event("a")) == 41);
    clock.run_for(2s);
    CHECK(events.emit(event("b")) == 42);
    REQUIRE(events.events().size() == 2);
    CHECK(events.events()[0].time == start);
    CHECK(events.events()[1].time == start + 2s);
}

TEST_CASE("only the latest events are kept and pages go back by cursor") {
    asio::io_context context(1);
    VirtualClock clock(context, start);
    EventLog events(clock, 5);
    for (int i = 0; i < 8; ++i)
        events.emit(event("x"));
    CHECK(events.events().size() == 5);
    CHECK(ids(events.before(0, 2)) == std::vector<std::uint64_t>{8, 7});
    CHECK(ids(events.before(7, 2)) == std::vector<std::uint64_t>{6, 5});
    CHECK(ids(events.before(5, 9)) == std::vector<std::uint64_t>{4});
    CHECK(ids(events.before(4, 9)).empty());
    CHECK(ids(events.before(1, 9)).empty());
    CHECK(ids(events.before(1000, 1)) == std::vector<std::uint64_t>{8});
}

TEST_CASE("a listener may emit an event about an event") {
    asio::io_context context(1);
    VirtualClock clock(context, start);
    EventLog events(clock, 1);
    std::vector<std::string> heard;
    const auto guard = events.subscribe([&](const Event& e) {
        if (e.kind == "cause") events.emit(event("effect"));
        heard.push_back(e.kind);
    });
    events.emit(event("cause"));
    CHECK(heard == std::vector<std::string>{"effect", "cause"});
    CHECK(events.events().back().kind == "effect");
}

TEST_CASE("an event is one JSON object that leaves out what is empty and writes numbers for people") {
    const Zone zone = Zone::find("Europe/Madrid").value();
    Event e;
    e.id = 7;
    e.time = start;
    e.kind = "plant.started";
    e.message = "The plant runs.";
    CHECK(
        to_json(e, zone) ==
        R"({"id":7,"time":"2025-10-01T10:00:00+02:00","kind":"plant.started","severity":"info","message":"The plant runs."})");
    e.severity = Severity::alarm;
    e.plant = "lib";
    e.correlation = "c-1";
    e.fields = {
        {"p_kw", 100.0}, {"count", std::int64_t{3}}, {"forced", true}, {"soc_pu", nullptr}, {"who", "a\"b"}};
    CHECK(
        to_json(e, zone) ==
        R"({"id":7,"time":"2025-10-01T10:00:00+02:00","kind":"plant.started","severity":"alarm","plant":"lib","message":"The plant runs.","correlation":"c-1","fields":{"p_kw":100.0,"count":3,"forced":true,"soc_pu":null,"who":"a\"b"}})");
}
