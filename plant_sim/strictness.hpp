// What a device would refuse though its emulator has every register and answers to every unit id. A rehearsal
// with a wrong unit id or address looks well otherwise, and fails at the device. No I/O here.
#pragma once

#include "config/config.hpp"
#include "modbus/pdu.hpp"

#include <array>
#include <bitset>
#include <memory>
#include <optional>
#include <string>

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
    using Table = std::bitset<65536>;
    struct Tables {
        Table points, readable;  // registers of points; and those of gaps, too
    };
    [[nodiscard]] static bool covers(const Table& table, unsigned first, unsigned count);

    std::uint8_t unit_id_;
    std::unique_ptr<std::array<Tables, 2>> tables_;  // by register type; 32 KiB
};

}  // namespace hil::plant_sim
