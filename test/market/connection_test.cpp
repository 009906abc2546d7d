#include "market/connection.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::market;
using namespace std::chrono_literals;

namespace {

constexpr WallTime start{std::chrono::sys_days{std::chrono::year{2025} / 10 / 1}};

}  // namespace

TEST_CASE("At the start nothing is wanted and nothing is known") {
    const ConnectionState state("startup");
    CHECK(state.state() == Connection::disconnected);
    CHECK(state.reason() == "startup");
    CHECK(state.fetch().state == Health::unknown);
    CHECK(state.post().state == Health::disabled);
    CHECK(state.last_error().empty());
}

TEST_CASE("One part in error is the platform in error, until both are well [D-28]", "[AC-47][D-28]") {
    ConnectionState state("startup");
    state.connecting();
    state.connected(start);
    state.posting(true);
    state.fetched(start);
    CHECK(state.state() == Connection::connected);
    state.post_failed("post_failed", "the platform answered 503", start + 1s);
    CHECK(state.state() == Connection::error);
    CHECK(state.last_error() == "post_failed: the platform answered 503");
    state.fetched(start + 2s);  // the other part's success changes nothing
    CHECK(state.state() == Connection::error);
    state.fetch_failed("fetch_failed", "no answer", start + 3s);
    CHECK(state.last_error() == "fetch_failed: no answer");  // the newer one
    state.fetched(start + 4s);
    CHECK(state.last_error() == "post_failed: the platform answered 503");
    state.posted(start + 5s);
    CHECK(state.state() == Connection::connected);
    CHECK(state.last_error().empty());
    CHECK(state.last_success() == start + 5s);
}

TEST_CASE("While connecting, a failed fetch does not change the state", "[AC-47]") {
    ConnectionState state("startup");
    state.connecting();
    state.fetch_failed("fetch_failed", "no answer", start);
    CHECK(state.state() == Connection::connecting);
    CHECK(state.last_error().empty());
}

TEST_CASE("A disconnect disables both parts, and late answers change nothing", "[AC-46]") {
    ConnectionState state("startup");
    state.connecting();
    state.connected(start);
    state.posting(true);
    state.fetched(start);
    state.disconnect("operator");
    CHECK(state.state() == Connection::disconnected);
    CHECK(state.reason() == "operator");
    CHECK(state.fetch().state == Health::disabled);
    CHECK(state.post().state == Health::disabled);
    state.fetch_failed("fetch_failed", "late", start + 1s);
    state.posted(start + 1s);
    state.connected(start + 1s);
    CHECK(state.state() == Connection::disconnected);
    CHECK(state.fetch().state == Health::disabled);
}

TEST_CASE("Health changes on events only [D-04]", "[D-04]") {
    ConnectionState state("startup");
    state.connecting();
    state.connected(start);
    state.posting(true);
    CHECK(state.post().state == Health::idle);
    state.post_failed("post_failed", "x", start);
    state.posting(true);  // said again at every turn of the loop
    CHECK(state.post().state == Health::error);
    state.posted(start);
    state.posting(true);
    CHECK(state.post().state == Health::ok);
    state.posting(false);
    CHECK(state.post().state == Health::disabled);
    state.post_failed("post_failed", "late", start);
    CHECK(state.post().state == Health::disabled);
}

TEST_CASE("A missing password is an error of a platform that is wanted", "[AC-46]") {
    ConnectionState state("startup");
    state.missing_password(start);
    CHECK(state.wanted());
    CHECK(state.state() == Connection::error);
    CHECK(state.last_error() == "missing_password: no password is known for the platform");
}

TEST_CASE("What one part learns of the login holds for the other") {
    ConnectionState state("startup");
    state.login_refused("wrong", start);  // nobody wants to know
    state.login_accepted();
    CHECK(state.state() == Connection::disconnected);
    state.connecting();
    state.connected(start);
    state.posting(true);
    state.fetched(start);
    state.login_refused("the password is wrong", start + 1s);
    CHECK(state.fetch().error == "auth_failed: the password is wrong");
    CHECK(state.post().error == "auth_failed: the password is wrong");
    state.login_accepted();
    CHECK(state.state() == Connection::connected);
    CHECK(state.fetch().state == Health::unknown);
    CHECK(state.post().state == Health::idle);
    // An error of its own is not ended by a login.
    state.post_failed("post_failed", "the platform answered 503", start + 2s);
    state.login_accepted();
    CHECK(state.post().state == Health::error);
    // Where nothing is posted a login says nothing.
    state.posting(false);
    state.login_refused("the password is wrong", start + 3s);
    CHECK(state.post().state == Health::disabled);
    CHECK(state.fetch().error == "auth_failed: the password is wrong");
}

TEST_CASE("A login that failed, or lacked a password, is over with one that is accepted") {
    ConnectionState state("startup");
    state.missing_password(start);
    state.login_accepted();
    CHECK(state.state() == Connection::connected);
    state.connecting();
    state.connect_failed("connect_failed", "nobody answers", start);
    state.login_accepted();
    CHECK(state.state() == Connection::connected);
    CHECK(state.last_error().empty());
}
