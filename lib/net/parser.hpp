// HTTP/1.1 messages out of bytes, however they are cut. No I/O: the caller appends what arrives to a string
// and the parser takes from its front.
#pragma once

#include "net/message.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace hil::net {

enum class Progress : std::uint8_t {
    need_more,  // everything useful has been taken
    header,     // said once: the header is there; go on with advance()
    done,
    failed,
};

class RequestParser {
  public:
    explicit RequestParser(std::size_t header_bytes);
    ~RequestParser();

    Progress advance(std::string& input);
    // After `header`: how large the body may be. Nothing by default.
    void allow_body(std::size_t bytes);

    // Valid after `header`; the body after `done`.
    [[nodiscard]] Request& request();
    [[nodiscard]] bool keep_alive() const;
    [[nodiscard]] bool old() const;  // HTTP/1.0: knows neither chunks nor 100 Continue
    [[nodiscard]] bool expects_continue() const;
    // After `failed`: the status to answer with (400, 413, 417, 431, 501, 505) and a sentence.
    [[nodiscard]] unsigned status() const;
    [[nodiscard]] std::string_view why() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

class ResponseParser {
  public:
    // `bodiless`: the answer to HEAD has the fields of a body and no body.
    ResponseParser(std::size_t max_body, bool bodiless);
    ~ResponseParser();

    // Never says `header`. Answers of the kind 100 Continue are skipped.
    Progress advance(std::string& input);
    // The peer has closed in order: `done` when the end of the connection is the end of the body.
    Progress end();

    [[nodiscard]] Response& response();
    [[nodiscard]] bool keep_alive() const;
    // Whether any byte of the answer has been taken.
    [[nodiscard]] bool began() const;
    // After `failed`: errc::malformed, body_too_large or closed.
    [[nodiscard]] error_code error() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace hil::net
