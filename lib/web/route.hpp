// One row of the routes table: what a route is called with, who may, and what answers.
#pragma once

#include "net/message.hpp"
#include "web/answers.hpp"
#include "web/identity.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hil::web {

struct Context;

enum class Access : std::uint8_t {
    anybody,     // the session, the page
    monitoring,  // anybody on this machine, a viewer from elsewhere
    viewer,
    operators,
};

enum class Rate : std::uint8_t { unlimited, commands };

// A request that may be made.
struct Call {
    net::Request request;
    net::Target target;
    std::map<std::string, std::string, std::less<>> path;  // what stood for {name} in the pattern
    Identity who;

    [[nodiscard]] const std::string& at(std::string_view name) const { return path.find(name)->second; }
};

using Answer = net::awaitable<net::Response> (*)(Context& context, Call call);

struct Route {
    std::string_view method;
    std::string_view pattern;  // "/api/v1/schedules/{series}"
    Access access = Access::viewer;
    Answer answer = nullptr;
    bool read_only_too = false;             // also on the read-only server
    std::vector<std::string_view> query{};  // parameters it knows; others are refused
    std::vector<std::string_view> media{};  // types of body it takes; none: it takes no body
    bool body_may_be_missing = false;
    std::size_t body_limit = 64u << 10u;
    Rate rate = Rate::unlimited;
    // Occupies a thread or asks what is stored: ServerSettings::heavy_answers are made at once.
    bool heavy = false;
};

// Every route of the service; the read-only server has those marked for it and no other.
const std::vector<Route>& all_routes();
std::vector<Route> routes_of(bool read_only);

inline constexpr std::string_view json_type = "application/json";
inline constexpr std::string_view csv_type = "text/csv";
inline constexpr std::string_view xlsx_type =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

}  // namespace hil::web
