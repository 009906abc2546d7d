// What is known of the login at the platform, once for all who use it. Pure: it is told what logins came to.
//
// The connect command, the fetcher and the poster log in with one password, so what any of them learns holds
// for the others. Where nothing may be sent, something ends that: a password that is given (by an operator,
// or by password_file, which is looked into meanwhile).
#pragma once

#include "base/result.hpp"

#include <cstdint>

namespace hil::market {

class Login {
  public:
    enum class Standing : std::uint8_t {
        unknown,   // no password is known
        untried,   // nobody has logged in with this one, or nobody got an answer that says anything of it
        accepted,  // the last login that said anything of it was taken
        refused,   // the platform does not accept it
    };

    // Another password; or the same once more, because somebody asks for it.
    void given(bool any);

    struct Verdict {
        error_code error;        // none: accepted; fault::bad_credentials; else how it failed
        bool recovered = false;  // accepted, and no login was before it: whoever waits for one may go on
    };
    // A login with the present password was answered. fault::bad_credentials comes of 401 and 403, and of the
    // third other 4xx in a row (not 408, 425, 429): some platforms say 400 or 422 of a bad password. Every
    // other failure says nothing of the password.
    Verdict answered(error_code outcome);

    [[nodiscard]] Standing standing() const { return standing_; }
    [[nodiscard]] bool refused() const { return standing_ == Standing::refused; }
    // A login may be tried.
    [[nodiscard]] bool usable() const {
        return standing_ == Standing::untried || standing_ == Standing::accepted;
    }

  private:
    Standing standing_ = Standing::unknown;
    bool working_ = false;  // the last login was accepted
    unsigned odd_refusals_ = 0;
};

}  // namespace hil::market
