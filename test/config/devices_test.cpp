// The section `devices`: what is read beside the plants.
#include "config/device_points.hpp"
#include "sample.hpp"

using namespace hil::config;
using namespace hil::config::sample;
using Catch::Matchers::Contains;

namespace {

json::object point(int address, const char* unit, const char* access = "r") {
    return {{"address", address},
            {"format", "int32"},
            {"access", access},
            {"unit", unit},
            {"eng_per_count", 0.1}};
}

json::object endpoint(int port, json::object points) {
    return {
        {"port", port}, {"byte_order", "big"}, {"word_order", "msw_first"}, {"points", std::move(points)}};
}

json::value with_device(const char* id, json::object device) {
    auto config = shipped();
    put(config, std::string("/devices/") + id, std::move(device));
    return config;
}

json::object meter(json::object points = {{"p", point(0, "W")}}) {
    return {{"kind", "meter"}, {"modbus", json::object{{"local", endpoint(5100, std::move(points))}}}};
}

}  // namespace

TEST_CASE("A configuration without devices has none, and none are printed") {
    const auto loaded = load_value(shipped());
    REQUIRE(loaded.problems.empty());
    CHECK(loaded.config.devices.empty());
    CHECK(effective(loaded.config).find("\"devices\"") == std::string::npos);
}

TEST_CASE("A device is read with its kind, its points and what each measures") {
    const auto loaded = load_value(with_device("grid", meter({{"p", point(0, "kW")},
                                                              {"voltage", point(2, "V")},
                                                              {"energy_import", point(4, "MWh")},
                                                              {"i_l2", point(6, "A")}})));
    REQUIRE(all(loaded).empty());
    const auto& device = loaded.config.devices.at(0);
    CHECK(device.id == "grid");
    CHECK(device.name == "GRID");
    CHECK(device.kind == DeviceKind::meter);
    CHECK(device.has(TransportMode::local));
    CHECK_FALSE(device.has(TransportMode::remote));
    CHECK(device.local.watched);
    CHECK(device.local.find("p")->quantity == Quantity::active_power);
    CHECK(device.local.find("voltage")->quantity == Quantity::phase_voltage);
    CHECK(device.local.find("voltage")->unit == Unit::phase_v);
    CHECK(device.local.find("energy_import")->unit == Unit::mwh);
    CHECK(device.local.find("i_l2")->unit == Unit::a);
    CHECK(effective(loaded.config).find("\"grid\"") != std::string::npos);
}

TEST_CASE("What a device must have and may not have is said with its place") {
    const auto problems = [](const json::value& config) { return all(load_value(config)); };

    CHECK_THAT(problems(with_device("grid", meter({{"q", point(0, "var")}}))),
               Contains("/devices/grid/modbus/local/points: lacks p, which every meter has"));
    CHECK_THAT(problems(with_device("grid", meter({{"p", point(0, "W", "rw")}}))),
               Contains("/devices/grid/modbus/local/points/p/access: must be r: a device of this section is "
                        "never written to, got \"rw\""));
    CHECK_THAT(problems(with_device("grid", meter({{"p", point(0, "A")}}))),
               Contains("/devices/grid/modbus/local/points/p/unit: invalid unit"));
    CHECK_THAT(problems(with_device("grid", meter({{"p", point(0, "W")}, {"soc", point(2, "pu")}}))),
               Contains("/devices/grid/modbus/local/points/soc: is no point of a meter"));
    CHECK_THAT(problems(with_device("lib", meter())),
               Contains("/devices/lib: must not have the id of a plant"));
    auto same_port = meter();
    same_port["modbus"].as_object()["local"].as_object()["port"] = 5020;
    CHECK_THAT(problems(with_device("grid", same_port)), Contains("/devices/grid/modbus/local/port"));
    auto nowhere = meter();
    nowhere["modbus"] = json::object{};
    CHECK_THAT(problems(with_device("grid", nowhere)),
               Contains("/devices/grid/modbus: must have local or remote"));
    auto kind = meter();
    kind["kind"] = "evse";
    CHECK_THAT(problems(with_device("grid", kind)), Contains("/devices/grid/kind"));
    auto phases = meter();
    phases["phases"] = json::array{"L1", "L1"};
    CHECK_THAT(problems(with_device("grid", phases)),
               Contains("/devices/grid/phases: must name each phase once"));
    phases["phases"] = json::array{};
    CHECK_THAT(problems(with_device("grid", phases)),
               Contains("/devices/grid/phases: must name a phase at least"));
    phases["phases"] = json::array{"L4"};
    CHECK_THAT(problems(with_device("grid", phases)), Contains("must be L1, L2 or L3"));
}

