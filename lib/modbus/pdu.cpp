#include "modbus/pdu.hpp"

#include <algorithm>

namespace hil::modbus {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint8_t exception_bit = 0x80;
constexpr std::uint16_t coil_on = 0xFF00;

std::uint16_t word_at(Bytes bytes, std::size_t at) {
    return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

// Writes the PDU behind the place of the header, then the header.
class Writer {
  public:
    explicit Writer(std::span<std::uint8_t, max_adu_size> out)
        : begin_(out.data()), at_(out.data() + mbap_size) {}

    void byte(std::size_t value) { *at_++ = static_cast<std::uint8_t>(value); }
    void word(std::size_t value) {
        byte(value >> 8);
        byte(value & 0xFF);
    }
    void words(const Words& values) {
        byte(2 * values.size());
        for (const auto value : values)
            word(value);
    }
    void bits(const Bits& values) {
        const std::size_t size = (values.size() + 7) / 8;
        byte(size);
        std::fill_n(at_, size, std::uint8_t{0});
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (values[i]) at_[i / 8] = static_cast<std::uint8_t>(at_[i / 8] | 1u << (i % 8));
        }
        at_ += size;
    }
    std::size_t finish(std::uint16_t transaction, std::uint8_t unit) {
        const auto size = static_cast<std::size_t>(at_ - begin_);
        at_ = begin_;
        word(transaction);
        word(0);
        word(size - mbap_size + 1);
        byte(unit);
        return size;
    }

  private:
    std::uint8_t* begin_;
    std::uint8_t* at_;
};

void read_words(Words& out, Bytes bytes) {
    out.resize(bytes.size() / 2, boost::container::default_init);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = word_at(bytes, 2 * i);
}

void read_bits(Bits& out, Bytes bytes, std::size_t count) {
    out.resize(count);
    for (std::size_t i = 0; i < count; ++i)
        out[i] = (bytes[i / 8] >> (i % 8) & 1) != 0;
}

bool within(std::size_t count, std::size_t limit) {
    return count >= 1 && count <= limit;
}

error_code decode_multiple_bits(Request& out, Bytes pdu) {
    const bool fits = pdu.size() >= 6 && within(out.count, max_write_bits) && pdu[5] == (out.count + 7) / 8 &&
                      pdu.size() == std::size_t{6} + pdu[5];
    if (!fits) return errc::illegal_data_value;
    read_bits(out.bits, pdu.subspan(6), out.count);
    return {};
}

error_code decode_multiple_registers(Request& out, Bytes pdu) {
    const bool fits = pdu.size() >= 6 && within(out.count, max_write_registers) && pdu[5] == 2 * out.count &&
                      pdu.size() == std::size_t{6} + pdu[5];
    if (!fits) return errc::illegal_data_value;
    read_words(out.words, pdu.subspan(6));
    return {};
}

error_code decode_read_write(Request& out, Bytes pdu) {
    if (pdu.size() < 10) return errc::illegal_data_value;
    const std::size_t written = word_at(pdu, 7);
    const bool fits = within(out.count, max_read_registers) && within(written, max_fc23_write_registers) &&
                      pdu[9] == 2 * written && pdu.size() == std::size_t{10} + pdu[9];
    if (!fits) return errc::illegal_data_value;
    out.write_address = word_at(pdu, 5);
    read_words(out.words, pdu.subspan(10));
    return {};
}

error_code decode_counted(Response& out, Bytes pdu, bool bits) {
    if (pdu.size() < 3 || pdu.size() != std::size_t{2} + pdu[1]) return errc::bad_response;
    const auto data = pdu.subspan(2);
    if (data.size() > 2 * max_read_registers) return errc::bad_response;
    if (bits) {
        read_bits(out.bits, data, 8 * data.size());
    } else if (data.size() % 2 == 0) {
        read_words(out.words, data);
    } else {
        return errc::bad_response;
    }
    return {};
}

}  // namespace

