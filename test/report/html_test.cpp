// The page: whole, safe whatever the texts are, and the same for the same range.
#include "report/html.hpp"
#include "report/collect.hpp"
#include "report/markup.hpp"

#include "report/rows.hpp"

#include "config/load.hpp"
#include "journal/event_rows.hpp"

#include <boost/json/parse.hpp>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

using namespace hil;
using namespace hil::report;
using namespace hil::report::test;

namespace {

config::Config shipped() {
    auto loaded = config::load(HIL_SOURCE_DIR "/etc/hil.json");
    REQUIRE(loaded.problems.empty());
    return std::move(loaded.config);
}

// Two hours of a plant: out, a gap, in, with an alert and a fault.
Document small() {
    auto config = shipped();
    std::erase_if(config.plants, [](const config::Plant& plant) { return plant.id != "lib"; });
    config.public_dashboard.password = "open sesame";
    config.istentore_api.password = "correct horse";
    const auto database = std::make_shared<store::Database>("", measure::history_migrations());
    measure::HistoryTables history(database);
    std::vector<Row> rows;
    for (int minute = 0; minute < 120; ++minute) {
        if (minute == 50) rows.push_back(nothing(50min));
        if (minute >= 50 && minute < 60) continue;
        const double p = minute < 60 ? 100 : -80;
        auto one =
            row(minute * 1min, {.setpoint = p,
                                .p = p - (minute == 60 ? 40 : 0.2),
                                .soc = minute < 60 ? 0.8 - minute * 0.004 : 0.6 + (minute - 60) * 0.003,
                                .poi = p - 1,
                                .v = 20 + minute * 0.001});
        one.values[measure::index(Column::q_setpoint)] = 10;
        one.values[measure::index(Column::q_battery)] = 10;
        rows.push_back(one);
    }
    rows.push_back(nothing(2h));
    history.store("lib", config::TransportMode::local, rows);

    Document document;
    document.version = "0.1.0";
    document.zone = measure::madrid();
    document.range = {noon, noon + 2h};
    document.made_at = noon + 3h;
    document.source = "a test";
    document.plants.push_back(collect_plant(history, config.plants.front(), config,
                                            config::TransportMode::local, document.range, document.zone));
    document.configuration = config::effective(config);
    collect_record(*database, document);
    CHECK(document.events.empty());

    observe::Event event{.id = 7,
                         .time = noon + 10s,
                         .kind = "plant.transition",
                         .severity = {},
                         .plant = "lib",
                         .message = "starting -> running",
                         .correlation = "cmd-000001",
                         .fields = {}};
    document.events.push_back(event);
    observe::Alert alert;
    alert.severity = observe::Severity::alarm;
    alert.plant = "lib";
    alert.message = "no answer";
    alert.since = noon + 50min;
    alert.cleared_at = noon + 60min;
    document.alerts.push_back(alert);
    document.marks.push_back({noon + 50min, noon + 60min, "drop_responses", "every answer is lost", "lib"});
    document.plants.front().plans.push_back({schedule::Signal::p,
                                             {.since = noon,
                                              .until = noon + 2h,
                                              .origin = journal::Origin::plan,
                                              .source = schedule::Source::manual,
                                              .version = 3,
                                              .values = 2}});
    document.plants.front().dispatched = 2h;
    document.saved.push_back({.key = {"lib", schedule::Signal::p},
                              .staged = false,
                              .enabled = true,
                              .version = 3,
                              .origin = "plan.csv",
                              .series = schedule::Series({{noon, 100, 2}, {noon + 1h, -80, 3}}, noon + 2h)});
    return document;
}

// The page without what is between the tags of these elements.
std::string without(std::string page, const std::string& element) {
    for (std::size_t at = 0; (at = page.find('<' + element, at)) != std::string::npos;) {
        const auto begin = page.find('>', at) + 1;
        const auto end = page.find("</" + element, begin);
        page.erase(begin, end - begin);
        at = begin;
    }
    return page;
}

// What is wrong with the nesting of tags; empty: nothing.
std::string ill_formed(const std::string& page) {
    std::vector<std::string> open;
    static const std::regex tag(
        R"(<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z][a-zA-Z0-9-]*(?:="[^"<>]*")?)*)\s*(/?)>)");
    std::size_t angles = 0;
    for (std::sregex_iterator at(page.begin(), page.end(), tag), none; at != none; ++at) {
        ++angles;
        const auto& m = *at;
        if (m[1].length() > 0) {
            if (open.empty() || open.back() != m[2]) return "closes " + m[2].str();
            open.pop_back();
        } else if (m[4].length() == 0) {
            open.push_back(m[2]);
        }
    }
    if (!open.empty()) return "leaves open " + open.back();
    const auto count = static_cast<std::size_t>(std::count(page.begin(), page.end(), '<'));
    return count == angles + 1 ? "" : "has a loose <";  // and the doctype
}

