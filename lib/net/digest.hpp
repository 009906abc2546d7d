// What tells two contents apart.
#pragma once

#include <string>
#include <string_view>

namespace hil::net {

// "sha256:" and 64 hexadecimal digits (FIPS 180-4).
std::string sha256_text(std::string_view bytes);

}  // namespace hil::net
