#include "modbus/pdu.hpp"

#include "modbus/errors.hpp"

#include "support/catch.hpp"
#include "test/modbus/bytes.hpp"

using namespace hil::modbus;
using namespace hil::modbus::test;

namespace {

struct RequestCase {
    std::string bytes;  // transaction 0x1234, unit 0x11
    Request request;
};

Request make(Function function, std::uint16_t address, std::uint16_t count = 0, Words words = {},
             Bits bits = {}) {
    Request r;
    r.unit = 0x11;
    r.function = function;
    r.address = address;
    r.count = count;
    r.words = words;
    r.bits = std::move(bits);
    return r;
}

Response answer(Function function, Words words = {}, Bits bits = {}, std::uint16_t address = 0,
                std::uint16_t count = 0) {
    Response r;
    r.unit = 0x11;
    r.function = function;
    r.words = words;
    r.bits = std::move(bits);
    r.address = address;
    r.count = count;
    return r;
}

std::vector<RequestCase> request_cases() {
    Request mask = make(Function::mask_write_register, 4);
    mask.and_mask = 0x00F2;
    mask.or_mask = 0x0025;
    Request both = make(Function::read_write_multiple_registers, 3, 6, {0x00FF, 0x00FF, 0x00FF});
    both.write_address = 14;
    return {
        {"1234 0000 0006 11 01 0013 0013", make(Function::read_coils, 0x13, 0x13)},
        {"1234 0000 0006 11 02 00c4 0016", make(Function::read_discrete_inputs, 0xC4, 0x16)},
        {"1234 0000 0006 11 03 006b 0003", make(Function::read_holding_registers, 0x6B, 3)},
        {"1234 0000 0006 11 04 ffff 007d", make(Function::read_input_registers, 0xFFFF, 125)},
        {"1234 0000 0006 11 05 00ac ff00", make(Function::write_single_coil, 0xAC, 0, {}, {true})},
        {"1234 0000 0006 11 05 00ac 0000", make(Function::write_single_coil, 0xAC, 0, {}, {false})},
        {"1234 0000 0006 11 06 0001 abcd", make(Function::write_single_register, 1, 0, {0xABCD})},
        {"1234 0000 0009 11 0f 0013 000a 02 cd 01",
         make(Function::write_multiple_coils, 0x13, 10, {},
              {true, false, true, true, false, false, true, true, true, false})},
        {"1234 0000 000b 11 10 0001 0002 04 000a 0102",
         make(Function::write_multiple_registers, 1, 2, {10, 0x0102})},
        {"1234 0000 0008 11 16 0004 00f2 0025", mask},
        {"1234 0000 0011 11 17 0003 0006 000e 0003 06 00ff 00ff 00ff", both},
    };
}

struct ResponseCase {
    std::string bytes;
    Response response;
};

std::vector<ResponseCase> response_cases() {
    Response refused = answer(Function::read_holding_registers);
    refused.exception = 2;
    Response mask = answer(Function::mask_write_register, {}, {}, 4);
    mask.and_mask = 0x00F2;
    mask.or_mask = 0x0025;
    const Bits eight = {true, false, true, true, false, false, true, true};
    return {
        {"1234 0000 0004 11 01 01 cd", answer(Function::read_coils, {}, eight)},
        {"1234 0000 0004 11 02 01 cd", answer(Function::read_discrete_inputs, {}, eight)},
        {"1234 0000 0009 11 03 06 022b 0000 0064",
         answer(Function::read_holding_registers, {0x22B, 0, 0x64})},
        {"1234 0000 0005 11 04 02 000a", answer(Function::read_input_registers, {10})},
        {"1234 0000 0006 11 05 00ac ff00", answer(Function::write_single_coil, {}, {true}, 0xAC)},
        {"1234 0000 0006 11 05 00ac 0000", answer(Function::write_single_coil, {}, {false}, 0xAC)},
        {"1234 0000 0006 11 06 0001 abcd", answer(Function::write_single_register, {0xABCD}, {}, 1)},
        {"1234 0000 0006 11 0f 0013 000a", answer(Function::write_multiple_coils, {}, {}, 0x13, 10)},
        {"1234 0000 0006 11 10 0001 0002", answer(Function::write_multiple_registers, {}, {}, 1, 2)},
        {"1234 0000 0008 11 16 0004 00f2 0025", mask},
        {"1234 0000 0005 11 17 02 00fe", answer(Function::read_write_multiple_registers, {0xFE})},
        {"1234 0000 0003 11 83 02", refused},
    };
}

Bytes pdu_of(const std::string& adu_text) {
    auto bytes = hex(adu_text);
    bytes.erase(bytes.begin(), bytes.begin() + mbap_size);
    return bytes;
}

}  // namespace