std::size_t encode(std::span<std::uint8_t, max_adu_size> out, std::uint16_t transaction,
                   const Request& request) {
    Writer w(out);
    w.byte(static_cast<std::uint8_t>(request.function));
    w.word(request.address);
    switch (request.function) {
        case Function::read_coils:
        case Function::read_discrete_inputs:
        case Function::read_holding_registers:
        case Function::read_input_registers:
            w.word(request.count);
            break;
        case Function::write_single_coil:
            w.word(request.bits.front() ? coil_on : 0);
            break;
        case Function::write_single_register:
            w.word(request.words.front());
            break;
        case Function::write_multiple_coils:
            w.word(request.bits.size());
            w.bits(request.bits);
            break;
        case Function::write_multiple_registers:
            w.word(request.words.size());
            w.words(request.words);
            break;
        case Function::mask_write_register:
            w.word(request.and_mask);
            w.word(request.or_mask);
            break;
        case Function::read_write_multiple_registers:
            w.word(request.count);
            w.word(request.write_address);
            w.word(request.words.size());
            w.words(request.words);
            break;
    }
    return w.finish(transaction, request.unit);
}

std::size_t encode(std::span<std::uint8_t, max_adu_size> out, std::uint16_t transaction,
                   const Response& response) {
    Writer w(out);
    if (response.exception != 0) {
        w.byte(static_cast<std::uint8_t>(response.function) | exception_bit);
        w.byte(response.exception);
        return w.finish(transaction, response.unit);
    }
    w.byte(static_cast<std::uint8_t>(response.function));
    switch (response.function) {
        case Function::read_coils:
        case Function::read_discrete_inputs:
            w.bits(response.bits);
            break;
        case Function::read_holding_registers:
        case Function::read_input_registers:
        case Function::read_write_multiple_registers:
            w.words(response.words);
            break;
        case Function::write_single_coil:
            w.word(response.address);
            w.word(response.bits.front() ? coil_on : 0);
            break;
        case Function::write_single_register:
            w.word(response.address);
            w.word(response.words.front());
            break;
        case Function::write_multiple_coils:
        case Function::write_multiple_registers:
            w.word(response.address);
            w.word(response.count);
            break;
        case Function::mask_write_register:
            w.word(response.address);
            w.word(response.and_mask);
            w.word(response.or_mask);
            break;
    }
    return w.finish(transaction, response.unit);
}

void encode(Adu& out, std::uint16_t transaction, const Request& request) {
    out.resize(max_adu_size, boost::container::default_init);
    out.resize(encode(std::span<std::uint8_t, max_adu_size>(out), transaction, request));
}

void encode(Adu& out, std::uint16_t transaction, const Response& response) {
    out.resize(max_adu_size, boost::container::default_init);
    out.resize(encode(std::span<std::uint8_t, max_adu_size>(out), transaction, response));
}

error_code decode(Request& out, std::uint8_t unit, Bytes pdu) {
    if (pdu.empty()) return errc::illegal_function;
    out.unit = unit;
    out.function = static_cast<Function>(pdu[0]);
    out.words.clear();
    out.bits.clear();
    out.count = out.write_address = out.or_mask = 0;
    out.and_mask = 0xFFFF;
    const bool has_head = pdu.size() >= 5;  // every function here starts with two words
    if (has_head) {
        out.address = word_at(pdu, 1);
        out.count = word_at(pdu, 3);
    }
    switch (out.function) {
        case Function::read_coils:
        case Function::read_discrete_inputs:
            if (pdu.size() != 5 || !within(out.count, max_read_bits)) return errc::illegal_data_value;
            return {};
        case Function::read_holding_registers:
        case Function::read_input_registers:
            if (pdu.size() != 5 || !within(out.count, max_read_registers)) return errc::illegal_data_value;
            return {};
        case Function::write_single_coil:
            if (pdu.size() != 5 || (out.count != 0 && out.count != coil_on)) return errc::illegal_data_value;
            out.bits.push_back(out.count == coil_on);
            out.count = 0;
            return {};
        case Function::write_single_register:
            if (pdu.size() != 5) return errc::illegal_data_value;
            out.words.push_back(out.count);
            out.count = 0;
            return {};
        case Function::write_multiple_coils:
            return decode_multiple_bits(out, pdu);
        case Function::write_multiple_registers:
            return decode_multiple_registers(out, pdu);
        case Function::mask_write_register:
            if (pdu.size() != 7) return errc::illegal_data_value;
            out.count = 0;
            out.and_mask = word_at(pdu, 3);
            out.or_mask = word_at(pdu, 5);
            return {};
        case Function::read_write_multiple_registers:
            return decode_read_write(out, pdu);
    }
    return errc::illegal_function;
}

