// Single values: what is accepted, what is refused, and with which sentence.
#include "config/names.hpp"
#include "sample.hpp"

using namespace hil::config;
using namespace hil::config::sample;
using Catch::Matchers::Contains;

namespace {

const std::string lib_remote = "/plants/lib/modbus/remote";
const std::string api = "/istentore_api";

}  // namespace

TEST_CASE("The shipped configuration says what the plants' register map says [AC-01]", "[AC-01]") {
    const auto loaded = load_text(shipped_text());
    REQUIRE(all(loaded).empty());
    const auto& remote = loaded.config.find_plant("lib")->remote;
    CHECK(remote.byte_order == ByteOrder::big);
    CHECK(remote.word_order == WordOrder::msw_first);
    const auto* p = remote.find("p_setpoint");
    REQUIRE(p != nullptr);
    CHECK(p->address == 86);
    CHECK(p->format == Format::int16);
    CHECK(p->access == Access::read_write);
    CHECK(p->word_count() == 1);
    CHECK(p->word_count() * 2 == 2);  // bytes
    CHECK(p->eng_per_count == 0.1);
    CHECK(remote.find("stop_command")->address == 85);
    CHECK(remote.find("stop_command")->format == Format::int16);
    CHECK(loaded.config.find_plant("lib")->local.find("stop_command")->format == Format::uint16);
    CHECK(loaded.config.find_plant("vrfb")->remote.find("start_command")->address == 5);
}

TEST_CASE("An endpoint says its byte order itself [AC-02]", "[AC-02]") {
    check_only(load_without(lib_remote + "/byte_order"),
               "hil.json: /plants/lib/modbus/remote/byte_order: is required, it must be big or little");
    check_only(
        load_with(lib_remote + "/word_order", "middle"),
        "hil.json: /plants/lib/modbus/remote/word_order: must be msw_first or lsw_first, got \"middle\"");
}

TEST_CASE("The old list of registers is refused by name, first of all [AC-03]", "[AC-03]") {
    auto changed = shipped();
    put(changed, lib_remote + "/registers", json::object());
    remove(changed, lib_remote + "/byte_order");
    remove(changed, lib_remote + "/word_order");
    const auto loaded = load_value(changed);
    REQUIRE(loaded.problems.size() == 3);
    CHECK(loaded.problems[0].pointer == lib_remote + "/registers");
    CHECK_THAT(loaded.problems[0].text, Contains("registers") && Contains("points"));
}

TEST_CASE("The poll time is a time of day in its normal form [AC-04]", "[AC-04]") {
    const auto key = api + "/tomorrow_poll_start_time";
    CHECK(load_with(key, "9:00").config.istentore_api.tomorrow_poll_start_time == "09:00");
    CHECK(load_with(key, "23:59").config.istentore_api.tomorrow_poll_start_time == "23:59");
    CHECK(load_with(key, nullptr).config.istentore_api.tomorrow_poll_start_time == "17:30");
    CHECK(load_without(key).config.istentore_api.tomorrow_poll_start_time == "17:30");
    for (const json::value& bad :
         {json::value("24:00"), json::value("9"), json::value("09:60"), json::value(9), json::value("009:00"),
          json::value("9:0"), json::value(" 9:00"), json::value("")}) {
        const auto loaded = load_with(key, bad);
        INFO(all(loaded));
        CHECK(loaded.problems.size() == 1);
        CHECK(about(loaded, key));
    }
    const auto old = load_with(api + "/poll_start_time", "15:00");
    REQUIRE(old.problems.size() == 1);
    CHECK_THAT(old.problems[0].message(),
               Contains("poll_start_time") && Contains("use tomorrow_poll_start_time"));
}

