// The figures of a range against vectors worked out by hand.
#include "report/summarize.hpp"
#include "report/summary_json.hpp"

#include "report/rows.hpp"

#include "measure/history_story.hpp"

#include <boost/json/parse.hpp>

#include <cmath>

using namespace hil;
using namespace hil::report;
using namespace hil::report::test;

TEST_CASE("rows hold until the next one, null rows and holes end what is known") {
    std::vector<std::string> seen;
    const measure::Range range{noon, noon + 10h};
    Episodes episodes(range, 2h, [&](const Episode& episode) {
        seen.push_back(fmt::format("{}..{} {}", to_seconds(episode.from - noon) / 3600,
                                   to_seconds(episode.to - noon) / 3600,
                                   episode.row ? fmt::format("{}", episode.row->values[1]) : "-"));
    });
    episodes.take(std::vector<Row>{row(-1h, {.p = 1}), row(1h, {.p = 2}), row(2h, {.p = 3}), nothing(3h)});
    // Two hours and one nanosecond are a hole; the row before it was seen at its instant.
    episodes.take(std::vector<Row>{row(4h, {.p = 4}), row(6h + 1ns, {.p = 5}), row(8h, {.p = 6})});
    episodes.finish();
    CHECK(seen == std::vector<std::string>{"0..1 1", "1..2 2", "2..3 3", "3..4 -", "4..4 4",
                                           "4..6.000000000000278 -", "6.000000000000278..8 5", "8..8 6",
                                           "8..10 -"});
}

TEST_CASE("a range without rows is unknown from its begin to its end") {
    const auto none = summary_of({}, {noon, noon + 1h});
    CHECK(none.coverage == 0);
    CHECK(none.rows == 0);
    CHECK_FALSE(none.recorded);
    CHECK(none.gaps == 0);
    CHECK_FALSE(none.stored_kwh);
    CHECK(none.round_trip.why_not == "nothing was charged");
    const auto document = boost::json::parse(to_json_text(none));
    for (const char* name : {"discharged_kwh", "charged_kwh", "energy_at", "round_trip", "stored_kwh",
                             "full_cycles", "tracking_rms_kw", "first", "last"}) {
        INFO(name);
        CHECK(document.at(name).is_null());
    }
    CHECK(document.at("coverage").to_number<double>() == 0);
    CHECK(document.at("tracking_p").at("p95").is_null());
    CHECK(document.at("soc_pu").at("min").is_null());
}

TEST_CASE("energy is the integral of power, its parts apart, and rests on what is known") {
    // 100 kW out for half an hour, 40 kW in for a quarter, nothing known for a quarter, 8 kW out for 15
    // minutes.
    const auto s = summary_of({row(0min, {.p = 100, .poi = 96}), row(30min, {.p = -40, .poi = -44}),
                               nothing(45min), row(1h, {.p = 8, .poi = 6}), row(75min, {.p = 0, .poi = -1})},
                              {noon, noon + 75min});
    CHECK(s.battery.discharged_kwh == Approx(52));
    CHECK(s.battery.charged_kwh == Approx(10));
    CHECK(s.poi.discharged_kwh == Approx(49.5));
    CHECK(s.poi.charged_kwh == Approx(11));
    CHECK(s.place == PlantSummary::Place::poi);
    CHECK(s.energy().discharged_kwh == Approx(49.5));
    CHECK(s.battery.known == 60min);
    CHECK(s.coverage == Approx(0.8));
    CHECK(s.full_cycles == Approx(62.0 / 200));
    CHECK(s.discharging == 45min);
    CHECK(s.charging == 15min);
    CHECK(s.idle == 0min);
    CHECK(s.gaps == 1);
    CHECK(s.in_gaps == 15min);
    CHECK(s.longest_gap == 15min);
    CHECK(s.longest_gap_at == noon + 45min);
    CHECK(s.rows == 3);  // the row at the end of the range lies outside
}

