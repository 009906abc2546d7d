// Calls of the platform by somebody who is logged in, or gets logged in on the way.
#pragma once

#include "base/clock.hpp"
#include "net/client.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace hil::market {

class Client {
  public:
    using RequestHook = std::function<void(std::string_view operation, std::string_view outcome)>;

    // `exchange` outlives the client. The hook hears of every request.
    Client(net::Exchange& exchange, std::string email, RequestHook on_request = {});

    // Drops the token. Whether the text changes or not, the next call logs in with it.
    void set_password(std::string password);
    [[nodiscard]] const std::string& password() const { return password_; }
    // The platform refused this password: nothing is sent until set_password().
    [[nodiscard]] bool refused() const { return refused_; }

    // Logs in anew. fault::bad_credentials for 401 and 403, and for the third other 4xx in a row: some
    // platforms say 400 or 422 of a bad password. Any other failure leaves the password in good standing.
    awaitable<result<void>> login();

    // The answer, whose status is 2xx. Logs in first where there is no token. 401 or 403 is answered with one
    // login and one more try; fault::still_refused when that is refused, too. One call at a time.
    awaitable<result<net::Response>> call(std::string_view operation, net::Request request);

  private:
    awaitable<result<net::Response>> send(std::string_view operation, net::Request request);

    net::Exchange& exchange_;
    std::string email_, password_, token_;
    RequestHook on_request_;
    std::uint64_t password_version_ = 0;  // a login under way with an older one counts for nothing
    unsigned odd_refusals_ = 0;
    bool refused_ = false;
};

}  // namespace hil::market
