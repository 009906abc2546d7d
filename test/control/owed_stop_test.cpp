// The writes of a stop, one by one: what confirms them, and what is due.
#include "control/owed_stop.hpp"
#include "modbus/errors.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::control;
using namespace std::chrono_literals;
using plant::PointId;

namespace {

constexpr PointId p{0}, q{1}, enable{2}, command{3}, mode{4};
constexpr error_code none;
const error_code busy = modbus::errc::server_device_busy;
const error_code refused = modbus::errc::illegal_data_value;
const Instant t0{100s};

OwedStop stop() {
    return OwedStop({{p, 0, false, 3s, true},
                     {q, 0, false, 3s, true},
                     {enable, 0, true, 3s, false},
                     {command, 1, false, 3s, false}});
}

using Indexes = std::vector<std::size_t>;

}  // namespace

TEST_CASE("a stop is confirmed by acknowledgements and by the register of enable") {
    auto owed = stop();
    CHECK(owed.due(t0) == Indexes{0, 1, 2, 3});
    CHECK(owed.open() == std::size_t{0});
    CHECK_FALSE(owed.failed(t0));  // nobody has tried
    for (const std::size_t i : {0u, 1u, 2u, 3u})
        owed.written(i, none, t0);
    CHECK(owed.zeroed());
    CHECK(owed.acknowledged_zeros() == 2);
    CHECK_FALSE(owed.disabled());
    CHECK_FALSE(owed.confirmed());
    CHECK(owed.open() == std::size_t{2});
    CHECK(owed.due(t0).empty());  // it may yet show
    owed.seen(enable, true, t0);
    CHECK(owed.disabled());
    CHECK(owed.confirmed());
    CHECK_FALSE(owed.open());
}

TEST_CASE("what is refused or lost is due again, and what is confirmed is not") {
    for (const error_code error : {busy, refused, error_code(modbus::errc::timeout)}) {
        auto owed = stop();
        owed.written(0, none, t0);
        owed.written(1, error, t0);
        owed.written(2, error, t0);
        owed.written(3, none, t0);
        CHECK(owed.due(t0) == Indexes{1, 2});
        CHECK(owed.failed(t0));
        CHECK(owed.outcome(1) == error);
        CHECK(owed.zero_failure() == error);
        CHECK(owed.acknowledged_zeros() == 1);
        owed.written(1, none, t0);
        owed.seen(enable, true, t0);  // the write whose answer was lost arrived
        CHECK(owed.confirmed());
    }
}

TEST_CASE("a refused command is owed though enable reads 0") {
    auto owed = stop();
    for (const std::size_t i : {0u, 1u, 2u})
        owed.written(i, none, t0);
    owed.written(3, busy, t0);
    owed.seen(enable, true, t0);
    CHECK_FALSE(owed.disabled());
    CHECK(owed.due(t0) == Indexes{3});
    owed.settle_refused_zeros();
    CHECK_FALSE(owed.confirmed());
}

TEST_CASE("enable that was acknowledged and does not show is written again when its time is over") {
    auto owed = stop();
    owed.written(2, none, t0);
    owed.seen(enable, false, t0 + 1s);
    CHECK(owed.due(t0 + 2s) == Indexes{0, 1, 3});
    CHECK(owed.due(t0 + 3s) == Indexes{0, 1, 2, 3});
    owed.seen(enable, true, t0 + 3s);
    CHECK(owed.due(t0 + 3s) == Indexes{0, 1, 3});
    // Somebody else enables it.
    owed.seen(enable, false, t0 + 4s);
    CHECK(owed.due(t0 + 4s) == Indexes{0, 1, 2, 3});
}

TEST_CASE("a setpoint that does not read 0 any more is zeroed again") {
    auto owed = stop();
    owed.written(0, none, t0);
    owed.seen(p, false, t0 + 1s);  // it may show late
    CHECK(owed.due(t0 + 1s) == Indexes{1, 2, 3});
    CHECK_FALSE(owed.zeroed());
    CHECK(owed.due(t0 + 3s) == Indexes{0, 1, 2, 3});
    owed.seen(p, true, t0 + 3s);
    owed.seen(q, true, t0 + 3s);  // nobody needs to write what stands there
    CHECK(owed.zeroed());
    owed.seen(p, false, t0 + 5s);
    CHECK(owed.due(t0 + 5s) == Indexes{0, 2, 3});
}

TEST_CASE("of several writes of one point the last one is what the register must hold") {
    OwedStop owed({{mode, 3, false, 3s, false}, {enable, 0, true, 3s, false}, {mode, 0, true, 3s, false}});
    owed.written(0, none, t0);
    owed.written(1, none, t0);
    owed.written(2, none, t0);
    owed.seen(enable, true, t0);
    owed.seen(mode, true, t0);
    CHECK(owed.confirmed());
}

TEST_CASE("a zero that a disabled plant refuses for good is settled, one that may pass is not") {
    auto owed = stop();
    for (unsigned i = 0; i < OwedStop::for_good; ++i) {
        owed.written(0, refused, t0);
        owed.written(1, busy, t0);
    }
    owed.written(2, none, t0);
    owed.written(3, none, t0);
    owed.settle_refused_zeros();
    CHECK(owed.open() == std::size_t{0});  // it may still run
    owed.seen(enable, true, t0);
    owed.settle_refused_zeros();
    CHECK(owed.open() == std::size_t{1});
}

TEST_CASE("after a reconnect everything is written again, after a doubt one register is looked at again") {
    auto owed = stop();
    for (const std::size_t i : {0u, 1u, 2u, 3u})
        owed.written(i, none, t0);
    owed.seen(enable, true, t0);
    auto doubted = owed;
    doubted.doubt(enable, t0 + 1s);
    CHECK_FALSE(doubted.disabled());
    CHECK_FALSE(doubted.failed(t0 + 1s));
    CHECK(doubted.due(t0 + 1s).empty());
    doubted.seen(enable, true, t0 + 2s);
    CHECK(doubted.confirmed());
    owed.begin_again();
    CHECK(owed.due(t0) == Indexes{0, 1, 2, 3});
}

TEST_CASE("pauses between the rounds of a stop grow to five seconds, without end") {
    auto owed = stop();
    CHECK(owed.pause() == 250ms);
    CHECK(owed.pause() == 500ms);
    for (int i = 0; i < 100; ++i)
        (void)owed.pause();
    CHECK(owed.pause() == 5s);
}
