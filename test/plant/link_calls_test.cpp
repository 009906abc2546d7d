#include "link_rig.hpp"

#include "support/catch.hpp"

#include <bit>
#include <limits>

using namespace hil;
using namespace std::chrono_literals;
using modbus::Function;
using plant::Priority;
using test::LinkRig;

namespace {

// An endpoint that has points of two registers besides those of the LIB.
config::ModbusEndpoint wide_endpoint() {
    auto endpoint = test::lib_endpoint();
    using config::Unit;
    endpoint.points.push_back(
        test::make_point("energy", 300, config::Format::int32, config::Access::read_write, Unit::kw, 0.1));
    endpoint.points.push_back(
        test::make_point("frequency", 310, config::Format::float32, config::Access::read_write));
    return endpoint;
}

std::vector<Function> functions(const std::vector<LinkRig::Seen>& seen) {
    std::vector<Function> all;
    for (const auto& s : seen)
        all.push_back(s.request.function);
    return all;
}

bool touches(const modbus::Request& request, unsigned address) {
    return request.address <= address && address < static_cast<unsigned>(request.address) + request.count;
}

}  // namespace

TEST_CASE("the eight measurements are read in two requests and come in internal units") {
    LinkRig rig;
    rig.bank.holding[86] = 0xFB2E;
    rig.bank.holding[270] = 3;
    rig.bank.holding[281] = 4988;
    rig.bank.holding[296] = 20000;
    rig.connect();
    const auto first = rig.seen.size();
    const auto call = rig.read(rig.measured);
    rig.clock.settle();
    REQUIRE(call->done());
    const auto& reading = call->outcome->value();
    REQUIRE(reading.size() == 8);
    CHECK(reading[0].value == -123.4);
    CHECK(reading[0].words[0] == 0xFB2E);
    CHECK(reading[1].value == 0.3);
    CHECK(reading[4].value == 0.4988);
    CHECK(reading[7].value == 20.0);
    for (const auto& value : reading)
        CHECK(value.known);
    CHECK(rig.seen.size() - first == 2);
    CHECK(rig.exchanges == 3);
    CHECK(rig.link.status().requests == 3);
    CHECK(rig.link.status().errors == 0);
}

TEST_CASE("what was read at this instant is not asked for again by who agrees to it, until a write") {
    LinkRig rig;
    rig.bank.holding[86] = 100;
    rig.bank.holding[281] = 4988;
    rig.connect();
    const auto instant = plant::Link::this_instant;
    const auto soc = rig.map.batch(std::array{rig.map.standard().soc});
    const auto requests = [&](const plant::ReadBatch& batch, Duration max_age) {
        const auto first = rig.seen.size();
        const auto call = rig.read(batch, Priority::sample, max_age);
        rig.clock.settle();
        REQUIRE(call->outcome->has_value());
        CHECK(call->outcome->value()[0].known);
        return rig.seen.size() - first;
    };
    CHECK(requests(rig.measured, instant) == 2);
    rig.clock.run_for(instant);
    CHECK(requests(rig.setpoints, instant) == 0);
    const auto call = rig.read(soc, Priority::control, instant);
    rig.clock.settle();
    CHECK(call->outcome->value()[0].value == 0.4988);
    CHECK(requests(soc, Duration::zero()) == 1);

    rig.clock.run_for(instant + 1ns);
    CHECK(requests(rig.setpoints, instant) == 1);
    const auto written = rig.write(rig.map.standard().p_setpoint, 20);
    rig.clock.settle();
    REQUIRE(written->outcome->has_value());
    const auto again = rig.read(rig.setpoints, Priority::sample, instant);
    rig.clock.settle();
    CHECK(again->outcome->value()[0].value == 20.0);
}

