#include "base/byte_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <utility>

namespace hil {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

}  // namespace

awaitable<result<std::size_t>> read_some(ByteStream& stream, asio::mutable_buffer buffer) {
    const auto [error, size] =
        co_await asio::async_initiate<decltype(as_result), void(error_code, std::size_t)>(
            [&stream, buffer](auto handler) {
                stream.async_read_some(buffer, IoHandler(std::move(handler)));
            },
            as_result);
    if (error) co_return error;
    co_return size;
}

awaitable<result<void>> write_all(ByteStream& stream, asio::const_buffer buffer) {
    const auto [error, size] =
        co_await asio::async_initiate<decltype(as_result), void(error_code, std::size_t)>(
            [&stream, buffer](auto handler) { stream.async_write(buffer, IoHandler(std::move(handler))); },
            as_result);
    if (error) co_return error;
    co_return result<void>{};
}

std::string to_string(const Endpoint& endpoint) {
    return endpoint.host.find(':') == std::string::npos
               ? fmt::format("{}:{}", endpoint.host, endpoint.port)
               : fmt::format("[{}]:{}", endpoint.host, endpoint.port);
}

}  // namespace hil
