// The registers of a plant as who judges it reads them: straight from the configuration, sharing no code with
// the codec, the register map and the plausibility of the service.
#pragma once

#include "config/config.hpp"
#include "modbus/bank.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace hil::simulate {

struct WatchedPoint {
    const config::Point* point = nullptr;  // none: the plant has no such point
    double count = 1;        // one count in kW, kvar, pu, kV or raw, negative where it counts the other way
    double offset = 0;       // in the same unit
    std::uint16_t size = 0;  // registers
    bool low_word_first = false;
    bool little_bytes = false;
    std::optional<config::Point> scale{};  // gives the power of ten
    // What a value can be at all.
    double lowest = -std::numeric_limits<double>::infinity();
    double highest = std::numeric_limits<double>::infinity();

    WatchedPoint() = default;
    WatchedPoint(const config::ModbusEndpoint& endpoint, const config::Point& watched);
    // With what the plant's model leaves possible.
    WatchedPoint(const config::Plant& plant, const config::ModbusEndpoint& endpoint,
                 const config::Point& watched);

    [[nodiscard]] std::uint16_t address() const { return point->address; }
    [[nodiscard]] std::uint16_t words() const { return size; }
    [[nodiscard]] const modbus::RegisterTable& table(const modbus::Bank& bank) const {
        return point->register_type == config::RegisterType::input ? bank.input : bank.holding;
    }
    // What its registers stand for, whether or not that can be. Precondition: there is a point.
    [[nodiscard]] double value(const modbus::Bank& bank) const { return decoded(bank).value; }
    // The same where it is a value: not one of the point's not_available ones, and one that can be.
    [[nodiscard]] std::optional<double> known(const modbus::Bank& bank) const;
    // A request for these holding registers touches all of it.
    [[nodiscard]] bool within(unsigned first, unsigned how_many) const {
        return point != nullptr && first <= address() && address() + words() <= first + how_many;
    }
    // Whether a register that holds `held` is what is written for `wanted`: cut to whole counts towards zero.
    [[nodiscard]] bool holds(double held, double wanted) const;

  private:
    // What registers stand for, and whether that can be.
    struct Decoded {
        std::uint64_t bits = 0;
        double value = 0;
        bool possible = false;
    };
    [[nodiscard]] std::uint64_t bits(const modbus::Bank& bank) const {
        if (size != 1 || little_bytes) return ordered_bits(bank);
        return table(bank)[address()];
    }
    [[nodiscard]] std::uint64_t ordered_bits(const modbus::Bank& bank) const;
    [[nodiscard]] double value_of(std::uint64_t raw, const modbus::Bank& bank) const;
    [[nodiscard]] bool possible(std::uint64_t raw, double is) const;
    [[nodiscard]] const Decoded& decoded(const modbus::Bank& bank) const {
        const auto raw = bits(bank);
        if (last_ && last_->bits == raw && !scale) return *last_;
        return decode(raw, bank);
    }
    const Decoded& decode(std::uint64_t raw, const modbus::Bank& bank) const;

    // The last one: registers are looked at far more often than they change.
    mutable std::optional<Decoded> last_;
};

// The point of that name; none where the endpoint has none.
std::optional<WatchedPoint> watch(const config::ModbusEndpoint& endpoint, std::string_view name);

// The points of a row of a recording, in the order of its columns; those that the plant lacks without a
// point.
std::array<WatchedPoint, 8> watch_columns(const config::Plant& plant, const config::ModbusEndpoint& endpoint);

}  // namespace hil::simulate
