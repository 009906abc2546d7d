#include "battery/replay_model.hpp"

#include "base/memory_network.hpp"
#include "modbus/errors.hpp"
#include "plant_sim/plant_server.hpp"
#include "plant_sim/shipped_plants.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <cmath>
#include <fstream>

using namespace hil;
using namespace hil::plant_sim;
using namespace hil::battery;
using namespace std::chrono_literals;

namespace {

const Zone& madrid() {
    static const Zone zone = Zone::find("Europe/Madrid").value();
    return zone;
}

WallTime at(std::string_view text) {
    return madrid().parse(text).value();
}

constexpr const char* header =
    "timestamp,p_setpoint_kw,battery_active_power_kw,q_setpoint_kvar,battery_reactive_power_kvar,soc_pu,"
    "p_poi_kw,q_poi_kvar,v_poi_kV\n";

// Ten seconds of a battery that begins to discharge, is lost for two and comes back.
const std::string ten_seconds = std::string(header) +
                                "2025-10-01T11:59:58+02:00,,,,,,,,\n"
                                "2025-10-01T12:00:00+02:00,0.0,0.0,0.0,0.0,0.7,0.0,0.0,20.0\n"
                                "2025-10-01T12:00:02+02:00,100.0,99.0,5.0,4.0,0.69,98.0,3.0,20.1\n"
                                "2025-10-01T12:00:04+02:00,,,,,,,,\n"
                                "2025-10-01T12:00:06+02:00,100.0,98.5,5.0,,0.68,97.0,3.0,20.2\n"
                                "2025-10-01T12:00:08+02:00,,,,,,,,\n"
                                "2025-10-01T12:00:1";

std::string refused(const std::string& text) {
    const auto read = parse_recording(text, "rec.csv", madrid());
    CHECK((read.recording == nullptr) != read.problem.empty());
    return read.problem;
}

std::shared_ptr<const Recording> good(const std::string& text) {
    auto read = parse_recording(text, "rec.csv", madrid());
    INFO(read.problem);
    REQUIRE(read.recording);
    return read.recording;
}

// A plant whose recording begins with the time of the test.
struct Played {
    explicit Played(config::ReplayGaps gaps = config::ReplayGaps::unreadable)
        : emulator(plant.local,
                   std::make_unique<ReplayModel>(good(ten_seconds), gaps, 500, at("2025-10-01T12:00")),
                   Instant{}) {}

    double value(std::string_view point) {
        const auto id = emulator.map().find(point).value();
        const auto& definition = emulator.map().point(id);
        plant::Registers words;
        const auto held = std::span(words).first(definition.word_count());
        emulator.bank().holding.read(definition.address, held);
        return emulator.map().codec(id).decode(held);
    }
    // What a client is answered when it reads one point.
    std::uint8_t exception(std::string_view point) {
        const auto id = emulator.map().find(point).value();
        modbus::Request request;
        request.address = emulator.map().point(id).address;
        request.count = emulator.map().point(id).word_count();
        return emulator.execute(request).exception;
    }

    config::Plant plant = test::lib_plant();
    Emulator emulator;
};

}  // namespace

TEST_CASE("a recording is read as the service writes it, without what is not known at its ends") {
    const auto recording = good(ten_seconds);
    REQUIRE(recording->size() == 4);
    CHECK(recording->begin() == at("2025-10-01T12:00:00"));
    CHECK(recording->end() == at("2025-10-01T12:00:06"));
    const auto& rows = recording->rows();
    CHECK(rows[1].output.p_battery_kw == 99);
    CHECK(rows[1].output.q_poi_kvar == 3);
    CHECK(rows[1].output.v_poi_kv == 20.1);
    CHECK(std::isnan(rows[2].output.soc_pu));
    CHECK(std::isnan(rows[3].output.q_battery_kvar));
    CHECK(rows[3].output.soc_pu == 0.68);
}