TEST_CASE("the range cuts what rows hold, at its begin and at its end") {
    const auto s = summary_of({row(-30min, {.p = 60}), row(90min, {.p = 0})}, {noon, noon + 1h});
    CHECK(s.battery.discharged_kwh == Approx(60));
    CHECK(s.coverage == Approx(1));
    CHECK(s.rows == 0);
    CHECK(s.recorded->from == noon);
    CHECK(s.recorded->to == noon + 1h);
}

TEST_CASE("where the point of interconnection is less known than the battery, the battery counts") {
    const auto s =
        summary_of({row(0h, {.p = 10, .poi = 9}), row(1h, {.p = 10}), row(2h, {.p = 10})}, {noon, noon + 2h});
    CHECK(s.place == PlantSummary::Place::battery);
    CHECK(s.energy().discharged_kwh == Approx(20));
}

TEST_CASE("the tracking error is weighted by time, with its 95 % by time and the time beyond the tolerance") {
    // Off by 0 for 90 minutes, by +2 for 6, by -20 for 3, by +10 for 1, out of 100.
    const auto s = summary_of(
        {row(0min, {.setpoint = 50, .p = 50}), row(90min, {.setpoint = 50, .p = 52}),
         row(96min, {.setpoint = 50, .p = 30}), row(99min, {.setpoint = -50, .p = -40}), nothing(100min)},
        {noon, noon + 2h});
    CHECK(s.p.known == 100min);
    CHECK(s.p.mean_abs == Approx((2 * 6 + 20 * 3 + 10 * 1) / 100.0));
    CHECK(s.p.rms == Approx(std::sqrt((4 * 6 + 400 * 3 + 100 * 1) / 100.0)));
    CHECK(s.p.p95 == Approx(2));
    CHECK(s.p.largest == Approx(-20));
    CHECK(s.p.largest_at == noon + 96min);
    CHECK(s.p.beyond == 4min);
    CHECK(s.q.known == 0min);
    CHECK(s.asked.discharged_kwh == Approx(50 * 99 / 60.0));
    CHECK(s.asked.charged_kwh == Approx(50 / 60.0));
    CHECK(s.delivery.asked_kwh == Approx(50 * 100 / 60.0));
    CHECK(s.delivery.delivered_kwh == Approx((50 * 96 + 30 * 3 + 40 * 1) / 60.0));
    CHECK(s.delivery.missing_kwh() == Approx((20 * 3 + 10 * 1) / 60.0));
    CHECK(s.delivery.known == 100min);
}

TEST_CASE("the least and greatest values count rows that hold for no time") {
    const auto s = summary_of({row(0h, {.soc = 0.5, .v = 20}), row(1h, {.soc = 0.8, .v = 20.4}),
                               row(90min, {.soc = 0.3, .v = 19.8})},
                              {noon, noon + 2h});
    const auto& soc = s.span(Column::soc);
    CHECK(soc.least == 0.3);
    CHECK(soc.greatest == 0.8);
    CHECK(soc.first == 0.5);
    CHECK(soc.last == 0.3);
    CHECK(soc.mean == Approx((0.5 * 60 + 0.8 * 30) / 90));
    CHECK(s.span(Column::v_poi).greatest == 20.4);
    CHECK(std::isnan(s.span(Column::q_poi).mean));
}

TEST_CASE("round trip between equal states of charge is what came out over what went in") {
    const auto equal = round_trip(100, 80, 0.0, 100);
    CHECK(equal.efficiency.value() == Approx(0.8));
    CHECK_FALSE(equal.corrected);
}

TEST_CASE("what stayed in the battery is taken into account with equal losses both ways") {
    // 0.9 each way: 100 kWh in put 90 into the battery; 54 kWh out took 60 of them; 30 stayed.
    const auto stayed = round_trip(100, 54, 30.0, 100);
    CHECK(stayed.efficiency.value() == Approx(0.81));
    CHECK(stayed.corrected);
    // 50 kWh in put 45 in; 72 kWh out took 80; 35 fewer.
    CHECK(round_trip(50, 72, -35.0, 100).efficiency.value() == Approx(0.81));
    CHECK(round_trip(50, 50, 0.0, 100).efficiency.value() == Approx(1));
}

