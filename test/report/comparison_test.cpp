// Two ranges beside each other: figures, differences, what their runs have in common, and the same page
// twice.
#include "report/comparison.hpp"

#include "report/collect.hpp"
#include "report/rows.hpp"

#include "config/load.hpp"

#include <boost/json/parse.hpp>

#include <filesystem>
#include <fstream>

using namespace hil;
using namespace hil::report;
using namespace hil::report::test;

namespace {

// An hour of discharge at a power and an hour of rest, from an instant on.
PlantPart part(WallTime begin, double kw, double given_kw) {
    auto loaded = config::load(HIL_SOURCE_DIR "/etc/hil.json");
    REQUIRE(loaded.problems.empty());
    const auto database = std::make_shared<store::Database>("", measure::history_migrations());
    measure::HistoryTables history(database);
    std::vector<Row> rows;
    const auto after = begin - noon;
    for (int minute = 0; minute < 120; ++minute) {
        const bool on = minute < 60;
        rows.push_back(row(after + minute * 1min, {.setpoint = on ? kw : 0,
                                                   .p = on ? given_kw : 0,
                                                   .soc = 0.8 - (on ? minute : 60) * 0.001,
                                                   .poi = on ? given_kw : 0,
                                                   .v = 20}));
    }
    rows.push_back(nothing(after + 2h));
    history.store("lib", config::TransportMode::local, rows);
    return collect_plant(history, loaded.config.plants.front(), loaded.config, config::TransportMode::local,
                         {begin, begin + 2h}, measure::madrid());
}

RunRecord a_run(WallTime begin) {
    return {.begin = begin,
            .end = begin + 2h,
            .status = 0,
            .versions = {{"hil_scheduler", "0.1.0"}, {"boost", "1.81"}},
            .transport = "local",
            .schedule_source = "manual",
            .seed = 1,
            .speed = 60,
            .configuration_file = "etc/hil.json",
            .configuration_digest = "sha256:aa",
            .plan_files = {"plan.csv"},
            .plan_digest = "sha256:bb",
            .plants = {"lib", "vrfb"},
            .started = {"lib"},
            .notes = {"a <b> \"word\""}};
}

Comparison two() {
    Comparison out;
    out.version = "0.1.0";
    out.made_at = noon + 48h;
    out.zone = measure::madrid();
    out.sides[0] = {"monday", {noon, noon + 2h}, "a test", {a_run(noon)}, {part(noon, 100, 98)}};
    out.sides[1] = {
        "tuesday", {noon + 24h, noon + 26h}, "a test", {a_run(noon + 24h)}, {part(noon + 24h, 100, 90)}};
    return out;
}

const ComparedFigure& figure(const std::vector<ComparedFigure>& figures, std::string_view key) {
    const auto found = std::ranges::find(figures, key, [](const auto& f) { return std::string_view(f.key); });
    REQUIRE(found != figures.end());
    return *found;
}

}  // namespace

TEST_CASE("figures stand beside each other with their differences, and only where both are known") {
    const auto comparison = two();
    const auto figures = compared_figures(comparison.sides[0].plants[0], comparison.sides[1].plants[0]);
    const auto& delivered = figure(figures, "delivered_kwh");
    CHECK(delivered.values[0].value() == Approx(98));
    CHECK(delivered.values[1].value() == Approx(90));
    CHECK(delivered.difference().value() == Approx(-8));
    CHECK(figure(figures, "missing_kwh").difference().value() == Approx(8));
    CHECK(figure(figures, "tracking_mean_kw").values[0].value() == Approx(1));
    CHECK_FALSE(figure(figures, "tracking_rms_kvar").values[0]);
    CHECK_FALSE(figure(figures, "tracking_rms_kvar").difference());
    CHECK(figure(figures, "soc_end_pct").values[0].value() == Approx(74));
    std::set<std::string_view> keys;
    for (const auto& each : figures)
        CHECK(keys.insert(each.key).second);
}

TEST_CASE("what runs have in common is said") {
    auto comparison = two();
    CHECK(compared_runs(comparison) ==
          std::vector<std::string>{"The same configuration.", "The same plan at the begin.",
                                   "The same version of the program.", "The same seed."});
    comparison.sides[1].runs[0].plan_digest = "sha256:cc";
    comparison.sides[1].runs[0].seed = 2;
    CHECK(compared_runs(comparison)[0] == "The same configuration.");
    CHECK(compared_runs(comparison)[1] == "Another plan at the begin.");
    CHECK(compared_runs(comparison)[3] == "Another seed.");
    comparison.sides[0].runs.clear();
    CHECK(compared_runs(comparison).empty());
    CHECK(to_html(comparison).find("Another plan") == std::string::npos);
}