TEST_CASE("a measured row is played in place of a null row of its instant") {
    for (const auto* pair :
         {"2025-10-01T00:00,\n2025-10-01T00:00,0.5\n", "2025-10-01T00:00,0.5\n2025-10-01T00:00,\n"}) {
        const auto recording = good(std::string("timestamp,soc_pu\n") + pair + "2025-10-01T00:01,0.6\n");
        REQUIRE(recording->size() == 2);
        CHECK(recording->rows()[0].output.soc_pu == 0.5);
    }
}

TEST_CASE("columns come in any order, with others between, and some may be missing") {
    const auto recording = good("soc_pu,note,Timestamp\r\n0.5,hello,2025-10-01T12:00:00\r\n");
    CHECK(recording->begin() == at("2025-10-01T12:00:00+02:00"));
    CHECK(recording->rows()[0].output.soc_pu == 0.5);
    CHECK(std::isnan(recording->rows()[0].output.p_battery_kw));
}

TEST_CASE("the row of an instant is the last one before it, wherever time goes") {
    const auto recording = good(ten_seconds);
    std::size_t hint = 0;
    const auto soc = [&](std::string_view time) { return recording->at(at(time), hint).output.soc_pu; };
    CHECK(soc("2025-10-01T00:00") == 0.7);
    CHECK(soc("2025-10-01T12:00:03") == 0.69);
    CHECK(std::isnan(soc("2025-10-01T12:00:05.999")));
    CHECK(soc("2025-10-02T12:00") == 0.68);
    CHECK(soc("2025-10-01T12:00:02") == 0.69);
    hint = 1000;
    CHECK(soc("2025-10-01T12:00:01") == 0.7);
}

TEST_CASE("what is no recording is refused with line, column and rule") {
    CHECK(refused("") ==
          "rec.csv: is no recording: its first line must have the columns timestamp and "
          "battery_active_power_kw, "
          "soc_pu or another measurement");
    CHECK(refused("timestamp,lib_p_kw\n2025-10-01T00:00,5\n").find("rec.csv:1: is no recording") == 0);
    CHECK(refused("PK\x03\x04").find("rec.csv: is no recording") == 0);
    const std::string head = "timestamp,soc_pu\n";
    CHECK(refused(head) == "rec.csv: has no row with a measurement");
    CHECK(refused(head + "2025-10-01T00:00,\n") == "rec.csv: has no row with a measurement");
    CHECK(refused(head + "2025-10-01T00:00\n") == "rec.csv:2: must have 2 cells as the header, got 1");
    CHECK(refused(head + "2025-10-01T00:00,full\n") ==
          "rec.csv:2: soc_pu: must be a finite number or empty, got \"full\"");
    CHECK(refused(head + "2025-10-01T00:00,nan\n") ==
          "rec.csv:2: soc_pu: must be a finite number or empty, got \"nan\"");
    CHECK(refused(head + "yesterday,1\n").find("rec.csv:2: timestamp: ") == 0);
    CHECK(refused(head + "2025-10-01T00:00,1\n2025-10-01T00:00,1\n") ==
          "rec.csv:3: timestamp: must be later than the row before it, 2025-10-01T00:00:00+02:00, got "
          "\"2025-10-01T00:00\"");
    CHECK(load_recording("/nowhere/rec.csv", madrid()).problem.find("/nowhere/rec.csv: cannot be read") == 0);
}

