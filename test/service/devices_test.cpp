// Devices that are only watched, in a whole site: read, recorded, shown, and of no harm to each other.
#include "config/describe.hpp"
#include "device/recorded.hpp"
#include "measure/csv_format.hpp"
#include "service/site_rig.hpp"
#include "service/state_document.hpp"
#include "web/json_writer.hpp"

using namespace hil;
using namespace hil::service;
using namespace hil::service::test;
using namespace std::chrono_literals;
using config::DeviceKind;
using config::Quantity;
namespace json = boost::json;

namespace {

config::Point measured(const char* name, std::uint16_t address, Quantity quantity, config::Unit unit,
                       double count) {
    config::Point out;
    out.name = name;
    out.address = address;
    out.format = config::Format::int32;
    out.unit = unit;
    out.quantity = quantity;
    out.eng_per_count = count;
    return out;
}

config::Device watched(const char* id, DeviceKind kind, std::uint16_t port, double p_kw) {
    auto device = config::default_device(id);
    device.kind = kind;
    device.has_local = true;
    device.local.address.port = port;
    device.emulation = {
        .course = config::EmulatedCourse::constant, .p_kw = p_kw, .q_kvar = 1, .voltage_v = 230, .file = {}};
    if (kind == DeviceKind::battery)
        device.local.points = {measured("p_battery", 0, Quantity::active_power, config::Unit::kw, 0.01),
                               measured("soc", 2, Quantity::state_of_charge, config::Unit::pu, 0.0001)};
    else
        device.local.points = {measured("p", 0, Quantity::active_power, config::Unit::kw, 0.01),
                               measured("voltage", 2, Quantity::phase_voltage, config::Unit::phase_v, 0.1)};
    return device;
}

void four_devices(config::Config& config) {
    config.istentore_api.base_url.clear();
    config.devices = {
        watched("grid", DeviceKind::meter, 5101, -3.5), watched("roof", DeviceKind::pv, 5102, 7.25),
        watched("house", DeviceKind::load, 5103, -2), watched("old", DeviceKind::battery, 5104, 1.5)};
}

}  // namespace

TEST_CASE("A site without devices has none in its state") {
    SiteRig rig;
    CHECK_FALSE(state_document(*rig.service, "1").contains("devices"));
    CHECK(rig.service->parts().devices.empty());
}

TEST_CASE("Watched devices are read on the site's grid, recorded in columns of their own, and shown") {
    SiteRig rig("2025-10-01T08:00:00", four_devices);
    rig.begin();
    rig.service->record_devices();
    rig.clock.run_for(2min);

    const auto state = state_document(*rig.service, "1");
    const auto& devices = state.at("devices").as_object();
    REQUIRE(devices.size() == 4);
    const auto& grid = devices.at("grid").as_object();
    CHECK(grid.at("kind") == "meter");
    CHECK(grid.at("link").at("status") == "ok");
    CHECK(grid.at("latest").at("p_kw") == -3.5);
    CHECK(grid.at("latest").at("voltage_v") == 230.0);
    CHECK(grid.at("latest").at("q_kvar").is_null());
    CHECK(grid.at("recording").at("on") == true);
    CHECK(grid.at("recording").at("file") == "20251001_grid.csv");
    REQUIRE(grid.at("columns").as_array().size() == 2);
    CHECK(grid.at("columns").at(0).at("quantity") == "active_power");
    CHECK(grid.at("columns").at(0).at("unit") == "kW");
    CHECK(devices.at("old").at("latest").at("battery_active_power_kw") == 1.5);
    CHECK(state.at("plants").as_object().size() == 2);

    const auto metrics = rig.metrics.text();
    CHECK(metrics.find(R"(hil_device_value{device="roof",quantity="active_power",unit="kW"} 7.25)") !=
          std::string::npos);
    CHECK(metrics.find(R"(device="roof",quantity="reactive_power")") == std::string::npos);

    rig.run([&]() -> awaitable<void> { co_await rig.service->parts().devices.stop_recording(); });
    for (const auto& device : rig.setup.config.devices) {
        CAPTURE(device.id);
        const auto& schema = device::schema_of(device.kind);
        const auto& text = (*rig.files)["data/20251001_" + device.id + ".csv"];
        REQUIRE(std::string_view(text).starts_with(schema.header()));
        const auto parsed = measure::parse_file(text, rig.setup.zone);
        REQUIRE(parsed);
        CHECK(parsed->bad_lines == 0);
        std::size_t measured = 0;
        for (const auto& row : parsed->rows) {
            if (row.null) continue;
            ++measured;
            CHECK(row.at.time_since_epoch() % rig.setup.config.timing.measurement_period == Duration::zero());
        }
        CHECK(measured >= 2);
        CHECK(parsed->rows.back().null);
    }
}

