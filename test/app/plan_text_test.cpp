#include "app/plan_text.hpp"
#include "app/plan_plot.hpp"
#include "planfile/plan_file.hpp"
#include "schedule/window.hpp"

#include "support/catch.hpp"

#include <boost/json/parse.hpp>

#include <fstream>
#include <iterator>

using namespace hil;
using namespace hil::app;
using namespace std::chrono_literals;

namespace {

const Zone& madrid() {
    static const Zone zone = Zone::find("Europe/Madrid").value();
    return zone;
}

const std::vector<std::string> ids{"lib", "vrfb"};

struct Rig {
    explicit Rig(std::string_view date, int days = 1) {
        range.date = parse_date(date).value();
        range.days = days;
        range.from = madrid().midnight(range.date);
        auto end = range.date;
        for (int i = 0; i < days; ++i)
            end = next_day(end);
        range.to = madrid().midnight(end);
        for (const auto& id : ids) {
            config::Plant plant;
            plant.id = id;
            plant.name = id == "lib" ? "LIB" : "VRFB";
            plant.model.capacity_kwh = 500;
            plant.model.power_limits = {1000, -1000, 600, -600};
            plants.push_back(std::move(plant));
        }
    }

    void load(const std::string& file) {
        std::ifstream in(std::string(HIL_TEST_DATA "/schedule/") + file);
        const std::string text(std::istreambuf_iterator<char>(in), {});
        auto plan = planfile::parse_plan(text, file, ids, madrid());
        REQUIRE(plan.ok());
        apply_plan(std::move(plan), store);
    }

    std::vector<PlantPlan> plans() const {
        const schedule::Arbiter arbiter(store, config::ScheduleSource::manual, 15min);
        std::vector<PlantPlan> out;
        for (std::size_t i = 0; i < plants.size(); ++i) {
            PlantPlan plan;
            plan.plant = &plants[i];
            plan.segments = schedule::effective_schedule(arbiter, i, range.from, range.to);
            plan.projection = planner::project(plan.segments, plants[i].model, 0.5);
            out.push_back(std::move(plan));
        }
        return out;
    }

    schedule::PlanStore store{ids};
    std::vector<config::Plant> plants;
    PlanRange range;
};

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at);
        out.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

}  // namespace

TEST_CASE("the CSV of a plan is a plan: what it says is what the first one said") {
    const auto [file, date] = GENERATE(std::pair("es_2025-10-01.csv", "2025-10-01"),
                                       std::pair("es_2020-03-29_23h.csv", "2020-03-29"),
                                       std::pair("es_2022-10-30_25h.csv", "2022-10-30"));
    CAPTURE(file);
    Rig first(date), second(date);
    first.load(file);
    const auto before = first.plans();
    auto again = planfile::parse_plan(plan_csv(before, madrid()), "printed.csv", ids, madrid());
    for (const auto& problem : again.problems)
        UNSCOPED_INFO(problem.message());
    REQUIRE(again.ok());
    apply_plan(std::move(again), second.store);
    const auto after = second.plans();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        for (const auto& segment : before[i].segments) {
            const schedule::Arbiter arbiter(second.store, config::ScheduleSource::manual, 15min);
            for (const auto signal : schedule::all_signals) {
                for (const auto at : {segment.from, segment.to - 1ns})
                    CHECK(arbiter.choose(i, signal, at).value == segment.active(signal).value);
            }
        }
        CHECK(after[i].projection.soc_end == Approx(before[i].projection.soc_end));
    }
}

TEST_CASE("the CSV of a plan has the columns that somebody planned, and no others") {
    Rig rig("2025-10-01");
    rig.store.set_manual(1, schedule::Signal::p,
                         schedule::Series({{rig.range.from + 6h, 10, 0}}, rig.range.from + 7h), "test");
    CHECK(plan_csv(rig.plans(), madrid()) ==
          "timestamp,vrfb_p_kw\n"
          "2025-10-01T00:00:00+02:00,end\n"
          "2025-10-01T06:00:00+02:00,10.0\n"
          "2025-10-01T07:00:00+02:00,end\n");
}

TEST_CASE("what a plan was made from is shown down to the auction") {
    Rig rig("2025-10-01");
    planfile::ValueFile prices;
    prices.file = "prices.csv";
    prices.provenance = {
        "ENTSO-E", "BZN|DE-LU",    "Day-ahead, Sequence 1 (SDAC)", "Day-ahead Price (EUR/MWh)",
        "EUR/MWh", "Europe/Madrid"};
    prices.notes = {"a note"};
    rig.store.set_manual(0, schedule::Signal::p, schedule::Series({{rig.range.from, 10, 0}}, rig.range.to),
                         "test");
    auto plans = rig.plans();
    plans[0].made_from = &prices;
    const auto table = plan_table(plans, rig.range, madrid(), false);
    CHECK(table.find(
              "made from     prices.csv (ENTSO-E, BZN|DE-LU, Day-ahead, Sequence 1 (SDAC), in EUR/MWh)\n") !=
          std::string::npos);
    const auto json = plan_json(plans, rig.range, madrid());
    CHECK(
        json.find(
            "\"made_from\":{\"file\":\"prices.csv\",\"layout\":\"ENTSO-E\",\"area\":\"BZN|DE-LU\","
            "\"auction\":"
            "\"Day-ahead, Sequence 1 (SDAC)\",\"column\":\"Day-ahead Price (EUR/MWh)\",\"unit\":\"EUR/MWh\","
            "\"timezone\":\"Europe/Madrid\",\"notes\":[\"a note\"]}") != std::string::npos);
    CHECK(json.find(R"("made_from":null)") != std::string::npos);  // of the other plant
}

