// Devices behind one gateway that serves one connection and one request at a time.
#include "base/memory_network.hpp"
#include "base/task_group.hpp"
#include "modbus/server.hpp"
#include "plant/link.hpp"
#include "plant/missed_pace.hpp"
#include "plant/shared_line.hpp"
#include "support/catch.hpp"

#include "endpoints.hpp"

#include <map>
#include <set>

using namespace hil;
using namespace hil::plant;
using namespace std::chrono_literals;

namespace {

constexpr Duration period = 5s;

// The peer: each request takes the line behind it some time; a dead unit's is never answered, and keeps the
// line for as long as the gateway waits for it.
class Gateway {
  public:
    Gateway(Clock& clock, Network& network, const Endpoint& at)
        : clock_(clock), listener_(network.listen(at).value()), tasks_(clock) {
        tasks_.spawn("gateway", [this] { return serve(); });
    }
    ~Gateway() { tasks_.cancel(); }

    struct Seen {
        Instant at;
        modbus::Request request;
    };

    std::set<std::uint8_t> dead;
    std::set<std::uint8_t> excepted;  // the gateway says that they do not answer
    std::map<std::uint8_t, modbus::Bank> banks;
    Duration line_time = 30ms, dead_time = 900ms;
    std::vector<Seen> seen;
    int connections = 0;

    [[nodiscard]] std::size_t requests_to(std::uint8_t unit, Instant from = {}) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            seen, [&](const Seen& s) { return s.request.unit == unit && s.at >= from; }));
    }

  private:
    awaitable<void> serve() {
        for (;;) {
            auto stream = co_await listener_->accept();
            if (!stream) co_return;
            // One connection: the one before is dropped, whatever it waits for.
            ++connections;
            auto served = std::shared_ptr<ByteStream>(std::move(*stream));
            if (const auto before = std::exchange(served_, served)) before->close();
            tasks_.spawn("connection", [this, served] { return serve(*served); });
        }
    }
    awaitable<void> serve(ByteStream& stream) {
        std::vector<std::uint8_t> bytes;
        for (;;) {
            std::array<std::uint8_t, 300> buffer;
            const auto got = co_await read_some(stream, asio::buffer(buffer));
            if (!got) co_return;
            bytes.insert(bytes.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*got));
            while (bytes.size() >= 8) {
                const std::size_t size = 6u + (std::size_t{bytes[4]} << 8u) + bytes[5];
                if (bytes.size() < size) break;
                const auto transaction = static_cast<std::uint16_t>(bytes[0] << 8u | bytes[1]);
                const auto request =
                    modbus::decode_request(bytes[6], std::span(bytes).subspan(7, size - 7)).value();
                bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
                seen.push_back({clock_.now(), request});
                if (dead.contains(request.unit)) {
                    co_await clock_.sleep_for(dead_time);
                    continue;
                }
                co_await clock_.sleep_for(line_time);
                auto response = modbus::execute(banks[request.unit], request);
                if (excepted.contains(request.unit)) {
                    response = {};
                    response.unit = request.unit;
                    response.function = request.function;
                    response.exception = 11;
                }
                modbus::Adu out;
                modbus::encode(out, transaction, response);
                if (!co_await write_all(stream, asio::buffer(out.data(), out.size()))) co_return;
            }
        }
    }

    Clock& clock_;
    std::unique_ptr<Listener> listener_;
    std::shared_ptr<ByteStream> served_;
    TaskGroup tasks_;
};

struct Unit {
    std::unique_ptr<Link> link;
    ReadBatch plan;
    std::size_t ok = 0, failed = 0;
    Duration worst{};  // from the instant to the values
    Instant last{};
};

struct SharedRig {
    explicit SharedRig(int count) : gateway(clock, network, lib_address()) {
        for (int i = 1; i <= count; ++i) {
            auto endpoint = test::lib_endpoint();
            endpoint.unit_id = static_cast<std::uint8_t>(i);
            gateway.banks[endpoint.unit_id] = modbus::Bank::holding_only(400);
            auto& unit = units.emplace_back();
            unit.link = std::make_unique<Link>(clock, network, Random(static_cast<std::uint64_t>(i)),
                                               endpoint, LinkHooks{}, ModelLimits{}, line);
            const auto& points = unit.link->map().standard();
            unit.plan = unit.link->map().batch(std::array{points.soc, points.p_poi, points.v_poi});
        }
    }
    ~SharedRig() {
        tasks.cancel();
        clock.run_for(1s);
    }
    static Endpoint lib_address() { return test::lib_endpoint().address; }

