#include "net/errors.hpp"
#include "net/field_text.hpp"
#include "net/parser.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>

namespace hil::net {
namespace {

namespace http = boost::beast::http;

constexpr std::uint32_t max_header = 65536;

}  // namespace

struct ResponseParser::State {
    State(std::size_t limit, bool no_body) : max_body(limit), bodiless(no_body) { begin(); }

    void begin() {
        parser.emplace();
        parser->header_limit(max_header);
        parser->body_limit(max_body);
        parser->eager(true);
        if (bodiless) parser->skip(true);
    }

    Progress fail(const error_code& why) {
        error = why;
        return Progress::failed;
    }

    Progress take() {
        auto& message = parser->get();
        for (const auto& field : message)
            response.headers.add(std::string(field.name_string()), std::string(field.value()));
        response.status = message.result_int();
        keep_alive = message.keep_alive() && !parser->need_eof();
        response.body = std::move(message.body());
        return Progress::done;
    }

    std::size_t max_body;
    bool bodiless;
    std::optional<http::response_parser<http::string_body>> parser;
    Response response;
    bool began = false, keep_alive = false;
    error_code error;
};

ResponseParser::ResponseParser(std::size_t max_body, bool bodiless)
    : state_(std::make_unique<State>(max_body, bodiless)) {}
ResponseParser::~ResponseParser() = default;

Progress ResponseParser::advance(std::string& input) {
    auto& s = *state_;
    for (;;) {
        if (s.parser->is_done()) {
            if (s.parser->get().result_int() / 100 != 1 || s.parser->get().result_int() == 101) {
                return s.take();
            }
            s.begin();
        }
        if (input.empty()) return Progress::need_more;
        s.began = true;
        error_code error;
        input.erase(0, s.parser->put(boost::asio::buffer(std::as_const(input)), error));
        if (error == http::error::need_more) {
            if (input.size() > max_header) return s.fail(errc::malformed);
            return Progress::need_more;
        }
        if (error == http::error::body_limit) return s.fail(errc::body_too_large);
        if (error) return s.fail(errc::malformed);
    }
}

Progress ResponseParser::end() {
    auto& s = *state_;
    if (!s.parser->got_some() || !s.parser->is_header_done()) return s.fail(errc::closed);
    error_code error;
    s.parser->put_eof(error);
    if (error) return s.fail(errc::closed);
    return s.take();
}

Response& ResponseParser::response() {
    return state_->response;
}

bool ResponseParser::keep_alive() const {
    return state_->keep_alive;
}

bool ResponseParser::began() const {
    return state_->began;
}

error_code ResponseParser::error() const {
    return state_->error;
}

}  // namespace hil::net