TEST_CASE("an answer to a question of before a write is not given afterwards, in the same instant either") {
    auto endpoint = hil::test::lib_endpoint();
    endpoint.max_in_flight = 4;
    LinkRig rig(endpoint);
    rig.bank.holding[86] = 100;
    rig.connect();
    // Both are on their way before either is answered, at one instant.
    const auto before = rig.read(rig.setpoints);
    const auto written = rig.write(rig.map.standard().p_setpoint, 20);
    rig.clock.settle();
    REQUIRE(written->outcome->has_value());
    REQUIRE(before->outcome->value()[0].value == 10.0);
    const auto after = rig.read(rig.setpoints, Priority::sample, plant::Link::this_instant);
    rig.clock.settle();
    CHECK(after->outcome->value()[0].value == 20.0);
}

TEST_CASE("a value of one register is written with FC06 and truncated to whole counts") {
    LinkRig rig;
    rig.connect();
    const auto first = rig.seen.size();
    const auto call = rig.write(rig.map.standard().p_setpoint, -123.45);
    rig.clock.settle();
    CHECK(call->outcome->has_value());
    CHECK(rig.bank.holding[86] == 0xFB2E);
    CHECK(functions(rig.requests_since(first)) == std::vector{Function::write_single_register});
}

TEST_CASE("nothing is sent for a value that may not or cannot be written [D-30]") {
    LinkRig rig;
    rig.connect();
    const auto first = rig.seen.size();
    const auto& points = rig.map.standard();
    const auto measured = rig.write(points.soc, 0.5);
    const auto large = rig.write(points.p_setpoint, 4000);
    const auto unknown = rig.write(points.p_setpoint, std::numeric_limits<double>::quiet_NaN());
    const auto nowhere = rig.write(static_cast<plant::PointId>(99), 1);
    const auto stale = rig.write(points.p_setpoint, 1, Priority::dispatch, rig.link.epoch() - 1);
    rig.clock.settle();
    CHECK(measured->error() == plant::errc::access_denied);
    CHECK(large->error() == plant::errc::out_of_range);
    CHECK(unknown->error() == plant::errc::not_finite);
    CHECK(nowhere->error() == plant::errc::no_such_point);
    CHECK(stale->error() == plant::errc::superseded);
    CHECK(rig.seen.size() == first);
    const auto command = rig.write(*rig.map.find("stop_command"), 1);  // access w: written, never read
    rig.clock.settle();
    CHECK(command->outcome->has_value());
    CHECK(rig.bank.holding[85] == 1);
}

TEST_CASE("a value of two registers is written with FC16") {
    LinkRig rig(wide_endpoint());
    rig.connect();
    const auto first = rig.seen.size();
    const auto call = rig.write(*rig.map.find("energy"), -100);
    rig.clock.settle();
    CHECK(call->outcome->has_value());
    CHECK(rig.bank.holding[300] == 0xFFFF);
    CHECK(rig.bank.holding[301] == 0xFC18);
    CHECK(functions(rig.requests_since(first)) == std::vector{Function::write_multiple_registers});
}

TEST_CASE("a device without FC16 gets no half of a value, and is not asked for FC16 again") {
    LinkRig rig(wide_endpoint());
    rig.answer = [&](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.function == Function::write_multiple_registers) return LinkRig::exception(request, 1);
        return std::nullopt;
    };
    rig.connect();
    const auto first = rig.seen.size();
    const auto call = rig.write(*rig.map.find("energy"), -100);
    rig.clock.settle();
    CHECK(call->error() == plant::errc::not_in_one_request);
    CHECK(rig.bank.holding[300] == 0);
    CHECK(functions(rig.requests_since(first)) == std::vector{Function::write_multiple_registers});
    const auto second = rig.seen.size();
    const auto again = rig.write(*rig.map.find("energy"), 100);
    rig.clock.settle();
    CHECK(again->error() == plant::errc::not_in_one_request);
    CHECK(rig.requests_since(second).empty());
}

