// Rules about values that must fit each other.
#include "config/rules.hpp"
#include "sample.hpp"

using namespace hil::config;
using namespace hil::config::sample;
using Catch::Matchers::Contains;

namespace {

const std::string lib = "/plants/lib/modbus/local";
const std::string points = lib + "/points";

json::object point(int address, const char* format = "uint16", const char* access = "rw") {
    return {
        {"address", address}, {"format", format}, {"access", access}, {"unit", "raw"}, {"eng_per_count", 1}};
}

json::array steps(std::initializer_list<json::object> list) {
    json::array out;
    for (const auto& each : list)
        out.emplace_back(each);
    return out;
}

}  // namespace

TEST_CASE("The longest wait between attempts is not below the first one [AC-07]", "[AC-07]") {
    auto changed = shipped();
    put(changed, "/istentore_api/measurement_post_retry_initial_s", 10);
    put(changed, "/istentore_api/measurement_post_retry_max_s", 3);
    check_only(load_value(changed),
               "hil.json: /istentore_api/measurement_post_retry_max_s: measurement_post_retry_max_s must not "
               "be below "
               "measurement_post_retry_initial_s (10), got 3");
    put(changed, "/istentore_api/measurement_post_retry_max_s", 10);
    CHECK(all(load_value(changed)).empty());
}

TEST_CASE("Every endpoint has the nine points, and what is missing is listed") {
    auto changed = shipped();
    remove(changed, points + "/soc");
    remove(changed, points + "/v_poi");
    check_only(load_value(changed), "hil.json: /plants/lib/modbus/local/points: lacks soc, v_poi");
}

TEST_CASE("Points do not share registers unless one is declared an alias of the other") {
    CHECK(about(load_with(points + "/spare", point(281)), points + "/spare/address"));
    CHECK(all(load_with(points + "/spare", point(282))).empty());
    // A value of two registers reaches into the next point.
    check_only(load_with(points + "/spare", point(280, "uint32")),
               "hil.json: /plants/lib/modbus/local/points/spare/address: must not share registers with soc "
               "(281..281) "
               "unless alias_of says so, got 280..281");
    auto changed = shipped();
    remove(changed, "/plants/vrfb/modbus/local/points/p_poi/alias_of");
    CHECK(about(load_value(changed), "/plants/vrfb/modbus/local/points/p_poi/address"));
}

TEST_CASE("An alias has the registers of a point that is no alias itself") {
    auto spare = point(281);
    spare["alias_of"] = "soc";
    CHECK(all(load_with(points + "/spare", spare)).empty());
    spare["address"] = 500;
    CHECK(about(load_with(points + "/spare", spare), points + "/spare/alias_of"));
    spare["address"] = 281;
    spare["format"] = "int16";
    CHECK(about(load_with(points + "/spare", spare), points + "/spare/alias_of"));
    spare["format"] = "uint16";
    spare["alias_of"] = "spare";
    CHECK(about(load_with(points + "/spare", spare), points + "/spare/alias_of"));
    spare["alias_of"] = "nothing";
    CHECK(about(load_with(points + "/spare", spare), points + "/spare/alias_of"));
    auto chain = shipped();
    put(chain, "/plants/vrfb/modbus/local/points/p_battery/alias_of", "p_poi");
    CHECK(about(load_value(chain), "/plants/vrfb/modbus/local/points/p_poi/alias_of"));
}

TEST_CASE("The second register of a point exists") {
    check_only(load_with(points + "/spare", point(65535, "uint32")),
               "hil.json: /plants/lib/modbus/local/points/spare/address: a uint32 takes two registers, the "
               "last one would be 65536, got 65535");
    check_only(load_with(points + "/spare", point(65533, "float64")),
               "hil.json: /plants/lib/modbus/local/points/spare/address: a float64 takes four registers, the "
               "last one would be 65536, got 65533");
    CHECK(all(load_with(points + "/spare", point(65535))).empty());
}

