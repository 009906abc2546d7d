// Finds out who asks: a session's cookie, a bearer token, basic credentials, or nobody in particular on a
// machine without accounts. Logging in is slowed for who fails.
#pragma once

#include "base/blocking.hpp"
#include "net/message.hpp"
#include "web/identity.hpp"
#include "web/server.hpp"
#include "web/sessions.hpp"
#include "web/throttle.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hil::web {

class Authenticator {
  public:
    struct Hooks {
        // Somebody failed to prove who they are, for the log and the events.
        std::function<void(std::string_view peer, std::string_view account, std::uint32_t in_a_row)>
            on_failure;
        std::function<void(std::string_view peer, const Identity&)> on_login;
    };

    Authenticator(Clock& clock, Blocking& blocking, const ServerSettings& settings,
                  std::function<void(std::span<std::byte>)> random_bytes, Hooks hooks = {});

    // Who a request is from. At most one of the two: nobody when there are no credentials at all.
    struct Found {
        std::optional<Identity> who{};
        // Credentials were given and do not count: wrong, over, or too many failures before (`wait`).
        bool refused = false;
        Duration wait{};
    };
    Found identify(const net::Request& request);

    // Logs in with name and password.
    struct Login {
        std::optional<Identity> who{};
        std::string cookie{};  // the value of Set-Cookie
        Duration wait{};       // not zero: nothing was looked at; try again later
    };
    awaitable<Login> log_in(std::string peer, std::string name, std::string password, bool tls);
    // Ends the session of the request, if there is one; the value of Set-Cookie that removes the cookie.
    std::string log_out(const net::Request& request);

    // Accounts exist, so that there is something to log in to.
    [[nodiscard]] bool has_login() const;
    // What a 401 says in WWW-Authenticate.
    [[nodiscard]] std::string_view challenge() const;
    // The cookie's name has the port in it: cookies of one host are shared by its ports.
    void use_port(std::uint16_t port) { cookie_ = "hil_session_" + std::to_string(port); }

  private:
    Found failed(const net::Request& request, std::string_view account);
    Found bearer(const net::Request& request, std::string_view token);
    Found basic(const net::Request& request, std::string_view credentials);
    [[nodiscard]] std::optional<std::string_view> session_id(const net::Request& request) const;
    [[nodiscard]] std::string set_cookie(std::string_view value, bool tls, bool remove) const;

    Clock& clock_;
    Blocking& blocking_;
    const ServerSettings& settings_;
    Hooks hooks_;
    Sessions sessions_;
    Throttle throttle_;
    std::size_t hashing_ = 0;  // logins that are being looked at
    std::string cookie_ = "hil_session";
};

}  // namespace hil::web