TEST_CASE("a device without FC06 gets FC16, and is not asked for FC06 again, in later sessions either") {
    LinkRig rig(wide_endpoint());
    rig.answer = [&](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.function == Function::write_single_register) return LinkRig::exception(request, 1);
        return std::nullopt;
    };
    rig.connect();
    const auto setpoint = rig.map.standard().p_setpoint;
    auto first = rig.seen.size();
    const auto call = rig.write(setpoint, 100);
    rig.clock.settle();
    CHECK(call->outcome->has_value());
    CHECK(functions(rig.requests_since(first)) ==
          std::vector{Function::write_single_register, Function::write_multiple_registers});
    rig.network.reset_connections(rig.endpoint.address);
    rig.clock.run_for(std::chrono::seconds(15));
    REQUIRE(rig.link.status().state == plant::LinkState::connected);
    first = rig.seen.size();
    const auto again = rig.write(setpoint, 90);
    rig.clock.settle();
    CHECK(again->outcome->has_value());
    // A link that rested looks at the plant before it writes.
    auto asked = functions(rig.requests_since(first));
    std::erase(asked, Function::read_holding_registers);
    CHECK(asked == std::vector{Function::write_multiple_registers});
}

TEST_CASE(
    "a value that is refused is not tried with the other function; 0 is, where nothing ever succeeded") {
    for (const std::uint8_t code : {std::uint8_t{2}, std::uint8_t{3}}) {
        LinkRig rig(wide_endpoint());
        rig.answer = [&](const modbus::Request& request) -> std::optional<modbus::Response> {
            if (request.function == Function::write_single_register) return LinkRig::exception(request, code);
            return std::nullopt;
        };
        rig.connect();
        const auto setpoint = rig.map.standard().p_setpoint;
        auto first = rig.seen.size();
        const auto refused = rig.write(setpoint, 100);
        rig.clock.settle();
        CHECK(modbus::is_exception(refused->error()));
        CHECK(functions(rig.requests_since(first)) == std::vector{Function::write_single_register});
        const auto zero = rig.write(setpoint, 0);
        rig.clock.settle();
        CHECK(zero->outcome->has_value());
        first = rig.seen.size();
        const auto call = rig.write(setpoint, 100);
        rig.clock.settle();
        CHECK(call->outcome->has_value());
        CHECK(functions(rig.requests_since(first)) == std::vector{Function::write_multiple_registers});
    }
}

TEST_CASE("an answer that echoes another value is an acknowledgement") {
    LinkRig rig(wide_endpoint());
    rig.answer = [&](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.function != Function::write_single_register) return std::nullopt;
        auto response = modbus::execute(rig.bank, request);
        response.words[0] = 7;
        return response;
    };
    rig.connect();
    const auto call = rig.write(rig.map.standard().p_setpoint, 100);
    rig.clock.settle();
    CHECK(call->outcome->has_value());
}

TEST_CASE("another exception to FC16 is the outcome of the write") {
    LinkRig rig(wide_endpoint());
    rig.answer = [](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (request.function == Function::write_multiple_registers) return LinkRig::exception(request, 3);
        return std::nullopt;
    };
    rig.connect();
    const auto call = rig.write(*rig.map.find("energy"), 1);
    rig.clock.settle();
    CHECK(call->error() == modbus::errc::illegal_data_value);
    CHECK(rig.link.status().errors == 1);
    CHECK(rig.link.status().last_error == modbus::errc::illegal_data_value);
    CHECK_FALSE(rig.link.status().failing());
}

TEST_CASE("registers that hold no number are an unknown value, not one") {
    LinkRig rig(wide_endpoint());
    rig.bank.holding[310] = 0x7FC0;
    rig.connect();
    const auto batch = rig.map.batch(std::array{*rig.map.find("frequency"), *rig.map.find("energy")});
    const auto call = rig.read(batch);
    rig.clock.settle();
    const auto& reading = call->outcome->value();
    CHECK_FALSE(reading[0].known);
    CHECK(reading[1].known);
}

