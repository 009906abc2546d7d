#include "app/line_input.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>

#include <cerrno>
#include <csignal>
#include <utility>

namespace hil::app {

result<std::unique_ptr<LineInput>> LineInput::standard_input(asio::io_context& context) {
    const int own = ::open("/dev/stdin", O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (own < 0) return error_code(errno, boost::system::system_category());
    // In the background of a shell reading fails, instead of halting the process.
    std::signal(SIGTTIN, SIG_IGN);
    return std::unique_ptr<LineInput>(new LineInput(asio::posix::stream_descriptor(context, own)));
}

awaitable<std::optional<std::string>> LineInput::next() {
    const auto [error, length] = co_await asio::async_read_until(
        descriptor_, asio::dynamic_buffer(read_, longest_line), '\n', asio::as_tuple(asio::use_awaitable));
    std::string line = error ? std::exchange(read_, {}) : read_.substr(0, length - 1);
    if (!error) read_.erase(0, length);
    // The last line may have no end.
    if (error && (error != asio::error::eof || line.empty())) co_return std::nullopt;
    if (line.ends_with('\r')) line.pop_back();
    co_return line;
}

}  // namespace hil::app
