// What is expected of a device, held against what it says; and what an emergency costs by configuration.
#include "plant/fingerprint.hpp"
#include "modbus/errors.hpp"
#include "plant/link.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::plant;
using namespace std::chrono_literals;

namespace {

config::Point point(config::Format format, double scale = 1) {
    config::Point out;
    out.name = "firmware";
    out.format = format;
    out.eng_per_count = scale;
    return out;
}

std::optional<std::string> judged(config::Expectation expected, std::uint16_t word, double scale = 1) {
    expected.point = "firmware";
    const Codec codec(point(config::Format::uint16, scale), config::ByteOrder::big,
                      config::WordOrder::msw_first);
    return mismatch(expected, codec, Registers{word, 0});
}

}  // namespace

TEST_CASE("a device is known by a value or a range, and a mismatch names both") {
    CHECK_FALSE(judged({.point = {}, .value = 7, .min = {}, .max = {}}, 7));
    CHECK(judged({.point = {}, .value = 7, .min = {}, .max = {}}, 8) == "firmware reads 8, 7 is expected");
    CHECK_FALSE(judged({.point = {}, .value = 1.25, .min = {}, .max = {}}, 12,
                       0.1));  // the register that 1.25 becomes
    CHECK_FALSE(judged({.point = {}, .value = {}, .min = 3, .max = 5}, 3));
    CHECK_FALSE(judged({.point = {}, .value = {}, .min = 3, .max = 5}, 5));
    CHECK(judged({.point = {}, .value = {}, .min = 3, .max = 5}, 2) ==
          "firmware reads 2, 3 to 5 is expected");
    CHECK(judged({.point = {}, .value = {}, .min = 3, .max = 5}, 6) ==
          "firmware reads 6, 3 to 5 is expected");
    CHECK_FALSE(judged({.point = {}, .value = {}, .min = 3, .max = {}}, 60'000));
    CHECK(judged({.point = {}, .value = {}, .min = 3, .max = {}}, 2) ==
          "firmware reads 2, at least 3 is expected");
    CHECK(judged({.point = {}, .value = {}, .min = {}, .max = 3}, 4) ==
          "firmware reads 4, at most 3 is expected");
}

TEST_CASE("a device that refuses the register, or holds no number in it, is not the one that is expected") {
    const Codec codec(point(config::Format::float32), config::ByteOrder::big, config::WordOrder::msw_first);
    const config::Expectation expected{.point = "firmware", .value = 7, .min = {}, .max = {}};
    CHECK(mismatch(expected, codec, error_code(modbus::errc::illegal_data_address)) ==
          "firmware cannot be read (the device has no such address (exception 2)), 7 is expected");
    CHECK(mismatch({.point = "firmware", .value = {}, .min = 0, .max = {}}, codec, Registers{0x7FC0, 0}));
    CHECK_FALSE(mismatch(expected, codec, Registers{0x40E0, 0}));
}

TEST_CASE("what an emergency stop costs follows from the pauses that the device asks for") {
    config::ModbusEndpoint endpoint;
    CHECK(emergency_delay(endpoint, 4).answering == Duration::zero());
    CHECK(emergency_delay(endpoint, 4).stuck == 1100ms);
    endpoint.min_pause = 200ms;
    CHECK(emergency_delay(endpoint, 4).answering == 800ms);
    CHECK(emergency_delay(endpoint, 4).stuck == 1900ms);
    endpoint.connect_delay = 2s;
    CHECK(emergency_delay(endpoint, 4).stuck == 1s + 1s + 2s + 800ms);
}