TEST_CASE("a plant that plays back shows its recording whatever it is told") {
    Played plant;
    CHECK(plant.value("soc") == Approx(0.7));
    modbus::Request write;
    write.function = modbus::Function::write_single_register;
    write.address = plant.emulator.map().point(plant.emulator.map().find("p_setpoint").value()).address;
    write.words.push_back(1234);
    CHECK(plant.emulator.execute(write).exception == 0);
    plant.emulator.step(Instant{2s});
    CHECK(plant.value("p_battery") == Approx(99));
    CHECK(plant.value("p_poi") == Approx(98));
    CHECK(plant.value("soc") == Approx(0.69));
    CHECK(plant.emulator.bank().holding[write.address] == 1234);
    plant.emulator.step(Instant{100s});
    CHECK(plant.value("soc") == Approx(0.68));
    CHECK_FALSE(plant.emulator.running());
    const auto seeded = plant.emulator.seed_soc(0.1, "a test");
    CHECK(seeded.status == SeedStatus::skipped);
    CHECK(seeded.message == "The state of charge from a test was not set: the plant plays back a recording.");
    CHECK(plant.value("soc") == Approx(0.68));
}

TEST_CASE("what is not known in a recording cannot be read, and comes back") {
    Played plant;
    plant.emulator.step(Instant{2s});
    CHECK(plant.exception("p_battery") == 0);
    plant.emulator.step(Instant{4s});
    for (const auto* point : {"p_battery", "q_battery", "soc", "p_poi", "q_poi", "v_poi"}) {
        CAPTURE(point);
        CHECK(plant.exception(point) == static_cast<int>(modbus::errc::server_device_failure));
    }
    for (const auto* point : {"enable", "p_setpoint", "q_setpoint"})
        CHECK(plant.exception(point) == 0);
    plant.emulator.step(Instant{6s});
    CHECK(plant.exception("soc") == 0);
    CHECK(plant.exception("q_battery") == static_cast<int>(modbus::errc::server_device_failure));
}

TEST_CASE("what is not known in a recording can be held instead") {
    Played plant(config::ReplayGaps::hold);
    plant.emulator.step(Instant{5s});  // the row of 2 s was never shown by itself
    CHECK(plant.value("p_battery") == Approx(99));
    CHECK(plant.exception("p_battery") == 0);
    plant.emulator.step(Instant{6s});
    CHECK(plant.value("p_battery") == Approx(98.5));
    CHECK(plant.value("q_battery") == Approx(4));
}

TEST_CASE("a recording is played from the first step, or at the times of the wall clock") {
    const test::TemporaryDirectory directory;
    auto plant = test::lib_plant();
    plant.model.emulation.kind = config::BatteryKind::replay;
    plant.model.emulation.file = directory / "rec.csv";
    std::ofstream(plant.model.emulation.file) << ten_seconds;

    const auto soc_after = [&](config::ReplayTime time, WallTime start, Duration after) {
        plant.model.emulation.file_time = time;
        asio::io_context context{1};
        VirtualClock clock(context, start);
        MemoryNetwork network{clock};
        auto server = PlantServer::open(clock, network, plant, plant.local).value();
        clock.run_for(after);
        const double soc = server->emulator().output().soc_pu;
        server.reset();
        clock.settle();
        return soc;
    };
    const auto noon = at("2025-10-01T12:00:00");
    CHECK(soc_after(config::ReplayTime::start, noon + 24h, 3s) == 0.69);
    CHECK(soc_after(config::ReplayTime::wall_clock, noon - 1h, 3s) == 0.7);
    CHECK(soc_after(config::ReplayTime::wall_clock, noon - 1h, 1h + 3s) == 0.69);
    CHECK(soc_after(config::ReplayTime::wall_clock, noon + 1h, 3s) == 0.68);

    plant.model.emulation.file = directory / "none.csv";
    asio::io_context context{1};
    VirtualClock clock(context, noon);
    MemoryNetwork network{clock};
    const auto none = PlantServer::open(clock, network, plant, plant.local);
    CHECK(none.error() == make_error_code(replay_errc::no_recording));
    config::Config config;
    config.plants = {plant};
    const auto recordings = load_recordings(config, madrid());
    CHECK(recordings.of("lib") == nullptr);
    REQUIRE(recordings.problems.size() == 1);
    CHECK(recordings.problems[0].find("none.csv: cannot be read") != std::string::npos);
}
