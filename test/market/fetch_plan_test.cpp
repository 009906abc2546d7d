#include "market/fetch_plan.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::market;
using namespace std::chrono_literals;

namespace {

const Zone& madrid() {
    static const Zone zone = Zone::find("Europe/Madrid").value();
    return zone;
}

WallTime at(std::string_view text) {
    return madrid().parse(text).value();
}

// A plan with a clock of its own.
struct Course {
    explicit Course(std::string_view start, Duration gate = 9h)
        : wall(at(start)),
          plan(madrid(), {.period = 120s, .gate = gate, .names = {"LIB", "VRFB"}, .expected = {true, true}}) {
        plan.roll(wall);
    }

    void pass(Duration by) {
        now += by;
        wall += by;
        plan.roll(wall);
    }
    void until(std::string_view when) { pass(at(when) - wall); }
    // What is asked at this instant when every answer is complete.
    std::vector<Ask> asked() {
        std::vector<Ask> out;
        while (const auto what = plan.next(now, wall)) {
            if (*what != Ask::activation) out.push_back(*what);
            answer(*what);
            REQUIRE(out.size() < 10);
        }
        return out;
    }
    void answer(Ask what) { answer(what, {full(what), full(what)}); }
    void answer(Ask what, std::vector<int> points) { plan.answered(what, now, wall, std::move(points)); }
    int full(Ask what) const {
        return what == Ask::activation ? 0 : (what == Ask::today ? plan.today() : plan.tomorrow()).expected;
    }

    Instant now{1000s};
    WallTime wall;
    FetchPlan plan;
};

using Asks = std::vector<Ask>;

}  // namespace

TEST_CASE("Before the gate only today is asked for, after it tomorrow, once", "[AC-48]") {
    Course course("2025-10-01T08:00");
    CHECK(course.asked() == Asks{Ask::today});
    course.pass(2min);
    CHECK(course.asked().empty());  // today is there, and the gate is shut
    course.until("2025-10-01T08:59:59");
    CHECK(course.asked() == Asks{Ask::today});  // refreshed, long after
    course.until("2025-10-01T09:00");
    CHECK(course.asked().empty() == false);
    CHECK(course.plan.tomorrow().fetched);
}

TEST_CASE("At the gate, with today present, there is exactly one request, for tomorrow", "[AC-48]") {
    Course course("2025-10-01T09:58");
    CHECK(course.plan.next(course.now, course.wall) == Ask::today);
    course.answer(Ask::today);
    CHECK(course.asked() == Asks{Ask::tomorrow});
    course.pass(2min);
    CHECK(course.asked().empty());
}

TEST_CASE("Tomorrow is asked for from the minute of the gate on") {
    Course course("2025-10-01T14:59:59", 15h);
    CHECK(course.asked() == Asks{Ask::today});
    CHECK(course.plan.wait(course.now, course.wall) == 1s);
    course.pass(1s);
    CHECK(course.asked() == Asks{Ask::tomorrow});
}

TEST_CASE("A complete day is asked for again every quarter of an hour, one request a period [D-17]",
          "[D-17]") {
    Course course("2025-10-01T10:00");
    CHECK(course.asked() == Asks{Ask::today, Ask::tomorrow});
    course.pass(14min);
    CHECK(course.asked().empty());
    course.pass(1min);
    CHECK(course.asked() == Asks{Ask::today});
    course.pass(2min);
    CHECK(course.asked() == Asks{Ask::tomorrow});
    course.pass(2min);
    CHECK(course.asked().empty());
}

TEST_CASE("A day that lacks a period is asked for every period, and says what it lacks [D-17]",
          "[AC-49][D-17]") {
    Course course("2025-10-01T08:00");
    course.answer(Ask::today, {1, 0});
    CHECK_FALSE(course.plan.today().fetched);
    CHECK(course.plan.problem() == "today 2025-10-01: the plan is incomplete, LIB=1 VRFB=0 of 96 periods");
    CHECK(course.asked().empty());
    course.pass(2min);
    CHECK(course.asked() == Asks{Ask::today});
    CHECK(course.plan.today().fetched);
    CHECK(course.plan.problem().empty());
}

TEST_CASE("One plant's missing quarter makes the day incomplete; a plant of nobody's does not [D-17]",
          "[D-17]") {
    Course course("2025-10-01T08:00");
    course.answer(Ask::today, {96, 95});
    CHECK_FALSE(course.plan.today().fetched);

    FetchPlan plan(madrid(), {.period = 120s, .gate = 9h, .names = {"LIB", "PV"}, .expected = {true, false}});
    plan.roll(course.wall);
    plan.answered(Ask::today, course.now, course.wall, {96, 0});
    CHECK(plan.today().fetched);
    CHECK(plan.problem().empty());
}

