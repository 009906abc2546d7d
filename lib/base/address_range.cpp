#include "base/address_range.hpp"

#include <boost/asio/ip/address.hpp>

#include <charconv>
#include <string>

namespace hil {
namespace {

struct Parsed {
    std::array<std::uint8_t, 16> bytes{};
    bool v4 = false;
};

std::optional<Parsed> parse_address(std::string_view text) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(std::string(text), error);
    if (error) return std::nullopt;
    if (address.is_v6()) return Parsed{address.to_v6().to_bytes(), false};
    const auto four = address.to_v4().to_bytes();
    Parsed out{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, four[0], four[1], four[2], four[3]}, true};
    return out;
}

}  // namespace

std::optional<AddressRange> parse_address_range(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address) return std::nullopt;
    AddressRange out;
    out.bytes_ = address->bytes;
    if (slash == std::string_view::npos) return out;
    const auto digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, bits);
    if (error != std::errc{} || stop != end || bits > (address->v4 ? 32u : 128u)) return std::nullopt;
    out.bits_ = bits + (address->v4 ? 96u : 0u);
    return out;
}

bool AddressRange::contains(std::string_view address) const {
    const auto parsed = parse_address(address);
    if (!parsed) return false;
    for (unsigned i = 0; i < 16; ++i) {
        const unsigned left = bits_ > 8 * i ? bits_ - 8 * i : 0;
        if (left == 0) return true;
        const auto mask = static_cast<std::uint8_t>(left >= 8 ? 0xff : 0xff << (8 - left));
        if ((bytes_[i] & mask) != (parsed->bytes[i] & mask)) return false;
    }
    return true;
}

}  // namespace hil
