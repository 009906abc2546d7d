#include "schedule/arbiter.hpp"

#include "base/random.hpp"
#include "madrid.hpp"
#include "support/catch.hpp"

#include <limits>

using namespace hil;
using namespace hil::schedule;
using namespace hil::schedule::test;
using namespace std::chrono_literals;
using config::ScheduleSource;

namespace {

const double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Site {
    explicit Site(ScheduleSource source) : arbiter(store, source, 15min) {}
    PlanStore store{plants()};
    Arbiter arbiter;

    [[nodiscard]] ActiveEntry p(WallTime t) const { return arbiter.choose(lib, Signal::p, t); }
    [[nodiscard]] ActiveEntry q(WallTime t) const { return arbiter.choose(lib, Signal::q, t); }
    void api(WallTime t, double p_kw, double q_kvar) { store.set_market(lib, {{t, p_kw, q_kvar}}, "api"); }
    void manual(Signal signal, WallTime from, double value, WallTime end, bool enabled = true) {
        store.set_manual(lib, signal, Series({{from, value, 7}}, end), "operator", enabled);
    }
};

}  // namespace

TEST_CASE("a base value is good for exactly its validity and 0 right after [AC-22]", "[AC-22]") {
    Site site(ScheduleSource::api);
    const WallTime noon = at("2025-10-01T12:00");
    site.api(noon, 42, 0);

    CHECK(site.p(noon + 15min).value == 42);
    CHECK(site.p(noon + 15min).reason == Reason::plan);
    CHECK_FALSE(site.arbiter.api_stale(lib, noon + 15min));

    const ActiveEntry late = site.p(noon + 15min + 1ms);
    CHECK(late.value == 0);
    CHECK(late.reason == Reason::api_stale);
    CHECK(late.source == Source::api);
    CHECK(site.arbiter.api_stale(lib, noon + 15min + 1ms));

    CHECK(site.p(noon + 15min + 1ns).reason == Reason::api_stale);
    CHECK(site.arbiter.next_change(lib, noon) == noon + 15min + 1ns);
    CHECK_FALSE(site.arbiter.next_change(lib, noon + 16min));
}

TEST_CASE("an active manual series replaces its own signal of the base only [AC-23]", "[AC-23]") {
    Site site(ScheduleSource::api);
    const WallTime now = at("2025-10-01T12:00");
    site.api(now - 1min, 200, 12);
    site.manual(Signal::p, now - 10min, 123.4, now + 10min);

    CHECK(site.p(now).value == 123.4);
    CHECK(site.p(now).source == Source::manual);
    CHECK(site.p(now).line == 7);
    CHECK(site.p(now).version == site.store.manual(lib, Signal::p).version);
    CHECK(site.q(now).value == 12);
    CHECK(site.q(now).source == Source::api);
    CHECK(site.arbiter.choose(vrfb, Signal::p, now).reason == Reason::no_plan);
}

TEST_CASE("a manual series holds while the base is stale, the other signal is 0 [AC-24]", "[AC-24]") {
    Site site(ScheduleSource::api);
    const WallTime now = at("2025-10-01T12:00");
    site.api(now - 2h, 200, 12);
    site.manual(Signal::p, now - 10min, 88.8, now + 10min);

    CHECK(site.p(now).value == 88.8);
    CHECK(site.q(now).value == 0);
    CHECK(site.q(now).reason == Reason::api_stale);
    CHECK(site.arbiter.api_stale(lib, now));
}

TEST_CASE("the base resumes when a manual series has ended [AC-25]", "[AC-25]") {
    Site site(ScheduleSource::api);
    const WallTime now = at("2025-10-01T12:00");
    site.api(now - 5min, 200, 12);
    site.manual(Signal::p, now - 10min, 123.4, now - 1min);

    CHECK(site.p(now - 1min - 1ns).value == 123.4);
    CHECK(site.p(now).value == 200);
    CHECK(site.p(now).source == Source::api);
    CHECK(site.p(now).since == now - 1min);
}

