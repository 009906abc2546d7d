#include "schedule/effective.hpp"

#include "madrid.hpp"
#include "support/catch.hpp"

using namespace hil;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;
using config::ScheduleSource;

namespace {

const EffectiveSegment& at_time(const std::vector<EffectiveSegment>& segments, WallTime t) {
    for (const auto& segment : segments) {
        if (segment.from <= t && t < segment.to) return segment;
    }
    throw std::out_of_range("no segment");
}

}  // namespace

TEST_CASE("manual P and Q end independently and the base resumes [AC-26]", "[AC-26]") {
    PlanStore store(plants());
    const WallTime ten = at("2025-10-01T10:00");
    store.set_market(
        lib, {{ten, 100, 10}, {ten + 15min, 100, 10}, {ten + 30min, 100, 10}, {ten + 45min, 100, 10}}, "api");
    store.set_manual(lib, Signal::p, Series({{ten, 200}}, ten + 15min), "operator");
    store.set_manual(lib, Signal::q, Series({{ten, 50}}, ten + 45min), "operator");
    const Arbiter arbiter(store, ScheduleSource::api, 15min);

    const auto segments = effective_schedule(arbiter, lib, ten, ten + 1h);
    CHECK(at_time(segments, ten).p.value == 200);
    CHECK(at_time(segments, ten).q.value == 50);
    CHECK(at_time(segments, ten + 15min).p.value == 100);
    CHECK(at_time(segments, ten + 15min).q.value == 50);
    CHECK(at_time(segments, ten + 45min).p.value == 100);
    CHECK(at_time(segments, ten + 45min).q.value == 10);
    CHECK(at_time(segments, ten + 45min).q.source == Source::api);
}

TEST_CASE("the effective schedule is what the dispatcher would be told, staleness included [D-07]",
          "[D-07]") {
    PlanStore store(plants());
    const WallTime noon = at("2025-10-01T12:00");
    store.set_market(lib, {{noon, 100, 10}, {noon + 1h, 50, 5}}, "api");
    store.set_manual(lib, Signal::q, Series({{noon + 5min, 7}, {noon + 20min, 8}}, noon + 2h), "operator");
    const Arbiter arbiter(store, ScheduleSource::api, 15min);

    const auto segments = effective_schedule(arbiter, lib, noon - 1h, noon + 3h);
    CHECK(at_time(segments, noon + 15min).p.value == 100);
    CHECK(at_time(segments, noon + 15min + 1ns).p.value == 0);
    CHECK(at_time(segments, noon + 15min + 1ns).p.reason == Reason::api_stale);
    CHECK(at_time(segments, noon + 1h).p.value == 50);

    WallTime expected = noon - 1h;
    for (const auto& segment : segments) {
        REQUIRE(segment.from == expected);
        REQUIRE(segment.from < segment.to);
        expected = segment.to;
        for (const WallTime t :
             {segment.from, segment.from + (segment.to - segment.from) / 2, segment.to - 1ns}) {
            REQUIRE(arbiter.choose(lib, Signal::p, t) == segment.p);
            REQUIRE(arbiter.choose(lib, Signal::q, t) == segment.q);
        }
    }
    CHECK(expected == noon + 3h);
}

TEST_CASE("a range without plans is one segment of zeros and an empty range has none") {
    const PlanStore store(plants());
    const Arbiter arbiter(store, ScheduleSource::manual, 15min);
    const WallTime t = at("2025-10-01T00:00");
    const auto segments = effective_schedule(arbiter, vrfb, t, t + 24h);
    REQUIRE(segments.size() == 1);
    CHECK(segments[0].p.reason == Reason::no_plan);
    CHECK(segments[0].to == t + 24h);
    CHECK(effective_schedule(arbiter, vrfb, t, t).empty());
}
