#include "net/client.hpp"
#include "net/errors.hpp"
#include "net/field_text.hpp"

#include <boost/asio/ip/address.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace hil::net {
namespace {

constexpr std::uint16_t http_port = 80, https_port = 443;

bool is_host_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_';
}

bool is_path_character(char c) {
    return c > ' ' && c < 0x7F && c != '?' && c != '#';
}

}  // namespace

bool Url::loopback() const {
    if (same_text(host, "localhost")) return true;
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error) return false;
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
    }
    return address.is_loopback();
}

result<Url> parse_url(std::string_view text) {
    Url url;
    const auto scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos) return errc::bad_url;
    const auto scheme = text.substr(0, scheme_end);
    if (same_text(scheme, "https")) {
        url.tls = true;
        url.port = https_port;
    } else if (same_text(scheme, "http")) {
        url.port = http_port;
    } else {
        return errc::bad_url;
    }
    auto rest = text.substr(scheme_end + 3);
    const auto slash = rest.find('/');
    auto authority = rest.substr(0, slash);
    auto path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);

    std::string_view port;
    bool has_port = false;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return errc::bad_url;
        url.host = authority.substr(1, end - 1);
        error_code error;
        if (!asio::ip::make_address(url.host, error).is_v6() || error) return errc::bad_url;
        authority.remove_prefix(end + 1);
        if (!authority.empty() && !authority.starts_with(':')) return errc::bad_url;
        has_port = !authority.empty();
        if (has_port) port = authority.substr(1);
    } else {
        const auto colon = authority.find(':');
        has_port = colon != std::string_view::npos;
        if (has_port) port = authority.substr(colon + 1);
        url.host = authority.substr(0, colon);
        if (url.host.empty() || !std::all_of(url.host.begin(), url.host.end(), is_host_character)) {
            return errc::bad_url;
        }
    }
    if (has_port) {
        unsigned number = 0;
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
        if (error != std::errc{} || end != port.data() + port.size() || number < 1 || number > 65535) {
            return errc::bad_url;
        }
        url.port = static_cast<std::uint16_t>(number);
    }
    if (!std::all_of(path.begin(), path.end(), is_path_character)) return errc::bad_url;
    while (path.ends_with('/'))
        path.remove_suffix(1);
    url.path = path;
    return url;
}

std::string to_string(const Url& url) {
    const bool brackets = url.host.find(':') != std::string::npos;
    std::string text = fmt::format("{}://{}{}{}", url.tls ? "https" : "http", brackets ? "[" : "", url.host,
                                   brackets ? "]" : "");
    if (url.port != (url.tls ? https_port : http_port)) text += fmt::format(":{}", url.port);
    return text + url.path;
}

}  // namespace hil::net
