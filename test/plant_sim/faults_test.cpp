// Every fault, given as a laboratory gives it (over the control endpoint) and seen as a client sees it (over
// Modbus).
#include "plant_sim/control_api.hpp"

#include "base/memory_network.hpp"
#include "modbus/client.hpp"
#include "net/client.hpp"
#include "plant_sim/shipped_plants.hpp"

#include "support/catch.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <cmath>

using namespace hil;
using namespace hil::test;
using namespace std::chrono_literals;
using plant_sim::PlantServer;

namespace {

const Endpoint control_place{"127.0.0.1", 9000};

struct Lab {
    explicit Lab(config::Plant with = lib_plant()) : plant(std::move(with)) {
        plant_sim::PlantServerOptions options;
        options.faults = &faults;
        options.anchor = clock.now();
        plants.push_back(PlantServer::open(clock, network, plant, plant.local, options).value());
        api.emplace(clock, network.listen(control_place).value(),
                    std::make_shared<plant_sim::ControlApi>(clock, faults, plants), std::nullopt,
                    net::Server::Limits{});
        tasks.spawn("control", [this] { return api->run(); });
        http.emplace(clock, network, net::parse_url("http://127.0.0.1:9000").value(), net::Client::Options{});
        clock.settle();
        connect();
    }
    ~Lab() {
        tasks.cancel();
        client.reset();
        http.reset();
        api.reset();
        plants.clear();
        clock.settle();
    }

    // Runs the clock until the coroutine has ended.
    template <class T>
    T finish(std::function<awaitable<T>()> body) {
        std::optional<T> out;
        tasks.spawn("test", [&]() -> awaitable<void> { out.emplace(co_await body()); });
        for (int i = 0; i < 1000 && !out; ++i)
            clock.run_for(10ms);
        REQUIRE(out.has_value());
        return std::move(*out);
    }
    error_code connect() {
        auto stream = finish<result<std::unique_ptr<ByteStream>>>(
            [this] { return network.connect(plant.local.address, 1s); });
        if (!stream) return stream.error();
        client = std::make_unique<modbus::Client>(clock, std::move(*stream), modbus::ClientOptions{});
        return {};
    }
    result<int> read(std::uint16_t address) {
        const auto words = finish<result<modbus::Words>>(
            [this, address] { return client->read_holding_registers(1, address, 1); });
        if (!words) return words.error();
        return static_cast<int>(static_cast<std::int16_t>(words->at(0)));
    }
    error_code write(std::uint16_t address, std::uint16_t value) {
        return finish<result<void>>(
                   [this, address, value] { return client->write_register(1, address, value); })
            .error();
    }
    net::Response http_send(std::string method, std::string target, std::string body = {}) {
        net::Request request;
        request.method = std::move(method);
        request.target = std::move(target);
        if (!body.empty()) request.headers.set("Content-Type", "application/json");
        request.body = std::move(body);
        return finish<result<net::Response>>([&] { return http->send(std::move(request)); }).value();
    }
    boost::json::object give(std::string fault) {
        const auto answer = http_send("POST", "/faults", std::move(fault));
        INFO(answer.body);
        REQUIRE(answer.status == 201);
        return boost::json::parse(answer.body).as_object();
    }
    std::string refused(std::string method, std::string target, std::string body) {
        const auto answer = http_send(std::move(method), std::move(target), std::move(body));
        REQUIRE(answer.status >= 400);
        return fmt::format("{} {}", answer.status,
                           std::string(boost::json::parse(answer.body).at("detail").as_string()));
    }
    void start(int p_counts) {
        REQUIRE_FALSE(write(86, static_cast<std::uint16_t>(p_counts)));
        REQUIRE_FALSE(write(1, 1));
        clock.run_for(2s);
    }

    asio::io_context context{1};
    VirtualClock clock{context, std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 12h};
    MemoryNetwork network{clock};
    config::Plant plant;
    plant_sim::Faults faults{clock, Random(3)};
    std::vector<std::unique_ptr<PlantServer>> plants;
    std::optional<net::Server> api;
    std::optional<net::Client> http;
    std::unique_ptr<modbus::Client> client;
    TaskGroup tasks{clock};
};

constexpr std::uint16_t p_setpoint = 86, q_setpoint = 88, p_battery = 270, soc = 281;

}  // namespace