TEST_CASE("requests have exactly these bytes, in both directions") {
    for (const auto& [bytes, request] : request_cases()) {
        CAPTURE(bytes);
        CHECK(to_hex(adu(0x1234, request)) == to_hex(hex(bytes)));
        CHECK(decode_request(0x11, pdu_of(bytes)).value() == request);
        CHECK(check(request));
    }
}

TEST_CASE("answers have exactly these bytes, in both directions") {
    for (const auto& [bytes, response] : response_cases()) {
        CAPTURE(bytes);
        CHECK(to_hex(adu(0x1234, response)) == to_hex(hex(bytes)));
        CHECK(decode_response(0x11, pdu_of(bytes)).value() == response);
    }
}

TEST_CASE("a message that is too short or too long is refused") {
    for (const auto& [bytes, request] : request_cases()) {
        const auto pdu = pdu_of(bytes);
        for (std::size_t size = 1; size < pdu.size(); ++size) {
            CHECK(decode_request(0x11, std::span(pdu).first(size)).error() == errc::illegal_data_value);
        }
        CHECK(decode_request(0x11, pdu + Bytes{0}).error() == errc::illegal_data_value);
    }
    for (const auto& [bytes, response] : response_cases()) {
        const auto pdu = pdu_of(bytes);
        for (std::size_t size = 1; size < pdu.size(); ++size) {
            CHECK(decode_response(0x11, std::span(pdu).first(size)).error() == errc::bad_response);
        }
        CHECK(decode_response(0x11, pdu + Bytes{0}).error() == errc::bad_response);
    }
    CHECK(decode_request(1, {}).error() == errc::illegal_function);
    CHECK(decode_response(1, {}).error() == errc::bad_response);
}

TEST_CASE("a request with a count of 0 or above its limit is refused") {
    struct Limit {
        const char* head;  // function and address
        std::size_t limit;
    };
    for (const auto& [head, limit] :
         {Limit{"01 0000", 2000}, {"02 0000", 2000}, {"03 0000", 125}, {"04 0000", 125}}) {
        CAPTURE(head);
        for (const std::size_t count :
             {std::size_t{0}, std::size_t{1}, limit, limit + 1, std::size_t{0xFFFF}}) {
            const auto pdu =
                hex(head) + Bytes{static_cast<std::uint8_t>(count >> 8), static_cast<std::uint8_t>(count)};
            const auto request = decode_request(1, pdu);
            if (count >= 1 && count <= limit) {
                CHECK(request.value().count == count);
                CHECK(check(*request));
            } else {
                CHECK(request.error() == errc::illegal_data_value);
            }
        }
    }
    // The limits of what is written follow from the longest PDU.
    const auto registers = [](std::size_t count) {
        return hex("10 0000") +
               Bytes{0, static_cast<std::uint8_t>(count), static_cast<std::uint8_t>(2 * count)} +
               Bytes(2 * count, 7);
    };
    CHECK(decode_request(1, registers(123)));
    CHECK(registers(123).size() <= max_pdu_size);
    CHECK(decode_request(1, registers(124)).error() == errc::illegal_data_value);
    CHECK(decode_request(1, registers(0)).error() == errc::illegal_data_value);
    const auto coils = [](std::size_t count) {
        return hex("0f 0000") +
               Bytes{static_cast<std::uint8_t>(count >> 8), static_cast<std::uint8_t>(count),
                     static_cast<std::uint8_t>((count + 7) / 8)} +
               Bytes((count + 7) / 8, 0x55);
    };
    CHECK(decode_request(1, coils(1968)));
    CHECK(coils(1968).size() <= max_pdu_size);
    CHECK(decode_request(1, coils(1969)).error() == errc::illegal_data_value);
    CHECK(decode_request(1, coils(0)).error() == errc::illegal_data_value);
    const auto both = [](std::size_t read, std::size_t written) {
        return hex("17 0000") + Bytes{0, static_cast<std::uint8_t>(read), 0, 0, 0} +
               Bytes{static_cast<std::uint8_t>(written), static_cast<std::uint8_t>(2 * written)} +
               Bytes(2 * written, 7);
    };
    CHECK(decode_request(1, both(125, 121)));
    CHECK(both(125, 121).size() <= max_pdu_size);
    CHECK(decode_request(1, both(126, 1)).error() == errc::illegal_data_value);
    CHECK(decode_request(1, both(0, 1)).error() == errc::illegal_data_value);
    CHECK(decode_request(1, both(1, 122)).error() == errc::illegal_data_value);
    CHECK(decode_request(1, both(1, 0)).error() == errc::illegal_data_value);
}

