// Whether the platform can be used, from what happened to the login, the fetches and the posts. Changes on
// events only: nothing that merely passes by resets a health.
#pragma once

#include "market/market.hpp"

#include <string>
#include <string_view>

namespace hil::market {

class ConnectionState {
  public:
    struct Part {
        Health state = Health::unknown;
        std::string error;  // "fetch_failed: the platform answered 503 …"; empty unless state is error
        std::optional<WallTime> last_success, last_attempt, failed_at;
        bool of_login = false;  // the error is one of the login, which both parts share
    };

    explicit ConnectionState(std::string reason) : reason_(std::move(reason)) {
        post_.state = Health::disabled;
    }

    // An operator, or the service for its own configuration, wants the platform; a login is under way.
    void connecting();
    void connected(WallTime now);
    // The login did not succeed; what comes next may, unless the password is at fault.
    void connect_failed(std::string_view code, std::string_view sentence, WallTime now);
    // What any part learnt of the login, which holds for both: the password is not accepted; or a login was
    // accepted, which ends what was said of logins before.
    void login_refused(std::string_view sentence, WallTime now);
    void login_accepted();
    // Wanted, but there is no password.
    void missing_password(WallTime now);
    // `why`: "operator". Both healths are disabled until the next connecting().
    void disconnect(std::string why);

    void fetched(WallTime now);
    void fetch_failed(std::string_view code, std::string_view sentence, WallTime now);
    void posted(WallTime now);
    void post_failed(std::string_view code, std::string_view sentence, WallTime now);
    // Posting is done from now on, or not; a health that tells of an attempt stays while it is done.
    void posting(bool effective);

    [[nodiscard]] Connection state() const;
    [[nodiscard]] bool wanted() const { return wanted_; }
    [[nodiscard]] bool is_connecting() const { return connecting_; }
    // Why it is disconnected; empty when it is not.
    [[nodiscard]] const std::string& reason() const { return reason_; }
    // The newer of the two parts' errors; empty unless the state is error.
    [[nodiscard]] std::string last_error() const;
    [[nodiscard]] std::optional<WallTime> last_success() const;
    [[nodiscard]] std::optional<WallTime> last_attempt() const;
    [[nodiscard]] const Part& fetch() const { return fetch_; }
    [[nodiscard]] const Part& post() const { return post_; }

  private:
    bool wanted_ = false, connecting_ = false;
    std::string reason_;
    Part fetch_, post_;
    std::optional<WallTime> connected_at_;
};

}  // namespace hil::market