TEST_CASE("no efficiency is given where it would say nothing, but the reason is") {
    CHECK(round_trip(0, 50, 0.0, 100).why_not == "nothing was charged");
    CHECK(round_trip(50, 0, 0.0, 100).why_not == "nothing was discharged");
    CHECK(round_trip(50, 4.9, 0.0, 100).why_not == "less than 5 % of the capacity was discharged");
    CHECK(round_trip(50, 50, std::nullopt, 100).why_not == "the state of charge is not known");
    CHECK(round_trip(80, 30, 40.0, 100).why_not ==
          "the battery ended 40.0 kWh fuller than it began: more than went there and back");
    CHECK(round_trip(50, 60, 0.0, 100).why_not ==
          "power, capacity and state of charge contradict each other (120 %)");
    CHECK_FALSE(round_trip(50, 60, 0.0, 100).efficiency);
}

TEST_CASE("the state of charge counts over the stretches that are known, as the energy does") {
    // In the hour nobody saw, the battery was filled by 40 %; that is not held against what was seen.
    const auto s = summary_of({row(0h, {.p = -25, .soc = 0.2}), row(1h, {.p = 20, .soc = 0.45}), nothing(2h),
                               row(3h, {.p = 20, .soc = 0.65}), row(4h, {.p = 0, .soc = 0.45})},
                              {noon, noon + 4h});
    // 0.2 to 0.45 (the row that held until the null row), and 0.65 at the begin and end of the last hour.
    CHECK(s.stored_kwh.value() == Approx(25));
    CHECK(s.battery.charged_kwh == Approx(25));
    CHECK(s.battery.discharged_kwh == Approx(40));
}

TEST_CASE("asked of history in pieces the figures are those of all rows at once") {
    struct Stored final : measure::History {
        std::vector<Row> all;
        int questions = 0;
        void append(std::size_t, config::TransportMode, std::vector<Row>) override {}
        awaitable<result<void>> flush() override { co_return result<void>(); }
        awaitable<result<measure::HistoryAnswer>> rows(std::size_t, config::TransportMode,
                                                       measure::Range range,
                                                       std::optional<std::size_t>) override {
            ++questions;
            measure::HistoryAnswer answer;
            for (const auto& row : all)
                if (row.at >= range.from && row.at < range.to) answer.rows.push_back(row);
            co_return answer;
        }
        awaitable<result<std::vector<measure::Bucket>>> buckets(std::size_t, config::TransportMode,
                                                                measure::Range,
                                                                measure::Resolution) override {
            co_return std::vector<measure::Bucket>{};
        }
        awaitable<result<std::vector<measure::Interval>>> availability(std::size_t, config::TransportMode,
                                                                       measure::Range, Duration) override {
            co_return std::vector<measure::Interval>{};
        }
        awaitable<result<std::optional<measure::Range>>> extent(std::size_t, config::TransportMode) override {
            co_return std::optional<measure::Range>({all.front().at, all.back().at});
        }
    } history;
    history.all = measure::history_story(11, 40'000, noon - 1h);
    const WallTime last = history.all.back().at;
    const measure::Range range{noon, noon + std::chrono::hours(24 * 365)};

    asio::io_context io(1);
    VirtualClock clock(io, noon);
    const auto blocking = make_inline_executor(clock);
    std::optional<PlantSummary> asked;
    TaskGroup tasks(clock);
    tasks.spawn("ask", [&]() -> awaitable<void> {
        asked =
            (co_await summarize(history, *blocking, {0, "lib", config::TransportMode::local, range, rules}))
                .value();
    });
    clock.settle();
    REQUIRE(asked);
    CHECK(to_json_text(*asked) == to_json_text(summary_of(history.all, range)));
    CHECK(asked->rows > 30'000);
    CHECK(history.questions < 2 + to_seconds(last - noon) / 86'400);
}