TEST_CASE("A device that allows fewer registers than a point has is refused for that point") {
    auto changed = shipped();
    put(changed, lib + "/max_registers", 1);
    CHECK(all(load_value(changed)).empty());
    put(changed, points + "/spare", point(500, "int32"));
    check_only(
        load_value(changed),
        "hil.json: /plants/lib/modbus/local/max_registers: must be at least 2, so that spare is read and "
        "written in one request, got 1");
    put(changed, lib + "/max_registers", 2);
    CHECK(all(load_value(changed)).empty());
}

TEST_CASE("What is commanded can be written and read back, what is measured can be read") {
    check_only(load_with(points + "/p_setpoint/access", "w"),
               "hil.json: /plants/lib/modbus/local/points/p_setpoint/access: must be rw because p_setpoint "
               "is written "
               "and read back, got \"w\"");
    CHECK(about(load_with(points + "/q_setpoint/access", "r"), points + "/q_setpoint/access"));
    CHECK(about(load_with(points + "/enable/access", "r"), points + "/enable/access"));
    check_only(
        load_with(points + "/soc/access", "w"),
        "hil.json: /plants/lib/modbus/local/points/soc/access: must be r or rw because soc is measured, got "
        "\"w\"");
    CHECK(all(load_with(points + "/soc/access", "rw")).empty());
}

TEST_CASE("Sequences write to points that exist, can be written and hold the value") {
    const auto start = [](std::initializer_list<json::object> list) {
        return load_with(lib + "/start_sequence", steps(list));
    };
    const json::object enable{{"point", "enable"}, {"value", 1}};
    CHECK(all(start({enable})).empty());
    CHECK(about(start({{{"point", "soc"}, {"value", 1}}, enable}), lib + "/start_sequence/0/point"));
    CHECK(about(start({{{"point", "nothing"}, {"value", 1}}, enable}), lib + "/start_sequence/0/point"));
    check_only(start({{{"point", "stop_command"}, {"value", 0}, {"verify", true}}, enable}),
               "hil.json: /plants/lib/modbus/local/start_sequence/0/verify: must be false because "
               "stop_command cannot "
               "be read, got true");
    CHECK(
        about(start({{{"point", "stop_command"}, {"value", -1}}, enable}), lib + "/start_sequence/0/value"));
    CHECK(about(start({{{"point", "stop_command"}, {"value", 65536}}, enable}),
                lib + "/start_sequence/0/value"));
    CHECK(
        about(start({{{"point", "stop_command"}, {"value", 0.5}}, enable}), lib + "/start_sequence/0/value"));
    CHECK(about(start({{{"value", 0}}, enable}), lib + "/start_sequence/0/point"));
}

TEST_CASE("A sequence ends with the plant enabled or not, as its name says") {
    CHECK(about(load_with(lib + "/start_sequence", json::array()), lib + "/start_sequence"));
    CHECK(about(load_with(lib + "/stop_sequence", steps({{{"point", "stop_command"}, {"value", 1}}})),
                lib + "/stop_sequence"));
    check_only(load_with(lib + "/stop_sequence", steps({{{"point", "enable"}, {"value", 1}}})),
               "hil.json: /plants/lib/modbus/local/stop_sequence: must leave enable at 0, got 1");
}

