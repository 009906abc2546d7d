// Bytes as text, as they come in credentials and in JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hil::web {

// The bytes of base64 (RFC 4648, section 4, with its padding); none for what is none.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace hil::web
