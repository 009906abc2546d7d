// The other end of a WebSocket, held by a test.
#pragma once

#include "base/wakeup.hpp"
#include "net/errors.hpp"
#include "net/web_socket.hpp"

#include <boost/asio/error.hpp>

#include <deque>
#include <string>
#include <vector>

namespace hil::web::test {

class FakeSocket final : public net::WebSocket {
  public:
    explicit FakeSocket(Clock& clock) : arrived_(clock), room_(clock) {}

    awaitable<result<std::string>> receive() override {
        while (inbox_.empty()) {
            if (closed_with != 0) co_return asio::error::eof;
            co_await arrived_.wait();
        }
        auto text = std::move(inbox_.front());
        inbox_.pop_front();
        co_return text;
    }
    awaitable<result<void>> send(std::shared_ptr<const std::string> text) override {
        while (stalled && closed_with == 0)
            co_await room_.wait();
        if (closed_with != 0) co_return asio::error::broken_pipe;
        sent.push_back(std::move(text));
        co_return result<void>();
    }
    void close(std::uint16_t code, std::string_view) override {
        if (closed_with == 0) closed_with = code;
        arrived_.notify();
        room_.notify();
    }
    void abort() noexcept override { close(1006, {}); }

    void say(std::string text) {
        inbox_.push_back(std::move(text));
        arrived_.notify();
    }
    void go() { close(1000, {}); }
    void resume() {
        stalled = false;
        room_.notify();
    }

    std::vector<std::shared_ptr<const std::string>> sent;
    std::uint16_t closed_with = 0;
    bool stalled = false;

  private:
    std::deque<std::string> inbox_;
    Wakeup arrived_, room_;
};

}  // namespace hil::web::test
