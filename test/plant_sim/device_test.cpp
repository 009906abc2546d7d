// Emulated devices that are only read.
#include "base/memory_network.hpp"
#include "config/describe.hpp"
#include "modbus/client.hpp"
#include "plant_sim/device_server.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <fstream>

using namespace hil;
using namespace hil::plant_sim;
using namespace std::chrono_literals;
using config::DeviceKind;
using config::Quantity;

namespace {

const WallTime midnight = std::chrono::sys_days{std::chrono::year{2026} / 6 / 1};

config::Point point(const char* name, std::uint16_t address, Quantity quantity, config::Unit unit,
                    double count = 0.01) {
    config::Point out;
    out.name = name;
    out.address = address;
    out.format = config::Format::int32;
    out.unit = unit;
    out.quantity = quantity;
    out.eng_per_count = count;
    return out;
}

config::Device device_of(DeviceKind kind) {
    auto device = config::default_device("d1");
    device.kind = kind;
    device.has_local = true;
    device.local.address.port = 5900;
    if (kind == DeviceKind::battery)
        device.local.points = {point("p_battery", 0, Quantity::active_power, config::Unit::kw),
                               point("soc", 2, Quantity::state_of_charge, config::Unit::pu, 0.0001)};
    else
        device.local.points = {point("p", 0, Quantity::active_power, config::Unit::kw),
                               point("i_l1", 2, Quantity::current, config::Unit::a),
                               point("i_l2", 4, Quantity::current, config::Unit::a),
                               point("voltage", 6, Quantity::phase_voltage, config::Unit::phase_v),
                               point("energy_import", 8, Quantity::energy, config::Unit::wh, 1),
                               point("energy_export", 10, Quantity::energy, config::Unit::kwh)};
    return device;
}

DeviceEmulator emulator_of(const config::Device& device, WallTime wall = midnight) {
    return DeviceEmulator(device, device.local, std::get<Course>(make_course(device, Zone::utc())), Instant{},
                          wall);
}

}  // namespace

TEST_CASE("A meter shows power, currents of its phases, voltage and energies counted up") {
    auto device = device_of(DeviceKind::meter);
    device.emulation = {
        .course = config::EmulatedCourse::constant, .p_kw = -6.9, .q_kvar = 0, .voltage_v = 230, .file = {}};
    auto meter = emulator_of(device);
    meter.step(Instant{} + 3600s, midnight + 3600s);
    CHECK(meter.shown("p") == Approx(-6.9));
    CHECK(meter.shown("i_l1") == Approx(-10.0));
    CHECK(meter.shown("i_l2") == Approx(-10.0));
    CHECK(meter.shown("voltage") == Approx(230));
    CHECK(meter.shown("energy_import") == Approx(6.9));
    CHECK(meter.shown("energy_export") == Approx(0));
    CHECK_FALSE(meter.shown("soc"));

    device.phases = {"L1"};
    auto single = emulator_of(device);
    CHECK(single.shown("i_l1") == Approx(-30.0));
    CHECK(single.shown("i_l2") == Approx(0.0));
}

TEST_CASE("Over a day pv generates by daylight, a load always takes, a battery takes and gives") {
    for (int hour = 0; hour < 24; ++hour) {
        const Duration at = std::chrono::hours(hour);
        CAPTURE(hour);
        const double pv = share_of_day(DeviceKind::pv, at), load = share_of_day(DeviceKind::load, at);
        CHECK((pv > 0) == (hour > 6 && hour < 18));
        CHECK(pv <= 1);
        CHECK(load > 0);
        CHECK(load <= 1);
        CHECK(share_of_day(DeviceKind::meter, at) == load);
    }
    CHECK(share_of_day(DeviceKind::pv, 12h) == Approx(1));
    CHECK(share_of_day(DeviceKind::battery, 12h) == Approx(-1));
    CHECK(share_of_day(DeviceKind::battery, 20h) == Approx(1));
    CHECK(share_of_day(DeviceKind::battery, 3h) == 0);
}

