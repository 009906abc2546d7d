#include "modbus/client.hpp"

#include "test/modbus/client_rig.hpp"

#include <boost/asio/error.hpp>

using namespace hil;
using namespace hil::modbus;
using namespace hil::modbus::test;
using namespace std::chrono_literals;

using Rig = ClientRig;

TEST_CASE("a cancelled call unwinds, frees its place, and its answer is discarded") {
    Rig rig;
    bool unwound = false;
    TaskGroup others(rig.clock);
    others.spawn("cancelled", [&]() -> awaitable<void> {
        try {
            (void)co_await rig.client->read_holding_registers(1, 0, 1);
        } catch (const boost::system::system_error& e) {
            unwound = e.code() == asio::error::operation_aborted;
            throw;
        }
    });
    rig.clock.settle();
    const auto next = rig.read(*rig.client, 8);
    CHECK(rig.asked() == spaced("0001 0000 0006 01 03 0000 0001"));
    others.cancel();
    CHECK(rig.asked() == spaced("0002 0000 0006 01 03 0008 0001"));
    CHECK(unwound);
    CHECK(others.size() == 0);
    rig.answer("0001 0000 0005 01 03 02 0001 0002 0000 0005 01 03 02 0002");
    CHECK((*next)->value() == Words{2});
    CHECK(rig.client->statistics().late_answers == 1);
    CHECK(rig.exchanges.size() == 1);
    CHECK(rig.client->in_flight() == 0);
}

TEST_CASE("a call that waits its turn can be cancelled") {
    Rig rig;
    const auto first = rig.read(*rig.client);
    rig.clock.settle();
    TaskGroup others(rig.clock);
    others.spawn("cancelled",
                 [&]() -> awaitable<void> { (void)co_await rig.client->write_register(1, 0, 0); });
    rig.clock.settle();
    CHECK(rig.client->in_flight() == 2);
    others.cancel();
    rig.clock.settle();
    CHECK(others.size() == 0);
    CHECK(rig.client->in_flight() == 1);
    rig.answer("0001 0000 0005 01 03 02 0001");
    CHECK((*first)->has_value());
    CHECK(rig.asked() == spaced("0001 0000 0006 01 03 0000 0001"));
}

TEST_CASE("closing fails what is under way and is not told to the one who closed") {
    Rig rig;
    const auto a = rig.read(*rig.client);
    const auto b = rig.read(*rig.client);
    rig.clock.settle();
    rig.client->close();
    rig.client->close();
    CHECK_FALSE(*a);  // callers go on from the reactor, not from inside close()
    rig.clock.settle();
    CHECK((*a)->error() == errc::disconnected);
    CHECK((*b)->error() == errc::disconnected);
    CHECK(rig.ends.empty());
    CHECK(rig.clock.io_timers().size() == 0);
    received(rig, *rig.peer);
    CHECK(end_of(*rig.peer) == asio::error::eof);
}

TEST_CASE("the owner may destroy the client at any time") {
    Rig rig(in_flight(2));
    const auto a = rig.read(*rig.client);
    const auto b = rig.read(*rig.client);
    const auto c = rig.read(*rig.client);
    rig.clock.settle();
    const auto both_answers =
        "0001 0000 0005 01 03 02 0001"
        "0002 0000 0005 01 03 02 0002";
    SECTION("while calls are under way") {
        rig.client.reset();
        rig.clock.settle();
        CHECK((*a)->error() == errc::disconnected);
        CHECK(rig.exchanges.empty());
    }
    SECTION("before a call has begun") {
        const auto late = rig.read(*rig.client);
        auto doomed =
            rig.run<Words>([client = rig.client.get()] { return client->read_holding_registers(1, 0, 1); });
        rig.clock.settle();
        rig.client.reset();
        rig.clock.settle();
        CHECK((*late)->error() == errc::disconnected);
        CHECK((*doomed)->error() == errc::disconnected);
    }
    SECTION("when told of an exchange") {
        rig.client->on_exchange = [&rig](const Exchange&) { rig.client.reset(); };
        rig.answer(both_answers);
        CHECK((*a)->value() == Words{1});
        CHECK((*b)->error() == errc::disconnected);
        CHECK((*c)->error() == errc::disconnected);
    }
    SECTION("when told of the end") {
        rig.client->on_disconnect = [&rig](error_code) { rig.client.reset(); };
        rig.peer->close();
        rig.clock.settle();
        CHECK((*a)->error() == errc::disconnected);
        CHECK_FALSE(rig.client);
    }
    SECTION("by a caller that has its answer") {
        rig.tasks.spawn("destroys", [&rig]() -> awaitable<void> {
            (void)co_await rig.client->read_holding_registers(1, 0, 1);
            rig.client.reset();
        });
        rig.answer(both_answers);
        rig.answer("0003 0000 0005 01 03 02 0003 0004 0000 0005 01 03 02 0004");
        CHECK((*c)->value() == Words{3});
        CHECK_FALSE(rig.client);
    }
    SECTION("after a time-out") {
        rig.client->on_exchange = [&rig](const Exchange&) { rig.client.reset(); };
        rig.clock.run_for(1s);
        CHECK((*a)->error() == errc::timeout);
        CHECK((*b)->has_value() == false);
        CHECK((*c)->error() == errc::disconnected);
    }
    rig.clock.run_for(10s);
    CHECK(rig.failures.empty());
    CHECK(rig.clock.io_timers().size() == 0);
}