TEST_CASE("Units are read in any case and belong to what a point measures [AC-05]", "[AC-05]") {
    const std::string points = "/plants/lib/modbus/local/points";
    const auto unit = [&](const std::string& point, const char* written) {
        // A count of 0.0001 keeps MW within what the power limits need.
        auto changed = shipped();
        put(changed, points + "/" + point + "/unit", written);
        put(changed, points + "/" + point + "/eng_per_count", 0.0001);
        const auto loaded = load_value(changed);
        INFO(all(loaded));
        CHECK(loaded.problems.empty());
        return std::string(to_string(loaded.config.find_plant("lib")->local.find(point)->unit));
    };
    CHECK(unit("p_setpoint", "MW") == "mw");
    CHECK(unit("q_setpoint", "Mvar") == "mvar");
    CHECK(unit("v_poi", "kV") == "kv");
    CHECK(unit("soc", "%") == "pc");
    CHECK(unit("soc", "PC") == "pc");
    CHECK(unit("p_battery", " kW ") == "kw");
    check_only(
        load_with(points + "/p_setpoint/unit", "kV"),
        "hil.json: /plants/lib/modbus/local/points/p_setpoint/unit: invalid unit: must be kw, w or mw, got "
        "\"kV\"");
    check_only(
        load_with(points + "/stop_command/unit", "kW"),
        "hil.json: /plants/lib/modbus/local/points/stop_command/unit: invalid unit: must be raw, got \"kW\"");
}

TEST_CASE("Keys of older files are refused with what to write instead [AC-06]", "[AC-06]") {
    const auto refused = [](const std::string& pointer, const json::value& value,
                            const std::string& instead) {
        const auto loaded = load_with(pointer, value);
        REQUIRE(loaded.problems.size() == 1);
        CHECK(loaded.problems[0].pointer == pointer);
        CHECK_THAT(loaded.problems[0].text,
                   Contains(pointer.substr(pointer.rfind('/') + 1)) && Contains(instead));
    };
    refused("/plants/lib/model/poi_voltage_v", 20000, "poi_voltage_kv");
    refused("/recording/compression/tolerances/v_poi_pu", 0.001, "v_poi_kV");
    refused("/startup/plant", "local", "transport_mode");
    refused("/plants/lib/modbus/local/points/soc/byte_order", "big", "endpoint");
}

TEST_CASE("A point may have a word order of its own") {
    auto changed = shipped();
    put(changed, "/plants/lib/modbus/local/points/p_poi/word_order", "lsw_first");
    put(changed, "/plants/lib/modbus/local/points/p_poi/format", "int32");
    const auto loaded = load_value(changed);
    CHECK(all(loaded).empty());
    CHECK(loaded.config.find_plant("lib")->local.find("p_poi")->word_order == WordOrder::lsw_first);
    CHECK_FALSE(loaded.config.find_plant("lib")->local.find("q_poi")->word_order);
}

TEST_CASE("A register address that is none never becomes register 0 [AC-08]", "[AC-08]") {
    const std::string address = "/plants/lib/modbus/local/points/soc/address";
    check_only(load_with(address, "abc"),
               "hil.json: /plants/lib/modbus/local/points/soc/address: must be 0..65535, got \"abc\"");
    check_only(load_with(address, -1),
               "hil.json: /plants/lib/modbus/local/points/soc/address: must be 0..65535, got -1");
    check_only(load_with(address, 65536),
               "hil.json: /plants/lib/modbus/local/points/soc/address: must be 0..65535, got 65536");
    check_only(
        load_with(address, 28.5),
        "hil.json: /plants/lib/modbus/local/points/soc/address: must be a whole number 0..65535, got 28.5");
    check_only(load_without(address),
               "hil.json: /plants/lib/modbus/local/points/soc/address: is required, it must be 0..65535");
    CHECK(load_with(address, 300.0).config.find_plant("lib")->local.find("soc")->address == 300);
}

TEST_CASE("Problems of every kind are found in one run [AC-09][D-31]", "[AC-09][D-31]") {
    auto changed = shipped();
    put(changed, "/plants/lib/model/power_limits/p_min_kw", 5);
    put(changed, "/plants/lib/model/power_limits/p_max_kw", -5);
    put(changed, "/startup/initial_soc_pu", 1.4);
    put(changed, "/timing", nullptr);
    CHECK(all(load_value(changed)) ==
          "hil.json: /startup/initial_soc_pu: must be 0..1, got 1.4\n"
          "hil.json: /timing: must be an object, got null\n"
          "hil.json: /plants/lib/model/power_limits/p_min_kw: p_min_kw must not be above p_max_kw (-5), got "
          "5\n");
}

