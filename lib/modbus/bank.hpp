// The tables of a device and what the functions of Modbus do to them.
#pragma once

#include "modbus/pdu.hpp"
#include "modbus/register_table.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hil::modbus {

// The four tables of a device. Sizes may differ; an access beyond the end is exception 2.
struct Bank {
    RegisterTable holding, input;
    std::vector<bool> coils, discrete;

    // A device with only holding registers, all zero.
    static Bank holding_only(std::size_t registers) {
        return {.holding = RegisterTable(registers), .input = {}, .coils = {}, .discrete = {}};
    }
};

// Executes one request, of any unit, on a bank. Checks in the order of the protocol: the function (exception
// 1), counts and values (3), addresses (2); a refused request changes nothing.
Response execute(Bank& bank, const Request& request);

}  // namespace hil::modbus