    void start() {
        for (auto& unit : units) {
            tasks.spawn("link", [&unit] { return unit.link->run(); });
            tasks.spawn("sampling", [this, &unit] { return sample(unit); });
        }
    }
    awaitable<void> sample(Unit& unit) {
        for (Instant due = clock.now() + period;; due += period) {
            co_await clock.sleep_until(due);
            const auto reading = co_await unit.link->read(unit.plan, Priority::sample);
            if (!reading) {
                ++unit.failed;
                continue;
            }
            ++unit.ok;
            unit.last = clock.now();
            unit.worst = std::max(unit.worst, clock.now() - due);
        }
    }

    asio::io_context context{1};
    VirtualClock clock{context, std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}};
    MemoryNetwork network{clock};
    Gateway gateway;
    std::shared_ptr<SharedLine> line = std::make_shared<SharedLine>(clock);
    std::vector<Unit> units;
    TaskGroup tasks{clock};
};

}  // namespace

TEST_CASE("Devices behind one address share one connection, their requests in turn") {
    SharedRig rig(5);
    rig.start();
    rig.clock.run_for(60s);
    CHECK(rig.gateway.connections == 1);
    for (const auto& unit : rig.units) {
        CHECK(unit.failed == 0);
        CHECK(unit.ok >= 11);
        CHECK(unit.link->status().state == LinkState::connected);
        CHECK(unit.link->status().session == 1);
    }
    // Never two at once: the line behind takes its time for each.
    for (std::size_t i = 1; i < rig.gateway.seen.size(); ++i)
        CHECK(rig.gateway.seen[i].at - rig.gateway.seen[i - 1].at >= rig.gateway.line_time);
}

TEST_CASE(
    "Of twelve units one never answers: the others are read each period, it is asked once in ten seconds") {
    for (const bool excepted : {false, true}) {
        CAPTURE(excepted);
        SharedRig rig(12);
        (excepted ? rig.gateway.excepted : rig.gateway.dead).insert(7);
        rig.start();
        rig.clock.run_for(30s);
        for (auto& unit : rig.units)
            unit.ok = unit.failed = 0, unit.worst = {};
        const Instant from = rig.clock.now();
        rig.clock.run_for(120s);
        for (std::size_t i = 0; i < rig.units.size(); ++i) {
            CAPTURE(i);
            if (i == 6) {
                CHECK(rig.units[i].ok == 0);
                continue;
            }
            CHECK(rig.units[i].ok == 24);
            CHECK(rig.units[i].failed == 0);
            CHECK(rig.units[i].worst < period / 2);
        }
        const auto asked = rig.gateway.requests_to(7, from);
        CHECK(asked >= 10);
        CHECK(asked <= 12);
        CHECK(rig.gateway.connections == 1);

        // It is there again: it is read within ten seconds and a period.
        rig.gateway.dead.clear();
        rig.gateway.excepted.clear();
        rig.clock.run_for(15s + period);
        CHECK(rig.units[6].ok > 0);
    }
}

TEST_CASE("An emergency of one device is not held up by another that does not answer") {
    SharedRig rig(12);
    rig.gateway.dead.insert(7);
    rig.start();
    rig.clock.run_for(20s + period);
    rig.gateway.dead_time = 50s;  // from now on the gateway waits for its device longer than anybody would
    // Just when the dead one's request is on the line.
    const auto before = rig.gateway.requests_to(7);
    for (int i = 0; i < 3000 && rig.gateway.requests_to(7) == before; ++i)
        rig.clock.run_for(10ms);
    REQUIRE(rig.gateway.requests_to(7) == before + 1);
    const auto epoch = rig.units[1].link->epoch();
    const Instant began = rig.clock.now();
    std::optional<Link::EmergencyOutcome> outcome;
    Instant ended{};
    const auto point = rig.units[0].link->map().standard().p_setpoint;
    rig.tasks.spawn("estop", [&]() -> awaitable<void> {
        outcome = co_await rig.units[0].link->emergency({{point, 0.0}});
        ended = rig.clock.now();
    });
    rig.clock.run_for(2s);
    REQUIRE(outcome);
    CHECK_FALSE(outcome->first_error());
    CHECK(ended - began <= Link::emergency_timeout + 100ms);

    // The others lost their connection with it: what they had decided is not sent, and they read again.
    CHECK(rig.units[1].link->epoch() > epoch);
    for (auto& unit : rig.units)
        unit.ok = unit.failed = 0;
    rig.clock.run_for(4 * period);
    for (std::size_t i = 0; i < rig.units.size(); ++i) {
        CAPTURE(i);
        if (i != 6) CHECK(rig.units[i].ok >= 3);
    }
}

