// What etc/ ships is what a laboratory starts with.
#include "sample.hpp"

using namespace hil::config;
using namespace hil::config::sample;
using namespace std::chrono_literals;

TEST_CASE("The shipped configuration has the shipped values [D-35]", "[D-35]") {
    const auto loaded = load(HIL_SOURCE_DIR "/etc/hil.json");
    REQUIRE(all(loaded).empty());
    CHECK(loaded.warnings.empty());
    const auto& c = loaded.config;
    CHECK(c.timezone == "Europe/Madrid");
    CHECK(c.timing.data_fetcher_period == 120s);
    CHECK(c.timing.scheduler_period == 2s);
    CHECK(c.timing.plant_period == 2s);
    CHECK(c.timing.measurement_period == 2s);
    CHECK(c.timing.measurements_write_period == 60s);
    CHECK(c.compression.enabled);
    CHECK(c.compression.max_kept_gap == 360s);
    CHECK(c.compression.tolerances.soc_pu == 0.001);
    CHECK(c.startup.initial_soc_pu == 0.5);
    CHECK(c.startup.transport_mode == TransportMode::local);
    CHECK(c.public_dashboard.enabled);
    CHECK(c.public_dashboard.auth_mode == "none");
    CHECK(c.istentore_api.tomorrow_poll_start_time == "15:00");
    CHECK(c.general.data_dir == "data");

    REQUIRE(c.plants.size() == 2);
    CHECK(c.plants[0].id == "lib");
    CHECK(c.plants[1].id == "vrfb");
    CHECK(c.plants[0].model.capacity_kwh == 500);
    CHECK(c.plants[0].model.power_limits.p_max_kw == 1000);
    CHECK(c.plants[0].model.poi_voltage_kv == 20);
    CHECK(c.plants[1].model.capacity_kwh == 400);
    CHECK(c.plants[1].model.power_limits.p_min_kw == -160);
    CHECK(c.plants[1].model.power_limits.q_max_kvar == 64);
    CHECK(c.plants[1].model.poi_voltage_kv == 0.22);
    CHECK(c.plants[1].measurement_series.p == 11);
}

TEST_CASE("Nothing real is reached by the shipped configuration [D-31]", "[D-31]") {
    const auto c = load(HIL_SOURCE_DIR "/etc/hil.json").config;
    CHECK(c.plants[0].local.address == hil::Endpoint{"127.0.0.1", 5020});
    CHECK(c.plants[1].local.address == hil::Endpoint{"127.0.0.1", 5021});
    CHECK(c.plants[0].remote.address == hil::Endpoint{"127.0.0.1", 15020});
    CHECK(c.plants[1].remote.address == hil::Endpoint{"127.0.0.1", 15021});
    CHECK(c.istentore_api.base_url.starts_with("https://127.0.0.1"));
    CHECK_FALSE(c.istentore_api.post_in_local_mode);
    CHECK(c.private_dashboard.address.host == "127.0.0.1");
    CHECK(c.public_dashboard.address.host == "127.0.0.1");
}

TEST_CASE("Both endpoints of a plant start and stop it by its real registers") {
    const auto c = load(HIL_SOURCE_DIR "/etc/hil.json").config;
    const auto written = [](const std::vector<SequenceStep>& steps) {
        std::string out;
        for (const auto& step : steps)
            out += step.point + "=" + std::to_string(static_cast<int>(step.value)) + " ";
        return out;
    };
    for (const auto mode : {TransportMode::local, TransportMode::remote}) {
        CHECK(written(c.plants[0].endpoint(mode).start_sequence) == "stop_command=0 enable=1 ");
        CHECK(written(c.plants[0].endpoint(mode).stop_sequence) == "enable=0 stop_command=1 ");
        CHECK(written(c.plants[1].endpoint(mode).start_sequence) == "start_command=2 enable=1 ");
        CHECK(written(c.plants[1].endpoint(mode).stop_sequence) == "enable=0 start_command=0 ");
        CHECK_FALSE(c.plants[0].endpoint(mode).heartbeat);
        CHECK(c.plants[1].endpoint(mode).find("p_poi")->alias_of == "p_battery");
        CHECK(c.plants[1].endpoint(mode).find("q_poi")->alias_of == "q_battery");
    }
}
