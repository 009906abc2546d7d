// What the devices of each kind record, and what they can do.
#include "device/schema.hpp"
#include "config/load.hpp"
#include "device/capability.hpp"
#include "device/recorded.hpp"

#include "support/catch.hpp"

#include <set>
#include <string>

using namespace hil;
using namespace hil::device;
using config::DeviceKind;

TEST_CASE("The battery's columns are those of a plant's recording, to the byte") {
    CHECK(
        battery_schema().header() ==
        "timestamp,p_setpoint_kw,battery_active_power_kw,q_setpoint_kvar,battery_reactive_power_kvar,soc_pu,"
        "p_poi_kw,q_poi_kvar,v_poi_kV\n");
}

TEST_CASE("Each kind has columns of its own, one for each point that it measures") {
    CHECK(schema_of(DeviceKind::meter).header() ==
          "timestamp,p_kw,q_kvar,i_l1_a,i_l2_a,i_l3_a,voltage_v,energy_import_kwh,energy_export_kwh\n");
    CHECK(schema_of(DeviceKind::pv).header() ==
          "timestamp,p_kw,q_kvar,i_l1_a,i_l2_a,i_l3_a,voltage_v,energy_export_kwh,p_available_kw\n");
    CHECK(schema_of(DeviceKind::load).header() ==
          "timestamp,p_kw,q_kvar,i_l1_a,i_l2_a,i_l3_a,voltage_v,energy_import_kwh\n");
    for (const auto& schema : schemas()) {
        CAPTURE(static_cast<int>(schema.kind));
        CHECK(&schema == &schema_of(schema.kind));
        const auto points = config::measured_points(schema.kind);
        REQUIRE(points.size() == schema.size());
        std::set<std::string_view> names, quantities;
        for (std::size_t i = 0; i < schema.size(); ++i) {
            const auto& column = schema.columns[i];
            CHECK(column.point == points[i].name);
            CHECK(names.insert(column.name).second);
            CHECK(quantities.insert(column.quantity).second);
            CHECK(schema.find(column.name) == i);
            CHECK((column.roll_up == RollUp::last) == (points[i].quantity == config::Quantity::energy));
        }
        CHECK(schema.find("nothing") == schema.size());
    }
}

TEST_CASE("A file says by its header whose columns it has") {
    for (const auto& schema : schemas()) {
        std::vector<std::string> texts;
        auto header = std::string(schema.header());
        header.pop_back();
        std::vector<std::string_view> names;
        for (std::string_view rest = header;;) {
            names.push_back(rest.substr(0, rest.find(',')));
            if (names.back().size() == rest.size()) break;
            rest.remove_prefix(names.back().size() + 1);
        }
        CHECK(&schema_of_header(names) == &schema);
    }
    const std::vector<std::string_view> foreign{"Time", "a", "b"}, some{"timestamp", "SOC_PU", "p_kw_x"};
    CHECK(&schema_of_header(foreign) == &battery_schema());
    CHECK(&schema_of_header(some) == &battery_schema());
}

TEST_CASE("A watched device takes nothing whatever it is; a plant takes what its points say") {
    for (const auto& schema : schemas()) {
        const auto can = watched(schema.kind);
        CHECK(can.measures == &schema);
        CHECK_FALSE(can.accepts.anything());
        CHECK(can.stores == (schema.kind == DeviceKind::battery));
        CHECK_FALSE(can.noun.empty());
    }
    const auto loaded = config::load(HIL_SOURCE_DIR "/etc/hil.json", {});
    REQUIRE(loaded.problems.empty());
    const auto can = dispatched(loaded.config.plants.front(), config::TransportMode::local);
    CHECK(can.measures == &battery_schema());
    CHECK(can.accepts.active_power);
    CHECK(can.accepts.reactive_power);
    CHECK(can.accepts.on_off);
}

TEST_CASE("What is recorded are the plants, then the watched devices, each with the columns of its kind") {
    config::Config config;
    config.plants.resize(2);
    config.plants[0].id = "lib";
    config.plants[1].id = "vrfb";
    config.devices.resize(2);
    config.devices[0].id = "grid";
    config.devices[1].id = "roof";
    config.devices[1].kind = DeviceKind::pv;
    CHECK(recorded_ids(config) == std::vector<std::string>{"lib", "vrfb", "grid", "roof"});
    CHECK(&recorded_schema(config, "lib") == &battery_schema());
    CHECK(&recorded_schema(config, "grid") == &schema_of(DeviceKind::meter));
    CHECK(&recorded_schema(config, "gone") == &battery_schema());
    CHECK(find_device(config, "roof") == &config.devices[1]);
    CHECK(find_device(config, "lib") == nullptr);
}
