#include "net/field_text.hpp"
#include "net/parser.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <optional>

namespace hil::net {
namespace {

namespace http = boost::beast::http;

// The line before a chunk has no limit of its own in the parser; nobody sends more in one.
constexpr std::size_t longest_unparsed = 16384;

}  // namespace

struct RequestParser::State {
    explicit State(std::size_t bytes) : header_bytes(bytes) {
        parser.header_limit(static_cast<std::uint32_t>(bytes));
        parser.body_limit(boost::none);  // looked at when the header is there
        parser.eager(false);
    }

    Progress fail(unsigned code, std::string_view sentence) {
        status = code;
        why = sentence;
        return Progress::failed;
    }

    Progress fail(const error_code& error) {
        if (error == http::error::header_limit) return fail(431, "The header is larger than allowed.");
        if (error == http::error::body_limit || error == http::error::buffer_overflow) {
            return fail(413, "The body is larger than allowed.");
        }
        if (error == http::error::bad_version) return fail(505, "Only HTTP/1.1 and 1.0 are spoken here.");
        return fail(400, "The request is not HTTP.");
    }

    // What the parser lets pass and two readers of one message could understand differently.
    Progress check_header() {
        const auto& message = parser.get();
        request.method = message.method_string();
        request.target = message.target();
        for (const auto& field : message)
            request.headers.add(std::string(field.name_string()), std::string(field.value()));
        const auto& headers = request.headers;
        const auto coding = headers.find("Transfer-Encoding");
        if (headers.count("Content-Length") > 1 || headers.count("Transfer-Encoding") > 1 ||
            (coding && headers.find("Content-Length"))) {
            return fail(400, "The length of the body is given twice.");
        }
        const auto length = headers.find("Content-Length").value_or("0");
        if (length.find_first_not_of("0123456789") != std::string_view::npos) {
            return fail(400, "Content-Length must be one whole number.");
        }
        if (coding && parser.get().version() < 11) return fail(400, "HTTP/1.0 has no chunks.");
        if (coding && !same_text(*coding, "chunked")) {
            return fail(501, "Of the transfer codings only chunked is understood.");
        }
        if (headers.count("Host") > 1 || (message.version() >= 11 && headers.count("Host") == 0)) {
            return fail(400, "Exactly one Host field is needed.");
        }
        const auto expectation = headers.find("Expect");
        if (expectation && !same_text(*expectation, "100-continue")) {
            return fail(417, "Of the expectations only 100-continue is understood.");
        }
        return Progress::header;
    }

    [[nodiscard]] std::uint64_t announced() const {
        const auto length = parser.content_length();
        return length ? *length : 0;
    }

    http::request_parser<http::string_body> parser;
    std::size_t header_bytes;
    Request request;
    bool header_said = false;
    std::size_t allowed = 0;
    unsigned status = 400;
    std::string_view why;
};

RequestParser::RequestParser(std::size_t header_bytes) : state_(std::make_unique<State>(header_bytes)) {}
RequestParser::~RequestParser() = default;

Progress RequestParser::advance(std::string& input) {
    auto& s = *state_;
    if (!s.parser.got_some()) {
        const auto begin = input.find_first_not_of("\r\n");  // an empty line before a request is forgiven
        input.erase(0, begin);
    }
    for (;;) {
        if (s.parser.is_header_done() && !s.header_said) {
            s.header_said = true;
            return s.check_header();
        }
        if (s.header_said && s.announced() > s.allowed) return s.fail(http::error::body_limit);
        if (s.parser.is_done()) {
            s.request.body = std::move(s.parser.get().body());
            return Progress::done;
        }
        if (input.empty()) return Progress::need_more;
        error_code error;
        const auto used = s.parser.put(boost::asio::buffer(std::as_const(input)), error);
        input.erase(0, used);
        if (s.header_said && s.parser.get().body().size() > s.allowed) {
            return s.fail(http::error::body_limit);
        }
        if (error == http::error::need_more) {
            const auto limit = s.header_said ? longest_unparsed : s.header_bytes;
            if (input.size() > limit) {
                return s.header_said ? s.fail(400, "The line before a chunk is too long.")
                                     : s.fail(http::error::header_limit);
            }
            return Progress::need_more;
        }
        if (error) return s.fail(error);
    }
}

void RequestParser::allow_body(std::size_t bytes) {
    auto& s = *state_;
    s.allowed = bytes;
    s.parser.body_limit(bytes);
    s.parser.eager(true);
}

Request& RequestParser::request() {
    return state_->request;
}

bool RequestParser::keep_alive() const {
    return state_->parser.get().keep_alive();
}

bool RequestParser::old() const {
    return state_->parser.get().version() < 11;
}

bool RequestParser::expects_continue() const {
    return !old() && state_->request.headers.find("Expect");
}

unsigned RequestParser::status() const {
    return state_->status;
}

std::string_view RequestParser::why() const {
    return state_->why;
}

}  // namespace hil::net