TEST_CASE(
    "a point the device refuses is unknown, its neighbours are not, and the device is not pestered [D-18]",
    "[D-18]") {
    LinkRig rig;
    rig.bank.holding[296] = 20000;
    const auto refuse = GENERATE(2, 3);
    rig.answer = [refuse](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (touches(request, 281)) return LinkRig::exception(request, static_cast<std::uint8_t>(refuse));
        return std::nullopt;
    };
    rig.connect();
    for (int i = 0; i < 5; ++i) {
        const auto call = rig.read(rig.measured);
        rig.clock.settle();
        REQUIRE(call->outcome->has_value());
        const auto& reading = call->outcome->value();
        for (std::size_t point = 0; point < reading.size(); ++point)
            CHECK(reading[point].known == (point != 4));
        CHECK(reading[7].value == 20.0);
    }
    auto first = rig.seen.size();
    const auto steady = rig.read(rig.measured);
    rig.clock.settle();
    CHECK(rig.seen.size() - first == 3);
    const auto alone = rig.map.batch(std::array{rig.map.standard().soc});
    first = rig.seen.size();
    const auto soc = rig.read(alone);
    rig.clock.settle();
    CHECK_FALSE(soc->outcome->value()[0].known);
    CHECK(rig.seen.size() == first);

    // Another session may be with another device.
    rig.answer = {};
    rig.network.reset_connections(rig.endpoint.address);
    rig.pass(1s);
    first = rig.seen.size();
    const auto after = rig.read(rig.measured);
    rig.clock.settle();
    REQUIRE(rig.link.status().session == 2);
    CHECK(after->outcome->value()[4].known);
    CHECK(rig.seen.size() - first == 3);  // with the first one of the session
}

TEST_CASE("a refused register between two points costs requests, no values") {
    LinkRig rig;
    rig.answer = [](const modbus::Request& request) -> std::optional<modbus::Response> {
        if (touches(request, 285)) return LinkRig::exception(request, 2);
        return std::nullopt;
    };
    rig.connect();
    for (int i = 0; i < 5; ++i) {
        const auto call = rig.read(rig.measured);
        rig.clock.settle();
        for (const auto& value : call->outcome->value())
            CHECK(value.known);
    }
    const auto first = rig.seen.size();
    (void)rig.read(rig.measured);
    rig.clock.settle();
    CHECK(rig.seen.size() - first == 3);
}

TEST_CASE("a device that is busy or fails makes the reading fail, never zero [D-18]", "[D-18]") {
    LinkRig rig;
    rig.connect();
    struct Case {
        std::uint8_t code;
        modbus::errc error;
    };
    const auto c =
        GENERATE(Case{1, modbus::errc::illegal_function}, Case{4, modbus::errc::server_device_failure},
                 Case{6, modbus::errc::server_device_busy});
    rig.answer = [c](const modbus::Request& request) -> std::optional<modbus::Response> {
        return LinkRig::exception(request, c.code);
    };
    const auto call = rig.read(rig.measured);
    rig.clock.settle();
    CHECK(call->error() == c.error);
    CHECK(rig.link.status().state == plant::LinkState::connected);
}

TEST_CASE("of the calls that wait, an emergency goes first and a sample last") {
    LinkRig rig;
    rig.connect();
    rig.back->latency = 10ms;
    const auto& points = rig.map.standard();
    const auto one = rig.map.batch(std::array{points.soc});
    const auto under_way = rig.read(one);
    rig.clock.settle();
    const auto first = rig.seen.size();
    const auto sample = rig.read(one, Priority::sample);
    const auto dispatch = rig.write(points.p_setpoint, 1, Priority::dispatch);
    const auto second_dispatch = rig.write(points.q_setpoint, 1, Priority::dispatch);
    const auto control = rig.write(points.enable, 1, Priority::control);
    const auto emergency = rig.write(points.p_setpoint, 0, Priority::emergency);
    rig.pass(100ms);
    std::vector<unsigned> order;
    for (const auto& s : rig.requests_since(first))
        order.push_back(s.request.address);
    CHECK(order == std::vector<unsigned>{86, 1, 86, 88, 281});
    CHECK(emergency->ended < control->ended);
    CHECK(control->ended < dispatch->ended);
    CHECK(second_dispatch->ended < sample->ended);
    CHECK(rig.bank.holding[86] == 10);
}

TEST_CASE("an emergency overtakes a reading between its requests") {
    LinkRig rig;
    rig.connect();
    rig.back->latency = 10ms;
    const auto reading = rig.read(rig.measured);
    rig.clock.settle();
    const auto emergency = rig.write(rig.map.standard().p_setpoint, 0, Priority::emergency);
    rig.pass(100ms);
    CHECK(emergency->ended < reading->ended);
    CHECK(reading->outcome->has_value());
}

