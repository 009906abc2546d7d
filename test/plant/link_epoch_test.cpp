#include "link_rig.hpp"

#include "support/catch.hpp"

#include <fmt/format.h>

using namespace hil;
using namespace std::chrono_literals;
using plant::Priority;
using test::LinkRig;

namespace {

// Writers put the number of the epoch they decided in into the register; a stopper advances it at random.
struct Storm {
    explicit Storm(std::uint64_t seed, std::uint16_t in_flight, Duration pause = {})
        : random(seed), rig(endpoint(in_flight, pause), seed) {
        rig.network.on_connected = [this](const Endpoint&, auto to_server, auto to_client) {
            rig.forth = to_server;
            rig.back = to_client;
            rig.forth->corrupt = [this](std::span<std::byte> bytes) { inspect(bytes); };
            rig.back->latency = Duration(random.below(3'000'000));
        };
    }

    static config::ModbusEndpoint endpoint(std::uint16_t in_flight, Duration pause) {
        auto endpoint = test::lib_endpoint();
        endpoint.points[3].format = config::Format::int32;  // q_setpoint: FC16, or two FC06
        endpoint.max_in_flight = in_flight;
        endpoint.min_pause = pause;
        return endpoint;
    }

    // The bytes in the moment in which they are handed to the connection.
    void inspect(std::span<std::byte> bytes) {
        while (bytes.size() >= 12) {
            const auto word = [&](std::size_t at) {
                return std::to_integer<unsigned>(bytes[at]) << 8 | std::to_integer<unsigned>(bytes[at + 1]);
            };
            const auto function = std::to_integer<unsigned>(bytes[7]);
            const std::size_t length = 6 + word(4);
            if (length > bytes.size()) return;
            if (function == 6 && word(8) == 86) {
                sent.push_back({word(10) / 10, static_cast<unsigned>(rig.link.epoch())});
            }
            if (function == 16 && word(8) == 88) {
                sent.push_back({word(15) / 10, static_cast<unsigned>(rig.link.epoch())});
            }
            bytes = bytes.subspan(length);
        }
    }

    awaitable<void> writer() {
        for (;;) {
            const auto epoch = rig.link.epoch();
            const bool wide = random.chance(0.3);
            const auto point = wide ? rig.map.standard().q_setpoint : rig.map.standard().p_setpoint;
            const auto priority = static_cast<Priority>(random.below(4));
            if (random.chance(0.5)) co_await rig.clock.sleep_for(Duration(random.below(4'000'000)));
            if (random.chance(0.3)) (void)co_await rig.link.read(rig.setpoints, priority);
            const auto outcome = co_await rig.link.write(point, static_cast<double>(epoch), priority, epoch);
            if (outcome.error() == plant::errc::superseded) ++superseded;
            if (!outcome) co_await rig.clock.sleep_for(100us);
        }
    }

    awaitable<void> stopper() {
        for (;;) {
            co_await rig.clock.sleep_for(Duration(random.below(8'000'000)));
            if (random.chance(0.5)) (void)co_await rig.link.read(rig.setpoints, Priority::control);
            if (random.chance(0.1)) {
                rig.network.reset_connections(rig.endpoint.address);
            } else {
                rig.link.advance_epoch();
            }
        }
    }

    void run() {
        rig.connect();
        for (int i = 0; i < 6; ++i)
            rig.tasks.spawn("writer", [this] { return writer(); });
        rig.tasks.spawn("stopper", [this] { return stopper(); });
        rig.pass(25ms);
    }

    struct Sent {
        unsigned decided, current;
    };
    Random random;
    std::vector<Sent> sent;
    int superseded = 0;
    LinkRig rig;
};

}  // namespace

TEST_CASE("a value decided before a stop, a switch or a disconnect is never sent after it [D-33]", "[D-33]") {
    std::size_t sent = 0;
    int superseded = 0;
    for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
        Storm storm(seed, 1);
        storm.run();
        for (const auto& write : storm.sent) {
            INFO(fmt::format("seed {}: decided in epoch {}, sent in {}", seed, write.decided, write.current));
            REQUIRE(write.decided == write.current);
        }
        sent += storm.sent.size();
        superseded += storm.superseded;
    }
    CHECK(sent > 10000);
    CHECK(superseded > 1000);
}

TEST_CASE("a value decided before a stop is not sent after a pause that the device asks for [D-33]",
          "[D-33]") {
    std::size_t sent = 0;
    int superseded = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Storm storm(seed, 1, 1ms);
        storm.run();
        for (const auto& write : storm.sent) {
            INFO(fmt::format("seed {}: decided in epoch {}, sent in {}", seed, write.decided, write.current));
            REQUIRE(write.decided == write.current);
        }
        sent += storm.sent.size();
        superseded += storm.superseded;
    }
    CHECK(sent > 500);
    CHECK(superseded > 100);
}

TEST_CASE("with several requests under way no older value follows a newer one [D-33]", "[D-33]") {
    std::size_t sent = 0;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Storm storm(seed, 4);
        storm.run();
        unsigned newest = 0;
        for (const auto& write : storm.sent) {
            INFO(fmt::format("seed {}: decided in epoch {}, after one of {}", seed, write.decided, newest));
            REQUIRE(write.decided >= newest);
            newest = write.decided;
        }
        sent += storm.sent.size();
    }
    CHECK(sent > 5000);
}
