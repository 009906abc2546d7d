#include "market/login.hpp"

#include "market/errors.hpp"
#include "net/errors.hpp"

#include "support/catch.hpp"

using namespace hil;
using namespace hil::market;
using Standing = Login::Standing;

TEST_CASE("Without a password nothing is tried; with one it is") {
    Login login;
    CHECK(login.standing() == Standing::unknown);
    CHECK_FALSE(login.usable());
    CHECK_FALSE(login.refused());
    login.given(true);
    CHECK(login.standing() == Standing::untried);
    CHECK(login.usable());
    login.given(false);
    CHECK(login.standing() == Standing::unknown);
}

TEST_CASE("A login that is accepted ends the wait of everybody, once") {
    Login login;
    login.given(true);
    auto verdict = login.answered({});
    CHECK_FALSE(verdict.error);
    CHECK(verdict.recovered);
    CHECK(login.standing() == Standing::accepted);
    // A token that ran out is nothing new.
    CHECK_FALSE(login.answered({}).recovered);
    // After a failure it is, whoever had it.
    CHECK(login.answered(net::errc::timeout).error == net::errc::timeout);
    CHECK(login.standing() == Standing::accepted);
    CHECK(login.answered({}).recovered);
    // So it is with a password given anew, the same one too.
    login.given(true);
    CHECK(login.answered({}).recovered);
}

TEST_CASE("401 and 403 refuse the password until one is given") {
    const auto status = GENERATE(401u, 403u);
    Login login;
    login.given(true);
    login.answered({});
    const auto verdict = login.answered(status_error(status));
    CHECK(verdict.error == fault::bad_credentials);
    CHECK_FALSE(verdict.recovered);
    CHECK(login.refused());
    CHECK_FALSE(login.usable());
    login.given(true);
    CHECK(login.standing() == Standing::untried);
    // The new one meets a passing fault: it is untried still, and the next login that succeeds is news.
    CHECK(remedy(login.answered(status_error(503)).error) == Remedy::wait);
    CHECK(login.standing() == Standing::untried);
    CHECK(login.answered({}).recovered);
}

TEST_CASE("The third other 4xx in a row is believed, the first two are not") {
    Login login;
    login.given(true);
    CHECK(remedy(login.answered(status_error(422)).error) == Remedy::wait);
    CHECK(remedy(login.answered(status_error(400)).error) == Remedy::wait);
    CHECK(login.usable());
    const auto between = GENERATE(0, 1, 2, 3);
    if (between == 1) login.answered(status_error(500));
    if (between == 2) login.answered(status_error(429));  // of the moment, not of the password
    if (between == 3) login.given(true);
    const auto third = login.answered(status_error(422)).error;
    CHECK((third == fault::bad_credentials) == (between == 0));
    CHECK(login.refused() == (between == 0));
}
