// Secrets: hashing, comparing and drawing them, by libsodium.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace hil::web {

// argon2id as a text that carries its parameters; about a tenth of a second and 64 MiB: never on the reactor.
// Throws std::runtime_error when there is no memory for it.
std::string hash_password(std::string_view password);
// Takes as long. False also for a text that is no hash.
bool verify_password(const std::string& hash, std::string_view password);
// What verify_password() compares with when there is no such account, so that nobody learns which names
// exist by the time an answer takes.
const std::string& nobodys_hash();

// "sha256:" and 64 hexadecimal digits. Enough for tokens, which are drawn and not thought up.
std::string hash_token(std::string_view token);

// In a time that depends on the lengths only.
bool equal_secrets(std::string_view a, std::string_view b);

// From the system's generator.
void system_random(std::span<std::byte> into);
// URL-safe text of `bytes` random bytes.
std::string encode_secret(std::span<const std::byte> bytes);

}  // namespace hil::web
