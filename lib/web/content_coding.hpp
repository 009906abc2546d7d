// Answers in the form their client takes best: JSON and CSV compressed where that is worth it.
#pragma once

#include "base/blocking_executor.hpp"
#include "net/message.hpp"

#include <string_view>

namespace hil::web {

// Whether a client that sent this Accept-Encoding takes `coding` ("gzip", "br").
bool takes_coding(std::string_view accept_encoding, std::string_view coding);

// Compresses the body of a successful JSON or CSV answer of a kilobyte or more, and one that is made in
// pieces as they come. Long ones off the reactor.
//
// Compressed length tells something about content. Answers here may be compressed all the same: none holds a
// credential (sessions are cookies in the head, the configuration is masked), and no other site's page can
// ask for one in somebody's name (SameSite=Strict). Refusals, which repeat what was asked, stay as they are.
awaitable<void> compress(net::Response& response, std::string_view accept_encoding,
                         BlockingExecutor& blocking);

}  // namespace hil::web