TEST_CASE("Today's problem is not forgotten over tomorrow's success [D-17]", "[D-17]") {
    Course course("2025-10-01T10:00");
    course.plan.failed(Ask::today, course.now, "the platform answered 500 Internal Server Error", false);
    CHECK(course.asked() == Asks{Ask::tomorrow});  // another question may have an answer
    CHECK(course.plan.problem() == "today 2025-10-01: the platform answered 500 Internal Server Error");
}

TEST_CASE("Nobody answers: everything waits, not long at first, never longer than a period") {
    Course course("2025-10-01T10:00");
    std::vector<Duration> waits;
    for (int i = 0; i < 6; ++i) {
        REQUIRE(course.plan.next(course.now, course.wall) == Ask::today);
        course.plan.failed(Ask::today, course.now, "no connection", true);
        CHECK_FALSE(course.plan.next(course.now, course.wall));
        waits.push_back(course.plan.wait(course.now, course.wall));
        course.pass(waits.back());
    }
    CHECK(waits == std::vector<Duration>{10s, 20s, 40s, 80s, 120s, 120s});
    CHECK(course.asked() == Asks{Ask::today, Ask::tomorrow});
}

TEST_CASE("A new connection asks at once [D-17]", "[D-17]") {
    Course course("2025-10-01T10:00");
    CHECK(course.asked() == Asks{Ask::today, Ask::tomorrow});
    course.plan.wake();
    CHECK(course.asked() == Asks{Ask::today, Ask::tomorrow});
}

TEST_CASE("At midnight tomorrow becomes today with what is known of it") {
    Course course("2025-10-01T23:50");
    CHECK(course.asked() == Asks{Ask::today, Ask::tomorrow});
    CHECK(course.plan.wait(course.now, course.wall) <= 10min);
    course.until("2025-10-02T00:00");
    CHECK(hil::to_string(course.plan.today().date) == "2025-10-02");
    CHECK(course.plan.today().fetched);
    CHECK(course.plan.today().points == std::vector<int>{96, 96});
    CHECK_FALSE(course.plan.tomorrow().fetched);
    CHECK(course.plan.tomorrow().points == std::vector<int>{0, 0});
    CHECK(course.asked().empty());

    course.pass(72h);  // a suspended machine: what was tomorrow is past, too
    CHECK_FALSE(course.plan.today().fetched);
    course.pass(-96h);  // and a clock set back
    CHECK(hil::to_string(course.plan.today().date) == "2025-10-01");
    CHECK_FALSE(course.plan.today().fetched);
}

TEST_CASE("Days have 92, 96 and 100 quarters [D-17]", "[AC-50][D-17]") {
    CHECK(expected_periods(LocalDate{std::chrono::year{2020} / 3 / 29}, madrid()) == 92);
    CHECK(expected_periods(LocalDate{std::chrono::year{2025} / 10 / 1}, madrid()) == 96);
    CHECK(expected_periods(LocalDate{std::chrono::year{2022} / 10 / 30}, madrid()) == 100);

    Course course("2022-10-29T20:00");
    CHECK(course.plan.tomorrow().expected == 100);
    CHECK(course.plan.window(Ask::tomorrow).to - course.plan.window(Ask::tomorrow).from == 25h);
    course.answer(Ask::tomorrow, {96, 96});
    CHECK_FALSE(course.plan.tomorrow().fetched);
}

TEST_CASE("Only today's and tomorrow's rows are kept", "[AC-50]") {
    const auto keep = schedule::two_days(at("2025-10-01T12:00"), madrid());
    const std::vector<schedule::MarketRow> rows{{at("2025-09-30T23:45"), 1, 0},
                                                {at("2025-10-01T00:00"), 2, 0},
                                                {at("2025-10-02T00:15"), 3, 0},
                                                {at("2025-10-03T00:00"), 4, 0}};
    const auto kept = merged({}, rows, keep);
    REQUIRE(kept.size() == 2);
    CHECK(kept[0].p_kw == 2);
    CHECK(kept[1].p_kw == 3);

    // Today again: its rows are replaced, others and tomorrow's stay.
    const std::vector<schedule::MarketRow> again{{at("2025-10-01T00:00"), 7, 0},
                                                 {at("2025-10-01T00:15"), 8, 0}};
    const auto both = merged(kept, again, keep);
    REQUIRE(both.size() == 3);
    CHECK(both[0].p_kw == 7);
    CHECK(both[1].p_kw == 8);
    CHECK(both[2].p_kw == 3);
    CHECK(count_periods(both, schedule::day_window(LocalDate{std::chrono::year{2025} / 10 / 1}, madrid())) ==
          2);
}

TEST_CASE("A row between the quarters is kept but counts for none") {
    const auto day = schedule::day_window(LocalDate{std::chrono::year{2025} / 10 / 1}, madrid());
    const std::vector<schedule::MarketRow> rows{{at("2025-10-01T00:00"), 1, 0},
                                                {at("2025-10-01T00:05"), 2, 0}};
    CHECK(merged({}, rows, day).size() == 2);
    CHECK(count_periods(rows, day) == 1);
}
