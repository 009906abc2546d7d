#include "net/message.hpp"

#include "net/errors.hpp"
#include "net/field_text.hpp"

#include <algorithm>
#include <array>

namespace hil::net {
namespace {

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i]);
        std::size_t more = 0;
        unsigned code = 0, least = 0;
        if (first < 0x80) {
            ++i;
            continue;
        }
        if ((first & 0xE0u) == 0xC0) {
            more = 1, code = first & 0x1Fu, least = 0x80;
        } else if ((first & 0xF0u) == 0xE0) {
            more = 2, code = first & 0x0Fu, least = 0x800;
        } else if ((first & 0xF8u) == 0xF0) {
            more = 3, code = first & 0x07u, least = 0x10000;
        } else {
            return false;
        }
        if (text.size() - i <= more) return false;
        for (std::size_t k = 1; k <= more; ++k) {
            const auto next = static_cast<unsigned char>(text[i + k]);
            if ((next & 0xC0u) != 0x80) return false;
            code = (code << 6u) | (next & 0x3Fu);
        }
        if (code < least || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
        i += more + 1;
    }
    return true;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// None when an escape is broken, or what it stands for is no text.
std::optional<std::string> decode(std::string_view text, bool plus_is_blank) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (text.size() - i < 3) return std::nullopt;
            const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        if (c == '\0') return std::nullopt;
        out.push_back(c);
    }
    if (!is_utf8(out)) return std::nullopt;
    return out;
}

// A proxy may send the whole address where the path is enough.
std::string_view without_origin(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!same_text(target.substr(0, scheme.size()), scheme)) continue;
        const auto end = target.find_first_of("/?", scheme.size());
        return end == std::string_view::npos ? "/" : target.substr(end);
    }
    return target;
}

}  // namespace

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (const auto& [key, value] : list_) {
        if (same_text(key, name)) return value;
    }
    return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(
        list_.begin(), list_.end(), [name](const auto& field) { return same_text(field.first, name); }));
}

void Headers::set(std::string_view name, std::string value) {
    const auto same = [name](const auto& field) { return same_text(field.first, name); };
    const auto place = std::find_if(list_.begin(), list_.end(), same);
    if (place == list_.end()) {
        list_.emplace_back(name, std::move(value));
        return;
    }
    place->second = std::move(value);
    list_.erase(std::remove_if(place + 1, list_.end(), same), list_.end());
}

std::optional<std::string_view> Target::parameter(std::string_view name) const {
    for (const auto& [key, value] : query) {
        if (key == name) return value;
    }
    return std::nullopt;
}

result<Target> parse_target(std::string_view target) {
    target = without_origin(target);
    if (target.starts_with('?')) return errc::bad_target;  // "http://host?query" has no path
    if (!target.starts_with('/') || target.find('#') != std::string_view::npos) return errc::bad_target;
    const auto mark = target.find('?');
    const auto path = target.substr(0, mark);
    Target out;
    auto decoded = decode(path, false);
    if (!decoded) return errc::bad_target;
    out.path = std::move(*decoded);
    for (auto rest = path.substr(1); path.size() > 1;) {
        const auto slash = rest.find('/');
        auto segment = decode(rest.substr(0, slash), false);
        if (!segment) return errc::bad_target;
        out.segments.push_back(std::move(*segment));
        if (slash == std::string_view::npos) break;
        rest.remove_prefix(slash + 1);
    }
    if (mark == std::string_view::npos) return out;
    for (auto rest = target.substr(mark + 1); !rest.empty();) {
        const auto end = rest.find('&');
        const auto pair = rest.substr(0, end);
        if (!pair.empty()) {
            const auto equals = pair.find('=');
            auto key = decode(pair.substr(0, equals), true);
            auto value =
                equals == std::string_view::npos ? std::string() : decode(pair.substr(equals + 1), true);
            if (!key || !value) return errc::bad_target;
            out.query.emplace_back(std::move(*key), std::move(*value));
        }
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    return out;
}

std::string_view reason(unsigned status) {
    struct Named {
        unsigned status;
        std::string_view reason;
    };
    static constexpr std::array<Named, 36> names{{{100, "Continue"},
                                                  {101, "Switching Protocols"},
                                                  {200, "OK"},
                                                  {201, "Created"},
                                                  {202, "Accepted"},
                                                  {204, "No Content"},
                                                  {206, "Partial Content"},
                                                  {301, "Moved Permanently"},
                                                  {302, "Found"},
                                                  {303, "See Other"},
                                                  {304, "Not Modified"},
                                                  {307, "Temporary Redirect"},
                                                  {308, "Permanent Redirect"},
                                                  {400, "Bad Request"},
                                                  {401, "Unauthorized"},
                                                  {403, "Forbidden"},
                                                  {404, "Not Found"},
                                                  {405, "Method Not Allowed"},
                                                  {406, "Not Acceptable"},
                                                  {408, "Request Timeout"},
                                                  {409, "Conflict"},
                                                  {410, "Gone"},
                                                  {411, "Length Required"},
                                                  {412, "Precondition Failed"},
                                                  {413, "Content Too Large"},
                                                  {414, "URI Too Long"},
                                                  {415, "Unsupported Media Type"},
                                                  {416, "Range Not Satisfiable"},
                                                  {417, "Expectation Failed"},
                                                  {422, "Unprocessable Content"},
                                                  {426, "Upgrade Required"},
                                                  {429, "Too Many Requests"},
                                                  {431, "Request Header Fields Too Large"},
                                                  {500, "Internal Server Error"},
                                                  {501, "Not Implemented"},
                                                  {503, "Service Unavailable"}}};
    const auto found =
        std::find_if(names.begin(), names.end(), [status](const Named& n) { return n.status == status; });
    if (found != names.end()) return found->reason;
    switch (status) {
        case 421:
            return "Misdirected Request";
        case 502:
            return "Bad Gateway";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Unknown";
    }
}

}  // namespace hil::net