TEST_CASE(
    "answers are dropped, late, cut and mixed up as told, and right again when the fault is taken back") {
    Lab lab;
    REQUIRE(lab.read(soc).value() == 5000);

    const auto id = lab.give(R"({"kind":"drop_responses"})").at("id").to_number<int>();
    CHECK(lab.read(soc).error() == modbus::errc::timeout);
    CHECK(lab.http_send("DELETE", fmt::format("/faults/{}", id)).status == 204);
    CHECK(lab.read(soc).value() == 5000);

    // Of one function, or of the writes of one register.
    lab.give(R"({"kind":"drop_responses","function":6,"address":86})");
    CHECK(lab.read(soc).value() == 5000);
    CHECK_FALSE(lab.write(88, 0));
    CHECK(lab.write(86, 0) == modbus::errc::timeout);
    lab.http_send("DELETE", "/faults");
    lab.give(R"({"kind":"drop_responses","function":3})");
    CHECK_FALSE(lab.write(86, 0));
    CHECK(lab.read(soc).error() == modbus::errc::timeout);
    lab.http_send("DELETE", "/faults");

    lab.give(R"({"kind":"delay","ms":300,"jitter_ms":0})");
    const auto before = lab.clock.now();
    CHECK(lab.read(soc).value() == 5000);
    CHECK(lab.clock.now() - before >= 300ms);
    lab.http_send("DELETE", "/faults");

    lab.give(R"({"kind":"wrong_transaction_id"})");
    CHECK_FALSE(lab.read(soc));
    lab.http_send("DELETE", "/faults");
    REQUIRE_FALSE(lab.connect());
    CHECK(lab.read(soc).value() == 5000);

    lab.give(R"({"kind":"truncate"})");
    CHECK_FALSE(lab.read(soc));
    lab.http_send("DELETE", "/faults");
    REQUIRE_FALSE(lab.connect());

    lab.give(R"({"kind":"disconnect","after_bytes":30})");
    CHECK(lab.read(soc));
    CHECK(lab.read(soc));
    CHECK(lab.read(soc));
    CHECK_FALSE(lab.read(soc));
}

TEST_CASE("connections are refused while the fault lasts") {
    Lab lab;
    lab.give(R"({"kind":"refuse_connections","for_s":5})");
    // Accepted by the network, closed by the plant.
    (void)lab.connect();
    CHECK_FALSE(lab.read(soc));
    lab.clock.run_for(5s);
    REQUIRE_FALSE(lab.connect());
    CHECK(lab.read(soc));
}

TEST_CASE("what is asked too early on a connection is lost, and nothing later") {
    Lab lab;
    lab.give(R"({"kind":"swallow_first","ms":1500})");
    REQUIRE_FALSE(lab.connect());
    CHECK(lab.read(soc).error() == modbus::errc::timeout);
    CHECK(lab.read(soc).error() == modbus::errc::timeout);
    CHECK(lab.read(soc).value() == 5000);
    CHECK_FALSE(lab.write(p_setpoint, 7));
}

TEST_CASE("what is asked too soon after an answer is lost") {
    Lab lab;
    lab.give(R"({"kind":"need_pause","ms":50})");
    REQUIRE(lab.read(soc).value() == 5000);  // ends at a step of 10 ms, so a little later than its answer
    CHECK(lab.write(p_setpoint, 7) == modbus::errc::timeout);
    CHECK(lab.read(p_setpoint).value() == 0);  // it never arrived
    lab.clock.run_for(50ms);
    CHECK(lab.read(soc).value() == 5000);
}

TEST_CASE("a connection on which nothing is asked for a while is closed") {
    Lab lab;
    lab.give(R"({"kind":"close_idle","ms":2000})");
    REQUIRE(lab.read(soc).value() == 5000);
    lab.clock.run_for(1900ms);
    REQUIRE(lab.read(soc).value() == 5000);
    lab.clock.run_for(2100ms);
    CHECK_FALSE(lab.client->connected());
    CHECK(lab.client->ending()->why == asio::error::eof);
    CHECK_FALSE(lab.client->ending()->outstanding);
    REQUIRE_FALSE(lab.connect());
    CHECK(lab.read(soc).value() == 5000);
}

