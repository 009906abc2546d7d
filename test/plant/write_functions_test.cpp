// Which function writes, and what is learnt of a device that knows one of them only.
#include "plant/write_functions.hpp"

#include "modbus/errors.hpp"
#include "support/catch.hpp"

using namespace hil;
using namespace hil::plant;

namespace {
constexpr PointId a{0}, b{1}, wide{2};
constexpr auto single = WriteWith::single, multiple = WriteWith::multiple;
WriteFunctions automatic() {
    return {config::WriteFunction::automatic, 3};
}
}  // namespace

TEST_CASE("one register is written with 6 and two with 16 where nothing else is known") {
    const auto functions = automatic();
    CHECK(functions.first(a, 1) == single);
    CHECK(functions.first(wide, 2) == multiple);
}

TEST_CASE("exception 1 leads to the other function, of any value and at any time") {
    auto functions = automatic();
    CHECK(functions.other(a, single, modbus::errc::illegal_function, false) == multiple);
    CHECK(functions.other(wide, multiple, modbus::errc::illegal_function, false) == single);
    functions.succeeded(a, 1, single);
    CHECK(functions.other(a, single, modbus::errc::illegal_function, false) == multiple);
}

TEST_CASE("exceptions 2 and 3 lead to the other function for 0 alone, and where this one never succeeded") {
    for (const auto refused : {modbus::errc::illegal_data_address, modbus::errc::illegal_data_value}) {
        auto functions = automatic();
        CHECK_FALSE(functions.other(a, single, refused, false));
        CHECK(functions.other(a, single, refused, true) == multiple);
        functions.succeeded(b, 1, single);
        CHECK(functions.other(a, single, refused, true) == multiple);
        functions.succeeded(a, 1, single);
        CHECK_FALSE(functions.other(a, single, refused, true));
    }
}

TEST_CASE("no other failure leads to the other function") {
    const auto functions = automatic();
    for (const auto error : {modbus::errc::server_device_failure, modbus::errc::server_device_busy,
                             modbus::errc::gateway_target_failed, modbus::errc::timeout})
        CHECK_FALSE(functions.other(a, single, error, true));
}

TEST_CASE("what was learnt holds for points that were not written yet, and stays with those that were") {
    auto functions = automatic();
    functions.succeeded(b, 1, single);
    functions.succeeded(a, 1, multiple);
    CHECK(functions.first(a, 1) == multiple);
    CHECK(functions.first(b, 1) == single);
    CHECK(functions.first(wide, 2) == multiple);
    auto only_six = automatic();
    only_six.succeeded(wide, 2, single);
    CHECK(only_six.first(wide, 2) == single);
    CHECK(only_six.first(a, 1) == single);
}

TEST_CASE("one exception 1 of a function that works is no lesson") {
    auto functions = automatic();
    functions.succeeded(a, 1, single);
    functions.succeeded(a, 1, multiple);
    CHECK(functions.first(a, 1) == single);
    CHECK(functions.first(b, 1) == single);
}

TEST_CASE("a configured function is the only one") {
    for (const auto fixed : {config::WriteFunction::single, config::WriteFunction::multiple}) {
        const WriteFunctions functions(fixed, 3);
        const auto with = fixed == config::WriteFunction::single ? single : multiple;
        CHECK(functions.first(a, 1) == with);
        CHECK(functions.first(wide, 2) == with);
        CHECK_FALSE(functions.other(a, with, modbus::errc::illegal_function, true));
    }
}
