#include "planfile/plan_writer.hpp"

#include "planfile/plan_file.hpp"
#include "planner/templates.hpp"
#include "schedule/madrid.hpp"
#include "schedule/window.hpp"
#include "support/catch.hpp"

namespace hil::planfile {
namespace {

using namespace std::chrono_literals;

const std::vector<std::string> plants{"lib", "vrfb"};

schedule::Series between(std::string_view from, std::string_view to,
                         std::vector<std::pair<Duration, double>> rows) {
    const auto begin = schedule::test::madrid().parse(from).value();
    std::vector<schedule::Row> made;
    for (const auto& [after, value] : rows)
        made.push_back({begin + after, value, 0});
    return schedule::Series(std::move(made), schedule::test::madrid().parse(to).value());
}

// What reading the written plan gives, column by column.
std::vector<schedule::Series> read_back(const std::string& text) {
    INFO(text);
    auto plan = parse_plan(text, "written.csv", plants, schedule::test::madrid());
    for (const auto& problem : plan.problems)
        UNSCOPED_INFO(problem.message());
    REQUIRE(plan.ok());
    std::vector<schedule::Series> out;
    for (auto& column : plan.columns)
        out.push_back(std::move(column.series));
    return out;
}

// Two series say the same at every instant, whatever rows they have for it.
void check_same(const schedule::Series& a, const schedule::Series& b) {
    REQUIRE_FALSE(a.empty());
    REQUIRE_FALSE(b.empty());
    CHECK(a.begin_time() == b.begin_time());
    CHECK(a.end_time() == b.end_time());
    for (auto t = a.begin_time(); t < a.end_time(); t += 7s) {
        if (a.at(t).row->value != b.at(t).row->value) FAIL(schedule::test::madrid().format(t));
    }
}

TEST_CASE("a plan that was written is read as the same plan") {
    const auto series =
        between("2026-06-15T00:00", "2026-06-16T00:00", {{0h, 0}, {6h, 100.5}, {7h + 30min, -20}});
    const auto text = to_plan_csv(std::vector<NamedSeries>{{{"lib", schedule::Signal::p}, series}},
                                  schedule::test::madrid());
    CHECK(text.starts_with("timestamp,lib_p_kw\n2026-06-15T00:00:00+02:00,0.0\n"));
    check_same(read_back(text).at(0), series);
}

TEST_CASE("a plan of one value needs one row when it ends with its day, and its end otherwise") {
    const auto day = between("2026-06-15T00:00", "2026-06-16T00:00", {{0h, 7}});
    CHECK(to_plan_csv(std::vector<NamedSeries>{{{"lib", schedule::Signal::q}, day}},
                      schedule::test::madrid()) == "timestamp,lib_q_kvar\n2026-06-15T00:00:00+02:00,7.0\n");
    const auto hour = between("2026-06-15T10:00", "2026-06-15T11:00", {{0h, 7}});
    const auto text =
        to_plan_csv(std::vector<NamedSeries>{{{"lib", schedule::Signal::q}, hour}}, schedule::test::madrid());
    CHECK(text == "timestamp,lib_q_kvar\n2026-06-15T10:00:00+02:00,7.0\n2026-06-15T11:00:00+02:00,end\n");
    check_same(read_back(text).at(0), hour);
}

TEST_CASE("series that change at different instants share the rows of a wide plan") {
    const auto p = between("2026-06-15T00:00", "2026-06-16T00:00", {{0h, 0}, {6h, 100}});
    const auto q = between("2026-06-15T00:00", "2026-06-16T00:00", {{0h, 5}, {7h, 6}, {23h, 0}});
    const auto text = to_plan_csv(
        std::vector<NamedSeries>{{{"lib", schedule::Signal::p}, p}, {{"vrfb", schedule::Signal::q}, q}},
        schedule::test::madrid());
    const auto back = read_back(text);
    REQUIRE(back.size() == 2);
    check_same(back[0], p);
    check_same(back[1], q);
}

TEST_CASE("days of 23 and 25 hours are written with their offsets and read as what they are") {
    for (const auto date : {"2020-03-29", "2022-10-30"}) {
        CAPTURE(date);
        const auto window = schedule::day_window(parse_date(date).value(), schedule::test::madrid());
        planner::TemplateRequest request;
        request.name = "sine";
        request.from = window.from;
        request.to = window.to;
        request.parameters = {{"amplitude_kw", 100}, {"step_s", 900}};
        config::PlantModel model;
        model.power_limits = {1000, -1000, 600, -600};
        const auto made = planner::make_plan(request, model);
        REQUIRE(made.ok());
        const auto text = to_plan_csv(std::vector<NamedSeries>{{{"lib", schedule::Signal::p}, made.series}},
                                      schedule::test::madrid());
        check_same(read_back(text).at(0), made.series);
    }
}

TEST_CASE("a fraction of a second survives") {
    const auto series = between("2026-06-15T00:00", "2026-06-15T00:01", {{0h, 1}, {1500ms, 2}, {10s, 3}});
    check_same(read_back(to_plan_csv(std::vector<NamedSeries>{{{"lib", schedule::Signal::p}, series}},
                                     schedule::test::madrid()))
                   .at(0),
               series);
}

TEST_CASE("where nobody planned a written plan says end, and is read as no plan there") {
    auto p = between("2026-06-15T06:00", "2026-06-15T20:00", {{0h, 4}, {2h, 0}, {10h, -3}});
    auto rows = std::vector<schedule::Row>(p.rows().begin(), p.rows().end());
    rows[1].silent = true;
    p = schedule::Series(rows, p.end_time());
    const auto q = between("2026-06-15T07:00", "2026-06-15T09:00", {{0h, 5}});
    const auto midnight = schedule::test::madrid().parse("2026-06-15T00:00").value();
    const auto text = to_plan_csv(
        std::vector<NamedSeries>{{{"lib", schedule::Signal::p}, p}, {{"lib", schedule::Signal::q}, q}},
        schedule::test::madrid(), midnight);
    CHECK(text ==
          "timestamp,lib_p_kw,lib_q_kvar\n"
          "2026-06-15T00:00:00+02:00,end,end\n"
          "2026-06-15T06:00:00+02:00,4.0,end\n"
          "2026-06-15T07:00:00+02:00,4.0,5.0\n"
          "2026-06-15T08:00:00+02:00,end,5.0\n"
          "2026-06-15T09:00:00+02:00,end,end\n"
          "2026-06-15T16:00:00+02:00,-3.0,end\n"
          "2026-06-15T20:00:00+02:00,end,end\n");
    const auto back = read_back(text);
    REQUIRE(back.size() == 2);
    const auto says = [](const schedule::Series& series, WallTime t) {
        const auto position = series.at(t);
        return position.row ? std::optional(position.row->value) : std::nullopt;
    };
    for (auto t = midnight; t < midnight + 24h; t += 10min) {
        CAPTURE(schedule::test::madrid().format(t));
        CHECK(says(back[0], t) == says(p, t));
        CHECK(says(back[1], t) == says(q, t));
    }
    CHECK(back[0].end_time() == p.end_time());
    CHECK(back[1].end_time() == q.end_time());
}

TEST_CASE("hours nobody planned leave the market's plan in force when the file is loaded again") {
    schedule::PlanStore store(plants);
    const auto day = schedule::day_window(parse_date("2026-06-15").value(), schedule::test::madrid());
    store.set_market(0, {{day.from, 50, 0}}, "market");
    store.set_manual(0, schedule::Signal::p, between("2026-06-15T06:00", "2026-06-15T08:00", {{0h, 4}}), "t");
    const schedule::Arbiter manual(store, config::ScheduleSource::manual, 24h);
    const auto written = to_plan_csv(
        std::vector<NamedSeries>{
            {{"lib", schedule::Signal::p},
             series_of(schedule::effective_schedule(manual, 0, day.from, day.to), schedule::Signal::p)}},
        schedule::test::madrid(), day.from);
    auto file = parse_plan(written, "written.csv", plants, schedule::test::madrid());
    REQUIRE(file.ok());
    apply_plan(std::move(file), store);
    const schedule::Arbiter api(store, config::ScheduleSource::api, 24h);
    CHECK(api.choose(0, schedule::Signal::p, day.from + 5h).value == 50);
    CHECK(api.choose(0, schedule::Signal::p, day.from + 7h).value == 4);
    CHECK(api.choose(0, schedule::Signal::p, day.from + 9h).value == 50);
    CHECK(manual.choose(0, schedule::Signal::p, day.from + 9h).reason == schedule::Reason::plan_ended);
}

TEST_CASE("a column of nothing but end is a series that plans nothing") {
    const auto back = parse_plan("timestamp,lib_p_kw,lib_q_kvar\n2026-06-15T00:00,END,1\n", "w", plants,
                                 schedule::test::madrid());
    REQUIRE(back.ok());
    CHECK(back.columns[0].series.empty());
    CHECK(back.columns[1].series.size() == 1);
}

TEST_CASE("a schedule gives one series for each signal, equal neighbours being one row") {
    schedule::PlanStore store(plants);
    store.set_manual(0, schedule::Signal::p,
                     between("2026-06-15T06:00", "2026-06-15T08:00", {{0h, 4}, {1h, 4}}), "t");
    const schedule::Arbiter arbiter(store, config::ScheduleSource::manual, 15min);
    const auto day = schedule::day_window(parse_date("2026-06-15").value(), schedule::test::madrid());
    const auto segments = schedule::effective_schedule(arbiter, 0, day.from, day.to);
    const auto series = series_of(segments, schedule::Signal::p);
    CHECK(series == between("2026-06-15T06:00", "2026-06-15T08:00", {{0h, 4}}));
    CHECK(series_of(segments, schedule::Signal::q).empty());
    CHECK(series_of({}, schedule::Signal::p).empty());
}

}  // namespace
}  // namespace hil::planfile