TEST_CASE("What an endpoint expects is a point that can be read, and a value or a range") {
    const auto expecting = [](json::object expect) { return load_with(lib + "/expect", std::move(expect)); };
    const auto loaded = expecting({{"point", "soc"}, {"min", 0.1}, {"max", 0.9}});
    CHECK(all(loaded).empty());
    CHECK(loaded.config.find_plant("lib")->local.expect->max == 0.9);
    CHECK(all(expecting({{"point", "soc"}, {"value", 0.5}})).empty());
    CHECK(all(expecting({{"point", "soc"}, {"max", 0.5}})).empty());
    CHECK(about(expecting({{"value", 1}}), lib + "/expect/point"));
    CHECK(about(expecting({{"point", "nothing"}, {"value", 1}}), lib + "/expect/point"));
    CHECK(about(expecting({{"point", "stop_command"}, {"value", 1}}), lib + "/expect/point"));
    check_only(expecting({{"point", "soc"}}),
               "hil.json: /plants/lib/modbus/local/expect: must have a value, or a range (min, max)");
    check_only(
        expecting({{"point", "soc"}, {"value", 1}, {"min", 0}}),
        "hil.json: /plants/lib/modbus/local/expect: must have a value or a range (min, max), not both");
    check_only(expecting({{"point", "soc"}, {"min", 2}, {"max", 1}}),
               "hil.json: /plants/lib/modbus/local/expect/max: must not be below min (2), got 1");
}

TEST_CASE("How long a start is tried again is a time, and so is how long a step may take") {
    CHECK(load_with(lib + "/start_retry_s", 0).config.find_plant("lib")->local.start_retry ==
          hil::Duration::zero());
    CHECK(about(load_with(lib + "/start_retry_s", -1), lib + "/start_retry_s"));
    CHECK(about(load_with(lib + "/start_retry_s", "soon"), lib + "/start_retry_s"));
    const auto step = [](json::object extra) {
        json::object enable{{"point", "enable"}, {"value", 1}, {"verify", true}};
        for (const auto& [key, value] : extra)
            enable[key] = value;
        return load_with(lib + "/start_sequence", steps({enable}));
    };
    const auto slow = step({{"verify_timeout_s", 8}, {"watch", false}});
    CHECK(all(slow).empty());
    const auto& made = slow.config.find_plant("lib")->local.start_sequence.front();
    CHECK(made.verify_timeout == hil::Duration(std::chrono::seconds(8)));
    CHECK_FALSE(made.watched());
    CHECK(step({}).config.find_plant("lib")->local.start_sequence.front().watched());
    CHECK(about(step({{"verify_timeout_s", 601}}), lib + "/start_sequence/0/verify_timeout_s"));
    CHECK(about(step({{"watch", 1}}), lib + "/start_sequence/0/watch"));
}

TEST_CASE("The heartbeat has a register of its own that can be written") {
    const auto heartbeat = [](const char* name, json::object spare) {
        auto changed = shipped();
        put(changed, points + "/spare", std::move(spare));
        put(changed, lib + "/heartbeat", json::object{{"point", name}, {"period_s", 1}});
        return load_value(changed);
    };
    const auto loaded = heartbeat("spare", point(0));
    CHECK(all(loaded).empty());
    REQUIRE(loaded.config.find_plant("lib")->local.heartbeat);
    CHECK(loaded.config.find_plant("lib")->local.heartbeat->period == std::chrono::seconds(1));
    CHECK(about(heartbeat("spare", point(0, "uint16", "r")), lib + "/heartbeat/point"));
    CHECK(about(heartbeat("nothing", point(0)), lib + "/heartbeat/point"));
    CHECK(about(heartbeat("enable", point(0)), lib + "/heartbeat/point"));
}

TEST_CASE("Power limits are in order, around zero, and fit into the setpoint registers [D-31]", "[D-31]") {
    const std::string limits = "/plants/lib/model/power_limits";
    CHECK(about(load_with(limits + "/p_min_kw", 10), limits + "/p_min_kw"));
    CHECK(about(load_with(limits + "/q_max_kvar", -10), limits + "/q_max_kvar"));
    CHECK(all(load_with(limits + "/p_max_kw", 0)).empty());
    const auto loaded = load_with(limits + "/p_max_kw", 4000);
    CHECK(all(loaded) ==
          "hil.json: /plants/lib/model/power_limits/p_max_kw: must be -3276.8..3276.7, what p_setpoint of "
          "the local "
          "endpoint can hold, got 4000\n");
}

