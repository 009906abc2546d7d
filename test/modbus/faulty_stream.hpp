// A stream that counts its I/O steps and fails one of them.
#pragma once

#include "base/byte_stream.hpp"

#include <boost/asio/post.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace hil::modbus::test {

struct Faults {
    std::size_t fail_at = 0;  // which step fails, counted from 1; 0: none
    error_code error = asio::error::connection_reset;
    std::size_t steps = 0;   // taken so far
    std::size_t writes = 0;  // of them, attempts to write

    // The error of the step that begins now.
    error_code step() { return ++steps == fail_at ? error : error_code(); }
    [[nodiscard]] bool struck() const { return fail_at != 0 && steps >= fail_at; }
};

class FaultyStream final : public ByteStream {
  public:
    FaultyStream(std::unique_ptr<ByteStream> inner, std::shared_ptr<Faults> faults)
        : inner_(std::move(inner)), faults_(std::move(faults)) {}

    void async_read_some(asio::mutable_buffer buffer, IoHandler handler) override {
        if (const auto error = faults_->step()) return fail(error, std::move(handler));
        inner_->async_read_some(buffer, std::move(handler));
    }
    void async_write(asio::const_buffer buffer, IoHandler handler) override {
        ++faults_->writes;
        if (const auto error = faults_->step()) return fail(error, std::move(handler));
        inner_->async_write(buffer, std::move(handler));
    }
    result<std::size_t> try_read_some(asio::mutable_buffer buffer) override {
        if (const auto error = faults_->step()) return error;
        return inner_->try_read_some(buffer);
    }
    result<std::size_t> try_write_some(asio::const_buffer buffer) override {
        ++faults_->writes;
        if (const auto error = faults_->step()) return error;
        return inner_->try_write_some(buffer);
    }
    void close() noexcept override { inner_->close(); }
    bool is_open() const noexcept override { return inner_->is_open(); }
    asio::any_io_executor get_executor() override { return inner_->get_executor(); }
    std::string peer() const override { return inner_->peer(); }

  private:
    void fail(error_code error, IoHandler handler) {
        asio::post(get_executor(),
                   [error, h = std::move(handler)]() mutable { std::move(h)(error, std::size_t{0}); });
    }

    std::unique_ptr<ByteStream> inner_;
    std::shared_ptr<Faults> faults_;
};

// Accepts what another listener accepts, as faulty streams.
class FaultyListener final : public Listener {
  public:
    FaultyListener(std::unique_ptr<Listener> inner, std::shared_ptr<Faults> faults)
        : inner_(std::move(inner)), faults_(std::move(faults)) {}

    awaitable<result<std::unique_ptr<ByteStream>>> accept() override {
        auto stream = co_await inner_->accept();
        if (!stream) co_return stream.error();
        if (const auto error = faults_->step()) co_return error;
        std::unique_ptr<ByteStream> faulty = std::make_unique<FaultyStream>(std::move(*stream), faults_);
        co_return std::move(faulty);
    }
    Endpoint local_endpoint() const override { return inner_->local_endpoint(); }
    void close() noexcept override { inner_->close(); }

  private:
    std::unique_ptr<Listener> inner_;
    std::shared_ptr<Faults> faults_;
};

}  // namespace hil::modbus::test