TEST_CASE("what is asked while an answer is due is lost") {
    Lab lab;
    lab.give(R"({"kind":"one_at_a_time"})");
    lab.give(R"({"kind":"delay","ms":100})");
    modbus::ClientOptions options;
    options.max_in_flight = 4;
    auto stream = lab.finish<result<std::unique_ptr<ByteStream>>>(
        [&] { return lab.network.connect(lab.plant.local.address, 1s); });
    modbus::Client several(lab.clock, std::move(stream.value()), options);
    std::vector<error_code> errors;
    for (int i = 0; i < 3; ++i) {
        lab.tasks.spawn("ask", [&]() -> awaitable<void> {
            errors.push_back((co_await several.read_holding_registers(1, soc, 1)).error());
        });
    }
    lab.clock.run_for(2s);
    REQUIRE(errors.size() == 3);
    CHECK_FALSE(errors[0]);
    CHECK(errors[1] == modbus::errc::timeout);
    CHECK(errors[2] == modbus::errc::timeout);
    CHECK(lab.read(soc).value() == 5000);
    several.close();
    lab.clock.settle();
}

TEST_CASE("answers come from another unit") {
    Lab lab;
    const auto fault = lab.give(R"({"kind":"other_unit","unit":255})");
    CHECK(fault.at("unit") == 255);
    CHECK(lab.read(soc).error() == modbus::errc::other_unit);
}

TEST_CASE("exceptions are answered to the requests they are for") {
    Lab lab;
    lab.give(R"({"kind":"exception","code":6,"function":3,"address":281})");
    CHECK(lab.read(soc).error() == modbus::errc::server_device_busy);
    CHECK(lab.read(p_battery));
    CHECK_FALSE(lab.write(soc, 1));
}

TEST_CASE("measurements are bent, stuck and frozen while the battery goes on") {
    Lab lab;
    lab.start(1000);
    REQUIRE(lab.read(p_battery).value() == 1000);

    lab.give(R"({"kind":"bias","point":"p_battery","offset":-2.5})");
    lab.clock.run_for(2s);
    CHECK(lab.read(p_battery).value() == 975);
    lab.give(R"({"kind":"stuck_point","point":"p_battery","value":7})");
    lab.clock.run_for(2s);
    CHECK(lab.read(p_battery).value() == 70);
    lab.http_send("DELETE", "/faults");
    lab.clock.run_for(2s);
    CHECK(lab.read(p_battery).value() == 1000);

    lab.give(R"({"kind":"freeze_measurements"})");
    const int frozen = lab.read(soc).value();
    const double energy = lab.plants[0]->emulator().energy_kwh();
    lab.clock.run_for(60s);
    CHECK(lab.read(soc).value() == frozen);
    CHECK(lab.plants[0]->emulator().energy_kwh() < energy - 1);
    lab.http_send("DELETE", "/faults");
    lab.clock.run_for(2s);
    CHECK(lab.read(soc).value() < frozen);

    lab.give(R"({"kind":"noise","point":"p_battery","sigma":3})");
    double sum = 0, square = 0;
    for (int i = 0; i < 200; ++i) {
        lab.clock.run_for(2s);
        const double off = lab.read(p_battery).value() / 10.0 - 100;
        sum += off;
        square += off * off;
    }
    CHECK(std::abs(sum / 200) < 1);
    CHECK(std::sqrt(square / 200) == Approx(3).epsilon(0.2));
}

TEST_CASE("writes of a point are acknowledged and ignored") {
    Lab lab;
    lab.give(R"({"kind":"ignore_writes","point":"p_setpoint"})");
    CHECK_FALSE(lab.write(p_setpoint, 500));
    CHECK(lab.read(p_setpoint).value() == 0);
    CHECK_FALSE(lab.write(1, 1));
    CHECK(lab.read(1).value() == 1);
}

TEST_CASE("values beyond a limit are refused, by one function or all of them, and change nothing") {
    Lab lab;
    CHECK_FALSE(lab.write(p_setpoint, 300));
    lab.give(R"({"kind":"refuse_values","point":"p_setpoint","high":50,"low":-20,"code":3})");
    CHECK(lab.write(p_setpoint, 501) == modbus::errc::illegal_data_value);
    CHECK(lab.write(p_setpoint, static_cast<std::uint16_t>(-201)) == modbus::errc::illegal_data_value);
    CHECK(lab.read(p_setpoint).value() == 300);
    CHECK_FALSE(lab.write(p_setpoint, 500));
    CHECK_FALSE(lab.write(q_setpoint, 900));
    CHECK(lab.read(p_setpoint).value() == 500);
    lab.give(R"({"kind":"refuse_values","point":"q_setpoint","high":0,"function":16})");
    CHECK_FALSE(lab.write(q_setpoint, 700));
}