boost::json::value data_of(const std::string& page) {
    const std::string begin = "id=\"report-data\">";
    const auto from = page.find(begin) + begin.size();
    return boost::json::parse(page.substr(from, page.find("</script>", from) - from));
}

std::size_t times(const std::string& page, std::string_view what) {
    std::size_t count = 0;
    for (auto at = page.find(what); at != std::string::npos; at = page.find(what, at + 1))
        ++count;
    return count;
}

}  // namespace

TEST_CASE("the page is well-formed and needs nothing but itself") {
    const auto page = to_html(small());
    CHECK(page.starts_with("<!DOCTYPE html>\n"));
    const auto markup = without(without(page, "script"), "style");
    CHECK(ill_formed(markup) == "");
    CHECK(page.find("default-src 'none'") != std::string::npos);
    // One name space, for drawing, and the platform's address in the configuration that is printed.
    std::string rest = without(page, "pre");
    for (const char* scheme :
         {"http://", "https://", "ftp://", "src=", "href=", "@import", "url(//", "import("}) {
        INFO(scheme);
        const std::string name_space = "http://www.w3.org/2000/svg";
        CHECK(times(rest, scheme) == (std::string_view(scheme) == "http://" ? times(rest, name_space) : 0));
    }
    std::set<std::string> ids;
    static const std::regex id("\\sid=\"([^\"]+)\"");
    for (std::sregex_iterator at(markup.begin(), markup.end(), id), none; at != none; ++at)
        CHECK(ids.insert((*at)[1]).second);
}

TEST_CASE("the page says what happened without any script") {
    const auto page = to_html(small());
    for (const char* text :
         {"followed its setpoint to", "data for 91.67 % of the range", "no answer", "still active",
          "drop_responses", "every answer is lost", "the manual plan, version 3", "plan.csv",
          "starting -&gt; running", "2025-10-01 14:00:00 +02:00", "Europe/Madrid", "hil_scheduler 0.1.0",
          "\u221240.0</b> kW"}) {
        INFO(text);
        CHECK((page.find(text) != std::string::npos) == (std::string_view(text) != "still active"));
    }
    CHECK(times(page, "<svg viewBox") == 1);
    CHECK(times(page, "class=\"trace") >= 6);
    CHECK(times(page, "class=\"gap\"") == 4);  // one a lane
}

TEST_CASE("texts from outside cannot end what they stand in") {
    auto document = small();
    const std::string hostile = "</script></title><script>alert(1)</script><!-- ]]> \" ' & \x01 \xff";
    document.events.front().message = hostile;
    document.events.front().severity = observe::Severity::alarm;
    document.events.front().kind = "trip\"onload=x";
    document.events.front().correlation = hostile;
    document.alerts.front().message = hostile;
    document.alerts.front().acknowledged_at = noon;
    document.alerts.front().acknowledged_by = hostile;
    document.marks.front().text = hostile;
    document.saved.front().origin = hostile;
    document.plants.front().name = "<b>LIB";
    document.source = hostile;
    const auto page = to_html(document);
    CHECK(times(page, "alert(1)") > 6);
    CHECK(times(page, "<script>alert") == 0);
    CHECK(times(page, "<script") == 2);
    CHECK(times(page, "</script") == 2);
    CHECK(times(page, "<!--") == 0);
    CHECK(ill_formed(without(without(page, "script"), "style")) == "");
    const auto data = data_of(page);
    bool found = false;
    for (const auto& flag : data.at("plants").at(0).at("flags").as_array())
        found = found || std::string(flag.at("text").as_string()).starts_with(hostile.substr(0, 40));
    CHECK(found);
}

TEST_CASE("secrets are not in the page") {
    const auto page = to_html(small());
    CHECK(page.find("open sesame") == std::string::npos);
    CHECK(page.find("correct horse") == std::string::npos);
    CHECK(page.find("&quot;plants&quot;") != std::string::npos);
}

