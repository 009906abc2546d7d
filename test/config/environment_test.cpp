// Precedence, names of variables, and names that are none.
#include "config/environment.hpp"
#include "config/nearest.hpp"
#include "sample.hpp"

#include <cstdlib>

using namespace hil::config;
using namespace hil::config::sample;
using Catch::Matchers::Contains;

namespace {

Loaded with(const Environment& environment) {
    return load_text(shipped_text(), environment);
}

}  // namespace

TEST_CASE("The environment goes before the file and the file before the defaults") {
    using namespace std::chrono_literals;
    const auto file = with({});
    CHECK(file.config.timing.scheduler_period == 2s);
    const auto loaded = with({{"HIL_TIMING__SCHEDULER_PERIOD_S", "0.5"}});
    CHECK(all(loaded).empty());
    CHECK(loaded.config.timing.scheduler_period == 500ms);
    CHECK(loaded.config.timing.plant_period == 2s);
    auto shorter = shipped();
    remove(shorter, "/timing");
    CHECK(load_value(shorter).config.timing.scheduler_period == 1s);
    CHECK(load_value(shorter, {{"HIL_TIMING__SCHEDULER_PERIOD_S", "3"}}).config.timing.scheduler_period ==
          3s);
}

TEST_CASE("Case and hyphens do not matter in the name of a variable") {
    CHECK(with({{"hil_timing__Scheduler_Period_s", "3"}}).config.timing.scheduler_period ==
          std::chrono::seconds(3));
    CHECK(with({{"HIL_RECORDING__COMPRESSION__TOLERANCES__V_POI_KV", "0.5"}})
              .config.compression.tolerances.v_poi_kV == 0.5);
    auto changed = shipped();
    put(changed, "/plants/lib-2", changed.at_pointer("/plants/lib"));
    put(changed, "/plants/lib-2/modbus/remote/port", 15022);
    const auto loaded = load_value(changed, {{"HIL_PLANTS__LIB2__MODBUS__LOCAL__PORT", "5022"}});
    INFO(all(loaded));
    CHECK(loaded.problems.empty());
    CHECK(loaded.config.find_plant("lib-2")->local.address.port == 5022);
    CHECK(loaded.config.find_plant("lib")->local.address.port == 5020);
}

TEST_CASE("A variable that could mean two keys is refused") {
    auto changed = shipped();
    put(changed, "/plants/l-ib", changed.at_pointer("/plants/lib"));
    put(changed, "/plants/l-ib/modbus/remote/port", 15022);
    put(changed, "/plants/l-ib/modbus/local/port", 5022);
    CHECK(all(load_value(changed)).empty());
    const auto loaded = load_value(changed, {{"HIL_PLANTS__LIB__MODEL__CAPACITY_KWH", "1"}});
    INFO(all(loaded));
    CHECK(about(loaded, "/plants/l-ib/model/capacity_kwh"));
}

TEST_CASE("Values of every type can be set from the environment") {
    const auto loaded =
        with({{"HIL_STARTUP__TRANSPORT_MODE", "REMOTE"},
              {"HIL_DASHBOARD__PUBLIC_READONLY__ENABLED", "off"},
              {"HIL_RECORDING__COMPRESSION__ENABLED", "No"},
              {"HIL_GENERAL__DATA_DIR", "/srv/2026"},
              {"HIL_PLANTS__LIB__NAME", "17"},
              {"HIL_PLANTS__LIB__MODEL__RAMP_KW_PER_S", "50"},
              {"HIL_PLANTS__LIB__MEASUREMENT_SERIES__SOC", "null"},
              {"HIL_DASHBOARD__ALLOWED_HOSTS", "lab, lab.example.org"},
              {"HIL_PLANTS__LIB__MODBUS__LOCAL__START_SEQUENCE__0__VALUE", "3"},
              {"HIL_PLANTS__VRFB__MODBUS__LOCAL__STOP_SEQUENCE", R"([{"point": "enable", "value": 0}])"}});
    REQUIRE(all(loaded).empty());
    const auto& c = loaded.config;
    CHECK(c.startup.transport_mode == TransportMode::remote);
    CHECK_FALSE(c.public_dashboard.enabled);
    CHECK_FALSE(c.compression.enabled);
    CHECK(c.general.data_dir == "/srv/2026");
    CHECK(c.find_plant("lib")->name == "17");
    CHECK(c.find_plant("lib")->model.ramp_kw_per_s == 50);
    CHECK_FALSE(c.find_plant("lib")->measurement_series.soc);
    CHECK(c.allowed_hosts == std::vector<std::string>{"lab", "lab.example.org"});
    CHECK(c.find_plant("lib")->local.start_sequence[0].value == 3);
    CHECK(c.find_plant("vrfb")->local.stop_sequence.size() == 1);
    CHECK(loaded.warnings.empty());
}

