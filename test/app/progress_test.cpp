#include "app/progress.hpp"

#include "support/catch.hpp"

using namespace hil::app;

namespace {

RunView view() {
    RunView v;
    v.time = "2025-10-01T06:00:00+02:00";
    v.speed = 1440;
    v.fraction = 0.25;
    PlantView lib;
    lib.name = "lib";
    lib.state = "running";
    lib.dispatching = true;
    lib.recording = true;
    lib.p_setpoint_kw = 750;
    lib.p_kw = 749.9;
    lib.q_kvar = 150;
    lib.soc_pu = 0.4988;
    lib.age_s = 1.2;
    PlantView vrfb;
    vrfb.name = "vrfb";
    vrfb.state = "unknown";
    vrfb.problem = "connection refused";
    v.plants = {lib, vrfb};
    return v;
}

}  // namespace

TEST_CASE("the terminal shows a bar and a line a plant, and a dash for what is not known") {
    const auto lines = render(view(), 200);
    REQUIRE(lines.size() == 4);
    CHECK(lines[0].find("x1440") != std::string::npos);
    CHECK(lines[0].find(" 25 %") != std::string::npos);
    CHECK(lines[1].find("running") != std::string::npos);
    CHECK(lines[1].find("750.0") != std::string::npos);
    CHECK(lines[1].find("49.9 %") != std::string::npos);
    CHECK(lines[1].find("recording") != std::string::npos);
    CHECK(lines[2].find("unknown") != std::string::npos);
    CHECK(lines[2].find("    - kW") != std::string::npos);
    CHECK(lines[2].find("0.0") == std::string::npos);
    CHECK(lines[3] == "      ! connection refused, no sample yet");
}

TEST_CASE("no line is wider than the terminal") {
    for (const auto& line : render(view(), 40))
        CHECK(line.size() <= 40);
}

TEST_CASE("eighty columns hold a plant at full power, and what is wrong with it") {
    RunView v = view();
    auto& plant = v.plants[0];
    plant.p_setpoint_kw = plant.p_kw = -1000;
    plant.q_kvar = -600;
    plant.soc_pu = 1;
    plant.age_s = 12.3;
    const auto lines = render(v, 79);
    CHECK(lines[1] == "lib   running   P -1000.0 -> -1000.0 kW  Q -600.0 kvar  SoC 100.0 %  recording");
    CHECK(lines[2] == "      ! last sample 12.3 s ago");
}

TEST_CASE("a running plant whose gate is shut is shown as paused") {
    RunView v = view();
    CHECK(render(v, 200)[1].find("paused") == std::string::npos);
    v.plants[0].dispatching = false;
    CHECK(render(v, 200)[1].find("paused") != std::string::npos);
    v.plants[0].state = "stopped";
    CHECK(render(v, 200)[1].find("paused") == std::string::npos);
}

TEST_CASE("a pipe gets one line that says the same") {
    const auto line = render_line(view());
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find("lib running P 749.9 kW SoC 49.9 %") != std::string::npos);
    CHECK(line.find("vrfb unknown P - kW SoC - (connection refused)") != std::string::npos);
}

TEST_CASE("what somebody types below the block goes when it is drawn again") {
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    {
        Progress progress(file, true);
        auto shown = view();
        progress.show(shown);
        progress.typed_line();
        shown.time = "2025-10-01T06:00:02+02:00";
        progress.show(shown);
    }
    std::string written(static_cast<std::size_t>(std::ftell(file)), '\0');
    std::rewind(file);
    REQUIRE(std::fread(written.data(), 1, written.size(), file) == written.size());
    std::fclose(file);
    CHECK(written.find("\x1b[5A\r\x1b[J") !=
          std::string::npos);  // the four lines of the block and the typed one
}