TEST_CASE("the data in the page are what was drawn, with the offsets of their zone") {
    auto document = small();
    const auto data = data_of(to_html(document));
    CHECK(data.at("from") == "2025-10-01T12:00:00Z");
    CHECK(data.at("offsets") == boost::json::parse("[[0,120]]"));
    const auto& plant = data.at("plants").at(0);
    CHECK(plant.at("gaps") == boost::json::parse("[[3000000,3600000]]"));
    const auto& setpoint = plant.at("signals").at(0);
    CHECK(setpoint.at("name") == "p_setpoint_kw");
    CHECK(setpoint.at("t") == boost::json::parse("[0,3000000,3600000]"));
    CHECK(setpoint.at("v").at(0).to_number<double>() == 100);
    CHECK(setpoint.at("v").at(1).is_null());
    CHECK(setpoint.at("v").at(2).to_number<double>() == -80);
    CHECK(plant.at("summary").at("gaps").at("count") == 1);
    // Over the night on which the clocks go back.
    document.range = {measure::at("2025-10-25T00:00:00"), measure::at("2025-10-28T00:00:00")};
    const auto night = data_of(to_html(document));
    CHECK(night.at("offsets") == boost::json::parse("[[0,120],[97200000,60]]"));
}

TEST_CASE("a long range of dense rows is a page of bounded size") {
    auto config = shipped();
    const auto database = std::make_shared<store::Database>("", measure::history_migrations());
    measure::HistoryTables history(database);
    std::vector<Row> rows;
    for (int i = 0; i < 200'000; ++i) {
        auto one = row(i * 2s, {.setpoint = double(i % 7),
                                .p = double(i % 911),
                                .soc = (i % 1009) / 1009.0,
                                .poi = double(i % 613),
                                .v = 20 + (i % 97) * 0.001});
        one.values[measure::index(Column::q_setpoint)] = one.values[measure::index(Column::q_battery)] =
            i % 577;
        one.values[measure::index(Column::q_poi)] = i % 499;
        rows.push_back(one);
    }
    history.store("lib", config::TransportMode::local, rows);
    Document document;
    document.zone = measure::madrid();
    document.range = {noon, noon + 200'000 * 2s};
    const auto* lib = config.find_plant("lib");
    document.plants.push_back(
        collect_plant(history, *lib, config, config::TransportMode::local, document.range, document.zone));
    for (const auto& curve : document.plants[0].curves)
        CHECK(curve.points.size() <= 4100);
    CHECK(document.plants[0].summary.rows == 200'000);
    CHECK(to_html(document).size() < 1'500'000);
}

TEST_CASE("a small report is the page that was kept") {
    auto page = without(without(to_html(small()), "style"), "pre");
    // The script that zooms stays out, the data stay in.
    const auto script = page.rfind("<script>");
    page.erase(script + 8, page.rfind("</script>") - script - 8);
    std::ifstream file(HIL_TEST_DATA "/report/small.html", std::ios::binary);
    std::stringstream kept;
    kept << file.rdbuf();
    if (kept.str() != page) {
        const auto found = std::filesystem::temp_directory_path() / "hil_report_small.html";
        std::ofstream(found, std::ios::binary) << page;
        FAIL("differs from test/data/report/small.html; the page as it is now is in " << found);
    }
}

TEST_CASE("a range that is much longer than what was recorded is not a page of empty rows") {
    auto document = small();
    auto& slices = document.plants.front().slices;
    const auto size = to_html(document).size();
    const Slice nothing_known{.from = noon - 100h, .to = noon - 99h, .means = {}};
    slices.insert(slices.begin(), 5000, nothing_known);
    slices.insert(slices.end(), 5000, nothing_known);
    CHECK(to_html(document).size() < size + 1000);
    slices.assign(10, nothing_known);
    CHECK(to_html(document).find("LIB: nothing was recorded.") != std::string::npos);
    for (int i = 0; i < 3000; ++i)
        document.plants.front().plans.push_back({schedule::Signal::q, {.since = noon + i * 1s}});
    CHECK(to_html(document).find("1\u202f001 further stretches are left out") != std::string::npos);
}

TEST_CASE("numbers are shown as people read them") {
    CHECK(shown(-0.04, 1) == "0.0");
    CHECK(shown(-1.25, 2) == "\u22121.25");
    CHECK(shown(measure::unknown, 2) == "\u2013");
    CHECK(shown_count(1'234'567) == "1\u202f234\u202f567");
    CHECK(shown_length(1250ms) == "1.25 s");
    CHECK(shown_length(2s) == "2 s");
    CHECK(shown_length(0s) == "0 s");
    CHECK(shown_length(250s) == "4 min 10 s");
    CHECK(shown_length(2h + 5min) == "2 h 05 min");
    CHECK(shown_length(76h) == "3 d 04 h");
    CHECK(shown_length(15min) == "15 min");
}