TEST_CASE("What an emulated device gives has the sign of its kind, and a file where it follows one") {
    const auto problems = [](const char* kind, json::object emulation) {
        auto device = meter();
        device["kind"] = kind;
        device["emulation"] = std::move(emulation);
        return all(load_value(with_device("grid", device)));
    };
    CHECK(problems("pv", {{"p_kw", 10}}).empty());
    CHECK_THAT(problems("pv", {{"p_kw", -10}}),
               Contains("/devices/grid/emulation/p_kw: must not be below 0"));
    CHECK_THAT(problems("load", {{"p_kw", 10}}),
               Contains("/devices/grid/emulation/p_kw: must not be above 0"));
    CHECK_THAT(problems("meter", {{"course", "file"}}),
               Contains("/devices/grid/emulation/file: is required when course is file"));
    CHECK(problems("meter", {{"course", "constant"}, {"p_kw", 3}}).empty());
}

TEST_CASE("Every kind has the points that its table says, each name meaning the same in all of them") {
    for (const auto& kind : device_kinds)
        for (const auto& point : measured_points(kind.value))
            for (const auto& other : device_kinds)
                if (const auto* same = find_measured(other.value, point.name))
                    CHECK(same->quantity == point.quantity);
    CHECK(find_measured(DeviceKind::meter, "soc") == nullptr);
    CHECK(find_measured(DeviceKind::battery, "soc") != nullptr);
}

TEST_CASE("Devices behind one address differ in unit_id and agree in how the connection is used") {
    const auto behind = [](int unit, int timeout_ms) {
        auto device = meter();
        auto& local = device["modbus"].as_object()["local"].as_object();
        local["unit_id"] = unit;
        local["timeout_ms"] = timeout_ms;
        return device;
    };
    const auto problems = [&](json::object second) {
        auto config = with_device("first", behind(1, 500));
        put(config, "/devices/second", std::move(second));
        return all(load_value(config));
    };
    CHECK(problems(behind(2, 500)).empty());
    CHECK_THAT(
        problems(behind(1, 500)),
        Contains("/devices/second/modbus/local/port: must differ from the port of device first, got 5100"));
    CHECK_THAT(
        problems(behind(2, 700)),
        Contains("/devices/second/modbus/local/timeout_ms: must be that of device first, whose connection "
                 "it shares (500), got 700"));
}

TEST_CASE(
    "metrics of each device and ports for each emulator are the default of few, unless it is configured") {
    const auto of = [](std::size_t plants, std::size_t devices) {
        Config config;
        config.plants.resize(plants);
        config.devices.resize(devices);
        return config;
    };
    CHECK(of(99, 0).per_device_metrics());
    CHECK_FALSE(of(60, 40).per_device_metrics());
    CHECK(of(49, 0).opens_local_ports());
    CHECK_FALSE(of(49, 1).opens_local_ports());
    auto many = of(200, 0), few = of(2, 0);
    many.observability.per_device_metrics = true;
    few.observability.per_device_metrics = false;
    CHECK(many.per_device_metrics());
    CHECK_FALSE(few.per_device_metrics());
    many.general.local_ports = LocalPorts::open;
    few.general.local_ports = LocalPorts::closed;
    CHECK(many.opens_local_ports());
    CHECK_FALSE(few.opens_local_ports());

    const auto loaded = load_with("/observability", json::object{{"per_device_metrics", false}});
    REQUIRE(all(loaded).empty());
    CHECK_FALSE(loaded.config.per_device_metrics());
    CHECK(load_text(shipped_text()).config.per_device_metrics());
    check_only(load_with("/observability", json::object{{"per_device_metrics", "often"}}),
               "hil.json: /observability/per_device_metrics: must be true or false, got \"often\"");
    check_only(load_with("/general/local_ports", "some"),
               "hil.json: /general/local_ports: must be auto, open or closed, got \"some\"");
    CHECK(load_with("/general/local_ports", "closed").config.general.local_ports == LocalPorts::closed);
}

TEST_CASE("the power below which a stop switches off is a number above 0, 1 without it") {
    const std::string key = "/plants/lib/model/stop_threshold_kw";
    CHECK(load_text(shipped_text()).config.plants[0].model.stop_threshold_kw == 1.0);
    CHECK(load_with(key, 12.5).config.plants[0].model.stop_threshold_kw == 12.5);
    for (const auto& bad : {json::value(0), json::value(-1), json::value("much")})
        CHECK_FALSE(all(load_with(key, bad)).empty());
}
