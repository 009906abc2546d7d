// Calls of the platform by somebody who is logged in, or gets logged in on the way.
#pragma once

#include "base/clock.hpp"
#include "market/login.hpp"
#include "net/client.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace hil::market {

class Client {
  public:
    // Hears of every request.
    using RequestHook = std::function<void(std::string_view operation, std::string_view outcome)>;
    // Hears what every login came to, whoever needed it.
    using LoginHook = std::function<void(const Login::Verdict& verdict)>;

    // `exchange` outlives the client.
    Client(net::Exchange& exchange, std::string email, RequestHook on_request = {}, LoginHook on_login = {});

    // Drops the token. Whether the text changes or not, the next call logs in with it.
    void set_password(std::string password);
    [[nodiscard]] const std::string& password() const { return password_; }
    // Nothing is sent while it is not usable(): until set_password().
    [[nodiscard]] const Login& standing() const { return login_; }

    // Logs in anew; what a failure says of the password: Login::answered().
    awaitable<result<void>> login();

    // The answer, whose status is 2xx. Logs in first where there is no token. 401 or 403 is answered with one
    // login and one more try; fault::still_refused when that is refused, too. One call at a time.
    awaitable<result<net::Response>> call(std::string_view operation, net::Request request);

  private:
    awaitable<result<net::Response>> send(std::string_view operation, net::Request request);

    net::Exchange& exchange_;
    std::string email_, password_, token_;
    RequestHook on_request_;
    LoginHook on_login_;
    Login login_;
    std::uint64_t password_version_ = 0;  // a login under way with an older one counts for nothing
};

}  // namespace hil::market
