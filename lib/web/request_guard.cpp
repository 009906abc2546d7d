#include "web/request_guard.hpp"

#include <algorithm>

namespace hil::web {
namespace {

char lower_letter(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_port(std::string_view text) {
    return !text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), digit);
}

bool is_address(std::string_view host) {
    if (host.find(':') != std::string_view::npos) return true;
    const auto dots = std::count(host.begin(), host.end(), '.');
    return dots == 3 && std::all_of(host.begin(), host.end(), [](char c) { return digit(c) || c == '.'; });
}

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower_letter);
    return out;
}

}  // namespace

std::string host_name(std::string_view host) {
    if (host.starts_with('[')) {
        const auto close = host.find(']');
        if (close == std::string_view::npos) return {};
        const auto rest = host.substr(close + 1);
        if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return {};
        return lowered(host.substr(1, close - 1));
    }
    const auto colon = host.find(':');
    if (colon != std::string_view::npos && !is_port(host.substr(colon + 1))) return {};
    auto name = host.substr(0, colon);
    if (name.ends_with('.')) name.remove_suffix(1);  // the same name, written in full
    return lowered(name);
}

RequestGuard::RequestGuard(const Endpoint& bound, std::vector<std::string> allowed_hosts)
    : names_{"localhost", "127.0.0.1", "::1"}, any_address_(bound.host == "0.0.0.0" || bound.host == "::") {
    if (!any_address_) names_.push_back(lowered(bound.host));
    for (const auto& host : allowed_hosts)
        names_.push_back(lowered(host));
}

bool RequestGuard::host_allowed(const net::Request& request) const {
    if (request.headers.count("Host") != 1) return false;
    const auto name = host_name(*request.headers.find("Host"));
    if (name.empty()) return false;
    if (any_address_ && is_address(name)) return true;
    return std::find(names_.begin(), names_.end(), name) != names_.end();
}

bool RequestGuard::same_origin(const net::Request& request) {
    const auto origin = request.headers.find("Origin");
    if (!origin) {
        const auto site = request.headers.find("Sec-Fetch-Site");
        return !site || *site == "same-origin" || *site == "none";
    }
    const auto host = request.headers.find("Host");
    if (!host || request.headers.count("Origin") != 1) return false;
    const std::string expected = (request.tls ? "https://" : "http://") + lowered(*host);
    if (lowered(*origin) == expected) return true;
    // Behind a proxy that ends TLS the page is https, while we are asked by http.
    return !request.tls && lowered(*origin) == "https://" + lowered(*host);
}

}  // namespace hil::web
