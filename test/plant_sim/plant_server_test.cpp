#include "plant_sim/shipped_plants.hpp"

#include "base/memory_network.hpp"
#include "modbus/client.hpp"
#include "plant_sim/plant_server.hpp"

#include "support/catch.hpp"

#include <stdexcept>

using namespace hil;
using namespace hil::test;
using namespace std::chrono_literals;
using plant_sim::PlantServer;
using plant_sim::PlantServerOptions;

namespace {

constexpr WallTime noon = std::chrono::sys_days{std::chrono::year{2025} / 10 / 1} + 12h;

struct Site {
    explicit Site(WallTime start = noon) : clock(context, start) {}
    ~Site() {
        tasks.cancel();
        servers.clear();
        clock.settle();
    }

    PlantServer& serve(const config::Plant& plant, PlantServerOptions options = {}) {
        servers.push_back(PlantServer::open(clock, network, plant, plant.local, std::move(options)).value());
        return *servers.back();
    }
    // A test's other end of the wire, run to its end at the present instant.
    template <class T>
    T at_once(std::function<awaitable<T>()> body) {
        std::optional<T> out;
        tasks.spawn("client", [&]() -> awaitable<void> { out.emplace(co_await body()); });
        clock.settle();
        REQUIRE(out.has_value());
        return std::move(*out);
    }
    std::unique_ptr<modbus::Client> connect(const config::Plant& plant) {
        auto stream = at_once<result<std::unique_ptr<ByteStream>>>(
            [this, to = plant.local.address] { return network.connect(to, 1s); });
        return std::make_unique<modbus::Client>(clock, std::move(stream).value(), modbus::ClientOptions{});
    }
    int read(modbus::Client& client, std::uint16_t address) {
        const auto words = at_once<result<modbus::Words>>(
            [&client, address] { return client.read_holding_registers(1, address, 1); });
        return words.value().at(0);
    }
    error_code write(modbus::Client& client, std::uint16_t address, std::uint16_t value) {
        return at_once<result<void>>(
                   [&client, address, value] { return client.write_register(1, address, value); })
            .error();
    }

    asio::io_context context{1};
    VirtualClock clock;
    MemoryNetwork network{clock};
    std::vector<std::unique_ptr<PlantServer>> servers;
    TaskGroup tasks{clock};
};

// Fails at its third step and works from then on.
class BrokenOnce final : public battery::BatteryModel {
  public:
    battery::Output advance(const battery::Command&, Duration) override {
        if (++steps_ == 3) throw std::runtime_error("broken meter");
        return at_rest();
    }
    battery::Output at_rest() const override { return {.v_poi_kv = 20}; }
    double capacity_kwh() const override { return 1; }
    double energy_kwh() const override { return 0; }
    void set_soc(double) override {}

  private:
    int steps_ = 0;
};

}  // namespace

TEST_CASE("a client starts a plant by its registers and reads what it does from the next step on") {
    Site site;
    const auto plant = lib_plant();
    site.serve(plant);
    site.clock.settle();
    const auto client = site.connect(plant);
    CHECK(site.read(*client, 281) == 5000);
    CHECK_FALSE(site.write(*client, 85, 0));
    CHECK_FALSE(site.write(*client, 86, 10000));
    CHECK_FALSE(site.write(*client, 1, 1));
    CHECK(site.read(*client, 270) == 0);
    for (const int soc : {4988, 4977, 4966}) {
        site.clock.run_for(2s);
        CHECK(site.read(*client, 270) == 10000);
        CHECK(site.read(*client, 281) == soc);
    }
}

TEST_CASE("steps lie on the grid of the anchor, and time before the first one counts") {
    Site site(noon + 400ms);
    auto& server = site.serve(lib_plant());
    site.clock.run_for(500ms);
    CHECK(server.emulator().statistics().steps == 0);
    site.clock.run_for(100ms);
    CHECK(server.emulator().statistics().steps == 1);
    site.clock.run_for(1999ms);
    CHECK(server.emulator().statistics().steps == 1);
    site.clock.run_for(1ms);
    CHECK(server.emulator().statistics().steps == 2);
}

TEST_CASE("at an instant that they share the plant steps before others look") {
    Site site;
    auto& server = site.serve(lib_plant());
    std::vector<std::uint64_t> seen;
    site.tasks.spawn("looks first in the queue", [&]() -> awaitable<void> {
        for (int i = 1; i <= 3; ++i) {
            co_await site.clock.sleep_until(Instant{} + i * 2s, Phase::dispatch);
            seen.push_back(server.emulator().statistics().steps);
        }
    });
    site.clock.run_for(10s);
    CHECK(seen == std::vector<std::uint64_t>{2, 3, 4});
}