TEST_CASE("a byte count that does not fit the count is refused") {
    CHECK(decode_request(1, hex("10 0000 0002 03 0001 0002")).error() == errc::illegal_data_value);
    CHECK(decode_request(1, hex("10 0000 0002 04 0001")).error() == errc::illegal_data_value);
    CHECK(decode_request(1, hex("0f 0000 0009 01 ff")).error() == errc::illegal_data_value);
    CHECK(decode_request(1, hex("17 0000 0001 0000 0001 04 0001 0002")).error() == errc::illegal_data_value);
    CHECK(decode_response(1, hex("03 03 000102")).error() == errc::bad_response);
    CHECK(decode_response(1, hex("03 00")).error() == errc::bad_response);
    CHECK(decode_response(1, hex("03 fc") + Bytes(252, 0)).error() == errc::bad_response);
    CHECK(decode_response(1, hex("03 fa") + Bytes(250, 0)).value().words.size() == 125);
}

TEST_CASE("a single coil is written with FF00 or 0000 only") {
    CHECK(decode_request(1, hex("05 0000 0001")).error() == errc::illegal_data_value);
    CHECK(decode_request(1, hex("05 0000 ff01")).error() == errc::illegal_data_value);
    CHECK(decode_response(1, hex("05 0000 0001")).error() == errc::bad_response);
}

TEST_CASE("functions that are not in the list are refused as such") {
    for (const int function : {0, 7, 8, 9, 14, 17, 20, 21, 24, 43, 100, 127}) {
        const auto code = static_cast<std::uint8_t>(function);
        CHECK(decode_request(1, Bytes{code, 0, 0, 0, 1}).error() == errc::illegal_function);
        CHECK(decode_response(1, Bytes{code, 0, 0, 0, 1}).error() == errc::illegal_function);
        Request request;
        request.function = static_cast<Function>(code);
        CHECK(check(request).error() == errc::illegal_function);
        CHECK_FALSE(answers(request, answer(static_cast<Function>(code))));
    }
}

TEST_CASE("an exception answer has a code") {
    CHECK(decode_response(1, hex("83 00")).error() == errc::bad_response);
    CHECK(decode_response(1, hex("ab 01")).value().exception == 1);  // of a function that is not ours
}

TEST_CASE("requests that would break a limit are not sent") {
    for (const auto function : {Function::read_coils, Function::read_discrete_inputs}) {
        CHECK_FALSE(check(make(function, 0, 0)));
        CHECK(check(make(function, 0, 2000)));
        CHECK(check(make(function, 0, 2001)).error() == errc::illegal_data_value);
    }
    for (const auto function : {Function::read_holding_registers, Function::read_input_registers}) {
        CHECK_FALSE(check(make(function, 0, 0)));
        CHECK(check(make(function, 0, 125)));
        CHECK_FALSE(check(make(function, 0, 126)));
    }
    CHECK_FALSE(check(make(Function::write_single_coil, 0)));
    CHECK_FALSE(check(make(Function::write_single_register, 0)));
    CHECK_FALSE(check(make(Function::write_multiple_coils, 0)));
    CHECK(check(make(Function::write_multiple_coils, 0, 0, {}, Bits(1968))));
    CHECK_FALSE(check(make(Function::write_multiple_coils, 0, 0, {}, Bits(1969))));
    CHECK_FALSE(check(make(Function::write_multiple_registers, 0)));
    CHECK(check(make(Function::write_multiple_registers, 0, 0, Words(123))));
    CHECK_FALSE(check(make(Function::write_multiple_registers, 0, 0, Words(124))));
    CHECK(check(make(Function::read_write_multiple_registers, 0, 125, Words(121))));
    CHECK_FALSE(check(make(Function::read_write_multiple_registers, 0, 126, Words(1))));
    CHECK_FALSE(check(make(Function::read_write_multiple_registers, 0, 1, Words(122))));
    CHECK_FALSE(check(make(Function::read_write_multiple_registers, 0, 1)));
    CHECK(check(make(Function::mask_write_register, 0)));
}

