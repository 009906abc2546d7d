// Finds the route of a request.
#pragma once

#include "web/route.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hil::web {

class Router {
  public:
    explicit Router(std::vector<Route> routes) : routes_(std::move(routes)) {}

    struct Match {
        const Route* route = nullptr;  // none: see `allowed`
        std::map<std::string, std::string, std::less<>> path;
        // The methods of this path, "GET, HEAD, OPTIONS"; empty: there is no such path.
        std::string allowed;
        std::string_view pattern;  // of the path, whatever the method
    };
    // HEAD finds the route of GET.
    [[nodiscard]] Match match(std::string_view method, const net::Target& target) const;
    [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

  private:
    std::vector<Route> routes_;
};

// The type of a Content-Type without its parameters, in lower case.
std::string media_type(std::string_view header);

}  // namespace hil::web
