#include "web/router.hpp"

#include <algorithm>
#include <optional>

namespace hil::web {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

std::optional<Values> match_path(std::string_view pattern, const std::vector<std::string>& segments) {
    Values values;
    std::size_t at = 0;
    for (auto rest = pattern.substr(1);; ++at) {
        const auto slash = rest.find('/');
        const auto part = rest.substr(0, slash);
        if (at >= segments.size()) return std::nullopt;
        if (part.starts_with('{')) {
            if (segments[at].empty()) return std::nullopt;
            values.emplace(part.substr(1, part.size() - 2), segments[at]);
        } else if (segments[at] != part) {
            return std::nullopt;
        }
        if (slash == std::string_view::npos) break;
        rest.remove_prefix(slash + 1);
    }
    if (at + 1 != segments.size()) return std::nullopt;
    return values;
}

}  // namespace

Router::Match Router::match(std::string_view method, const net::Target& target) const {
    const auto wanted = method == "HEAD" ? std::string_view("GET") : method;
    Match best;
    // A path written out goes before one with a place for a name: /schedules/import is no series.
    bool exact = false;
    for (const auto& route : routes_) {
        auto values = match_path(route.pattern, target.segments);
        if (!values) continue;
        const bool literal = values->empty();
        if (!best.pattern.empty() && exact && !literal) continue;
        if (!best.pattern.empty() && !exact && literal) best = {};
        exact = literal;
        best.pattern = route.pattern;
        best.allowed += best.allowed.empty() ? "" : ", ";
        best.allowed += route.method;
        if (route.method == "GET") best.allowed += ", HEAD";
        if (route.method == wanted) {
            best.route = &route;
            best.path = std::move(*values);
        }
    }
    if (!best.allowed.empty()) best.allowed += ", OPTIONS";
    return best;
}

std::string media_type(std::string_view header) {
    header = header.substr(0, header.find(';'));
    while (header.ends_with(' ') || header.ends_with('\t'))
        header.remove_suffix(1);
    std::string out(header);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

}  // namespace hil::web