TEST_CASE("A problem names the variable it comes from") {
    check_only(
        with({{"HIL_Timing__Scheduler_Period_S", "soon"}}),
        "HIL_Timing__Scheduler_Period_S: /timing/scheduler_period_s: must be 0.1..86400, got \"soon\"");
    check_only(with({{"HIL_TIMING__PLANT_PERIOD_S", "nan"}}),
               "HIL_TIMING__PLANT_PERIOD_S: /timing/plant_period_s: must be 0.1..86400, got \"nan\"");
    check_only(
        with({{"HIL_DASHBOARD__PUBLIC_READONLY__ENABLED", "maybe"}}),
        "HIL_DASHBOARD__PUBLIC_READONLY__ENABLED: /dashboard/public_readonly/enabled: must be true or false, "
        "got \"maybe\"");
    check_only(with({{"HIL_DASHBOARD__ALLOWED_HOSTS", "lab,a b"}}),
               "HIL_DASHBOARD__ALLOWED_HOSTS: /dashboard/allowed_hosts/1: must be a host name or an address, "
               "without a "
               "port, got \"a b\"");
    check_only(
        with({{"HIL_PLANTS__VRFB__MODBUS__LOCAL__PORT", "5020"}}),
        "HIL_PLANTS__VRFB__MODBUS__LOCAL__PORT: /plants/vrfb/modbus/local/port: must differ from the port of "
        "plant lib, got 5020");
}

TEST_CASE("The environment can mend what is missing or wrong in the file") {
    auto changed = shipped();
    put(changed, "/timing/plant_period_s", "soon");
    remove(changed, "/plants/lib/modbus/remote/host");
    const Environment mended{{"HIL_TIMING__PLANT_PERIOD_S", "1"},
                             {"HIL_PLANTS__LIB__MODBUS__REMOTE__HOST", "lib.lab"}};
    CHECK(load_value(changed).problems.size() == 2);
    CHECK(all(load_value(changed, mended)).empty());
}

TEST_CASE("A section that may be missing comes into being by a variable") {
    auto changed = shipped();
    remove(changed, "/istentore_api");
    CHECK(load_value(changed, {{"HIL_ISTENTORE_API__BASE_URL", "https://platform"}})
              .config.istentore_api.base_url == "https://platform");
    // Not by a password alone, nor by a name that is none.
    const auto lonely =
        load_value(changed, {{"HIL_ISTENTORE_API__PASSWORD", "x"}, {"HIL_ISTENTORE_API__BASE_URI", "x"}});
    CHECK(all(lonely).empty());
    CHECK(lonely.config.istentore_api.base_url.empty());
    REQUIRE(lonely.warnings.size() == 1);
    CHECK_THAT(lonely.warnings[0].message(), Contains("did you mean HIL_ISTENTORE_API__BASE_URL?"));
}

TEST_CASE("The password of the platform comes from the environment") {
    CHECK(with({{"HIL_ISTENTORE_API__PASSWORD", "hunter2"}}).config.istentore_api.password == "hunter2");
    CHECK(with({}).config.istentore_api.password.empty());
}

TEST_CASE("Unknown HIL_ names are warned about, others are not our business") {
    const auto loaded = with({{"HIL_TIMING__SCHEDULER_PERIOD", "3"},
                              {"HIL_XYZ", "3"},
                              {"PATH", "/bin"},
                              {"HIL_ISTENTORE_SIM_PASSWORD", "x"},
                              {"HIL_PUBLIC_DASH_USER", "x"}});
    CHECK(loaded.problems.empty());
    REQUIRE(loaded.warnings.size() == 2);
    CHECK(loaded.warnings[0].message() ==
          "HIL_TIMING__SCHEDULER_PERIOD: names no key of the configuration, it is ignored; did you mean "
          "HIL_TIMING__SCHEDULER_PERIOD_S?");
    CHECK(loaded.warnings[1].message() == "HIL_XYZ: names no key of the configuration, it is ignored");
}

TEST_CASE("The variables of this process are found") {
    REQUIRE(setenv("HIL_CONFIG_TEST", "a=b", 1) == 0);
    bool found = false;
    for (const auto& [name, value] : process_environment()) {
        CHECK(name.size() > 4);
        found |= name == "HIL_CONFIG_TEST" && value == "a=b";
    }
    CHECK(found);
    unsetenv("HIL_CONFIG_TEST");
}

TEST_CASE("The nearest name is the one with the fewest edits, a swap counting once") {
    CHECK(edit_distance("", "abc") == 3);
    CHECK(edit_distance("abc", "acb") == 1);
    CHECK(edit_distance("ABC", "abc") == 0);
    CHECK(edit_distance("kitten", "sitting") == 3);
    const std::vector<std::string> known{"port", "host", "unit_id"};
    CHECK(nearest("prot", known) == "port");
    CHECK(nearest("hots", known) == "host");
    CHECK(nearest("unitid", known) == "unit_id");
    CHECK(nearest("zzzzzzzz", known).empty());
}
