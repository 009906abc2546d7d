#include "net/problem.hpp"

#include <fmt/format.h>

namespace hil::net {
namespace {

void append_text(std::string& out, std::string_view text) {
    out.push_back('"');
    for (const char c : text) {
        if (c == '"' || c == '\\') out.push_back('\\');
        if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
}

}  // namespace

Response problem(unsigned status, std::string_view detail) {
    Response response;
    response.status = status;
    response.headers.set("Content-Type", "application/problem+json");
    response.headers.set("Cache-Control", "no-store");
    response.body = R"({"type":"about:blank","title":)";
    append_text(response.body, reason(status));
    response.body += fmt::format(R"(,"status":{},"detail":)", status);
    append_text(response.body, detail);
    response.body += "}\n";
    return response;
}

}  // namespace hil::net