TEST_CASE("A watched battery fills and empties and then gives nothing more") {
    auto device = device_of(DeviceKind::battery);
    device.model.capacity_kwh = 10;
    device.emulation = {
        .course = config::EmulatedCourse::constant, .p_kw = 5, .q_kvar = 0, .voltage_v = 230, .file = {}};
    auto battery = emulator_of(device);
    CHECK(battery.shown("soc") == Approx(0.5));
    battery.step(Instant{} + 30min, midnight + 30min);
    CHECK(battery.shown("soc") == Approx(0.25));
    CHECK(battery.shown("p_battery") == Approx(5));
    battery.step(Instant{} + 2h, midnight + 2h);
    CHECK(battery.shown("soc") == Approx(0));
    CHECK(battery.shown("p_battery") == Approx(0));
}

TEST_CASE("A device follows a file from its first value on, and a file that cannot be read is named") {
    const test::TemporaryDirectory directory;
    const auto file = directory.path() / "load.csv";
    const auto write = [&](const char* text) { std::ofstream(file) << text; };
    auto device = device_of(DeviceKind::load);
    device.emulation.course = config::EmulatedCourse::file;
    device.emulation.file = file;
    const auto why = [&] { return std::get<std::string>(make_course(device, Zone::utc())); };

    write("timestamp,p_kw\n2026-06-01T00:10:00Z,-1.5\r\n2026-06-01T00:20:00Z,-2\n");
    const auto course = std::get<Course>(make_course(device, Zone::utc()));
    CHECK(course(midnight) == 0);
    CHECK(course(midnight + 10min) == -1.5);
    CHECK(course(midnight + 19min) == -1.5);
    CHECK(course(midnight + 48h) == -2);

    write("time,kw\n");
    CHECK_THAT(why(), Catch::Matchers::Contains("must have the columns timestamp and p_kw"));
    write("timestamp,p_kw\n2026-06-01T00:10:00Z\n");
    CHECK_THAT(why(), Catch::Matchers::Contains("load.csv:2: has 1 fields, the first line 2"));
    write("timestamp,p_kw\nyesterday,1\n");
    CHECK_THAT(why(), Catch::Matchers::Contains("load.csv:2: timestamp must be a time, got \"yesterday\""));
    write("timestamp,p_kw\n2026-06-01T00:10:00Z,much\n");
    CHECK_THAT(why(), Catch::Matchers::Contains("load.csv:2: p_kw must be a number, got \"much\""));
    write("timestamp,p_kw\n2026-06-01T00:10:00Z,1\n2026-06-01T00:10:00Z,2\n");
    CHECK_THAT(why(), Catch::Matchers::Contains("load.csv:3: timestamp must be after the one before"));
    write("timestamp,p_kw\n");
    CHECK_THAT(why(), Catch::Matchers::Contains("has no values"));
    std::filesystem::remove(file);
    CHECK_THAT(why(), Catch::Matchers::Contains("cannot be read"));
}

TEST_CASE("An emulated device answers reads and refuses to be written to") {
    asio::io_context context{1};
    VirtualClock clock(context, midnight);
    MemoryNetwork network(clock);
    auto device = device_of(DeviceKind::pv);
    device.emulation = {
        .course = config::EmulatedCourse::constant, .p_kw = 12.34, .q_kvar = 0, .voltage_v = 230, .file = {}};
    {
        auto opened = DeviceServer::open(clock, network, device, device.local, Zone::utc());
        REQUIRE(std::holds_alternative<std::unique_ptr<DeviceServer>>(opened));
        auto& server = *std::get<0>(opened);
        auto second = DeviceServer::open(clock, network, device, device.local, Zone::utc());
        REQUIRE(std::holds_alternative<std::string>(second));
        CHECK_THAT(std::get<1>(second), Catch::Matchers::Contains("the emulator of d1 cannot listen on"));
        TaskGroup tasks(clock);
        bool done = false;
        tasks.spawn("client", [&]() -> awaitable<void> {
            auto stream = co_await network.connect(device.local.address, 1s);
            REQUIRE(stream);
            modbus::Client client(clock, std::move(*stream), {});
            const auto read = co_await client.read_holding_registers(1, 0, 2);
            REQUIRE(read);
            CHECK((*read)[1] == 1234);
            CHECK((co_await client.write_register(1, 0, 7)).error() == modbus::errc::illegal_function);
            co_await server.stop();
            done = true;
        });
        clock.run_for(5s);
        CHECK(done);
    }
}
