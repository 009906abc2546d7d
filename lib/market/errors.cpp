#include "market/errors.hpp"

#include "net/errors.hpp"
#include "net/message.hpp"

#include <boost/asio/error.hpp>

#include <fmt/format.h>

namespace hil::market {
namespace {

class CommandCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "market"; }
    std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::missing_password:
                return "missing_password";
            case errc::auth_failed:
                return "auth_failed";
            case errc::connect_failed:
                return "connect_failed";
            case errc::already_connecting:
                return "already_connecting";
            case errc::no_platform:
                return "no_platform";
            case errc::not_allowed:
                return "not_allowed";
        }
        return fmt::format("market error {}", value);
    }
};

class FaultCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "market platform"; }
    std::string message(int value) const override {
        switch (static_cast<fault>(value)) {
            case fault::bad_credentials:
                return "the platform does not accept this e-mail and password";
            case fault::waiting_for_password:
                return "the platform did not accept the password; nothing is tried until it changes";
            case fault::no_token:
                return "the login was answered without a token";
            case fault::still_refused:
                return "the platform refuses the request even after a new login";
            case fault::bad_reply:
                return "the platform's answer cannot be read";
            case fault::not_json:
                return "the platform's answer is neither empty nor JSON: nothing says that the values are "
                       "stored";
            case fault::reported_error:
                return "the platform's answer tells of an error";
            case fault::not_successful:
                return "the platform's answer says that it did not succeed";
            case fault::fewer_stored:
                return "the platform stored fewer values than were sent";
        }
        return fmt::format("unknown fault of the platform {}", value);
    }
};

class StatusCategory final : public boost::system::error_category {
  public:
    StatusCategory(const char* name, const char* subject) : name_(name), subject_(subject) {}
    const char* name() const noexcept override { return name_; }
    std::string message(int value) const override {
        return fmt::format("{} {} {}", subject_, value, net::reason(static_cast<unsigned>(value)));
    }

  private:
    const char* name_;
    const char* subject_;
};

const boost::system::error_category& status_category() {
    static const StatusCategory instance("HTTP status", "the platform answered");
    return instance;
}

const boost::system::error_category& login_status_category() {
    static const StatusCategory instance("HTTP status of a login", "the login was answered");
    return instance;
}

}  // namespace

error_code make_error_code(errc e) {
    static const CommandCategory category;
    return {static_cast<int>(e), category};
}

error_code make_error_code(fault f) {
    static const FaultCategory category;
    return {static_cast<int>(f), category};
}

error_code status_error(unsigned status) {
    return {static_cast<int>(status), status_category()};
}

error_code login_error(error_code error) {
    const auto status = status_of(error);
    return status == 0 ? error : error_code{static_cast<int>(status), login_status_category()};
}

unsigned status_of(error_code error) {
    const bool any = error.category() == status_category() || error.category() == login_status_category();
    return any ? static_cast<unsigned>(error.value()) : 0;
}

bool unauthorized(error_code error) {
    const auto status = status_of(error);
    return status == 401 || status == 403;
}

Remedy remedy(error_code error) {
    if (error == fault::bad_credentials || error == fault::waiting_for_password) return Remedy::credentials;
    if (error == fault::still_refused || error == fault::bad_reply) return Remedy::retry;
    if (error == fault::not_json || error == fault::reported_error || error == fault::not_successful ||
        error == fault::fewer_stored) {
        return Remedy::repeat;
    }
    const auto status = status_of(error);
    // Without a login (no_token is one's) nothing else will succeed.
    if (status == 0 || error.category() == login_status_category()) return Remedy::wait;
    // Too slow, too early, too many: said of the moment, not of the content.
    if (status == 408 || status == 425 || status == 429) return Remedy::retry;
    return status >= 400 && status < 500 ? Remedy::split : Remedy::retry;
}

std::string_view outcome_of(error_code error) {
    if (!error) return "ok";
    if (error == net::errc::certificate_refused) return "certificate";
    if (error == net::errc::timeout || error == net::errc::connect_timeout ||
        error == boost::asio::error::timed_out) {
        return "timeout";
    }
    if (error == net::errc::malformed || error == net::errc::body_too_large || error == fault::no_token ||
        error == fault::bad_reply) {
        return "bad_reply";
    }
    if (unauthorized(error)) return "unauthorized";
    const auto status = status_of(error);
    if (status == 0) return "unreachable";
    if (status >= 500) return "server_error";
    return status >= 400 ? "client_error" : "unexpected";
}

}  // namespace hil::market
