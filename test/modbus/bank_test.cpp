#include "modbus/bank.hpp"

#include "modbus/errors.hpp"

#include "support/catch.hpp"

using namespace hil::modbus;

namespace {

Bank small_bank() {
    Bank bank;
    bank.holding = {10, 11, 12, 13, 14};
    bank.input = {20, 21, 22};
    bank.coils = {true, false, true, true, false, false, true, true, true, false};
    bank.discrete = {false, true};
    return bank;
}

Request make(Function function, std::uint16_t address, std::uint16_t count = 0, Words words = {},
             Bits bits = {}) {
    Request r;
    r.unit = 7;
    r.function = function;
    r.address = address;
    r.count = count;
    r.words = words;
    r.bits = std::move(bits);
    return r;
}

int exception(Bank& bank, const Request& request) {
    const Bank before = bank;
    const auto response = execute(bank, request);
    CHECK(response.unit == request.unit);
    CHECK(response.function == request.function);
    if (response.exception != 0) {
        CHECK(bank.holding == before.holding);  // a refused request changes nothing
        CHECK(bank.coils == before.coils);
        CHECK(response.words.empty());
        CHECK(response.bits.empty());
    } else {
        CHECK(answers(request, response));
    }
    return response.exception;
}

}  // namespace

TEST_CASE("each function reads or writes its own table") {
    auto bank = small_bank();
    CHECK(execute(bank, make(Function::read_holding_registers, 1, 3)).words == Words{11, 12, 13});
    CHECK(execute(bank, make(Function::read_input_registers, 0, 2)).words == Words{20, 21});
    CHECK(execute(bank, make(Function::read_coils, 1, 3)).bits ==
          Bits{false, true, true, false, false, false, false, false});
    CHECK(execute(bank, make(Function::read_coils, 0, 9)).bits.size() == 16);
    CHECK(execute(bank, make(Function::read_discrete_inputs, 0, 2)).bits ==
          Bits{false, true, false, false, false, false, false, false});
    CHECK(exception(bank, make(Function::write_single_register, 4, 0, {99})) == 0);
    CHECK(bank.holding[4] == 99);
    CHECK(exception(bank, make(Function::write_multiple_registers, 0, 0, {1, 2})) == 0);
    CHECK(bank.holding == RegisterTable{1, 2, 12, 13, 99});
    CHECK(exception(bank, make(Function::write_single_coil, 0, 0, {}, {false})) == 0);
    CHECK_FALSE(bank.coils[0]);
    CHECK(exception(bank, make(Function::write_multiple_coils, 8, 0, {}, {false, true})) == 0);
    CHECK_FALSE(bank.coils[8]);
    CHECK(bank.coils[9]);
    CHECK(bank.input == small_bank().input);
}

TEST_CASE("a mask write keeps what the mask keeps and sets the rest") {
    auto bank = Bank::holding_only(1);
    bank.holding[0] = 0x12;
    auto request = make(Function::mask_write_register, 0);
    request.and_mask = 0xF2;
    request.or_mask = 0x25;
    CHECK(exception(bank, request) == 0);
    CHECK(bank.holding[0] == 0x17);
    request.address = 1;
    CHECK(exception(bank, request) == 2);
}

TEST_CASE("a combined read and write writes before it reads") {
    auto bank = small_bank();
    auto request = make(Function::read_write_multiple_registers, 0, 3, {70, 71});
    request.write_address = 1;
    CHECK(execute(bank, request).words == Words{10, 70, 71});
    CHECK(bank.holding[2] == 71);
    SECTION("and does neither when one of the ranges does not exist") {
        request.words = {80, 81};
        request.write_address = 4;
        CHECK(exception(bank, request) == 2);
        request.write_address = 0;
        request.address = 3;
        CHECK(exception(bank, request) == 2);
    }
}

TEST_CASE("crossing the end of a table is exception 2, up to the end is none") {
    auto bank = small_bank();
    struct Case {
        Function function;
        std::uint16_t size;
    };
    for (const auto& [function, size] :
         {Case{Function::read_coils, 10}, Case{Function::read_discrete_inputs, 2},
          Case{Function::read_holding_registers, 5}, Case{Function::read_input_registers, 3}}) {
        const auto last = static_cast<std::uint16_t>(size - 1);
        CHECK(exception(bank, make(function, 0, size)) == 0);
        CHECK(exception(bank, make(function, last, 1)) == 0);
        CHECK(exception(bank, make(function, last, 2)) == 2);
        CHECK(exception(bank, make(function, size, 1)) == 2);
        CHECK(exception(bank, make(function, 0xFFFF, 2)) == 2);  // does not wrap around
    }
    CHECK(exception(bank, make(Function::write_single_register, 5, 0, {1})) == 2);
    CHECK(exception(bank, make(Function::write_single_coil, 10, 0, {}, {true})) == 2);
    CHECK(exception(bank, make(Function::write_multiple_registers, 4, 0, {1, 2})) == 2);
    CHECK(exception(bank, make(Function::write_multiple_coils, 9, 0, {}, {true, true})) == 2);
}

TEST_CASE("a count of 0 or above the limit is exception 3 even where the range exists") {
    Bank bank;
    bank.holding.resize(65536);
    bank.input.resize(65536);
    bank.coils.resize(65536);
    bank.discrete.resize(65536);
    struct Case {
        Function function;
        std::uint16_t limit;
    };
    for (const auto& [function, limit] :
         {Case{Function::read_coils, 2000}, Case{Function::read_discrete_inputs, 2000},
          Case{Function::read_holding_registers, 125}, Case{Function::read_input_registers, 125}}) {
        CHECK(exception(bank, make(function, 0, limit)) == 0);
        CHECK(exception(bank, make(function, 0, 0)) == 3);
        CHECK(exception(bank, make(function, 0, static_cast<std::uint16_t>(limit + 1))) == 3);
        // The count is looked at before the address.
        CHECK(exception(bank, make(function, 0xFFFF, static_cast<std::uint16_t>(limit + 1))) == 3);
    }
    CHECK(exception(bank, make(Function::read_holding_registers, 65535, 1)) == 0);
    CHECK(exception(bank, make(Function::write_multiple_registers, 0, 0, Words(124))) == 3);
    CHECK(exception(bank, make(Function::write_multiple_coils, 0, 0, {}, Bits(1969))) == 3);
    CHECK(exception(bank, make(Function::read_write_multiple_registers, 0, 1, Words(122))) == 3);
}

TEST_CASE("a table that is not there has no addresses, and an unknown function is exception 1") {
    auto bank = Bank::holding_only(3);
    CHECK(exception(bank, make(Function::read_coils, 0, 1)) == 2);
    CHECK(exception(bank, make(Function::read_input_registers, 0, 1)) == 2);
    CHECK(exception(bank, make(static_cast<Function>(99), 0, 1)) == 1);
}
