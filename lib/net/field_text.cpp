#include "net/field_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace hil::net {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_token_character(char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_value_character(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7F);
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

}  // namespace

bool same_text(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

bool has_token(const Headers& headers, std::string_view name, std::string_view token) {
    for (const auto& [key, value] : headers) {
        if (!same_text(key, name)) continue;
        for (std::string_view rest = value;;) {
            const auto comma = rest.find(',');
            if (same_text(trimmed(rest.substr(0, comma)), token)) return true;
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    return false;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_character)) {
        throw std::invalid_argument(fmt::format("\"{}\" is not the name of a header field", name));
    }
    if (!std::all_of(value.begin(), value.end(), is_value_character)) {
        throw std::invalid_argument(
            fmt::format("the value of the header field {} has control characters", name));
    }
    out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace hil::net