TEST_CASE("What was a warning and a default for the predecessor is an error [D-31]", "[D-31]") {
    const auto refused = [](const char* pointer, const json::value& value) {
        const auto loaded = load_with(pointer, value);
        INFO(pointer << " " << all(loaded));
        CHECK(loaded.problems.size() == 1);
        CHECK(about(loaded, pointer));
    };
    refused("/time/timezone", "Europe/Atlantis");
    refused("/timing/scheduler_period_s", 0.05);
    refused("/timing/scheduler_period_s", "2");
    refused("/timing/plant_period_s", true);
    refused("/dashboard/private/port", 0);
    refused("/dashboard/private/port", 65536);
    refused("/dashboard/private/host", "");
    refused("/dashboard/private/host", "127.0.0.1:8050");
    refused("/dashboard/public_readonly/enabled", "yes");
    refused("/dashboard/public_readonly/enabled", 1);
    refused("/dashboard/public_readonly/auth/mode", "digest");
    refused("/recording/compression/max_kept_gap_s", -1);
    refused("/recording/compression/tolerances/soc_pu", -0.1);
    refused("/startup/transport_mode", "both");
    refused("/general/log_level", "LOUD");
    refused("/general/data_dir", "");
    refused("/istentore_api/base_url", "platform.example.org");
    refused("/istentore_api/schedule_period_minutes", 0);
    refused("/plants/lib/model/capacity_kwh", -1);
    refused("/plants/lib/measurement_series/soc", 0);
    refused("/plants/lib/modbus/local/points/soc/eng_per_count", 0);
    refused("/plants/lib/modbus/local/points/soc/eng_per_count", -2e9);
    refused("/plants/lib/modbus/local/points/soc/register_type", "coil");
    refused("/plants/lib/modbus/local/points/soc/offset", "0");
    refused("/plants/lib/modbus/local/points/soc/scale_point", "SF");
    refused("/plants/lib/modbus/local/points/soc/not_available", "FFFF");
    refused("/plants/lib/modbus/local/points/soc/eng_per_count", "0.1");
    refused("/plants/lib/modbus/local/points/soc/format", "int8");
    refused("/plants/lib/modbus/local/points/soc/access", "x");
    refused("/plants/lib/modbus/local/unit_id", 256);
    refused("/plants/lib/name", " ");
}

TEST_CASE("Choices are read in any case") {
    CHECK(load_with("/startup/transport_mode", " Remote").config.startup.transport_mode ==
          TransportMode::remote);
    CHECK(load_with("/general/log_level", "debug").config.general.log_level == "DEBUG");
    CHECK(load_with("/dashboard/public_readonly/auth/mode", "None").config.public_dashboard.auth_mode ==
          "none");
}

TEST_CASE("Null is none where there can be none, and a mistake elsewhere [D-31]", "[D-31]") {
    const auto loaded = load_with("/plants/lib/measurement_series/soc", nullptr);
    CHECK(all(loaded).empty());
    CHECK_FALSE(loaded.config.find_plant("lib")->measurement_series.soc);
    CHECK(loaded.config.find_plant("lib")->measurement_series.p == 6);
    check_only(load_with("/timing/plant_period_s", nullptr),
               "hil.json: /timing/plant_period_s: must be 0.1..86400, got null");
    check_only(load_with("/plants/lib/model", nullptr),
               "hil.json: /plants/lib/model: must be an object, got null");
}

TEST_CASE("A length of time may be written with its units, whatever unit its key counts in") {
    CHECK(load_with("/timing/measurement_period_s", "1m30s").config.timing.measurement_period ==
          std::chrono::seconds(90));
    CHECK(load_with("/plants/lib/modbus/local/timeout_ms", "1.5s")
              .config.find_plant("lib")
              ->endpoint(TransportMode::local)
              .timeout == std::chrono::milliseconds(1500));
    CHECK(load_with("/istentore_api/schedule_period_minutes", "1h30m")
              .config.istentore_api.schedule_period_minutes == 90);
    CHECK(load_with("/retention/logs_days", "48h").config.retention.logs_days == 2);
    // In range as a number is, and of whole units where these are counted.
    check_only(load_with("/timing/plant_period_s", "2d"),
               "hil.json: /timing/plant_period_s: must be 0.1..86400, got \"2d\"");
    check_only(load_with("/timing/plant_period_s", "5"),
               "hil.json: /timing/plant_period_s: must be 0.1..86400, got \"5\"");
    CHECK(all(load_with("/retention/logs_days", "36h")).find("/retention/logs_days: must be") !=
          std::string::npos);
    CHECK_FALSE(all(load_with("/startup/initial_soc_pu", "1s")).empty());
}