TEST_CASE("with source manual the base is not looked at and every silence has its reason") {
    Site site(ScheduleSource::manual);
    const WallTime now = at("2025-10-01T12:00");
    site.api(now, 200, 12);
    CHECK(site.p(now).reason == Reason::no_plan);
    CHECK(site.p(now).source == Source::none);
    CHECK_FALSE(site.arbiter.api_stale(lib, now));

    site.manual(Signal::p, now, 50, now + 1h);
    CHECK(site.p(now - 1ns).reason == Reason::before_plan);
    CHECK(site.p(now - 1ns).value == 0);
    CHECK(site.p(now).value == 50);
    CHECK(site.p(now + 1h).reason == Reason::plan_ended);
    CHECK(site.p(now + 1h).value == 0);
    CHECK(site.p(now + 1h).source == Source::manual);

    site.store.enable_manual(lib, Signal::p, false);
    CHECK(site.p(now).reason == Reason::plan_disabled);
    CHECK(site.p(now).value == 0);
    CHECK_FALSE(site.arbiter.next_change(lib, now));

    site.arbiter.set_source(ScheduleSource::api);
    CHECK(site.p(now).value == 200);
}

TEST_CASE("a market row with NaN in one signal gives 0 for both") {
    Site site(ScheduleSource::api);
    const WallTime now = at("2025-10-01T12:00");
    site.api(now, 200, not_a_number);
    CHECK(site.p(now).value == 0);
    CHECK(site.p(now).reason == Reason::not_a_number);
    CHECK(site.q(now).value == 0);
    CHECK(site.q(now).reason == Reason::not_a_number);
    CHECK_FALSE(site.arbiter.api_stale(lib, now));
}

TEST_CASE("a manual row that is not a number gives 0 and does not fall back to the base") {
    Site site(ScheduleSource::api);
    const WallTime now = at("2025-10-01T12:00");
    site.api(now, 200, 12);
    for (const double value : {not_a_number, std::numeric_limits<double>::infinity()}) {
        site.manual(Signal::p, now, value, now + 5min);
        CHECK(site.p(now).value == 0);
        CHECK(site.p(now).reason == Reason::not_a_number);
        CHECK(site.p(now).source == Source::manual);
    }
}

TEST_CASE("a market schedule that is absent or begins later counts as stale") {
    Site site(ScheduleSource::api);
    const WallTime now = at("2025-10-01T12:00");
    CHECK(site.p(now).reason == Reason::no_plan);
    CHECK(site.arbiter.api_stale(lib, now));
    site.api(now + 1min, 200, 12);
    CHECK(site.p(now).reason == Reason::before_plan);
    CHECK(site.p(now).until == now + 1min);
    CHECK(site.arbiter.api_stale(lib, now));
}

TEST_CASE("a change of the store is seen at once although the choice before is remembered") {
    Site site(ScheduleSource::manual);
    const WallTime now = at("2025-10-01T12:00");
    site.manual(Signal::p, now, 50, now + 1h);
    REQUIRE(site.p(now).value == 50);
    site.manual(Signal::p, now, 60, now + 1h);
    CHECK(site.p(now).value == 60);
    site.store.clear_manual(lib, Signal::p);
    CHECK(site.p(now).reason == Reason::no_plan);
}

TEST_CASE("an override that spans midnight holds after the date change and ends when it should", "[D-03]") {
    for (const auto source : {ScheduleSource::manual, ScheduleSource::api}) {
        Site site(source);
        const WallTime midnight = at("2025-10-02T00:00");
        site.manual(Signal::p, midnight - 1h, 70, midnight + 30min);
        CHECK(site.p(midnight - 1ns).value == 70);
        site.store.prune(midnight, madrid());
        CHECK(site.p(midnight).value == 70);
        CHECK(site.p(midnight + 30min - 1ns).value == 70);
        for (const auto later : {30min, 60min, 600min})
            CHECK(site.p(midnight + later).value == 0);
        site.store.prune(midnight + 24h, madrid());
        CHECK(site.p(midnight + 25h).value == 0);
    }
}

