// Finds out who asks: a session's cookie, a bearer token, basic credentials, or nobody in particular on a
// machine without accounts. Guessing a password is slowed for who fails; a token that is right always counts,
// however many wrong ones came from the same address, for an emergency stop may carry it.
#pragma once

#include "base/blocking_executor.hpp"
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

    Authenticator(Clock& clock, BlockingExecutor& blocking, const ServerSettings& settings,
                  std::function<void(std::span<std::byte>)> random_bytes, Hooks hooks = {});

    // Who a request is from. At most one of the two: nobody when there are no credentials at all.
    struct Found {
        std::optional<Identity> who{};
        // Credentials were given and do not count: wrong, over, or too many failures before (`wait`).
        bool refused = false;
        Duration wait{};
    };
    // Failures are counted and told of: to be called once for a request, and only where the answer matters.
    Found identify(const net::Request& request);
    // The same for a request that is identified as well, before or after: nothing is slowed, counted or told.
    [[nodiscard]] std::optional<Identity> recognise(const net::Request& request);

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
    // Credentials of this request do not count; `throttle` remembers that, once its wait is over.
    Found failed(Throttle& throttle, const net::Request& request, std::string_view account);
    [[nodiscard]] std::optional<Identity> holder_of(std::string_view token) const;
    [[nodiscard]] std::optional<Identity> visitor(std::string_view credentials) const;
    [[nodiscard]] std::optional<std::string_view> session_id(const net::Request& request) const;
    [[nodiscard]] std::string set_cookie(std::string_view value, bool tls, bool remove) const;

    Clock& clock_;
    BlockingExecutor& blocking_;
    const ServerSettings& settings_;
    Hooks hooks_;
    Sessions sessions_;
    // Apart: wrong tokens do not keep people from logging in.
    Throttle passwords_, tokens_;
    std::size_t hashing_ = 0;  // logins that are being looked at
    std::string cookie_ = "hil_session";
};

}  // namespace hil::web