TEST_CASE("the runs of a range are those that were on in it; one without an end ended when the next began") {
    auto first = a_run(noon), second = a_run(noon + 6h);
    first.end.reset();
    const std::vector records{first, second};
    const auto begins = [&](measure::Range range) {
        std::vector<WallTime> out;
        for (const auto& run : runs_in(records, range))
            out.push_back(run.begin);
        return out;
    };
    CHECK(begins({noon + 1h, noon + 2h}) == std::vector{noon});
    CHECK(begins({noon + 5h, noon + 7h}) == std::vector{noon, noon + 6h});
    CHECK(begins({noon + 6h, noon + 7h}) == std::vector{noon + 6h});
    CHECK(begins({noon - 2h, noon}).empty());
    CHECK(begins({noon + 8h, noon + 9h}).empty());
}

TEST_CASE("the page holds both ranges, escapes what others wrote, and runs nothing") {
    const auto comparison = two();
    const auto page = to_html(comparison);
    CHECK(page == to_html(comparison));
    CHECK(page.find("B less A") != std::string::npos);
    CHECK(page.find("<b>\u22128.0</b> kWh <span class=\"soft\">(\u22128.2 %)</span>") != std::string::npos);
    CHECK(page.find("class=\"trace first\"") != std::string::npos);
    CHECK(page.find("class=\"trace second\"") != std::string::npos);
    CHECK(page.find("a &lt;b&gt;") != std::string::npos);
    CHECK(page.find("<b> \"word") == std::string::npos);
    CHECK(page.find("<script") == std::string::npos);
    CHECK(page.find("http://") == std::string::npos);
    CHECK(page.find("prefers-color-scheme: dark") != std::string::npos);
    CHECK(file_stem(comparison) == "compare_20251001T140000+0200_20251002T140000+0200");
}

TEST_CASE("text and JSON say the same as the page") {
    const auto comparison = two();
    const auto text = to_text(comparison);
    CHECK(text.find("The same plan at the begin.") != std::string::npos);
    const auto at = text.find("  Delivered ");
    REQUIRE(at != std::string::npos);
    CHECK(text.substr(at, text.find('\n', at) - at) ==
          "  Delivered                                   kWh           98.0        90.0        -8.0");
    const auto json = boost::json::parse(to_json(comparison));
    CHECK(json.at("format").as_string() == "hil-compare 1");
    CHECK(json.at_pointer("/sides/1/from").as_string() == "2025-10-02T12:00:00Z");
    CHECK(json.at_pointer("/sides/0/runs/0/plan/digest").as_string() == "sha256:bb");
    bool found = false;
    for (const auto& each : json.at_pointer("/plants/0/figures").as_array()) {
        if (each.at("key").as_string() == "tracking_rms_kvar") CHECK(each.at("difference").is_null());
        if (each.at("key").as_string() != "delivered_kwh") continue;
        found = true;
        CHECK(each.at("difference").to_number<double>() == Approx(-8));
    }
    CHECK(found);
    CHECK(json.at_pointer("/plants/0/b/delivery/delivered_kwh").to_number<double>() == Approx(90));
}

TEST_CASE("the record of a run is read as it was written; what is none is passed over") {
    const auto record = a_run(noon);
    CHECK(parse_run_record(to_json_text(record)) == record);
    auto open = record;
    open.end.reset();
    open.status.reset();
    open.plan_digest.clear();
    open.seed = 18'446'744'073'709'551'615u;
    CHECK(parse_run_record(to_json_text(open)) == open);
    for (const auto* none : {"", "{}", "[1]", R"({"format":"hil-run 2","begin":"2025-10-01T00:00:00Z"})",
                             R"({"format":"hil-run 1","begin":"soon"})"})
        CHECK_FALSE(parse_run_record(none));
    CHECK(run_record_name(noon, measure::madrid()) == "run_20251001T140000+0200.json");

    const auto directory = std::filesystem::temp_directory_path() / "hil_run_records";
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    const auto put = [&](const char* name, const std::string& text) {
        std::ofstream(directory / name, std::ios::binary) << text;
    };
    put("run_b.json", to_json_text(a_run(noon + 24h)));
    put("run_c.json", to_json_text(record));
    put("run_d.json", "{");
    put("other.json", to_json_text(record));
    const auto found = run_records(directory);
    REQUIRE(found.size() == 2);
    CHECK(found[0] == record);
    CHECK(found[1].begin == noon + 24h);
    std::filesystem::remove_all(directory);
    CHECK(run_records(directory).empty());
}
