// Whether a good status really means that the values of a post are stored. Pure.
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace hil::market {

struct NotStored {
    error_code why;      // fault::not_json, reported_error, not_successful or fewer_stored
    std::string detail;  // what the answer says, short enough for a log line
};

// What the body of a 2xx answer to a post of `sent` values says. None: they are stored, which is believed of
// an empty body (blanks count as empty) and of JSON that says nothing else. Not stored: a text that is no
// JSON; a JSON object whose `error` or `errors` says something (not null, false, 0 or empty), whose `success`
// is false (or 0), or one of whose `count`, `stored`, `accepted`, `inserted` is less than `sent` (a number,
// the length of a list, or false). Where it cannot be told, the values are sent once more: a duplicate is the
// lesser harm.
std::optional<NotStored> not_stored(std::string_view body, std::size_t sent);

}  // namespace hil::market
