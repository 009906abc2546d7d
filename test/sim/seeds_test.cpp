#include "sim/profile.hpp"

#include <fstream>
#include <sstream>

namespace hil::simulate {
namespace {

using namespace std::chrono_literals;

void check_seed(std::uint64_t seed, const FaultProfile& faults, Duration length,
                std::optional<WallTime> from = std::nullopt) {
    SimulationOptions options;
    options.seed = seed;
    options.faults = faults;
    options.length = length;
    options.from = from;
    const auto result = simulate(shipped_setup(), options);
    CAPTURE(seed);
    if (result.violation) {
        for (const auto& line : result.last_events)
            UNSCOPED_INFO(line);
        UNSCOPED_INFO(shipped_setup().zone.format(result.violation->at));
        FAIL_CHECK(result.violation->invariant << " of " << result.violation->plant << ": "
                                               << result.violation->text);
    }
    CHECK(result.requests > static_cast<std::uint64_t>(to_seconds(length)));
    CHECK(result.commands >= 4);
}

}  // namespace

TEST_CASE("fifty seeds of a rough site break no invariant") {
    for (std::uint64_t seed = 1; seed <= 50; ++seed)
        check_seed(seed, rough(), 90min);
}

TEST_CASE("a day of 25 and one of 23 hours with default faults break no invariant") {
    for (const auto* day : {"2025-10-26T00:00:00", "2025-03-30T00:00:00"})
        check_seed(7, default_faults(), 4h, shipped_setup().zone.parse(day).value());
}

TEST_CASE(
    "a cycle that reads behind a gateway while a plant is started does not take it for stopped afterwards") {
    check_seed(42, default_faults(), 24h);
}

TEST_CASE("two runs of one seed write the same files and the same trace, byte for byte") {
    std::string traces[2];
    std::map<std::string, std::string> files[2];
    for (int run = 0; run < 2; ++run) {
        SimulationOptions options;
        options.seed = 11;
        options.faults = rough();
        options.length = 90min;
        options.trace = [&](std::string_view line) { traces[run] += line; };
        files[run] = simulate(shipped_setup(), options).files;
    }
    CHECK(files[0].size() >= 2);
    CHECK(files[0] == files[1]);
    CHECK(traces[0].size() > 10'000);
    CHECK(traces[0] == traces[1]);
    SECTION("the trace tells the reason of a written setpoint") {
        CHECK(traces[0].find("\"event\":\"write\"") != std::string::npos);
        CHECK(traces[0].find("\"reason\":\"plan\"") != std::string::npos);
        CHECK(traces[0].find("\"event\":\"fault\"") != std::string::npos);
        CHECK(traces[0].find("\"event\":\"sample\"") != std::string::npos);
    }
}

TEST_CASE("a simulation stopped at a time describes the site at that time") {
    SimulationOptions options;
    options.seed = 3;
    options.faults = no_faults();
    options.from = shipped_setup().zone.parse("2025-10-01T00:00:00").value();
    options.stop_at = *options.from + 20min;
    const auto result = simulate(shipped_setup(), options);
    CHECK_FALSE(result.violation.has_value());
    CHECK(result.until == *options.stop_at);
    REQUIRE(result.state.size() >= 5);
    CHECK(result.state[0] == "2025-10-01T00:20:00+02:00");
    CHECK(result.state[1].starts_with("lib: wanted running"));
}

TEST_CASE("fault files: every wrong key is told with its place") {
    const std::string name = "faults_of_a_test.json";
    std::ofstream(name) << "{\"drop\": 2, \"dorp\": 0.1, \"resets\": 3}";
    const auto loaded = load_faults(name);
    std::remove(name.c_str());
    const auto* problems = std::get_if<std::vector<std::string>>(&loaded);
    REQUIRE(problems != nullptr);
    REQUIRE(problems->size() == 2);
    CHECK((*problems)[0].find("/drop: must be a number 0..1") != std::string::npos);
    CHECK((*problems)[1].find("/dorp") != std::string::npos);
}

}  // namespace hil::simulate