error_code decode(Response& out, std::uint8_t unit, Bytes pdu) {
    if (pdu.empty()) return errc::bad_response;
    out.unit = unit;
    out.function = static_cast<Function>(pdu[0] & ~exception_bit);
    out.exception = 0;
    out.words.clear();
    out.bits.clear();
    out.address = out.count = out.or_mask = 0;
    out.and_mask = 0xFFFF;
    if ((pdu[0] & exception_bit) != 0) {
        if (pdu.size() != 2 || pdu[1] == 0) return errc::bad_response;
        out.exception = pdu[1];
        return {};
    }
    switch (out.function) {
        case Function::read_coils:
        case Function::read_discrete_inputs:
            return decode_counted(out, pdu, true);
        case Function::read_holding_registers:
        case Function::read_input_registers:
        case Function::read_write_multiple_registers:
            return decode_counted(out, pdu, false);
        case Function::write_single_coil:
        case Function::write_single_register:
        case Function::write_multiple_coils:
        case Function::write_multiple_registers: {
            if (pdu.size() != 5) return errc::bad_response;
            out.address = word_at(pdu, 1);
            const auto value = word_at(pdu, 3);
            if (out.function == Function::write_single_register) {
                out.words.push_back(value);
            } else if (out.function == Function::write_single_coil) {
                if (value != 0 && value != coil_on) return errc::bad_response;
                out.bits.push_back(value == coil_on);
            } else {
                out.count = value;
            }
            return {};
        }
        case Function::mask_write_register:
            if (pdu.size() != 7) return errc::bad_response;
            out.address = word_at(pdu, 1);
            out.and_mask = word_at(pdu, 3);
            out.or_mask = word_at(pdu, 5);
            return {};
    }
    return errc::illegal_function;
}

result<Request> decode_request(std::uint8_t unit, Bytes pdu) {
    Request request;
    if (const auto error = decode(request, unit, pdu)) return error;
    return request;
}

result<Response> decode_response(std::uint8_t unit, Bytes pdu) {
    Response response;
    if (const auto error = decode(response, unit, pdu)) return error;
    return response;
}

result<void> check(const Request& request) {
    const auto verdict = [](bool good) -> result<void> {
        if (!good) return errc::illegal_data_value;
        return {};
    };
    switch (request.function) {
        case Function::read_coils:
        case Function::read_discrete_inputs:
            return verdict(within(request.count, max_read_bits));
        case Function::read_holding_registers:
        case Function::read_input_registers:
            return verdict(within(request.count, max_read_registers));
        case Function::write_single_coil:
            return verdict(request.bits.size() == 1);
        case Function::write_single_register:
            return verdict(request.words.size() == 1);
        case Function::write_multiple_coils:
            return verdict(within(request.bits.size(), max_write_bits));
        case Function::write_multiple_registers:
            return verdict(within(request.words.size(), max_write_registers));
        case Function::mask_write_register:
            return {};
        case Function::read_write_multiple_registers:
            return verdict(within(request.count, max_read_registers) &&
                           within(request.words.size(), max_fc23_write_registers));
    }
    return errc::illegal_function;
}

bool answers(const Request& request, const Response& response) {
    if (request.unit != response.unit || request.function != response.function) return false;
    if (response.exception != 0) return true;
    switch (request.function) {
        case Function::read_coils:
        case Function::read_discrete_inputs:
            return response.bits.size() == (request.count + 7u) / 8 * 8;
        case Function::read_holding_registers:
        case Function::read_input_registers:
        case Function::read_write_multiple_registers:
            return response.words.size() == request.count;
        case Function::write_single_coil:
            return response.address == request.address && response.bits == request.bits;
        case Function::write_single_register:
            // Some devices echo what they made of the value: what they hold is seen by reading it.
            return response.address == request.address;
        case Function::write_multiple_coils:
            return response.address == request.address && response.count == request.bits.size();
        case Function::write_multiple_registers:
            return response.address == request.address && response.count == request.words.size();
        case Function::mask_write_register:
            return response.address == request.address && response.and_mask == request.and_mask &&
                   response.or_mask == request.or_mask;
    }
    return false;
}

}  // namespace hil::modbus