TEST_CASE("The range of a point is in internal units") {
    Point p;
    p.format = Format::int16;
    p.unit = Unit::kw;
    p.eng_per_count = 0.1;
    CHECK(range_of(p).lowest == -3276.8);
    CHECK(range_of(p).highest == 3276.7);
    p.unit = Unit::mw;
    CHECK(range_of(p).highest == 3276700);
    p.unit = Unit::w;
    p.eng_per_count = 1;
    CHECK(range_of(p).highest == 32.767);
    p.unit = Unit::percent;
    p.format = Format::uint16;
    p.eng_per_count = 0.1;
    CHECK(range_of(p).lowest == 0);
    CHECK(range_of(p).highest == 65.535);
    p.unit = Unit::raw;
    p.eng_per_count = 1;
    p.format = Format::uint32;
    CHECK(range_of(p).highest == 4294967295.0);
    p.format = Format::int32;
    CHECK(range_of(p).lowest == -2147483648.0);
    p.format = Format::float32;
    CHECK(range_of(p).highest > 3e38);
    p.format = Format::int64;
    CHECK(range_of(p).lowest < -9.2e18);
    p.format = Format::uint64;
    CHECK(range_of(p).highest > 1.8e19);
    p.format = Format::float64;
    CHECK(range_of(p).highest > 1e308);
}

TEST_CASE("Where a device counts the other way or from elsewhere, the range is turned and moved with it") {
    Point p;
    p.format = Format::int16;
    p.unit = Unit::kw;
    p.eng_per_count = -0.1;
    CHECK(range_of(p).lowest == -3276.7);
    CHECK(range_of(p).highest == 3276.8);
    p.format = Format::uint16;
    p.eng_per_count = 0.1;
    p.offset = -3000;
    CHECK(range_of(p).lowest == -3000);
    CHECK(range_of(p).highest == 3553.5);
    p.unit = Unit::w;
    CHECK(range_of(p).lowest == -3);
    // What a setpoint can hold bounds the limits of the plant.
    auto turned = shipped();
    for (const char* side : {"local", "remote"})
        put(turned, std::string("/plants/lib/modbus/") + side + "/points/p_setpoint/eng_per_count", -0.1);
    put(turned, "/plants/lib/model/power_limits/p_max_kw", 3276.8);
    CHECK(all(load_value(turned)).empty());
    put(turned, "/plants/lib/model/power_limits/p_min_kw", -3276.8);
    CHECK(about(load_value(turned), "/plants/lib/model/power_limits/p_min_kw"));
}

TEST_CASE("A setpoint of 0 can be written whatever its offset") {
    auto moved = shipped();
    put(moved, points + "/p_setpoint/offset", 5.25);
    CHECK_THAT(all(load_value(moved)), Contains("points/p_setpoint/offset: must be a multiple of "
                                                "eng_per_count (0.1) so that 0 can be written, got 5.25"));
    put(moved, points + "/p_setpoint/offset", 5.2);
    CHECK(all(load_value(moved)).empty());
}

TEST_CASE("Input registers lie in a table of their own and are never written") {
    auto spare = point(281, "uint16", "r");
    spare["register_type"] = "input";
    CHECK(all(load_with(points + "/spare", spare)).empty());  // beside the holding register of soc
    spare["access"] = "rw";
    check_only(load_with(points + "/spare", spare),
               "hil.json: /plants/lib/modbus/local/points/spare/register_type: must be holding because spare "
               "has access rw: input registers cannot be written");
    spare["access"] = "r";
    spare["alias_of"] = "soc";
    CHECK(about(load_with(points + "/spare", spare), points + "/spare/alias_of"));
}

