#include "market/client.hpp"

#include "market/errors.hpp"
#include "market/messages.hpp"

#include <utility>

namespace hil::market {
namespace {

constexpr unsigned odd_refusals_allowed = 2;

bool unauthorized(unsigned status) {
    return status == 401 || status == 403;
}

}  // namespace

Client::Client(net::Exchange& exchange, std::string email, RequestHook on_request)
    : exchange_(exchange), email_(std::move(email)), on_request_(std::move(on_request)) {}

void Client::set_password(std::string password) {
    password_ = std::move(password);
    ++password_version_;
    token_.clear();
    odd_refusals_ = 0;
    refused_ = false;
}

// The answer with any status below 300, or the error.
awaitable<result<net::Response>> Client::send(std::string_view operation, net::Request request) {
    auto response = co_await exchange_.send(std::move(request));
    error_code error = response.error();
    if (response && (response->status < 200 || response->status > 299))
        error = status_error(response->status);
    if (on_request_) on_request_(operation, outcome_of(error));
    if (error) co_return error;
    co_return response;
}

awaitable<result<void>> Client::login() {
    if (refused_) co_return fault::waiting_for_password;
    const auto version = password_version_;
    token_.clear();
    const auto response = co_await send("login", login_request(email_, password_));
    if (version != password_version_) co_return fault::no_token;  // of a password that is not ours any more
    if (response) {
        auto token = read_token(response->body);
        if (!token) co_return token.error();
        odd_refusals_ = 0;
        token_ = *std::move(token);
        co_return result<void>{};
    }
    const auto status = status_of(response.error());
    const bool odd = remedy(response.error()) == Remedy::split && !unauthorized(status);
    odd_refusals_ = odd ? odd_refusals_ + 1 : 0;
    if (unauthorized(status) || odd_refusals_ > odd_refusals_allowed) {
        refused_ = true;
        co_return fault::bad_credentials;
    }
    co_return login_error(response.error());
}

awaitable<result<net::Response>> Client::call(std::string_view operation, net::Request request) {
    for (int attempt = 0;; ++attempt) {
        if (token_.empty()) {
            if (const auto logged_in = co_await login(); !logged_in) co_return logged_in.error();
        }
        request.headers.set("Authorization", "Bearer " + token_);
        auto response = co_await send(operation, request);
        if (response || !unauthorized(status_of(response.error()))) co_return response;
        token_.clear();
        if (attempt == 1) co_return fault::still_refused;
    }
}

}  // namespace hil::market