TEST_CASE("values are taken for a limit, or become multiples of a step") {
    Lab lab;
    lab.give(R"({"kind":"clamp_values","point":"p_setpoint","high":40,"low":-30})");
    CHECK_FALSE(lab.write(p_setpoint, 505));
    CHECK(lab.read(p_setpoint).value() == 400);
    CHECK_FALSE(lab.write(p_setpoint, static_cast<std::uint16_t>(-505)));
    CHECK(lab.read(p_setpoint).value() == -300);
    const auto rounded = [&](const char* direction, int value) {
        Lab other;
        other.give(fmt::format(R"({{"kind":"round_values","point":"p_setpoint","step":1{}}})", direction));
        CHECK_FALSE(other.write(p_setpoint, static_cast<std::uint16_t>(value)));
        return other.read(p_setpoint).value();
    };
    CHECK(rounded("", 1004) == 1000);
    CHECK(rounded("", 1006) == 1010);
    CHECK(rounded(R"(,"direction":"up")", 1001) == 1010);
    CHECK(rounded(R"(,"direction":"down")", -1009) == -1000);
    CHECK(rounded(R"(,"direction":"down")", 1000) == 1000);
}

TEST_CASE("a late value is read, and obeyed, only after its time") {
    Lab lab;
    CHECK_FALSE(lab.write(p_setpoint, 300));
    lab.give(R"({"kind":"late_values","point":"p_setpoint","ms":1500})");
    CHECK_FALSE(lab.write(p_setpoint, 700));
    CHECK(lab.read(p_setpoint).value() == 300);
    lab.clock.run_for(1400ms);
    CHECK(lab.read(p_setpoint).value() == 300);
    lab.clock.run_for(200ms);
    CHECK(lab.read(p_setpoint).value() == 700);
}

TEST_CASE(
    "a plant with a watchdog gives nothing once its setpoint is not written, and shows it all the same") {
    Lab lab;
    lab.give(R"({"kind":"setpoint_watchdog","hold_s":10})");
    CHECK_FALSE(lab.write(85, 0));
    CHECK_FALSE(lab.write(1, 1));
    CHECK_FALSE(lab.write(p_setpoint, 1000));
    lab.clock.run_for(6s);
    CHECK(lab.read(p_battery).value() == 1000);
    lab.clock.run_for(8s);
    CHECK(lab.read(p_battery).value() == 0);
    CHECK(lab.read(p_setpoint).value() == 1000);
    CHECK_FALSE(lab.write(p_setpoint, 1000));
    lab.clock.run_for(4s);
    CHECK(lab.read(p_battery).value() == 1000);
}

TEST_CASE("a wrong echo is no failure of the write") {
    Lab lab;
    lab.give(R"({"kind":"wrong_echo","point":"p_setpoint","offset":5})");
    CHECK_FALSE(lab.write(p_setpoint, 300));
    CHECK(lab.read(p_setpoint).value() == 300);
}

TEST_CASE("a fault begins and ends when it was told to, and strikes as often as its probability says") {
    Lab lab;
    lab.give(R"({"kind":"exception","code":4,"after_s":10,"for_s":20})");
    CHECK(lab.read(soc));
    lab.clock.run_for(10s);
    CHECK_FALSE(lab.read(soc));
    lab.clock.run_for(20s);
    CHECK(lab.read(soc));
    CHECK(boost::json::parse(lab.http_send("GET", "/faults").body).as_array().empty());

    lab.give(R"({"kind":"exception","code":4,"probability":0.25})");
    int struck = 0;
    for (int i = 0; i < 400; ++i)
        struck += lab.read(soc) ? 0 : 1;
    CHECK(struck > 60);
    CHECK(struck < 140);
}

TEST_CASE("lengths of time in a fault may have their units") {
    Lab lab;
    lab.give(R"({"kind":"exception","code":4,"after_s":"10s","for_s":"1m30s"})");
    const auto given = boost::json::parse(lab.http_send("GET", "/faults").body).at(0);
    CHECK(given.at("after_s").to_number<double>() == 10);
    CHECK(given.at("for_s").to_number<double>() == 90);
    lab.give(R"({"kind":"delay","ms":"1.5s"})");
    CHECK(boost::json::parse(lab.http_send("GET", "/faults").body).at(1).at("ms").to_number<double>() ==
          1500);
    CHECK(lab.refused("POST", "/faults", R"({"kind":"exception","code":4,"for_s":"soon"})")
              .starts_with("422 for_s"));
    CHECK(lab.refused("POST", "/faults", R"({"kind":"exception","code":"4s"})").starts_with("422 code"));
}

