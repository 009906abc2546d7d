// What a device would refuse though its emulator has every register and answers to every unit id. A rehearsal
// with a wrong unit id or address looks well otherwise, and fails at the device. No I/O here.
#pragma once

#include "config/config.hpp"
#include "modbus/pdu.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace hil::plant_sim {

class Strictness {
  public:
    explicit Strictness(const config::ModbusEndpoint& endpoint);

    // Another unit id than the endpoint's: errc::gateway_target_failed (exception 11). A register without a
    // point: errc::illegal_data_address (exception 2); reads may pass over gaps of at most max_gap_registers
    // between two points, as this program's own do. Nothing: a device would answer, too.
    [[nodiscard]] std::optional<modbus::errc> refusal(const modbus::Request& request) const;
    // The same as a sentence: "unit 2 was asked, the device is unit 1".
    [[nodiscard]] std::string reason(const modbus::Request& request) const;

  private:
    struct Range {
        unsigned first = 0, end = 0;
    };
    using Ranges = std::vector<Range>;  // apart, in order
    struct Table {
        Ranges points, readable;  // registers of points; and those of gaps, too
    };
    static void add(Ranges& to, unsigned first, unsigned end, unsigned gap);
    [[nodiscard]] static bool covers(const Ranges& ranges, unsigned first, unsigned count);

    std::uint8_t unit_id_;
    std::array<Table, 2> tables_;  // by register type
};

}  // namespace hil::plant_sim
