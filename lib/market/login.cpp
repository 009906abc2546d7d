#include "market/login.hpp"

#include "market/errors.hpp"

#include <utility>

namespace hil::market {
namespace {

constexpr unsigned odd_refusals_allowed = 2;

}  // namespace

void Login::given(bool any) {
    standing_ = any ? Standing::untried : Standing::unknown;
    working_ = false;
    odd_refusals_ = 0;
}

Login::Verdict Login::answered(error_code outcome) {
    if (!outcome) {
        standing_ = Standing::accepted;
        odd_refusals_ = 0;
        return {{}, !std::exchange(working_, true)};
    }
    working_ = false;
    const bool denied = unauthorized(outcome);
    const bool odd = !denied && remedy(outcome) == Remedy::split;
    odd_refusals_ = odd ? odd_refusals_ + 1 : 0;
    if (denied || odd_refusals_ > odd_refusals_allowed) {
        standing_ = Standing::refused;
        return {fault::bad_credentials, false};
    }
    return {login_error(outcome), false};
}

}  // namespace hil::market