TEST_CASE("An unknown key is refused with the key that was probably meant") {
    check_only(load_with("/timing/schedular_period_s", 2),
               "hil.json: /timing/schedular_period_s: unknown key, did you mean \"scheduler_period_s\"?");
    check_only(
        load_with("/recording/compression/tolerances/v_poi_kv", 0.1),
        "hil.json: /recording/compression/tolerances/v_poi_kv: unknown key, did you mean \"v_poi_kV\"?");
    check_only(load_with("/time/zzz", 2), "hil.json: /time/zzz: unknown key, known here are timezone");
    check_only(
        load_with("/plants/lib/modbus/local/start_sequence/0/verifi", true),
        "hil.json: /plants/lib/modbus/local/start_sequence/0/verifi: unknown key, did you mean \"verify\"?");
    check_only(load_with("/plants/lib/modell", json::object()),
               "hil.json: /plants/lib/modell: unknown key, did you mean \"model\"?");
}

TEST_CASE("A plant has an id of small letters, and there is at least one plant") {
    const auto plant = shipped().at_pointer("/plants/lib");
    for (const char* bad : {"Lib", "1lib", "li b", "", "abcdefghijabcdefghijabcdefghijabc"}) {
        auto changed = shipped();
        changed.at("plants").as_object()[bad] = plant;
        const auto loaded = load_value(changed);
        INFO(bad << ": " << all(loaded));
        CHECK(about(loaded, std::string("/plants/") + bad));
    }
    check_only(load_with("/plants", json::object()), "hil.json: /plants: must have at least 1 member");
    check_only(load_without("/plants"), "hil.json: /plants: is required, it must be an object");
}

TEST_CASE("Any number of plants keep their order and get the defaults of their id") {
    auto changed = shipped();
    auto plant = changed.at_pointer("/plants/lib");
    changed.at("plants").emplace_object();
    for (int i = 0; i < 12; ++i) {
        put(plant, "/modbus/local/port", 6000 + i);
        put(plant, "/modbus/remote/port", 7000 + i);
        plant.as_object().erase("name");
        plant.as_object().erase("measurement_series");
        put(changed, "/plants/z-" + std::to_string(11 - i), plant);
    }
    const auto loaded = load_value(changed);
    REQUIRE(all(loaded).empty());
    REQUIRE(loaded.config.plants.size() == 12);
    CHECK(loaded.config.plants.front().id == "z-11");
    CHECK(loaded.config.plants.front().name == "Z-11");
    CHECK_FALSE(loaded.config.plants.front().measurement_series.soc);
    CHECK(loaded.config.plants.back().id == "z-0");

    remove(changed, "/plants/z-5/modbus/local/port");
    check_only(load_value(changed),
               "hil.json: /plants/z-5/modbus/local/port: is required, it must be 1..65535");
}

TEST_CASE("lib and vrfb know their ports and series when nothing is said") {
    auto changed = shipped();
    for (const std::string plant : {"/plants/lib", "/plants/vrfb"}) {
        remove(changed, plant + "/modbus/local/port");
        remove(changed, plant + "/modbus/local/host");
        remove(changed, plant + "/modbus/local/start_sequence");
        remove(changed, plant + "/measurement_series");
    }
    remove(changed, "/plants/lib/modbus/remote/port");
    const auto loaded = load_value(changed);
    REQUIRE(all(loaded).empty());
    const auto& lib = *loaded.config.find_plant("lib");
    const auto& vrfb = *loaded.config.find_plant("vrfb");
    CHECK(lib.local.address == hil::Endpoint{"127.0.0.1", 5020});
    CHECK(vrfb.local.address == hil::Endpoint{"127.0.0.1", 5021});
    CHECK(lib.remote.address.port == 502);
    CHECK(vrfb.measurement_series.p == 11);
    CHECK(vrfb.measurement_series.q == 10);
    CHECK(vrfb.measurement_series.v == 9);
    REQUIRE(lib.local.start_sequence.size() == 1);
    CHECK(lib.local.start_sequence[0].point == "enable");
    CHECK(lib.local.start_sequence[0].value == 1);
    CHECK(lib.local.start_sequence[0].verify);

    check_only(load_without("/plants/lib/modbus/remote/host"),
               "hil.json: /plants/lib/modbus/remote/host: is required, it must be a host name or an address, "
               "without "
               "a port");
}