TEST_CASE("an answer fits a request only with its unit, function, size and echo") {
    // The answers of the list above, to requests they fit.
    const Bits coil_on = {true}, ten(10);
    Request mask = make(Function::mask_write_register, 4);
    mask.and_mask = 0xF2;
    mask.or_mask = 0x25;
    const std::vector<Request> requests = {
        make(Function::read_coils, 0, 8),
        make(Function::read_discrete_inputs, 0, 1),  // padded to eight
        make(Function::read_holding_registers, 0, 3),
        make(Function::read_input_registers, 0, 1),
        make(Function::write_single_coil, 0xAC, 0, {}, {true}),
        make(Function::write_single_coil, 0xAC, 0, {}, {false}),
        make(Function::write_single_register, 1, 0, {0xABCD}),
        make(Function::write_multiple_coils, 0x13, 0, {}, ten),
        make(Function::write_multiple_registers, 1, 0, {1, 2}),
        mask,
        make(Function::read_write_multiple_registers, 0, 1, {1}),
        make(Function::read_holding_registers, 0, 3),
    };
    const auto cases = response_cases();
    REQUIRE(requests.size() == cases.size());
    for (std::size_t i = 0; i < cases.size(); ++i) {
        CAPTURE(cases[i].bytes);
        const auto& request = requests[i];
        const auto& response = cases[i].response;
        CHECK(answers(request, response));
        auto other = response;
        other.unit = 0x12;
        CHECK_FALSE(answers(request, other));
        other = response;
        other.function = static_cast<Function>(static_cast<int>(response.function) ^ 1);
        CHECK_FALSE(answers(request, other));
        if (response.exception != 0) continue;
        const auto refuse = [&](auto change) {
            auto changed = response;
            change(changed);
            return !answers(request, changed);
        };
        switch (request.function) {
            case Function::read_coils:
            case Function::read_discrete_inputs:
                CHECK(refuse([](Response& r) { r.bits.resize(16); }));
                break;
            case Function::read_holding_registers:
            case Function::read_input_registers:
            case Function::read_write_multiple_registers:
                CHECK(refuse([](Response& r) { r.words.push_back(0); }));
                break;
            case Function::write_single_coil:
                CHECK(refuse([](Response& r) { r.address++; }));
                CHECK(refuse([](Response& r) { r.bits.flip(); }));
                break;
            case Function::write_single_register:
                CHECK(refuse([](Response& r) { r.address++; }));
                // What a device made of the value is seen by reading it.
                CHECK_FALSE(refuse([](Response& r) { r.words[0]++; }));
                break;
            case Function::write_multiple_coils:
            case Function::write_multiple_registers:
                CHECK(refuse([](Response& r) { r.address++; }));
                CHECK(refuse([](Response& r) { r.count++; }));
                break;
            case Function::mask_write_register:
                CHECK(refuse([](Response& r) { r.address++; }));
                CHECK(refuse([](Response& r) { r.and_mask++; }));
                CHECK(refuse([](Response& r) { r.or_mask++; }));
                break;
        }
    }
}

TEST_CASE("errors have readable messages and know whether the peer answered") {
    using hil::error_code;
    CHECK(error_code(errc::illegal_data_address).message() == "the device has no such address (exception 2)");
    CHECK(is_exception(errc::illegal_function));
    CHECK(is_exception(errc::other_exception));
    CHECK_FALSE(is_exception(errc::timeout));
    CHECK_FALSE(is_exception(errc::disconnected));
    CHECK_FALSE(is_exception(error_code()));
    CHECK_FALSE(
        is_exception(boost::system::errc::make_error_code(boost::system::errc::no_such_file_or_directory)));
    for (const int code : {1, 2, 3, 4, 5, 6, 8, 10, 11}) {
        CHECK(exception_error(static_cast<std::uint8_t>(code)) == static_cast<errc>(code));
    }
    for (const int code : {7, 9, 12, 255}) {
        CHECK(exception_error(static_cast<std::uint8_t>(code)) == errc::other_exception);
    }
    std::vector<std::string> messages;
    for (const auto e :
         {errc::illegal_function, errc::illegal_data_address, errc::illegal_data_value,
          errc::server_device_failure, errc::acknowledge, errc::server_device_busy, errc::memory_parity_error,
          errc::gateway_path_unavailable, errc::gateway_target_failed, errc::other_exception, errc::timeout,
          errc::disconnected, errc::bad_response, errc::bad_frame, errc::queue_full, errc::other_unit}) {
        messages.push_back(error_code(e).message());
    }
    std::sort(messages.begin(), messages.end());
    CHECK(std::adjacent_find(messages.begin(), messages.end()) == messages.end());
    CHECK(error_code(42, category()).message() == "unknown Modbus error 42");
}
