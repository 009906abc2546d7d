// A stream that its owner hands on and can still end: a handshake keeps what it was given to itself.
#pragma once

#include "base/byte_stream.hpp"

#include <memory>
#include <string>
#include <utility>

namespace hil::net {

class SharedStream : public ByteStream {
  public:
    // Whoever else wants to end it keeps a weak_ptr: a stream must go when its operations do.
    explicit SharedStream(std::shared_ptr<ByteStream> stream) : stream_(std::move(stream)) {}
    SharedStream(const SharedStream&) = delete;
    SharedStream& operator=(const SharedStream&) = delete;
    ~SharedStream() override { SharedStream::close(); }

    void async_read_some(asio::mutable_buffer buffer, IoHandler handler) override {
        stream_->async_read_some(buffer, std::move(handler));
    }
    void async_write(asio::const_buffer buffer, IoHandler handler) override {
        stream_->async_write(buffer, std::move(handler));
    }
    result<std::size_t> try_read_some(asio::mutable_buffer buffer) override {
        return stream_->try_read_some(buffer);
    }
    result<std::size_t> try_write_some(asio::const_buffer buffer) override {
        return stream_->try_write_some(buffer);
    }
    void close() noexcept override { stream_->close(); }
    void abort() noexcept override { stream_->abort(); }
    [[nodiscard]] bool is_open() const noexcept override { return stream_->is_open(); }
    [[nodiscard]] asio::any_io_executor get_executor() override { return stream_->get_executor(); }
    [[nodiscard]] std::string peer() const override { return stream_->peer(); }

  private:
    std::shared_ptr<ByteStream> stream_;
};

}  // namespace hil::net
