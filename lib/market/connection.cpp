#include "market/connection.hpp"

#include "base/mutation.hpp"

#include <algorithm>

namespace hil::market {
namespace {

void succeed(ConnectionState::Part& part, WallTime now) {
    part.state = Health::ok;
    part.error.clear();
    part.of_login = false;
    part.last_success = part.last_attempt = now;
}

void fail(ConnectionState::Part& part, std::string_view code, std::string_view sentence, WallTime now) {
    part.state = Health::error;
    part.error = std::string(code);
    if (!sentence.empty()) part.error.append(": ").append(sentence);
    part.last_attempt = part.failed_at = now;
    part.of_login = false;
}

void fail_login(ConnectionState::Part& part, std::string_view code, std::string_view sentence, WallTime now) {
    fail(part, code, sentence, now);
    part.of_login = true;
}

void begin(ConnectionState::Part& part, Health state) {
    part.state = state;
    part.error.clear();
    part.of_login = false;
}

}  // namespace

std::string_view to_string(Connection state) {
    switch (state) {
        case Connection::disconnected:
            return "disconnected";
        case Connection::connecting:
            return "connecting";
        case Connection::connected:
            return "connected";
        case Connection::error:
            return "error";
        case Connection::disconnecting:
            return "disconnecting";
    }
    return "unknown";
}

std::string_view to_string(Health health) {
    switch (health) {
        case Health::unknown:
            return "unknown";
        case Health::ok:
            return "ok";
        case Health::error:
            return "error";
        case Health::idle:
            return "idle";
        case Health::disabled:
            return "disabled";
    }
    return "unknown";
}

void ConnectionState::connecting() {
    wanted_ = connecting_ = true;
    reason_.clear();
    begin(fetch_, Health::unknown);
    const bool forgotten = mutated(Mutation::posting_not_woken) && post_.of_login;
    if (post_.state != Health::disabled && !forgotten) begin(post_, Health::idle);
}

void ConnectionState::connected(WallTime now) {
    if (!wanted_) return;
    connecting_ = false;
    connected_at_ = now;
}

void ConnectionState::connect_failed(std::string_view code, std::string_view sentence, WallTime now) {
    if (!wanted_) return;
    connecting_ = false;
    fail_login(fetch_, code, sentence, now);
}

void ConnectionState::login_refused(std::string_view sentence, WallTime now) {
    if (!wanted_) return;
    fail_login(fetch_, "auth_failed", sentence, now);
    if (post_.state != Health::disabled) fail_login(post_, "auth_failed", sentence, now);
}

void ConnectionState::login_accepted() {
    if (!wanted_) return;
    if (fetch_.of_login) begin(fetch_, Health::unknown);
    if (post_.of_login && !mutated(Mutation::posting_not_woken)) begin(post_, Health::idle);
}

void ConnectionState::missing_password(WallTime now) {
    wanted_ = true;
    connecting_ = false;
    reason_.clear();
    fail_login(fetch_, "missing_password", "no password is known for the platform", now);
}

void ConnectionState::disconnect(std::string why) {
    wanted_ = connecting_ = false;
    reason_ = std::move(why);
    begin(fetch_, Health::disabled);
    begin(post_, Health::disabled);
}

void ConnectionState::fetched(WallTime now) {
    if (wanted_) succeed(fetch_, now);
}

void ConnectionState::fetch_failed(std::string_view code, std::string_view sentence, WallTime now) {
    if (wanted_) fail(fetch_, code, sentence, now);
}

void ConnectionState::posted(WallTime now) {
    if (wanted_ && post_.state != Health::disabled) succeed(post_, now);
}

void ConnectionState::post_failed(std::string_view code, std::string_view sentence, WallTime now) {
    if (wanted_ && post_.state != Health::disabled) fail(post_, code, sentence, now);
}

void ConnectionState::posting(bool effective) {
    if (effective == (post_.state != Health::disabled)) return;
    begin(post_, effective ? Health::idle : Health::disabled);
}

Connection ConnectionState::state() const {
    if (!wanted_) return Connection::disconnected;
    if (connecting_) return Connection::connecting;
    const bool failing = fetch_.state == Health::error || post_.state == Health::error;
    return failing ? Connection::error : Connection::connected;
}

std::string ConnectionState::last_error() const {
    if (state() != Connection::error) return {};
    if (fetch_.state != Health::error) return post_.error;
    if (post_.state != Health::error) return fetch_.error;
    return *fetch_.failed_at >= *post_.failed_at ? fetch_.error : post_.error;
}

std::optional<WallTime> ConnectionState::last_success() const {
    return std::max({connected_at_, fetch_.last_success, post_.last_success});
}

std::optional<WallTime> ConnectionState::last_attempt() const {
    return std::max({connected_at_, fetch_.last_attempt, post_.last_attempt});
}

}  // namespace hil::market
