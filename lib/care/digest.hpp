// SHA-256 of what comes in pieces.
#pragma once

#include <sodium/crypto_hash_sha256.h>

#include <string>
#include <string_view>

namespace hil::care {

class Digest {
  public:
    Digest() { crypto_hash_sha256_init(&state_); }
    void add(std::string_view bytes) {
        crypto_hash_sha256_update(&state_, reinterpret_cast<const unsigned char*>(bytes.data()),
                                  bytes.size());
    }
    // Once, at the end.
    std::string hex() {
        unsigned char bytes[crypto_hash_sha256_BYTES];
        crypto_hash_sha256_final(&state_, bytes);
        std::string out;
        for (const unsigned char byte : bytes) {
            constexpr std::string_view digits = "0123456789abcdef";
            out += digits[byte >> 4u];
            out += digits[byte & 15u];
        }
        return out;
    }

  private:
    crypto_hash_sha256_state state_{};
};

}  // namespace hil::care
