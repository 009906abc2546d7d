// Header fields as text: comparing names, lists of tokens, and the head of a message as it goes out.
#pragma once

#include "net/message.hpp"

#include <string>
#include <string_view>

namespace hil::net {

// Equal but for the case of ASCII letters.
bool same_text(std::string_view a, std::string_view b);

// Whether a field that is a list of tokens ("keep-alive, Upgrade") has this one, over all its lines.
bool has_token(const Headers& headers, std::string_view name, std::string_view token);

// "Name: value\r\n". Throws std::invalid_argument when name or value would end the line early or is no
// field name: what a caller made of foreign text must not become a field of its own.
void append_field(std::string& out, std::string_view name, std::string_view value);

}  // namespace hil::net
