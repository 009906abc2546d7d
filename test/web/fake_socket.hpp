// The other end of a WebSocket, held by a test.
#pragma once

#include "base/async_event.hpp"
#include "net/errors.hpp"
#include "net/web_socket.hpp"
#include "support/catch.hpp"

#include <boost/asio/error.hpp>

#include <deque>
#include <string>
#include <vector>

namespace hil::web::test {

class FakeSocket final : public net::WebSocket {
  public:
    explicit FakeSocket(Clock& clock) : arrived_(clock) {}

    awaitable<result<std::string>> receive() override {
        while (inbox_.empty()) {
            if (closed_with != 0) co_return asio::error::eof;
            co_await arrived_.wait();
        }
        auto text = std::move(inbox_.front());
        inbox_.pop_front();
        co_return text;
    }
    // A peer that stalls leaves what it is sent on its way.
    bool ready() const override { return closed_with == 0 && under_way_.empty(); }
    void send(std::span<const net::SharedFrame> frames) override {
        CHECK(ready());
        under_way_.assign(frames.begin(), frames.end());
        if (!stalled) arrive();
    }
    void on_ready(std::function<void()> listener) override { on_ready_ = std::move(listener); }
    void close(std::uint16_t code, std::string_view) override {
        if (closed_with == 0) closed_with = code;
        arrived_.notify();
    }
    void abort() noexcept override { close(1006, {}); }

    void say(std::string text) {
        inbox_.push_back(std::move(text));
        arrived_.notify();
    }
    void go() { close(1000, {}); }
    void resume() {
        stalled = false;
        arrive();
        if (on_ready_) on_ready_();
    }

    std::vector<net::SharedFrame> sent;
    std::uint16_t closed_with = 0;
    bool stalled = false;

  private:
    void arrive() {
        sent.insert(sent.end(), under_way_.begin(), under_way_.end());
        under_way_.clear();
    }

    std::deque<std::string> inbox_;
    std::vector<net::SharedFrame> under_way_;
    std::function<void()> on_ready_;
    AsyncEvent arrived_;
};

}  // namespace hil::web::test