TEST_CASE("A scale is a power of ten from a register of its own") {
    const auto with = [](json::object scale, const char* at = "p_battery") {
        auto changed = shipped();
        put(changed, points + "/sf", std::move(scale));
        put(changed, points + "/" + at + "/scale_point", "sf");
        return load_value(changed);
    };
    CHECK(all(with(point(400, "int16", "r"))).empty());
    auto half = point(400, "int16", "r");
    half["eng_per_count"] = 0.5;
    CHECK(about(with(half), points + "/p_battery/scale_point"));
    CHECK(about(with(point(400, "int32", "r")), points + "/p_battery/scale_point"));
    CHECK(about(with(point(400, "int16", "w")), points + "/p_battery/scale_point"));
    CHECK_THAT(all(with(point(400, "int16", "r"), "p_setpoint")),
               Contains("what is written has a fixed scale"));
    CHECK(about(load_with(points + "/p_battery/scale_point", "nowhere"), points + "/p_battery/scale_point"));
}

TEST_CASE("Values that mean not available are values that the registers can hold") {
    const auto where = points + "/soc/not_available";
    for (const json::value& good : {json::value(65535), json::value("0xFFFF"),
                                    json::value(json::array{65535, "0x8000"}), json::value(-1)})
        CHECK(all(load_with(where, good)).empty());
    check_only(
        load_with(where, json::array{65535, 65536}),
        "hil.json: /plants/lib/modbus/local/points/soc/not_available: must be values that the registers "
        "of a uint16 can hold, got 65536");
    CHECK(about(load_with(where, "0x10000"), where));
    CHECK(about(load_with(where, 0.5), where));
    check_only(
        load_with(where, json::array{"none"}),
        "hil.json: /plants/lib/modbus/local/points/soc/not_available/0: must be a number or registers in "
        "hexadecimal such as \"0xFFFF\", got \"none\"");
}

TEST_CASE("A plant may lack reactive power, or one of its endpoints, but not both") {
    auto plain = shipped();
    for (const char* name : {"q_setpoint", "q_battery", "q_poi"})
        remove(plain, points + "/" + name);
    CHECK(all(load_value(plain)).empty());

    auto remote_only = shipped();
    remove(remote_only, lib);
    const auto loaded = load_value(remote_only);
    CHECK(all(loaded).empty());
    CHECK_FALSE(loaded.config.find_plant("lib")->has(TransportMode::local));
    CHECK(loaded.config.find_plant("lib")->has(TransportMode::remote));
    CHECK(loaded.config.find_plant("vrfb")->has(TransportMode::local));
    remove(remote_only, "/plants/lib/modbus/remote");
    check_only(load_value(remote_only), "hil.json: /plants/lib/modbus: must have local or remote");
}

TEST_CASE("No two servers want one port") {
    check_only(load_with("/plants/vrfb/modbus/local/port", 5020),
               "hil.json: /plants/vrfb/modbus/local/port: must differ from the port of plant lib, got 5020");
    check_only(
        load_with("/dashboard/public_readonly/port", 8050),
        "hil.json: /dashboard/public_readonly/port: must differ from the port of the operator's server, got "
        "8050");
    auto changed = shipped();
    put(changed, "/dashboard/public_readonly/port", 8050);
    put(changed, "/dashboard/public_readonly/enabled", false);
    CHECK(all(load_value(changed)).empty());
    CHECK(about(load_with("/plants/lib/modbus/local/port", 8060), "/plants/lib/modbus/local/port"));
}

TEST_CASE("Two plants are not one device") {
    auto changed = shipped();
    put(changed, "/plants/vrfb/modbus/remote/port", 15020);
    CHECK(about(load_value(changed), "/plants/vrfb/modbus/remote/port"));
    put(changed, "/plants/vrfb/modbus/remote/unit_id", 2);  // two units behind one gateway
    CHECK(all(load_value(changed)).empty());
}