TEST_CASE("what the control endpoint does not understand is refused with the rule, and changes nothing") {
    Lab lab;
    CHECK(lab.refused("POST", "/faults", R"({"kind":"gremlin"})").starts_with("422 kind: must be one of"));
    CHECK(lab.refused("POST", "/faults", R"({"kind":"delay"})") == "422 ms: must be given");
    CHECK(lab.refused("POST", "/faults", R"({"kind":"delay","ms":-1})") ==
          "422 ms: must be a number from 0 to 600000");
    CHECK(lab.refused("POST", "/faults", R"({"kind":"truncate","ms":1})") ==
          "422 ms: is not a key of truncate");
    CHECK(lab.refused("POST", "/faults", R"({"kind":"truncate","plant":"x"})") ==
          "422 plant: there is no plant \"x\" here");
    CHECK(lab.refused("POST", "/faults", R"({"kind":"bias","point":"enable","offset":1})") ==
          "422 point: must be p_battery, q_battery, soc, p_poi, q_poi or v_poi");
    CHECK(lab.refused("POST", "/faults", R"({"kind":"ignore_writes","point":"horn"})") ==
          "422 point: lib has no point \"horn\"");
    CHECK(lab.refused("POST", "/faults", R"({"kind":"clamp_values","point":"p_setpoint"})") ==
          "422 high: must be given, or low");
    CHECK(lab.refused("POST", "/faults",
                      R"({"kind":"round_values","point":"p_setpoint","step":1,"direction":"left"})") ==
          "422 direction: must be nearest, up or down");
    CHECK(lab.refused("POST", "/faults", R"({"kind":"setpoint_watchdog"})") == "422 hold_s: must be given");
    CHECK(lab.refused("POST", "/faults", "[1]") == "422 the body must be an object");
    CHECK(lab.refused("POST", "/faults", "{").starts_with("400 the body is not JSON"));
    CHECK(lab.refused("DELETE", "/faults/17", "") == "404 there is no fault 17");
    CHECK(lab.refused("PUT", "/plants/nobody", R"({"soc_pu":0.5})") ==
          "404 there is no plant \"nobody\" here");
    CHECK(lab.refused("PUT", "/plants/lib", R"({"soc_pu":2})").starts_with("422"));
    CHECK(lab.refused("PATCH", "/state", "").starts_with("405"));
    CHECK(lab.refused("GET", "/nothing", "").starts_with("404"));
    CHECK(lab.faults.quiet());
    CHECK(lab.read(soc).value() == 5000);
}

TEST_CASE("the control endpoint shows the site and sets the charge of a plant that does not run") {
    Lab lab;
    const auto set = lab.http_send("PUT", "/plants/lib", R"({"soc_pu":0.77})");
    CHECK(set.status == 200);
    CHECK(lab.read(soc).value() == 7700);
    lab.start(1000);
    CHECK(lab.refused("PUT", "/plants/lib", R"({"soc_pu":0.5})").starts_with("409"));
    const auto state = boost::json::parse(lab.http_send("GET", "/state").body).as_object();
    CHECK(state.at("plants").at("lib").at("running").as_bool());
    CHECK(state.at("plants").at("lib").at("p_battery_kw").to_number<double>() == 100);
    CHECK(state.at("clock").at("speed").to_number<double>() == 1);
    CHECK(state.at("time").as_string().starts_with("2025-10-01T12:00:"));
}

TEST_CASE("a clock that keeps real time cannot be told otherwise, and a step needs a paused one") {
    Lab lab;
    CHECK(lab.refused("PUT", "/clock", R"({"speed":60})").starts_with("409"));
    CHECK(lab.refused("PUT", "/clock", R"({"step_s":2})") == "409 only a paused clock can be stepped");
    CHECK(lab.refused("PUT", "/clock", R"({"speed":0})") ==
          "422 speed: must be a number above 0 and at most 1000000");
    CHECK(lab.refused("PUT", "/clock", "{}") == "422 must have speed, paused or step_s");
}

