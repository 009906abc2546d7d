#include "battery/cell/cell_file.hpp"

#include "battery/packs/packs_file.hpp"
#include "support/catch.hpp"

#include <array>

namespace hil::battery {
namespace {

const ReadText no_file = [](const std::filesystem::path&) { return std::nullopt; };

std::string problem(const std::string& text) {
    return parse_cell(text, "dir/c.json", no_file).problem;
}

const std::string whole =
    R"("capacity_ah": 94, "ocv_v": [[0, 3.2], [0.5, 3.7], [1, 4.1]], "discharge_ohm": [[0, 0.001], [1, 0.0008]])";

TEST_CASE("a cell's file says what it says, and is like another cell in the rest") {
    const auto cell =
        parse_cell("{" + whole + R"(, "name": "ours", "like": "lfp", "pairs": [{"ohm": 0.0002, "tau_s": 25}],
        "v_min": 2.8, "v_max": 4.2, "ageing": "nmc111_kokam", "self_discharge_per_day": 0.001, "identified": {"x": 1}})",
                   "dir/c.json", no_file);
    REQUIRE(cell.problem.empty());
    CHECK(cell.name == "ours");
    const auto& is = cell.physics.cell;
    CHECK(is.capacity_ah == 94);
    CHECK(is.ocv_v.at(0.25) == Approx(3.45));
    CHECK(is.charge_ohm.at(0) == is.discharge_ohm.at(0));
    CHECK(is.pairs[0].tau_s == 25);
    CHECK(is.pairs[1].ohm == 0);
    CHECK(is.self_discharge_per_s == Approx(0.001 / 86'400));
    CHECK(cell.physics.ageing == AgeingLaw::nmc111_kokam);
    CHECK(is.heat_capacity_j_k == named_cell("lfp")->cell.heat_capacity_j_k);
}

TEST_CASE("tables come from files of their own, with their own units") {
    const ReadText read = [](const std::filesystem::path& file) -> std::optional<std::string> {
        if (file != "dir/t.csv") return std::nullopt;
        return "T,SOC %,R mOhm\n25,0,2\n25,50,1.5\nx,y,z\n,100,1\n";
    };
    const auto cell = parse_cell(
        R"({"capacity_ah": 1, "ocv_v": [[0, 3], [1, 4]], "discharge_ohm": {"file": "t.csv", "soc": "SOC %", "value": "R mOhm", "soc_scale": 0.01, "value_scale": 0.001}})",
        "dir/c.json", read);
    REQUIRE(cell.problem.empty());
    CHECK(cell.physics.cell.discharge_ohm.at(0.5) == Approx(0.0015));
}

TEST_CASE("what is wrong with a cell's file is said with its key") {
    CHECK(problem("[]") == "dir/c.json: is not a JSON object");
    CHECK(problem("{") == "dir/c.json: is not a JSON object");
    CHECK(problem("{}") == "dir/c.json: capacity_ah: is missing");
    CHECK(problem("{" + whole + R"(, "volume": 1})") == "dir/c.json: volume: is not known");
    CHECK(problem("{" + whole + R"(, "like": "zinc"})") ==
          "dir/c.json: like: must be one of lfp, nmc, lmo, lg_m50, lco, vrfb, got \"zinc\"");
    CHECK(problem("{" + whole + R"(, "ageing": "never"})").find("ageing: must be one of none, lfp_naumann") !=
          std::string::npos);
    CHECK(problem("{" + whole + R"(, "v_min": 5, "v_max": 4})") == "dir/c.json: v_max: must be above v_min");
    CHECK(problem("{" + whole + R"(, "hysteresis_v": 0.01})").find("hysteresis_rate: must be above 0") !=
          std::string::npos);
    CHECK(problem("{" + whole + R"(, "pairs": [{"ohm": -1}]})")
              .find("pairs[0].ohm: must be 0 to 1000, got -1") != std::string::npos);
    CHECK(problem(R"({"capacity_ah": "x", "ocv_v": [], "discharge_ohm": []})").find("capacity_ah: must be") !=
          std::string::npos);
    const auto table = [](const std::string& text) {
        return problem(R"({"capacity_ah": 1, "discharge_ohm": [[0, 1], [1, 1]], "ocv_v": )" + text + "}");
    };
    CHECK(table("[[0, 3], [0.9, 4]]") ==
          "dir/c.json: ocv_v: must go from a state of charge of 0 to one of 1");
    CHECK(table("[[0, 3], [0.5, 3], [0.5, 4], [1, 4]]").find("the state of charge must increase") !=
          std::string::npos);
    CHECK(table("[3, 4]").find("must be a list of [state of charge, value]") != std::string::npos);
    CHECK(table("[[0, -3], [1, 4]]").find("must be 0 to 10000 V, got -3") != std::string::npos);
    CHECK(table(R"({"file": "none.csv"})").find("the file \"none.csv\" cannot be read") != std::string::npos);
    CHECK(table(R"({"path": "none.csv"})").find("ocv_v.path: is not known") != std::string::npos);
    CHECK(load_cell("/nowhere/c.json").problem.find("is no file that can be read") != std::string::npos);
}

TEST_CASE("a cell that is written is read back") {
    const WrittenCell cell{.name = "a \"cell\"",
                           .source = "test",
                           .like = "nmc",
                           .ageing = "lfp_sony",
                           .ocv_v = {{0, 3.2}, {0.5, 3.7}, {1, 4.1}},
                           .charge_ohm = {{0, 0.002}, {1, 0.001}},
                           .discharge_ohm = {{0, 0.003}, {1, 0.001}},
                           .capacity_ah = 12.5,
                           .v_min = 3,
                           .v_max = 4.2,
                           .pairs = std::array{RcPair{0.0005, 30}, RcPair{}},
                           .identified = "{\"rms\": 1}"};
    const auto read = parse_cell(to_json(cell), "x.json", no_file);
    REQUIRE(read.problem.empty());
    CHECK(read.name == cell.name);
    CHECK(read.physics.cell.capacity_ah == 12.5);
    CHECK(read.physics.cell.charge_ohm.at(0) == Approx(0.002));
    CHECK(read.physics.cell.discharge_ohm.at(0) == Approx(0.003));
    CHECK(read.physics.cell.pairs[0].tau_s == 30);
    CHECK(read.physics.cell.pairs[1].ohm == 0);
    CHECK(read.physics.ageing == AgeingLaw::lfp_sony);
}

TEST_CASE("cells have names") {
    for (const auto& name : cell_names())
        CHECK(load_cell(name).ok());
    CHECK_FALSE(named_cell("zinc"));
    const auto cobalt = named_cell("lco");
    CHECK(cobalt->cell.ocv_v.at(0.75) == Approx(3.85));
    CHECK(cobalt->ageing == AgeingLaw::lco_estimated);
}

TEST_CASE("packs are read from their file, and what is wrong is said with its place") {
    const auto packs = parse_packs(
        R"([{"capacity_kwh": 30, "discharge_kw": 15, "charge_kw": 12, "soc_pu": 0.6, "temperature_c": 30, "available": false}])",
        "p.json");
    REQUIRE(packs.problem.empty());
    CHECK(packs.packs[0].temperature_k == Approx(303.15));
    CHECK_FALSE(packs.packs[0].available);
    const auto wrong = [](const char* text) { return parse_packs(text, "p.json").problem; };
    CHECK(wrong("{}") == "p.json: is not a JSON list of packs");
    CHECK(wrong("[]") == "p.json: has no pack");
    CHECK(wrong("[1]") == "p.json: [0]: must be an object");
    CHECK(wrong(R"([{"capacity_kwh": 30}])") == "p.json: [0].discharge_kw: is missing");
    CHECK(wrong(R"([{"capacity_kwh": 30, "discharge_kw": 15, "charge_kw": 12, "soc_pu": 60}])") ==
          "p.json: [0].soc_pu: must be 0 to 1, got 60");
    CHECK(wrong(R"([{"capacity_kwh": 30, "discharge_kw": 15, "charge_kw": 12, "available": 1}])") ==
          "p.json: [0].available: must be true or false, got 1");
    CHECK(wrong(R"([{"capacity_kwh": 30, "discharge_kw": 15, "charge_kw": 12, "colour": 1}])") ==
          "p.json: [0].colour: is not known");
}

}  // namespace
}  // namespace hil::battery
