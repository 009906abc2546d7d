#include "web/requester.hpp"

#include "web/rate_limit.hpp"

#include <algorithm>
#include <string_view>

namespace hil::web {
namespace {

char lower_case(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool begins(std::string_view text, std::string_view start) {
    return text.size() >= start.size() && std::equal(start.begin(), start.end(), text.begin(),
                                                     [](char a, char b) { return a == lower_case(b); });
}

bool of_a_proxy(std::string_view name) {
    return begins(name, "x-forwarded") || begins(name, "x-real-ip") ||
           (name.size() == 9 && begins(name, "forwarded"));
}

bool believed(std::string_view address, const std::vector<AddressRange>& trusted) {
    return std::ranges::any_of(trusted, [&](const AddressRange& range) { return range.contains(address); });
}

std::string_view trimmed_text(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "192.0.2.1:4711" and "[::1]:80" without their ports.
std::string_view without_port(std::string_view text) {
    if (text.starts_with('[')) return text.substr(1, text.find(']') - 1);
    return std::ranges::count(text, ':') == 1 ? text.substr(0, text.find(':')) : text;
}

}  // namespace

Requester requester_of(const net::Request& request, const std::vector<AddressRange>& trusted) {
    Requester out{request.peer, request.tls, false};
    std::vector<std::string_view> chain;  // from who asks to the last proxy but one
    bool forwarded = false;
    for (const auto& [name, value] : request.headers) {
        if (!of_a_proxy(name)) continue;
        forwarded = true;
        if (name.size() != 15 || !begins(name, "x-forwarded-for")) continue;
        for (std::string_view rest = value; !rest.empty();) {
            const auto comma = std::min(rest.find(','), rest.size());
            chain.push_back(without_port(trimmed_text(rest.substr(0, comma))));
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    out.local = is_loopback(request.peer) && !forwarded && trusted.empty();
    if (!believed(request.peer, trusted)) return out;
    // Each proxy says who asked it: as far back as those who say so are believed.
    for (auto at = chain.rbegin(); at != chain.rend(); ++at) {
        if (!parse_address_range(*at) || at->find('/') != std::string_view::npos) break;
        out.peer = std::string(*at);
        if (!believed(*at, trusted)) break;
    }
    if (const auto scheme = request.headers.find("X-Forwarded-Proto");
        scheme && request.headers.count("X-Forwarded-Proto") == 1)
        out.tls = trimmed_text(*scheme) == "https";
    return out;
}

Stripped without_base_path(std::string target, const std::string& base_path) {
    if (base_path.empty() || !target.starts_with(base_path)) return {std::move(target), false};
    const auto rest = std::string_view(target).substr(base_path.size());
    if (rest.empty() || rest.front() == '?') return {std::move(target), true};
    if (rest.front() != '/') return {std::move(target), false};
    return {std::string(rest), false};
}

}  // namespace hil::web