TEST_CASE("a web page cannot reach the control endpoint through somebody's browser") {
    Lab lab;
    net::Request request;
    request.method = "DELETE";
    request.target = "/faults";
    request.headers.set("Origin", "http://evil.example");
    CHECK(lab.finish<result<net::Response>>([&] { return lab.http->send(std::move(request)); })
              .value()
              .status == 403);
}

TEST_CASE("a name that was bound to this machine does not open the control endpoint") {
    Lab lab;
    plant_sim::ControlApi api(lab.clock, lab.faults, lab.plants, "lab.example");
    const auto asked_under = [&](const char* host) {
        net::Request request;
        request.method = "GET";
        request.target = "/state";
        request.headers.set("Host", host);
        return lab.finish<net::Response>([&] { return api.handle(std::move(request)); }).status;
    };
    CHECK(asked_under("evil.example") == 403);
    CHECK(asked_under("evil.example:9000") == 403);
    CHECK(asked_under("lab.example:9000") == 200);
    CHECK(asked_under("localhost:9000") == 200);
    CHECK(asked_under("127.0.0.1:9000") == 200);
    CHECK(asked_under("[::1]:9000") == 200);
}

TEST_CASE("the state shows the inside of a battery that has one, and how old it is") {
    auto plant = lib_plant();
    plant.model.emulation.kind = config::BatteryKind::li_ion;
    plant.model.emulation.capacity_loss_pu = 0.2;
    plant.model.emulation.resistance_rise_pu = 0.3;
    plant.model.emulation.ageing_factor = 10'000;
    Lab lab(plant);
    lab.start(1000);
    lab.clock.run_for(10min);
    const auto state = boost::json::parse(lab.http_send("GET", "/state").body).as_object();
    const auto& battery = state.at("plants").at("lib").at("battery").as_object();
    const auto number = [&battery](const char* name) { return battery.at(name).to_number<double>(); };
    CHECK(number("temperature_c") > 25);
    CHECK(number("dc_voltage_v") == Approx(800).epsilon(0.05));
    CHECK(number("dc_current_a") == Approx(100'000 / number("dc_voltage_v")).epsilon(0.08));
    CHECK(number("cells_in_series") == 242);
    CHECK(number("capacity_loss_pu") > 0.2);
    CHECK(number("capacity_loss_pu") < 0.3);
    CHECK(number("resistance_rise_pu") > 0.3);
    CHECK(number("capacity_kwh") == Approx(500 * (1 - number("capacity_loss_pu"))));
    CHECK(number("losses_kwh") > 0);
    const auto ideal = boost::json::parse(Lab().http_send("GET", "/state").body).as_object();
    CHECK_FALSE(ideal.at("plants").at("lib").as_object().contains("battery"));
}

TEST_CASE("an emulator is the device that is expected, until another one answers") {
    auto plant = lib_plant();
    config::Point model;
    model.name = "model";
    model.address = 2900;
    model.format = config::Format::uint16;
    plant.local.points.push_back(model);
    plant.local.expect = config::Expectation{.point = "model", .value = {}, .min = 200, .max = 300};
    Lab lab(plant);
    CHECK(lab.read(2900).value() == 250);
    lab.give(R"({"kind":"other_device","value":77,"for_s":10})");
    lab.clock.run_for(4s);
    CHECK(lab.read(2900).value() == 77);
    lab.clock.run_for(10s);
    CHECK(lab.read(2900).value() == 250);
    CHECK(lab.refused("POST", "/faults", R"({"kind":"other_device"})") == "422 value: must be given");
}

TEST_CASE("a measurement says that it is not available as its map or its format has it") {
    auto plant = lib_plant();
    for (auto& point : plant.local.points)
        if (point.name == "p_battery") point.not_available = {std::int64_t{-7}};
    Lab lab(plant);
    lab.start(1000);
    lab.give(R"({"kind":"not_available","point":"soc","for_s":10})");
    lab.give(R"({"kind":"not_available","point":"p_battery","for_s":10})");
    lab.clock.run_for(4s);
    CHECK(lab.read(soc).value() == -1);  // 0xFFFF
    CHECK(lab.read(p_battery).value() == -7);
    CHECK(lab.read(290).value() == 1000);
    lab.clock.run_for(10s);
    CHECK(lab.read(p_battery).value() == 1000);
    CHECK(lab.read(soc).value() > 4900);
    CHECK(lab.refused("POST", "/faults", R"({"kind":"not_available","point":"enable"})") ==
          "422 point: must be p_battery, q_battery, soc, p_poi, q_poi or v_poi");
}
