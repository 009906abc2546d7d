// A ByteStream in the form in which Beast and Asio's TLS want a stream. Included by the sources that
// instantiate them, nowhere else.
#pragma once

#include "base/byte_stream.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <string>
#include <utility>

namespace hil::net {

class StreamAdapter {
  public:
    using executor_type = asio::any_io_executor;
    using lowest_layer_type = StreamAdapter;

    explicit StreamAdapter(std::unique_ptr<ByteStream> stream)
        : executor_(stream->get_executor()), stream_(std::move(stream)) {}

    executor_type get_executor() { return executor_; }
    lowest_layer_type& lowest_layer() { return *this; }

    // Gives the stream up, which ends what is outstanding. Handlers keep their owner and the stream keeps the
    // handlers: if the owner kept the stream, too, none of them would go when the event loop goes first.
    void close() noexcept { stream_.reset(); }
    [[nodiscard]] bool is_open() const noexcept { return stream_ && stream_->is_open(); }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, asio::mutable_buffer buffer) {
                if (!stream_) return refuse(std::move(handler));
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
                if (!stream_) return refuse(std::move(handler));
                stream_->async_write(buffer, IoHandler(std::move(handler)));
            },
            token, gathered(buffers));
    }

  private:
    template <class Handler>
    void refuse(Handler handler) {
        asio::post(executor_, [h = std::move(handler)]() mutable {
            std::move(h)(error_code(asio::error::operation_aborted), std::size_t{0});
        });
    }

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

    executor_type executor_;
    std::unique_ptr<ByteStream> stream_;
    std::string scratch_;
};

}  // namespace hil::net
