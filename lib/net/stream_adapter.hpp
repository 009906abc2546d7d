// A ByteStream in the form in which Beast and Asio's TLS want a stream. Included by the sources that
// instantiate them, nowhere else.
#pragma once

#include "base/byte_stream.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>

#include <memory>
#include <string>
#include <utility>

namespace hil::net {

class StreamAdapter {
  public:
    using executor_type = asio::any_io_executor;
    using lowest_layer_type = StreamAdapter;

    explicit StreamAdapter(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {}

    executor_type get_executor() { return stream_->get_executor(); }
    lowest_layer_type& lowest_layer() { return *this; }
    [[nodiscard]] ByteStream& stream() { return *stream_; }
    [[nodiscard]] const ByteStream& stream() const { return *stream_; }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, asio::mutable_buffer buffer) {
                stream_->async_read_some(buffer, IoHandler(std::move(handler)));
            },
            token, first<asio::mutable_buffer>(buffers));
    }

    // Takes the buffers whole: the parts of a frame leave together, or one after the other when they are
    // large.
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, asio::const_buffer buffer) {
                stream_->async_write(buffer, IoHandler(std::move(handler)));
            },
            token, gathered(buffers));
    }

  private:
    static constexpr std::size_t gather_at_most = 65536;

    template <class Buffers>
    asio::const_buffer gathered(const Buffers& buffers) {
        const auto one = first<asio::const_buffer>(buffers);
        const auto all = asio::buffer_size(buffers);
        if (one.size() == all || all > gather_at_most) return one;
        scratch_.resize(all);
        asio::buffer_copy(asio::buffer(scratch_), buffers);
        return asio::buffer(std::as_const(scratch_));
    }

    template <class Buffer, class Buffers>
    static Buffer first(const Buffers& buffers) {
        const auto end = asio::buffer_sequence_end(buffers);
        for (auto at = asio::buffer_sequence_begin(buffers); at != end; ++at) {
            const Buffer buffer(*at);
            if (buffer.size() > 0) return buffer;
        }
        return Buffer();
    }

    std::unique_ptr<ByteStream> stream_;
    std::string scratch_;
};

}  // namespace hil::net
