// Ranges of IP addresses as people write them: 10.0.0.0/8, fd00::/8, 192.0.2.7.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hil {

class AddressRange {
  public:
    // IPv4 addresses count as the IPv6 ones they are mapped to (::ffff:a.b.c.d), which is how a socket of
    // both families shows them.
    [[nodiscard]] bool contains(std::string_view address) const;

  private:
    friend std::optional<AddressRange> parse_address_range(std::string_view text);
    std::array<std::uint8_t, 16> bytes_{};
    unsigned bits_ = 128;
};

// None unless it is an address, or one and a prefix's length that it can have. Bits beyond it do not count.
std::optional<AddressRange> parse_address_range(std::string_view text);

}  // namespace hil
