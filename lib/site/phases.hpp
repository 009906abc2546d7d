// The phases of a point of connection, and what flows in each.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace hil::site {

inline constexpr std::size_t phase_count = 3;
using PhaseValues = std::array<double, phase_count>;  // of L1, L2, L3

// Some of L1, L2 and L3. A device on several of them gives and takes equally on each.
class Phases {
  public:
    constexpr Phases() = default;
    static constexpr Phases all() { return Phases(7); }
    // 0 is L1.
    static constexpr Phases only(std::size_t phase) { return Phases(static_cast<std::uint8_t>(1U << phase)); }

    [[nodiscard]] constexpr Phases with(std::size_t phase) const {
        return Phases(static_cast<std::uint8_t>(bits_ | 1U << phase));
    }
    [[nodiscard]] constexpr bool has(std::size_t phase) const { return (bits_ >> phase & 1U) != 0; }
    [[nodiscard]] constexpr std::size_t count() const {
        return (bits_ & 1U) + (bits_ >> 1U & 1U) + (bits_ >> 2U & 1U);
    }
    // The share of its power that a device on these phases has on one; 0 without any.
    [[nodiscard]] constexpr double share(std::size_t phase) const {
        return has(phase) ? 1.0 / static_cast<double>(count()) : 0.0;
    }
    [[nodiscard]] constexpr std::uint8_t bits() const { return bits_; }
    friend constexpr bool operator==(Phases, Phases) = default;

  private:
    constexpr explicit Phases(std::uint8_t bits) : bits_(bits) {}
    std::uint8_t bits_ = 0;
};

// Of one phase, from its active and reactive power; `voltage_v` is phase to neutral.
inline double current_a(double p_kw, double q_kvar, double voltage_v) {
    return std::hypot(p_kw, q_kvar) * 1000 / voltage_v;
}

}  // namespace hil::site
