#include "net/wire.hpp"

#include "net/errors.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <utility>

namespace hil::net {
namespace {

constexpr std::size_t read_size = 8192;
constexpr std::size_t write_size = 65536;  // progress is looked for after so much

}  // namespace

Wire::Wire(Clock& clock, std::unique_ptr<ByteStream> stream)
    : clock_(clock), stream_(std::move(stream)), wake_(clock), buffer_(read_size) {}

void Wire::on_read(error_code error, std::size_t size) {
    reading_ = false;
    read_error_ = error;
    if (error) {
        gone_.request_stop();
    } else {
        input_.append(buffer_.data(), size);
    }
    wake_.notify();
}

void Wire::on_written(error_code error, std::size_t /*size*/) {
    writing_ = false;
    write_error_ = error;
    wake_.notify();
}

void Wire::begin_read() {
    reading_ = true;
    read_error_ = {};
    stream_->async_read_some(asio::buffer(buffer_), IoHandler(Handler<&Wire::on_read>{shared_from_this()}));
}

std::stop_token Wire::watch() {
    gone_ = std::stop_source();
    if (!is_open() || interrupted_) {
        gone_.request_stop();
    } else if (!reading_ && input_.empty()) {
        begin_read();
    }
    return gone_.get_token();
}

awaitable<result<void>> Wire::read_more(Duration due) {
    const auto before = input_.size();
    if (!reading_ && !interrupted_) {
        if (!is_open()) co_return error_code(asio::error::bad_descriptor);
        begin_read();
    }
    while (!interrupted_ && reading_ && input_.size() == before) {
        if (!co_await wake_.wait_io_for(due - now()) && reading_) co_return errc::timeout;
    }
    if (interrupted_) co_return error_code(asio::error::operation_aborted);
    co_return result<void>(read_error_);
}

awaitable<result<void>> Wire::write(std::shared_ptr<const std::string> text, Duration timeout, Duration due) {
    for (std::size_t done = 0; done < text->size();) {
        if (!is_open()) co_return error_code(asio::error::bad_descriptor);
        const auto size = std::min(write_size, text->size() - done);
        output_ = text;
        writing_ = true;
        write_error_ = {};
        stream_->async_write(asio::buffer(text->data() + done, size),
                             IoHandler(Handler<&Wire::on_written>{shared_from_this()}));
        const auto stuck = std::min(due, now() + timeout);
        while (writing_) {
            if (!co_await wake_.wait_io_for(stuck - now()) && writing_) {
                close();
                co_return errc::timeout;
            }
        }
        if (write_error_) co_return write_error_;
        done += size;
    }
    output_.reset();
    co_return result<void>{};
}

awaitable<result<void>> Wire::write(std::string text, Duration timeout, Duration due) {
    return write(std::make_shared<const std::string>(std::move(text)), timeout, due);
}

void Wire::interrupt() {
    interrupted_ = true;
    hurry();
    wake_.notify();
}

void Wire::close() noexcept {
    stream_.reset();
}

bool Wire::quiet() {
    if (!is_open() || reading_ || !input_.empty()) return false;
    char byte = 0;
    const auto there = stream_->try_read_some(asio::buffer(&byte, 1));
    if (there && *there > 0) input_.push_back(byte);
    return there.error() == asio::error::would_block;
}

std::unique_ptr<ByteStream> Wire::release() {
    return std::move(stream_);
}

}  // namespace hil::net