TEST_CASE("A dashboard that others can reach needs credentials") {
    const auto account =
        json::object{{"name", "anna"}, {"role", "operator"}, {"password_hash", "$argon2id$v=19$x"}};
    for (const char* host : {"0.0.0.0", "::", "192.168.1.5", "lab.example.org", "127.example.org"}) {
        auto changed = shipped();
        put(changed, "/dashboard/private/host", host);
        const auto loaded = load_value(changed);
        INFO(all(loaded));
        CHECK(about(loaded, "/dashboard/private/host"));
        put(changed, "/dashboard/private/auth", json::array{account});
        CHECK(all(load_value(changed)).empty());
    }
    for (const char* host : {"127.0.0.1", "127.0.0.2", "::1", "localhost"})
        CHECK(all(load_with("/dashboard/private/host", host)).empty());
    CHECK(about(load_with("/dashboard/private/auth", json::array{account, account}),
                "/dashboard/private/auth/1/name"));
    // A script needs no password, but somebody who has neither can never come in.
    auto script = account;
    script.erase("password_hash");
    CHECK(about(load_with("/dashboard/private/auth", json::array{script}), "/dashboard/private/auth/0"));
    script["token_hash"] = "sha256:" + std::string(64, 'a');
    CHECK(all(load_with("/dashboard/private/auth", json::array{script})).empty());
    script["token_hash"] = "sha256:" + std::string(63, 'a');
    CHECK(about(load_with("/dashboard/private/auth", json::array{script}),
                "/dashboard/private/auth/0/token_hash"));
}

TEST_CASE("The read-only dashboard goes anywhere only with basic credentials or without any on purpose") {
    auto changed = shipped();
    put(changed, "/dashboard/public_readonly/host", "0.0.0.0");
    CHECK(all(load_value(changed)).empty());  // auth.mode none is said in the file
    put(changed, "/dashboard/public_readonly/auth/mode", "basic");
    CHECK(about(load_value(changed), "/dashboard/public_readonly/host"));
    const auto loaded =
        load_value(changed, {{"HIL_PUBLIC_DASH_USER", "viewer"}, {"HIL_PUBLIC_DASH_PASS", "seven words"}});
    CHECK(all(loaded).empty());
    CHECK(loaded.config.public_dashboard.user == "viewer");
    CHECK(loaded.config.public_dashboard.password == "seven words");
    CHECK(about(load_value(changed, {{"HIL_PUBLIC_DASH_USER", "viewer"}, {"HIL_PUBLIC_DASH_PASS", ""}}),
                "/dashboard/public_readonly/host"));

    put(changed, "/dashboard/public_readonly/host", "127.0.0.1");
    const auto lonely = load_value(changed);
    CHECK(all(lonely).empty());
    REQUIRE(lonely.warnings.size() == 1);
    CHECK_THAT(lonely.warnings[0].message(), Contains("HIL_PUBLIC_DASH_PASS"));
}

TEST_CASE("Passwords do not travel in clear") {
    CHECK(about(load_with("/istentore_api/base_url", "http://platform.example.org"),
                "/istentore_api/base_url"));
    CHECK(all(load_with("/istentore_api/base_url", "http://127.0.0.1:8443")).empty());
    CHECK(all(load_with("/istentore_api/base_url", "https://platform.example.org/api/v2")).empty());
    CHECK(about(load_with("/istentore_api/base_url", "https://user:pw@platform.example.org"),
                "/istentore_api/base_url"));
}

TEST_CASE("A rule about several values is silent when one of them is wrong already") {
    auto changed = shipped();
    put(changed, points + "/p_setpoint/format", "int8");
    put(changed, "/plants/lib/model/power_limits/p_max_kw", "lots");
    put(changed, points + "/soc/address", "x");
    const auto loaded = load_value(changed);
    INFO(all(loaded));
    CHECK(loaded.problems.size() == 3);
}

TEST_CASE("A missing point does not hide what is wrong with the others") {
    auto changed = shipped();
    remove(changed, points + "/soc");
    put(changed, points + "/spare", point(270));
    const auto loaded = load_value(changed);
    INFO(all(loaded));
    CHECK(loaded.problems.size() == 2);
    CHECK(about(loaded, points + "/spare/address"));
}

