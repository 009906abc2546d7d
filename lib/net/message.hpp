// HTTP messages as the rest of the program sees them: plain values, whole bodies, no Beast.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

namespace hil::net {

using boost::asio::awaitable;

// In order of appearance; names compare without regard to case, and may repeat (Set-Cookie).
class Headers {
  public:
    Headers() = default;
    Headers(std::initializer_list<std::pair<std::string, std::string>> list) : list_(list) {}

    // The first value of that name; none when absent.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    // How often the name appears: a second Host or Content-Length is an attack.
    [[nodiscard]] std::size_t count(std::string_view name) const;
    // Replaces every value of that name.
    void set(std::string_view name, std::string value);
    void add(std::string name, std::string value) { list_.emplace_back(std::move(name), std::move(value)); }

    [[nodiscard]] auto begin() const { return list_.begin(); }
    [[nodiscard]] auto end() const { return list_.end(); }

  private:
    std::vector<std::pair<std::string, std::string>> list_;
};

struct Request {
    std::string method = "GET";
    std::string target = "/";  // as sent: path and query, still percent-encoded
    Headers headers;
    std::string body;
    // Filled by the server.
    std::string peer;  // address of the other end without its port: "127.0.0.1"
    bool tls = false;
    // For answers that take long: begins to look whether the peer goes away meanwhile. The token asks to stop
    // when it does, or when the server stops. A peer that only ends its sending side counts as gone, too, and
    // can still read what it gets. Empty outside of a server; called while the request is being answered.
    std::function<std::stop_token()> watch_peer = {};
};

struct Response {
    unsigned status = 200;
    Headers headers;
    std::string body;
    // A body shared by many responses (static files); used instead of `body` when set.
    std::shared_ptr<const std::string> shared_body;
    // A body made piece by piece and sent chunked: called until it returns an empty piece; an error ends the
    // connection, so that a cut download is seen to be cut. Used instead of both when set.
    std::function<awaitable<result<std::string>>()> pieces;
    // No answer at all: the connection ends. For emulators of servers that fail.
    bool drop = false;
};

// Path and query of a target, decoded. `%00`, bad escapes and bytes that are not UTF-8 are errors.
struct Target {
    std::string path;                   // "/api/v1/status"
    std::vector<std::string> segments;  // of the path, decoded after splitting: "a%2Fb" is one segment
    std::vector<std::pair<std::string, std::string>> query;

    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
};
result<Target> parse_target(std::string_view target);

// "OK", "Not Found"; "Unknown" for what has no name.
std::string_view reason(unsigned status);

}  // namespace hil::net