TEST_CASE("What is not read any more is unknown, not the last value, and alarms by its own name") {
    SiteRig rig("2025-10-01T08:00:00", four_devices);
    rig.begin();
    rig.clock.run_for(20s);
    REQUIRE(state_document(*rig.service, "1").at("devices").at("roof").at("latest").at("p_kw") == 7.25);
    rig.run([&]() -> awaitable<void> { co_await rig.service->parts().devices.at(1).emulator()->stop(); });
    rig.clock.run_for(30s);
    const auto state = state_document(*rig.service, "1");
    const auto& roof = state.at("devices").at("roof");
    CHECK(roof.at("latest").at("p_kw").is_null());
    CHECK(roof.at("link").at("status") == "lost");
    REQUIRE(roof.at("alerts").as_array().size() == 1);
    CHECK(roof.at("alerts").at(0).at("key") == "roof/link");
    CHECK(rig.metrics.text().find(R"(device="roof",quantity="active_power")") == std::string::npos);
    CHECK(state.at("devices").at("grid").at("latest").at("p_kw") == -3.5);
}

TEST_CASE("An endpoint that dies costs nobody else a sample") {
    SiteRig rig("2025-10-01T08:00:00", four_devices);
    rig.begin();
    rig.clock.run_for(10s);
    const auto period = rig.setup.config.timing.measurement_period;
    // The very first may find nobody connected yet.
    std::vector<std::uint64_t> device_failures, plant_failures;
    for (std::size_t i = 0; i < rig.service->parts().devices.size(); ++i)
        device_failures.push_back(rig.service->parts().devices.at(i).counters().failed);
    for (std::size_t i = 0; i < rig.service->size(); ++i)
        plant_failures.push_back(rig.service->unit(i).sampler().counters().failed);
    for (std::size_t victim = 0; victim < rig.service->parts().devices.size(); ++victim) {
        CAPTURE(victim);
        rig.run([&]() -> awaitable<void> {
            if (auto* emulator = rig.service->parts().devices.at(victim).emulator())
                co_await emulator->stop();
        });
        rig.clock.run_for(1min);
        for (std::size_t i = 0; i < rig.service->parts().devices.size(); ++i) {
            const auto& counted = rig.service->parts().devices.at(i).counters();
            CHECK(counted.worst_lateness <= period + period / 2);
            CHECK(counted.skipped == 0);
            if (i > victim) CHECK(counted.failed == device_failures[i]);
        }
        for (std::size_t i = 0; i < rig.service->size(); ++i) {
            CHECK(rig.service->unit(i).sampler().counters().worst_lateness <= period + period / 2);
            CHECK(rig.service->unit(i).sampler().counters().failed == plant_failures[i]);
        }
    }
}

TEST_CASE("A device without an endpoint over the transport in force is not read and says so") {
    SiteRig rig("2025-10-01T08:00:00", [](config::Config& config) {
        four_devices(config);
        config.devices[0].has_local = false;
        config.devices[0].has_remote = true;
        config.devices[0].remote = config.devices[0].local;
    });
    rig.begin();
    rig.service->record_devices();
    rig.clock.run_for(10s);
    CHECK_FALSE(rig.service->parts().devices.at(0).reachable());
    const auto state = state_document(*rig.service, "1");
    CHECK(state.at("devices").at("grid").at("link").at("status") == "unknown");
    CHECK(state.at("devices").at("grid").at("recording").at("on") == false);
    CHECK(state.at("devices").at("roof").at("latest").at("p_kw") == 7.25);
}

TEST_CASE("A plant and devices behind one gateway are read in turn over its one connection") {
    SiteRig rig("2025-10-01T08:00:00", [](config::Config& config) {
        four_devices(config);
        std::uint8_t unit = config.plants[0].local.unit_id;
        for (auto& device : config.devices) {
            device.local.address = config.plants[0].local.address;
            device.local.unit_id = ++unit;
        }
    });
    int connections = 0;
    const auto gateway = rig.setup.config.plants[0].local.address;
    rig.network.on_connected = [&](const Endpoint& to, const auto&, const auto&) {
        if (to == gateway) ++connections;
    };
    rig.begin();
    rig.clock.run_for(20s);
    CHECK(connections == 1);
    const auto state = state_document(*rig.service, "1");
    CHECK(state.at("devices").at("grid").at("latest").at("p_kw") == -3.5);
    CHECK(state.at("devices").at("old").at("latest").at("battery_active_power_kw") == 1.5);
    CHECK(state.at("plants").at("lib").at("link").at("status") == "ok");

    // One of them is gone: the gateway says so, nobody else loses a sample.
    const auto failed = [&](std::size_t i) { return rig.service->parts().devices.at(i).counters().failed; };
    const auto grid = failed(0), house = failed(2);
    const auto lib = rig.service->unit(0).sampler().counters().failed;
    rig.run([&]() -> awaitable<void> { co_await rig.service->parts().devices.at(1).emulator()->stop(); });
    rig.clock.run_for(1min);
    CHECK(state_document(*rig.service, "1").at("devices").at("roof").at("latest").at("p_kw").is_null());
    CHECK(failed(0) == grid);
    CHECK(failed(2) == house);
    CHECK(rig.service->unit(0).sampler().counters().failed == lib);
    CHECK(connections == 1);

    // A plant behind it is started and stopped in an emergency as any other.
    REQUIRE(rig.command("plant.start", "lib").state == control::CommandState::succeeded);
    CHECK(rig.held(0, "enable") == 1);
    REQUIRE(rig.command("estop").state == control::CommandState::succeeded);
    CHECK(rig.held(0, "enable") == 0);
}
