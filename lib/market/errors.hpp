// How dealings with the platform fail.
//
// Three categories: what a command answers (errc, whose message is the command's code), what went wrong with
// an exchange that was answered (fault), and an HTTP status that was not the one hoped for. Failures without
// an answer are net::errc or an error of the system.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <type_traits>

namespace hil::market {

enum class errc {
    missing_password = 1,
    auth_failed,         // the platform does not accept the password
    connect_failed,      // any other failure of the login
    already_connecting,  // another connect is under way
    no_platform,         // there is no istentore_api in the configuration
    not_allowed,         // this run may not reach the platform: simulated time, or emulated plants
};

enum class fault {
    bad_credentials = 1,   // the login was refused: 401 or 403, or three times another 4xx
    waiting_for_password,  // refused before, and nothing has changed since: nothing was sent
    no_token,              // the login was answered without a token
    still_refused,         // 401 or 403 again right after a new login
    bad_reply,             // a good status with a body that cannot be read
    // A post was answered with a good status, and yet the values are not stored (post_reply.hpp): the body is
    not_json,        // neither empty nor JSON
    reported_error,  // JSON that tells of an error
    not_successful,  // JSON with `success` false
    fewer_stored,    // JSON that counts fewer values than were sent
};

error_code make_error_code(errc e);
error_code make_error_code(fault f);
// The answer had this status; the message names it: "the platform answered 503 Service Unavailable".
error_code status_error(unsigned status);
// The same status as the answer to a login, which says nothing of the request that needed it; other errors
// are given back as they are.
error_code login_error(error_code error);
// The status of either; 0 for another error.
unsigned status_of(error_code error);
// 401 or 403.
bool unauthorized(error_code error);

// What to do about a failure.
enum class Remedy {
    wait,         // nobody answers, or the platform as a whole fails: nothing else will succeed either
    retry,        // this request failed; another may succeed
    split,        // the platform will not have this content
    repeat,       // taken and not stored: sent again, so often and no more
    credentials,  // only another password helps
};
Remedy remedy(error_code error);

// For metrics: ok, unauthorized, client_error, server_error, unexpected, timeout, unreachable, certificate,
// bad_reply.
std::string_view outcome_of(error_code error);

}  // namespace hil::market

template <>
struct boost::system::is_error_code_enum<hil::market::errc> : std::true_type {};
template <>
struct boost::system::is_error_code_enum<hil::market::fault> : std::true_type {};
