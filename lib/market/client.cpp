#include "market/client.hpp"

#include "market/errors.hpp"
#include "market/messages.hpp"

#include <utility>

namespace hil::market {

Client::Client(net::Exchange& exchange, std::string email, RequestHook on_request, LoginHook on_login)
    : exchange_(exchange),
      email_(std::move(email)),
      on_request_(std::move(on_request)),
      on_login_(std::move(on_login)) {}

void Client::set_password(std::string password) {
    password_ = std::move(password);
    ++password_version_;
    token_.clear();
    login_.given(!password_.empty());
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
    if (!login_.usable()) co_return fault::waiting_for_password;
    const auto version = password_version_;
    token_.clear();
    const auto response = co_await send("login", login_request(email_, password_));
    if (version != password_version_) co_return fault::no_token;  // of a password that is not ours any more
    auto error = response.error();
    if (response) {
        auto token = read_token(response->body);
        error = token.error();
        if (token) token_ = *std::move(token);
    }
    const auto verdict = login_.answered(error);
    if (on_login_) on_login_(verdict);
    if (verdict.error) co_return verdict.error;
    co_return result<void>{};
}

awaitable<result<net::Response>> Client::call(std::string_view operation, net::Request request) {
    for (int attempt = 0;; ++attempt) {
        if (token_.empty()) {
            if (const auto logged_in = co_await login(); !logged_in) co_return logged_in.error();
        }
        request.headers.set("Authorization", "Bearer " + token_);
        auto response = co_await send(operation, request);
        if (response || !unauthorized(response.error())) co_return response;
        token_.clear();
        if (attempt == 1) co_return fault::still_refused;
    }
}

}  // namespace hil::market
