#include "modbus/bank.hpp"

#include <algorithm>

namespace hil::modbus {
namespace {

template <class Table>
bool has(const Table& table, std::size_t address, std::size_t count) {
    return address + count <= table.size();
}

template <class Table>
auto from(Table& table, std::uint16_t address) {
    return table.begin() + address;
}

// Each returns whether the addresses exist.
bool bits_of_table(Response& out, const std::vector<bool>& table, const Request& request) {
    if (!has(table, request.address, request.count)) return false;
    out.bits.assign((request.count + 7u) / 8 * 8, false);
    std::copy_n(from(table, request.address), request.count, out.bits.begin());
    return true;
}

bool words_of_table(Response& out, const RegisterTable& table, const Request& request) {
    if (!has(table, request.address, request.count)) return false;
    out.words.resize(request.count, boost::container::default_init);
    table.read(request.address, out.words);
    return true;
}

bool write(std::vector<bool>& table, std::uint16_t address, const Bits& values) {
    if (!has(table, address, values.size())) return false;
    std::copy(values.begin(), values.end(), from(table, address));
    return true;
}

bool write(RegisterTable& table, std::uint16_t address, const Words& values) {
    if (!has(table, address, values.size())) return false;
    table.write(address, values);
    return true;
}

bool mask(Bank& bank, const Request& request) {
    if (!has(bank.holding, request.address, 1)) return false;
    auto& word = bank.holding[request.address];
    word = static_cast<std::uint16_t>((word & request.and_mask) | (request.or_mask & ~request.and_mask));
    return true;
}

bool apply(Response& out, Bank& bank, const Request& request) {
    switch (request.function) {
        case Function::read_coils:
            return bits_of_table(out, bank.coils, request);
        case Function::read_discrete_inputs:
            return bits_of_table(out, bank.discrete, request);
        case Function::read_holding_registers:
            return words_of_table(out, bank.holding, request);
        case Function::read_input_registers:
            return words_of_table(out, bank.input, request);
        case Function::write_single_coil:
            out.bits = request.bits;
            return write(bank.coils, request.address, request.bits);
        case Function::write_single_register:
            out.words = request.words;
            return write(bank.holding, request.address, request.words);
        case Function::write_multiple_coils:
            out.count = static_cast<std::uint16_t>(request.bits.size());
            return write(bank.coils, request.address, request.bits);
        case Function::write_multiple_registers:
            out.count = static_cast<std::uint16_t>(request.words.size());
            return write(bank.holding, request.address, request.words);
        case Function::mask_write_register:
            out.and_mask = request.and_mask;
            out.or_mask = request.or_mask;
            return mask(bank, request);
        case Function::read_write_multiple_registers:
            return has(bank.holding, request.address, request.count) &&
                   write(bank.holding, request.write_address, request.words) &&
                   words_of_table(out, bank.holding, request);
    }
    return false;
}

bool echoes_address(Function function) {
    switch (function) {
        case Function::write_single_coil:
        case Function::write_single_register:
        case Function::write_multiple_coils:
        case Function::write_multiple_registers:
        case Function::mask_write_register:
            return true;
        default:
            return false;
    }
}

}  // namespace

Response execute(Bank& bank, const Request& request) {
    Response response;
    response.unit = request.unit;
    response.function = request.function;
    const auto refuse = [&](errc code) {
        response.words.clear();
        response.bits.clear();
        response.address = response.count = response.or_mask = 0;
        response.and_mask = 0xFFFF;
        response.exception = static_cast<std::uint8_t>(code);
    };
    if (const auto checked = check(request); !checked) {
        refuse(static_cast<errc>(checked.error().value()));
        return response;
    }
    if (echoes_address(request.function)) response.address = request.address;
    if (!apply(response, bank, request)) refuse(errc::illegal_data_address);
    return response;
}

}  // namespace hil::modbus