TEST_CASE("a caller may close the client while others are being answered") {
    Rig rig(in_flight(2));
    rig.tasks.spawn("closes", [&rig]() -> awaitable<void> {
        (void)co_await rig.client->read_holding_registers(1, 0, 1);
        rig.client->close();
    });
    rig.clock.settle();
    const auto other = rig.read(*rig.client);
    rig.clock.settle();
    rig.answer("0001 0000 0005 01 03 02 0001 0002 0000 0005 01 03 02 0002");
    CHECK((*other)->error() == errc::disconnected);
    CHECK_FALSE(rig.client->connected());
}

namespace {

// A clock whose holds can be counted.
class HeldClock final : public Clock {
  public:
    explicit HeldClock(asio::io_context& context) : Clock(context) {
        timers_ = std::make_unique<TimerQueue>([this] { return time; });
        io_timers_ = timers_.get();
    }
    Instant now() const override { return Instant{time}; }
    IoInstant io_now() const override { return IoInstant{time}; }
    WallTime wall(Instant at) const override { return WallTime{at.time_since_epoch()}; }
    void run() override { drain(); }
    using Clock::holds;
    Duration time{};
};

}  // namespace

TEST_CASE("the clock is held while a request is outstanding, and only then") {
    asio::io_context context(1);
    HeldClock clock(context);
    auto pair = make_memory_pair(clock);
    auto client = std::make_unique<Client>(clock, std::move(pair.first), ClientOptions{});
    TaskGroup tasks(clock);
    const auto ask = [&] {
        tasks.spawn("caller",
                    [&]() -> awaitable<void> { (void)co_await client->read_holding_registers(1, 0, 1); });
        clock.run();
    };
    const auto answer = [&](std::uint8_t id) {
        const auto bytes = Bytes{0, id} + hex("0000 0005 01 03 02 0000");
        REQUIRE(pair.second->try_write_some(asio::buffer(bytes)).value_or(0) == bytes.size());
        clock.run();
    };
    CHECK(clock.holds() == 0);
    ask();
    CHECK(clock.holds() == 1);
    ask();
    CHECK(clock.holds() == 1);
    answer(1);
    CHECK(clock.holds() == 1);  // for the one that waited
    answer(2);
    CHECK(clock.holds() == 0);
    SECTION("a time-out releases it") {
        ask();
        clock.time += 1s;
        clock.timers().fire_due(clock.time);
        CHECK(clock.holds() == 0);
    }
    SECTION("a cancellation releases it") {
        ask();
        tasks.cancel();
        clock.run();
        CHECK(clock.holds() == 0);
    }
    SECTION("the end of the connection releases it") {
        ask();
        CHECK(clock.holds() == 1);
        pair.second->close();
        clock.run();
        CHECK(clock.holds() == 0);
    }
    SECTION("the end of the client releases it") {
        ask();
        client->close();
        CHECK(clock.holds() == 0);
    }
    tasks.cancel();
    clock.run();
}