TEST_CASE("a stalled site counts the time that has passed, at most ten periods [D-24]", "[D-24]") {
    Site site;
    const auto plant = lib_plant();
    auto& emulator = site.serve(plant).emulator();
    site.clock.settle();
    emulator.bank().holding[86] = 3600;
    emulator.bank().holding[1] = 1;
    emulator.step(site.clock.now() + 6s);  // three periods late
    CHECK(emulator.totals().discharged_kwh == Approx(0.6).epsilon(1e-12));
    emulator.step(site.clock.now() + 1h);
    CHECK(emulator.totals().discharged_kwh == Approx(2.6).epsilon(1e-12));
    CHECK(emulator.statistics().capped_steps == 1);
}

TEST_CASE("an address in use is an error that names itself, and the plant that has it goes on [D-14]",
          "[D-14]") {
    Site site;
    const auto plant = lib_plant();
    auto& first = site.serve(plant);
    const auto second = PlantServer::open(site.clock, site.network, plant, plant.local);
    CHECK(second.error() == asio::error::address_in_use);
    site.clock.run_for(10s);
    CHECK(first.emulator().statistics().steps == 6);
}

TEST_CASE("a plant whose step throws is reported and goes on, the other one notices nothing [D-14]",
          "[D-14]") {
    Site site;
    std::vector<std::string> failures;
    PlantServerOptions options;
    options.on_failure = [&](const TaskFailure& failure) {
        failures.push_back(fmt::format("{}: {}", failure.task, failure.what));
    };
    auto broken = options;
    broken.model = [](const config::PlantModel&, double) { return std::make_unique<BrokenOnce>(); };
    auto& lib = site.serve(lib_plant(), broken);
    auto& vrfb = site.serve(vrfb_plant(), options);
    site.clock.run_for(20s);
    CHECK(failures == std::vector<std::string>{"emulator of lib: broken meter"});
    CHECK(lib.emulator().output().v_poi_kv == 20);
    CHECK(lib.emulator().statistics().steps == 11);  // the one that failed was made up for
    CHECK(vrfb.emulator().statistics().steps == 11);
}

TEST_CASE(
    "a plant that restarts ends its connections and is found with its registers as after switching on") {
    Site site;
    const auto plant = vrfb_plant();
    auto& server = site.serve(plant);
    site.clock.settle();
    const auto client = site.connect(plant);
    for (const auto& [address, value] : {std::pair{1, 1000}, {5, 2}, {7, 1}}) {
        CHECK_FALSE(
            site.write(*client, static_cast<std::uint16_t>(address), static_cast<std::uint16_t>(value)));
    }
    site.clock.run_for(10s);
    CHECK(site.read(*client, 14) == 1000);
    const double energy = server.emulator().energy_kwh();
    CHECK(energy < 200);

    server.restart();
    site.clock.settle();
    CHECK_FALSE(client->connected());
    const auto again = site.connect(plant);
    CHECK(site.read(*again, 7) == 0);
    CHECK(site.read(*again, 14) == 0);
    CHECK(server.emulator().energy_kwh() == energy);
}

TEST_CASE("a stopped server refuses connections, ends those it has and steps no more") {
    Site site;
    const auto plant = lib_plant();
    auto& server = site.serve(plant);
    site.clock.run_for(4s);
    const auto client = site.connect(plant);
    const auto steps = server.emulator().statistics().steps;
    bool stopped = false;
    site.tasks.spawn("stop", [&]() -> awaitable<void> {
        co_await server.stop();
        stopped = true;
    });
    site.clock.run_for(10s);
    CHECK(stopped);
    CHECK_FALSE(client->connected());
    CHECK(server.emulator().statistics().steps == steps);
    const auto refused = site.at_once<result<std::unique_ptr<ByteStream>>>(
        [&] { return site.network.connect(plant.local.address, 1s); });
    CHECK(refused.error() == asio::error::connection_refused);
    // The address is free again.
    CHECK(PlantServer::open(site.clock, site.network, plant, plant.local).has_value());
}

TEST_CASE("a day of two plants delivers the energy of its commands") {
    Site site;
    auto lib_site = lib_plant(), vrfb_site = vrfb_plant();
    auto& lib = site.serve(lib_site).emulator();
    auto& vrfb = site.serve(vrfb_site).emulator();
    site.clock.settle();
    lib.bank().holding[1] = 1;
    lib.bank().holding[86] = 100;  // 10 kW for 24 h
    vrfb.bank().holding[5] = 2;
    vrfb.bank().holding[7] = 1;
    vrfb.bank().holding[1] = static_cast<std::uint16_t>(-50);  // 5 kW of charge
    site.clock.run_for(24h);
    CHECK(lib.statistics().steps == 43201);
    CHECK(lib.totals().delivered_kwh() == Approx(240).epsilon(1e-10));
    CHECK(lib.energy_kwh() == Approx(10).epsilon(1e-9));
    CHECK(vrfb.totals().delivered_kwh() == Approx(-120).epsilon(1e-10));
    CHECK(vrfb.energy_kwh() == Approx(320).epsilon(1e-10));
    CHECK(vrfb.statistics().capped_steps == 0);
}