TEST_CASE("calls beyond the bound of their priority are refused, those of others are not") {
    LinkRig rig;
    rig.connect();
    rig.back->latency = 1ms;
    const auto one = rig.map.batch(std::array{rig.map.standard().soc});
    std::vector<std::shared_ptr<test::Call<plant::Reading>>> calls;
    for (int i = 0; i < 18; ++i)
        calls.push_back(rig.read(one));
    rig.clock.settle();
    REQUIRE(calls.back()->done());
    CHECK(calls.back()->error() == plant::errc::queue_full);
    const auto emergency = rig.write(rig.map.standard().p_setpoint, 0, Priority::emergency);
    rig.pass(100ms);
    CHECK(emergency->outcome->has_value());
    for (std::size_t i = 0; i < 17; ++i)
        CHECK(calls[i]->outcome->has_value());
}

TEST_CASE("as many requests are under way as the endpoint allows") {
    auto endpoint = test::lib_endpoint();
    const auto allowed = GENERATE(std::uint16_t{1}, std::uint16_t{4}, std::uint16_t{16});
    endpoint.max_in_flight = allowed;
    LinkRig rig(endpoint);
    rig.connect();
    rig.back->latency = 100ms;
    const auto one = rig.map.batch(std::array{rig.map.standard().soc});
    const auto begin = rig.clock.now();
    std::vector<std::shared_ptr<test::Call<plant::Reading>>> calls;
    for (int i = 0; i < 16; ++i)
        calls.push_back(rig.read(one));
    rig.pass(10s);
    for (const auto& call : calls)
        REQUIRE(call->outcome->has_value());
    CHECK(calls.back()->ended - begin == (16 / allowed) * 100ms);
}

TEST_CASE("a cancelled call leaves the queue or frees its turn, and the others go on") {
    LinkRig rig;
    rig.connect();
    rig.back->latency = 10ms;
    const auto one = rig.map.batch(std::array{rig.map.standard().soc});
    int unwound = 0;
    const auto body = [&]() -> awaitable<void> {
        try {
            (void)co_await rig.link.read(one, Priority::dispatch);
        } catch (const boost::system::system_error& e) {
            if (e.code() == asio::error::operation_aborted) ++unwound;
            throw;
        }
    };
    TaskGroup under_way(rig.clock), waiting(rig.clock);
    under_way.spawn("under way", body);
    rig.clock.settle();
    waiting.spawn("waiting", body);
    const auto last = rig.read(one);
    rig.clock.settle();
    const auto first = rig.seen.size();
    waiting.cancel();
    rig.clock.settle();
    CHECK(unwound == 1);
    CHECK_FALSE(last->done());
    under_way.cancel();
    rig.clock.settle();
    CHECK(unwound == 2);
    rig.pass(20ms);
    CHECK(last->outcome->has_value());
    CHECK(rig.seen.size() - first == 1);
    const auto next = rig.read(rig.measured);
    rig.pass(100ms);
    CHECK(next->outcome->has_value());
}

TEST_CASE("a call cancelled in the instant in which its turn comes gives the turn on") {
    LinkRig rig;
    rig.connect();
    rig.back->latency = 10ms;
    const auto one = rig.map.batch(std::array{rig.map.standard().soc});
    TaskGroup waiting(rig.clock);
    rig.tasks.spawn("first", [&]() -> awaitable<void> {
        (void)co_await rig.link.read(one, Priority::sample);
        waiting.cancel();  // the turn has just been handed to the waiting call
    });
    rig.clock.settle();
    waiting.spawn("waiting",
                  [&]() -> awaitable<void> { (void)co_await rig.link.read(one, Priority::sample); });
    rig.clock.settle();
    const auto last = rig.read(one);
    rig.pass(1s);
    CHECK(waiting.size() == 0);
    REQUIRE(last->done());
    CHECK(last->outcome->has_value());
}