TEST_CASE("An emergency goes before everything that waits for the line") {
    SharedRig rig(12);
    rig.gateway.line_time = 60ms;
    rig.start();
    rig.clock.run_for(2 * period + 70ms);  // all have just asked
    const auto first = rig.gateway.seen.size();
    std::optional<Link::EmergencyOutcome> outcome;
    const auto point = rig.units[11].link->map().standard().p_setpoint;
    rig.tasks.spawn("estop", [&]() -> awaitable<void> {
        outcome = co_await rig.units[11].link->emergency({{point, 0.0}, {point, 0.0}});
    });
    rig.clock.run_for(400ms);
    REQUIRE(outcome);
    CHECK_FALSE(outcome->first_error());
    CHECK_FALSE(outcome->reconnected);
    REQUIRE(rig.gateway.seen.size() > first + 1);
    CHECK(rig.gateway.seen[first].request.unit == 12);
    CHECK(rig.gateway.seen[first + 1].request.unit == 12);
}

TEST_CASE("What stops a silent device is sent on the shared connection all the same; what asks it is not") {
    SharedRig rig(2);
    rig.gateway.dead.insert(2);
    rig.start();
    rig.clock.run_for(30s);
    REQUIRE_FALSE(rig.units[1].link->answers());
    auto& link = *rig.units[1].link;
    std::optional<error_code> stop, start;
    const auto before = rig.gateway.requests_to(2);
    rig.tasks.spawn("stop", [&]() -> awaitable<void> {
        stop = (co_await link.read(rig.units[1].plan, Priority::control)).error();
        start =
            (co_await link.write(link.map().standard().enable, 0, Priority::dispatch, link.epoch())).error();
    });
    rig.clock.run_for(100ms);
    CHECK(stop);
    CHECK(start);
    CHECK(rig.gateway.requests_to(2) <= before + 1);
}

TEST_CASE("A gateway that is not there is dialled once for all who wait for it") {
    SharedRig rig(8);
    int dials = 0;
    MemoryNetwork::Dial dial;
    dial.hang = true;
    rig.network.on_dial = [&](const Endpoint&) {
        ++dials;
        return dial;
    };
    rig.start();
    rig.clock.run_for(900ms);
    CHECK(dials == 1);
    dial = {};
    rig.clock.run_for(60s);
    for (const auto& unit : rig.units)
        CHECK(unit.link->status().state == LinkState::connected);
    CHECK(rig.gateway.connections == 1);
}

TEST_CASE("A device that missed once is asked as usual, from the second miss on once in ten seconds") {
    MissedPace pace;
    const IoInstant now{};
    CHECK(pace.wait(now) == 0s);
    pace.missed(now);
    CHECK(pace.wait(now) == 0s);
    pace.missed(now + 1s);
    CHECK(pace.wait(now + 1s) == 10s);
    CHECK(pace.wait(now + 8s) == 3s);
    CHECK(pace.wait(now + 11s) == 0s);
    pace.missed(now + 11s);
    CHECK(pace.wait(now + 11s) == 10s);
    pace.answered();
    CHECK(pace.wait(now + 11s) == 0s);
}

TEST_CASE("An address is shared where it stands more than once") {
    asio::io_context context{1};
    VirtualClock clock(context, {});
    const std::vector<Endpoint> addresses{{"gw", 502}, {"own", 502}, {"gw", 502}, {"gw", 503}};
    const SharedLines lines(clock, addresses);
    CHECK(lines.of({"gw", 502}) != nullptr);
    CHECK(lines.of({"gw", 502}) == lines.of({"gw", 502}));
    CHECK(lines.of({"own", 502}) == nullptr);
    CHECK(lines.of({"gw", 503}) == nullptr);
}