TEST_CASE("Only what has a model of ageing may age, and only what has losses may be aged") {
    const std::string emulation = "/plants/lib/model/emulation";
    auto changed = shipped();
    put(changed, emulation, json::object{{"kind", "vrfb"}, {"ageing_factor", 10}});
    check_only(load_value(changed),
               "hil.json: /plants/lib/model/emulation/ageing_factor: must be 0 unless kind is "
               "li_ion, which alone has a model of ageing, got 10");
    put(changed, emulation, json::object{{"kind", "li_ion"}, {"ageing_factor", 10}});
    CHECK(all(load_value(changed)).empty());
    put(changed, emulation, json::object{{"kind", "vrfb"}, {"capacity_loss_pu", 0.2}});
    CHECK(all(load_value(changed)).empty());
    CHECK(about(load_with(emulation, json::object{{"capacity_loss_pu", 0.2}}),
                emulation + "/capacity_loss_pu"));
}

TEST_CASE("How a device treats what is written is said of its setpoints, within itself consistent") {
    const std::string p = points + "/p_setpoint";
    CHECK(all(load_with(p + "/step", 0.5)).empty());
    CHECK(load_with(p + "/step", 0.5).config.find_plant("lib")->local.find("p_setpoint")->confirmation() ==
          Confirm::within);
    CHECK(load_value(shipped()).config.find_plant("lib")->local.find("p_setpoint")->confirmation() ==
          Confirm::exact);
    check_only(
        load_with(p + "/confirm", "within"),
        "hil.json: /plants/lib/modbus/local/points/p_setpoint/confirm: \"within\" needs step or tolerance");
    check_only(
        load_with(points + "/enable/refresh_s", 5),
        "hil.json: /plants/lib/modbus/local/points/enable/refresh_s: may only be given at p_setpoint and "
        "q_setpoint");
    for (const auto* key : {"/step", "/tolerance", "/max_writes_per_day"})
        CHECK(about(load_with(points + "/enable" + key, 1), points + "/enable" + key));
    CHECK(about(load_with(points + "/enable/confirm", "exact"), points + "/enable/confirm"));
    CHECK(about(load_with(points + "/enable/limit_points", json::array{"soc"}),
                points + "/enable/limit_points"));
    CHECK(all(load_with(points + "/enable/verify_timeout_s", 8)).empty());
    CHECK(about(load_with(p + "/verify_timeout_s", 0), p + "/verify_timeout_s"));
    CHECK(about(load_with(p + "/refresh_s", 0.01), p + "/refresh_s"));
    CHECK(about(load_with(p + "/max_writes_per_day", 0), p + "/max_writes_per_day"));
}

TEST_CASE("Limit points are one or two points that can be read") {
    const std::string where = points + "/p_setpoint/limit_points";
    CHECK(all(load_with(where, json::array{"v_poi"})).empty());
    CHECK(all(load_with(where, json::array{"v_poi", "soc"})).empty());
    CHECK(about(load_with(where, json::array{"v_poi", "soc", "soc"}), where));
    CHECK(about(load_with(where, json::array{"nothing"}), where + "/0"));
    CHECK(about(load_with(where, json::array{"v_poi", "stop_command"}), where + "/1"));
}

TEST_CASE("The write function is auto, 6 or 16, with or without quotes") {
    const auto where = lib + "/write_function";
    const auto function = [&](json::value value) {
        const auto loaded = load_with(where, std::move(value));
        CHECK(all(loaded).empty());
        return loaded.config.find_plant("lib")->local.write_function;
    };
    CHECK(function("auto") == WriteFunction::automatic);
    CHECK(function("6") == WriteFunction::single);
    CHECK(function(6) == WriteFunction::single);
    CHECK(function(16) == WriteFunction::multiple);
    check_only(load_with(where, 5),
               "hil.json: /plants/lib/modbus/local/write_function: must be auto, 6 or 16, got 5");
    CHECK(about(load_with(lib + "/setpoints", "later"), lib + "/setpoints"));
    CHECK(about(load_with(lib + "/on_refused", "keep"), lib + "/on_refused"));
}