TEST_CASE("The market platform may be left out as a whole, but not its address [D-31]", "[D-31]") {
    const auto none = load_without("/istentore_api");
    CHECK(all(none).empty());
    CHECK(none.config.istentore_api.base_url.empty());
    check_only(
        load_without("/istentore_api/base_url"),
        "hil.json: /istentore_api/base_url: is required, it must be an address like https://host:port/path");
}

TEST_CASE("Secrets do not stand in the file and are not repeated in a problem") {
    const auto loaded = load_with("/istentore_api/password", "hunter2");
    REQUIRE(loaded.problems.size() == 1);
    CHECK_THAT(loaded.problems[0].text, Contains("HIL_ISTENTORE_API__PASSWORD") && !Contains("hunter2"));
    const auto accounts =
        load_with("/dashboard/private/auth",
                  json::array{"hunter2",
                              json::object{{"name", "a"}, {"role", "viewer"}, {"password_hash", "hunter2"}}});
    CHECK(accounts.problems.size() == 2);
    CHECK_THAT(all(accounts), !Contains("hunter2"));
}

TEST_CASE("Periods are read to the nanosecond and waits in milliseconds") {
    using namespace std::chrono_literals;
    CHECK(load_with("/timing/plant_period_s", 0.1).config.timing.plant_period == 100ms);
    CHECK(load_with("/timing/plant_period_s", 1.4).config.timing.plant_period == 1400ms);
    CHECK(load_with("/plants/lib/modbus/local/timeout_ms", 250).config.find_plant("lib")->local.timeout ==
          250ms);
}

TEST_CASE("What a slow device asks for: pauses and small requests") {
    using namespace std::chrono_literals;
    const std::string lib = "/plants/lib/modbus/remote/";
    const auto remote = [&](const char* key, json::value value) {
        return load_with(lib + key, std::move(value)).config.find_plant("lib")->remote;
    };
    CHECK(remote("connect_delay_ms", 2500).connect_delay == 2500ms);
    CHECK(remote("min_pause_ms", 20).min_pause == 20ms);
    CHECK(remote("max_registers", 10).max_registers == 10);
    const auto shipped_remote = load_value(shipped()).config.find_plant("lib")->remote;
    CHECK(shipped_remote.connect_delay == 0ms);
    CHECK(shipped_remote.min_pause == 0ms);
    CHECK(shipped_remote.max_registers == 125);
    CHECK(about(load_with(lib + "connect_delay_ms", 60'001), lib + "connect_delay_ms"));
    CHECK(about(load_with(lib + "connect_delay_ms", -1), lib + "connect_delay_ms"));
    CHECK(about(load_with(lib + "min_pause_ms", 10'001), lib + "min_pause_ms"));
    CHECK(about(load_with(lib + "min_pause_ms", 0.5), lib + "min_pause_ms"));
    CHECK(about(load_with(lib + "max_registers", 0), lib + "max_registers"));
    CHECK(about(load_with(lib + "max_registers", 126), lib + "max_registers"));
}

TEST_CASE("An IPv6 address may stand in brackets and name its interface") {
    const std::string key = "/plants/lib/modbus/remote/host";
    const auto host = [&](const char* text) {
        return load_with(key, text).config.find_plant("lib")->remote.address.host;
    };
    CHECK(host("[::1]") == "::1");
    CHECK(host("[2001:db8::7]") == "2001:db8::7");
    CHECK(host("fe80::1%eth0") == "fe80::1%eth0");
    CHECK(host("[fe80::1%eth0]") == "fe80::1%eth0");
    CHECK(host("::ffff:10.0.0.1") == "::ffff:10.0.0.1");
    for (const char* wrong :
         {"[::1]:502", "[::1", "::1]", "[battery]", "[127.0.0.1]", "::1%", "::1%eth 0", "battery:502", "[]"})
        CHECK(about(load_with(key, wrong), key));
}