namespace {

// The rules of the two sources once more, without remembering or searching anything.
double plainly(const PlanStore& store, ScheduleSource source, Signal signal, WallTime now) {
    const ManualPlan& manual = store.manual(lib, signal);
    if (manual.enabled && !manual.series.empty() && now < manual.series.end_time()) {
        std::optional<double> value;
        for (const Row& row : manual.series.rows()) {
            if (row.at <= now) value = row.value;
        }
        if (value) return std::isfinite(*value) ? *value : 0;
    }
    if (source == ScheduleSource::manual) return 0;
    const MarketSchedule market = store.market(lib);
    const MarketRow* in_force = nullptr;
    for (const MarketRow& row : market.rows) {
        if (row.at <= now) in_force = &row;
    }
    if (!in_force || now - in_force->at > 15min) return 0;
    if (!std::isfinite(in_force->p_kw) || !std::isfinite(in_force->q_kvar)) return 0;
    return signal == Signal::p ? in_force->p_kw : in_force->q_kvar;
}

Series draw_series(Random& random, WallTime start) {
    std::vector<Row> rows;
    WallTime t = start + std::chrono::minutes(random.below(30));
    for (std::uint64_t n = random.below(6); n > 0; --n) {
        rows.push_back({t, random.chance(0.1) ? not_a_number : random.uniform(-100, 100)});
        t += std::chrono::minutes(1 + random.below(40));
    }
    return Series(std::move(rows), t);
}

std::vector<MarketRow> draw_market(Random& random, WallTime start) {
    std::vector<MarketRow> rows;
    WallTime t = start + std::chrono::minutes(random.below(30));
    for (std::uint64_t n = random.below(6); n > 0; --n) {
        rows.push_back(
            {t, random.chance(0.1) ? not_a_number : random.uniform(-100, 100), random.uniform(-50, 50)});
        t += std::chrono::minutes(1 + random.below(30));
    }
    return rows;
}

}  // namespace

TEST_CASE("on random plans every choice follows the rules and nothing changes before its announced end") {
    Random random(77);
    const WallTime start = at("2025-10-01T00:00");
    for (int round = 0; round < 300; ++round) {
        Site site(random.chance(0.5) ? ScheduleSource::manual : ScheduleSource::api);
        for (const Signal signal : all_signals) {
            site.store.set_manual(lib, signal, draw_series(random, start), "", random.chance(0.8));
        }
        site.store.set_market(lib, draw_market(random, start), "");
        WallTime t = start;
        for (int step = 0; step < 60; ++step) {
            // Mostly forward, as a dispatcher goes, sometimes back, as a question about the past does.
            t = random.chance(0.8) ? t + std::chrono::seconds(random.below(600))
                                   : start + std::chrono::seconds(random.below(14400));
            for (const Signal signal : all_signals) {
                const ActiveEntry active = site.arbiter.choose(lib, signal, t);
                REQUIRE(active.value == plainly(site.store, site.arbiter.source(), signal, t));
                if (!active.planned()) REQUIRE(active.value == 0);
                if (active.since) REQUIRE(*active.since <= t);
                if (active.until) {
                    REQUIRE(*active.until > t);
                    const ActiveEntry last = site.arbiter.choose(lib, signal, *active.until - 1ns);
                    REQUIRE(last == active);
                    REQUIRE_FALSE(site.arbiter.choose(lib, signal, *active.until) == active);
                }
            }
            const auto next = site.arbiter.next_change(lib, t);
            for (const Signal signal : all_signals) {
                const WallTime probe = next.value_or(t + 100h) - 1ns;
                REQUIRE(site.arbiter.choose(lib, signal, probe) == site.arbiter.choose(lib, signal, t));
            }
        }
    }
}

TEST_CASE("a day of dispatch decisions on a long plan takes the path without a search") {
    // Two plants at 2 s: the decisions of a simulated day. It is the count of right answers that is checked
    // here.
    PlanStore store(plants());
    const WallTime start = at("2025-10-01T00:00");
    for (const PlantIndex plant : {lib, vrfb}) {
        for (const Signal signal : all_signals) {
            std::vector<Row> rows;
            for (int i = 0; i < 1440; ++i)
                rows.push_back({start + i * 1min, static_cast<double>(i)});
            store.set_manual(plant, signal, Series(std::move(rows), start + 24h), "");
        }
    }
    const Arbiter arbiter(store, ScheduleSource::manual, 15min);
    long wrong = 0;
    for (int step = 0; step < 43200; ++step) {
        for (const PlantIndex plant : {lib, vrfb}) {
            for (const Signal signal : all_signals) {
                const double value = arbiter.choose(plant, signal, start + step * 2s).value;
                if (value != static_cast<double>(step / 30)) ++wrong;
            }
        }
    }
    CHECK(wrong == 0);
}
