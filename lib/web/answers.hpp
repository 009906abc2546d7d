// Answers every route gives: documents, and problems as RFC 9457 describes them.
#pragma once

#include "base/time.hpp"
#include "net/message.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace hil::web {

// What is wrong with one value of a request.
struct InputError {
    // JSON pointer into the body ("/plant"), or "query/from" for a parameter of the address.
    std::string pointer;
    std::string detail;  // the rule, and what was found instead
};

net::Response json_answer(const boost::json::value& document, unsigned status = 200);
// `text` is JSON already.
net::Response json_text_answer(std::string text, unsigned status = 200);
net::Response text_answer(std::string text, std::string content_type, unsigned status = 200);
net::Response empty_answer(unsigned status = 204);
// The client is to keep it as a file of that name; quotes and control characters may not be in it.
void offer_as_file(net::Response& response, std::string_view name);

// The title is the status's own name, `detail` a sentence about this occurrence.
net::Response problem(unsigned status, std::string_view detail, const std::vector<InputError>& errors = {});
net::Response invalid(const std::vector<InputError>& errors);           // 422
net::Response too_many(Duration retry_after, std::string_view detail);  // 429 with Retry-After
net::Response busy(Duration retry_after, std::string_view detail);      // 503 with Retry-After

}  // namespace hil::web