TEST_CASE("the JSON of a plan is JSON, with numbers as people write them") {
    Rig rig("2022-10-30");
    rig.load("es_2022-10-30_25h.csv");
    const auto text = plan_json(rig.plans(), rig.range, madrid());
    const auto document = boost::json::parse(text);
    CHECK(document.at("timezone").as_string() == "Europe/Madrid");
    CHECK(document.at("plants").at("vrfb").at("segments").as_array().size() == 100);
    CHECK(text.find("1E2") == std::string::npos);
    CHECK(text.find("nan") == std::string::npos);
}

TEST_CASE("equal neighbours are one line of the table, and its end names what is beyond") {
    Rig rig("2025-10-01");
    rig.load("es_2025-10-01.csv");
    auto plans = rig.plans();
    plans[0].goes_on_to = rig.range.to + 24h;
    const auto text = plan_table(plans, rig.range, madrid(), false);
    CHECK(text.find("LIB (lib) on 2025-10-01: 24 h, times in Europe/Madrid") != std::string::npos);
    CHECK(text.find("the plan goes on until 2025-10-03T00:00:00+02:00") != std::string::npos);
    std::string p, q;
    for (const auto& line : lines(text)) {
        if (line.find("  2025-10-01T") != 0) continue;
        const auto present = line.substr(28, 22) + line.substr(line.rfind(' '));
        CHECK(present != p);
        p = present;
    }
}

TEST_CASE("the plot of a day has its hours, whatever the night did") {
    const auto [date, file, missing] = GENERATE(std::tuple("2020-03-29", "es_2020-03-29_23h.csv", true),
                                                std::tuple("2022-10-30", "es_2022-10-30_25h.csv", false));
    CAPTURE(date);
    Rig rig(date);
    rig.load(file);
    const auto plans = rig.plans();
    const auto text = plot_schedule(plans[0].segments, plans[0].projection, madrid(), false);
    INFO(text);
    const auto all = lines(text);
    const auto& axis = all.back();
    // 23 hours: 69 columns of 20 minutes; where 02:00 is missing its mark is at 03:00.
    const auto width = static_cast<std::size_t>((rig.range.to - rig.range.from) / 20min);
    for (const auto& line : all)
        CHECK(line.size() <= 12 + width);
    CHECK(axis.find("00") == 12);
    CHECK(axis.find("04") == 12 + (missing ? 9u : 15u));
    CHECK(axis.find("22") == 12 + width - 6);
}

TEST_CASE("nothing short is lost in the plot") {
    Rig rig("2025-10-01");
    rig.store.set_manual(0, schedule::Signal::p,
                         schedule::Series({{rig.range.from + 12h + 3min, 800, 0},
                                           {rig.range.from + 12h + 4min, -800, 0},
                                           {rig.range.from + 12h + 5min, 0, 0}},
                                          rig.range.to),
                         "test");
    const auto plans = rig.plans();
    const auto all = lines(plot_schedule(plans[0].segments, plans[0].projection, madrid(), true));
    REQUIRE(all.size() > 11);
    CHECK(all[1] == "     800.0 │" + std::string(36, ' ') + "█");
    CHECK(all[11] == "    -800.0 │" + std::string(36, ' ') + "█");
}

TEST_CASE("a range of weeks has its dates below, and a plan of nothing its line") {
    Rig rig("2025-10-20", 21);
    const auto plans = rig.plans();
    const auto text = plot_schedule(plans[0].segments, plans[0].projection, madrid(), false);
    INFO(text);
    CHECK(text.find("10-20") != std::string::npos);
    CHECK(text.find("11-07") != std::string::npos);
    for (const auto& line : lines(text))
        CHECK(line.size() <= 90);
    CHECK(plot_schedule({}, plans[0].projection, madrid(), true).empty());
}

TEST_CASE("block characters are for those whose locale has UTF-8") {
    const auto with = [](std::map<std::string, std::string> set) {
        return takes_unicode([set = std::move(set)](const char* name) {
            const auto found = set.find(name);
            return found == set.end() ? nullptr : found->second.c_str();
        });
    };
    CHECK(with({{"LANG", "en_GB.UTF-8"}}));
    CHECK(with({{"LC_CTYPE", "C.utf8"}, {"LANG", "C"}}));
    CHECK_FALSE(with({{"LC_ALL", "C"}, {"LANG", "en_GB.UTF-8"}}));
    CHECK_FALSE(with({}));
}
