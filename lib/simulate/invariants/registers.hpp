// The registers of a plant as who judges it reads them: straight from the configuration, sharing no code with
// the codec or the register map of the service.
#pragma once

#include "config/config.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hil::simulate {

struct WatchedPoint {
    const config::Point* point = nullptr;
    double count = 1;  // one count in kW, kvar, pu, kV or raw; 0 for floating point
    bool low_word_first = false;
    bool little_bytes = false;

    WatchedPoint(const config::ModbusEndpoint& endpoint, const config::Point& watched);

    [[nodiscard]] std::uint16_t address() const { return point->address; }
    [[nodiscard]] std::uint16_t words() const { return point->word_count(); }
    // Precondition: holding has the point's registers.
    [[nodiscard]] double value(std::span<const std::uint16_t> holding) const;
    [[nodiscard]] bool within(unsigned first, unsigned how_many) const {
        return first <= address() && address() + words() <= first + how_many;
    }
    // Whether a register that holds `held` is what is written for `wanted`: cut to whole counts towards zero.
    [[nodiscard]] bool holds(double held, double wanted) const;
};

// The point of that name; none where the endpoint has none.
std::optional<WatchedPoint> watch(const config::ModbusEndpoint& endpoint, std::string_view name);

// The points of a row of a recording, in the order of its columns.
std::vector<WatchedPoint> watch_columns(const config::ModbusEndpoint& endpoint);

}  // namespace hil::simulate
