#include "app/identify_command.hpp"
#include "app/load_setup.hpp"
#include "app/options.hpp"
#include "app/study_command.hpp"
#include "app/twin_command.hpp"
#include "battery/cell/cell_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <fstream>
#include <sstream>

namespace hil::app {
namespace {

template <class Request>
Request asked(const std::vector<std::string>& arguments) {
    const auto invocation = parse_command_line(arguments);
    if (const auto* error = std::get_if<UsageError>(&invocation)) FAIL(error->sentence);
    return std::get<Request>(invocation);
}

std::string refusal(const std::vector<std::string>& arguments) {
    const auto invocation = parse_command_line(arguments);
    const auto* error = std::get_if<UsageError>(&invocation);
    return error ? error->sentence : std::string();
}

std::string text_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

void put(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
}

const std::string leaf = HIL_TEST_DATA "/battery/ornl_leaf_1C.csv";

TEST_CASE(
    "identify writes a parameter file that twin and estimate take, a page, and the test in a common format") {
    const test::TemporaryDirectory to;
    const auto request =
        asked<IdentifyRequest>({"identify", leaf, "--columns", "time=2,current=9,voltage=10", "--like", "lmo",
                                "--output", (to / "cell.json").string(), "--page",
                                (to / "page.html").string(), "--bdf", (to / "test.bdf.csv").string()});
    REQUIRE(identify_command(request) == exit_done);
    const auto cell = battery::load_cell((to / "cell.json").string());
    REQUIRE(cell.problem.empty());
    CHECK(cell.physics.cell.capacity_ah == Approx(30.32).margin(0.03));
    CHECK(cell.name == "ornl_leaf_1C");
    const auto page = text_of(to / "page.html");
    CHECK(page.find("What the parameters leave of the measured voltage") != std::string::npos);
    CHECK(page.find("not told by this test") != std::string::npos);
    CHECK(text_of(to / "test.bdf.csv").starts_with("Test Time / s,Voltage / V,Current / A\n"));

    const auto estimate = asked<EstimateRequest>({"estimate", (to / "test.bdf.csv").string(), "--cell",
                                                  (to / "cell.json").string(), "--start-soc", "0.3",
                                                  "--every", "600", "--output", (to / "soc.csv").string()});
    REQUIRE(estimate_command(estimate) == exit_done);
    CHECK(text_of(to / "soc.csv").starts_with("time_s,soc_pu,sigma_pu,counted_low_pu,"));
}

TEST_CASE("twin runs a profile, writes its course as CSV, JSON and a page, and says what is wrong with it") {
    const test::TemporaryDirectory to;
    put(to / "profile.csv", "time_s,p_kw\n0,40\n1800,-40\n3600,0\n");
    std::vector<std::string> line{"twin",
                                  "--cell",
                                  "nmc",
                                  "--profile",
                                  (to / "profile.csv").string(),
                                  "--hours",
                                  "2",
                                  "--step",
                                  "30",
                                  "--draws",
                                  "5",
                                  "--ageing",
                                  "nmc111_kokam",
                                  "--output",
                                  (to / "out.csv").string(),
                                  "--page",
                                  (to / "page.html").string()};
    REQUIRE(twin_command(asked<TwinRequest>(line)) == exit_done);
    const auto first = text_of(to / "out.csv");
    CHECK(first.starts_with("time_s,voltage_v_p05,voltage_v_p50,voltage_v_p95,current_a_p05"));
    REQUIRE(twin_command(asked<TwinRequest>(line)) == exit_done);
    CHECK(text_of(to / "out.csv") == first);
    CHECK(text_of(to / "page.html").find("NREL BLAST-Lite, Kokam") != std::string::npos);
    line.insert(line.end(), {"--format", "json", "--soc", "0.02"});
    REQUIRE(twin_command(asked<TwinRequest>(line)) == exit_done);
    CHECK(text_of(to / "out.csv").find("\"missing_kwh\"") != std::string::npos);
    put(to / "profile.csv", "0,40\n0,30\n");
    CHECK(twin_command(asked<TwinRequest>(line)) == exit_usage);
    put(to / "profile.csv", "time_s,p_kw\n");
    CHECK(twin_command(asked<TwinRequest>(line)) == exit_usage);
}

TEST_CASE("a study of few packs and little time writes a page and every figure, twice the same") {
    const test::TemporaryDirectory to;
    const std::vector<std::string> line{"study",         "life",
                                        "--packs",       "3",
                                        "--years",       "0.2",
                                        "--step",        "900",
                                        "--seeds",       "2",
                                        "--other-seeds", "1",
                                        "--page",        (to / "p.html").string(),
                                        "--json",        (to / "s.json").string()};
    REQUIRE(study_command(asked<StudyRequest>(line)) == exit_done);
    const auto first = text_of(to / "s.json");
    CHECK(first.find("\"rule\": \"health_aware\"") != std::string::npos);
    CHECK(text_of(to / "p.html").find("Where 25 % more life") != std::string::npos);
    REQUIRE(study_command(asked<StudyRequest>(line)) == exit_done);
    CHECK(text_of(to / "s.json") == first);
    put(to / "packs.json", R"([{"capacity_kwh": 30, "discharge_kw": 15, "charge_kw": 12, "least_kw": 5}])");
    CHECK(study_command(asked<StudyRequest>(
              {"study", "allocate", "--packs-file", (to / "packs.json").string(), "--power-kw", "-7"})) ==
          exit_done);
    put(to / "packs.json", "[]");
    CHECK(study_command(asked<StudyRequest>(
              {"study", "allocate", "--packs-file", (to / "packs.json").string(), "--power-kw", "-7"})) ==
          exit_usage);
}

TEST_CASE("command lines about batteries that are none are refused with a sentence") {
    CHECK(refusal({"identify"}) == "hil_scheduler identify: one file of a test must be named, got 0");
    CHECK(refusal({"identify", "a", "--columns", "t=1"})
              .find("--columns: must be as time=1,current=2,voltage=3,temperature=4") != std::string::npos);
    CHECK(refusal({"identify", "a", "--start-soc", "0.5"})
              .find("--start-soc: only together with --capacity-ah") != std::string::npos);
    CHECK(refusal({"identify", "a", "--ageing", "never"}).find("--ageing: must be none or lfp_naumann") !=
          std::string::npos);
    CHECK(refusal({"estimate", "a", "--start-soc", "50"}).find("--start-soc: must be 0..1") !=
          std::string::npos);
    CHECK(refusal({"twin", "--profile", "x.csv"}).find("--profile: only together with --cell") !=
          std::string::npos);
    CHECK(refusal({"twin", "--hours", "0"}).find("--hours: must be 1..175200") != std::string::npos);
    CHECK(refusal({"study"}) == "hil_scheduler study: must be followed by life or allocate");
    CHECK(refusal({"study", "allocate"}).find("--packs-file and --power-kw must be given") !=
          std::string::npos);
    CHECK(identify_command(asked<IdentifyRequest>({"identify", "/nowhere/x.csv"})) == exit_usage);
}

}  // namespace
}  // namespace hil::app
