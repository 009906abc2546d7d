#include "net/digest.hpp"

#include <fmt/format.h>

#include <openssl/sha.h>

#include <array>

namespace hil::net {

std::string sha256_text(std::string_view bytes) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
    std::string out = "sha256:";
    for (const auto byte : digest)
        out += fmt::format("{:02x}", byte);
    return out;
}

}  // namespace hil::net
