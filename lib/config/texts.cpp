#include "config/texts.hpp"

#include "base/zone.hpp"

#include <algorithm>

namespace hil::config::texts {

namespace {

bool lower_letter(char c) {
    return c >= 'a' && c <= 'z';
}
bool digit(char c) {
    return c >= '0' && c <= '9';
}
bool letter(char c) {
    return lower_letter(c) || (c >= 'A' && c <= 'Z');
}
template <class Test>
bool all(std::string_view text, Test test) {
    return std::all_of(text.begin(), text.end(), test);
}

// An IPv6 address may stand in brackets, as in a URL, and name the interface of a link-local one:
// fe80::1%eth0.
bool host_accept(std::string& text) {
    if (text.empty() || text.size() > 253) return false;
    const auto in_name = [](char c) { return letter(c) || digit(c) || c == '.' || c == '_' || c == '-'; };
    const auto colons = std::count(text.begin(), text.end(), ':');
    if (colons == 0) return all(text, in_name);
    std::string_view address = text;
    if (address.starts_with('[')) {
        if (!address.ends_with(']')) return false;
        address = address.substr(1, address.size() - 2);
    }
    const auto interface = address.find('%');
    if (interface != std::string_view::npos &&
        (interface + 1 == address.size() || !all(address.substr(interface + 1), in_name)))
        return false;
    // One colon is somebody's "host:port"; an IPv6 address has two or more.
    const auto hexadecimal = [](char c) {
        return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    if (colons < 2 ||
        !all(address.substr(0, interface), [&](char c) { return hexadecimal(c) || c == ':' || c == '.'; }))
        return false;
    text = std::string(address);
    return true;
}

bool clock_time_accept(std::string& text) {
    const auto colon = text.find(':');
    if (colon != 1 && colon != 2) return false;
    if (text.size() != colon + 3) return false;
    if (!all(std::string_view(text).substr(0, colon), digit) ||
        !all(std::string_view(text).substr(colon + 1), digit))
        return false;
    if (colon == 1) text.insert(text.begin(), '0');
    return text.substr(0, 2) <= "23" && text[3] <= '5';
}

bool url_accept(std::string& text) {
    const auto host = host_of(text);
    if (host.empty() || !all(text, [](char c) { return c > ' ' && c < 0x7f; })) return false;
    return text.find_first_of("?#@\"<>\\^`{|}") == std::string::npos;
}

}  // namespace

constinit const Text any{"must be a text", "^", [](std::string&) { return true; }};

constinit const Text name{"must be a text that is not blank", "[^ \\t]", [](std::string& text) {
                              return text.find_first_not_of(" \t") != std::string::npos;
                          }};

constinit const Text plant_id{
    "must be a lower-case letter and up to 31 more of a-z, 0-9, _ and -", "^[a-z][a-z0-9_-]{0,31}$",
    [](std::string& text) {
        return !text.empty() && text.size() <= 32 && lower_letter(text.front()) &&
               all(text, [](char c) { return lower_letter(c) || digit(c) || c == '_' || c == '-'; });
    }};

constinit const Text point_name{
    "must be a lower-case letter followed by a-z, 0-9 and _", "^[a-z][a-z0-9_]{0,63}$",
    [](std::string& text) {
        return !text.empty() && text.size() <= 64 && lower_letter(text.front()) &&
               all(text, [](char c) { return lower_letter(c) || digit(c) || c == '_'; });
    }};

constinit const Text phase{"must be L1, L2 or L3", "^L[123]$", [](std::string& text) {
                               return text.size() == 2 && text[0] == 'L' && text[1] >= '1' && text[1] <= '3';
                           }};

constinit const Text host{"must be a host name or an address, without a port",
                          "^([A-Za-z0-9._-]{1,253}|[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(%[A-Za-z0-9._-]"
                          "+)?|\\[[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*(%[A-Za-z0-9._-]+)?\\])$",
                          host_accept};

constinit const Text clock_time{"must be a time HH:MM from 00:00 to 23:59",
                                "^([01]?[0-9]|2[0-3]):[0-5][0-9]$", clock_time_accept};

constinit const Text url{
    "must be an address like https://host:port/path",
    "^https?://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?(/[!$-;=A-Z\\[\\]_a-z~]*)?$", url_accept};

constinit const Text zone{"must be a name in the IANA time zone database", "[^ ]",
                          [](std::string& text) { return Zone::find(text).has_value(); }};

constinit const Text password_hash{"must be what `hil_scheduler hash-password` prints, $argon2id$…",
                                   "^\\$argon2id\\$[!-~]+$", [](std::string& text) {
                                       constexpr std::string_view start = "$argon2id$";
                                       return text.size() > start.size() && text.starts_with(start) &&
                                              all(text, [](char c) { return c > ' ' && c < 0x7f; });
                                   }};

constinit const Text token_hash{
    "must be what `hil_scheduler hash-password --token` prints, sha256: and 64 hexadecimal digits",
    "^sha256:[0-9a-f]{64}$", [](std::string& text) {
        constexpr std::string_view start = "sha256:";
        return text.starts_with(start) && text.size() == start.size() + 64 &&
               all(std::string_view(text).substr(start.size()),
                   [](char c) { return digit(c) || (c >= 'a' && c <= 'f'); });
    }};

constinit const Text account_name{
    "must be 1 to 64 of letters, digits, and ._@-", "^[A-Za-z0-9._@-]{1,64}$", [](std::string& text) {
        return !text.empty() && text.size() <= 64 && all(text, [](char c) {
            return letter(c) || digit(c) || c == '.' || c == '_' || c == '@' || c == '-';
        });
    }};

constinit const Text base_path{"must be empty, or / and a name as /hil, several of them as /lab/hil",
                               "^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$", [](std::string& text) {
                                   for (std::size_t at = 0; at < text.size();) {
                                       const auto end = std::min(text.find('/', at + 1), text.size());
                                       if (text[at] != '/' || end - at < 2 || text[at + 1] == '.' ||
                                           !all(
                                               std::string_view(text).substr(at + 1, end - at - 1),
                                               [](char c) {
                                                   return letter(c) || digit(c) || c == '.' || c == '_' ||
                                                          c == '~' || c == '-';
                                               }))
                                           return false;
                                       at = end;
                                   }
                                   return true;
                               }};

constinit const Text cidr{"must be an address or a range as 10.0.0.0/8",
                          "^[0-9A-Fa-f.:]{2,45}(/[0-9]{1,3})?$", [](std::string& text) {
                              const auto slash = text.find('/');
                              const auto address = std::string_view(text).substr(0, slash);
                              if (address.size() < 2 || address.size() > 45 || !all(address, [](char c) {
                                      return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
                                             c == '.' || c == ':';
                                  }))
                                  return false;
                              if (slash == std::string::npos) return true;
                              const auto bits = std::string_view(text).substr(slash + 1);
                              return !bits.empty() && bits.size() <= 3 && all(bits, digit);
                          }};

constinit const Text origin{
    "must be an origin as https://host or http://host:port, without a path",
    "^https?://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?$", [](std::string& text) {
        const auto host = host_of(text);
        if (host.empty() || text.find('/', text.find("//") + 2) != std::string::npos) return false;
        const bool address = text.find('[') != std::string::npos;
        return !address || all(host, [](char c) {
            return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
        });
    }};

constinit const Text variable{
    "must be a name of the environment, upper case", "^([A-Z_][A-Z0-9_]*)?$", [](std::string& text) {
        return (text.empty() || !digit(text.front())) &&
               all(text, [](char c) { return (c >= 'A' && c <= 'Z') || digit(c) || c == '_'; });
    }};

constinit const Text receiver{"must be empty, or a lower-case letter and up to 31 more of a-z, 0-9, _ and -",
                              "^([a-z][a-z0-9_-]{0,31})?$",
                              [](std::string& text) { return text.empty() || plant_id.accept(text); }};

constinit const Text mail_url{
    "must be smtp://host:port or smtps://host:port", "^smtps?://[A-Za-z0-9._-]+(:[0-9]{1,5})?$",
    [](std::string& text) {
        const auto scheme = text.starts_with("smtps://") ? 8u : text.starts_with("smtp://") ? 7u : 0u;
        if (scheme == 0) return false;
        const auto rest = std::string_view(text).substr(scheme);
        const auto colon = rest.find(':');
        const auto name = rest.substr(0, colon);
        if (name.empty() ||
            !all(name, [](char c) { return digit(c) || letter(c) || c == '.' || c == '_' || c == '-'; }))
            return false;
        if (colon == std::string_view::npos) return true;
        const auto port = rest.substr(colon + 1);
        return !port.empty() && port.size() <= 5 && all(port, digit);
    }};

constinit const Text mail_address{"must be an address as name@example.org",
                                  "^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190}$", [](std::string& text) {
                                      const auto at = text.find('@');
                                      if (at == std::string::npos || at == 0 || at > 64 ||
                                          text.size() - at - 1 > 190 || at + 1 == text.size())
                                          return false;
                                      return all(std::string_view(text).substr(0, at),
                                                 [](char c) {
                                                     return letter(c) || digit(c) || c == '.' || c == '_' ||
                                                            c == '%' || c == '+' || c == '-';
                                                 }) &&
                                             all(std::string_view(text).substr(at + 1), [](char c) {
                                                 return letter(c) || digit(c) || c == '.' || c == '-';
                                             });
                                  }};

bool is_loopback(std::string_view address) {
    if (address == "localhost" || address == "::1") return true;
    // 127.0.0.0/8 as numbers only: "127.example.org" is a name like any other.
    return address.starts_with("127.") && all(address, [](char c) { return digit(c) || c == '.'; });
}

std::string_view host_of(std::string_view address) {
    const auto scheme = address.starts_with("https://") ? 8u : address.starts_with("http://") ? 7u : 0u;
    if (scheme == 0) return {};
    auto rest = address.substr(scheme);
    rest = rest.substr(0, rest.find('/'));
    std::string_view found, port;
    if (rest.starts_with('[')) {
        const auto close = rest.find(']');
        if (close == std::string_view::npos) return {};
        found = rest.substr(1, close - 1);
        port = rest.substr(close + 1);
        if (!all(found, [](char c) { return digit(c) || letter(c) || c == ':' || c == '.'; })) return {};
    } else {
        found = rest.substr(0, rest.find(':'));
        port = rest.substr(found.size());
        if (!all(found, [](char c) { return digit(c) || letter(c) || c == '.' || c == '_' || c == '-'; }))
            return {};
    }
    if (!port.empty() &&
        (port.front() != ':' || port.size() < 2 || port.size() > 6 || !all(port.substr(1), digit)))
        return {};
    return found;
}

}  // namespace hil::config::texts
