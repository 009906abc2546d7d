#include "web/content_coding.hpp"

#include "web/gzip.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace hil::web {
namespace {

constexpr std::size_t worth_it = 1024;              // bytes; below, head and check sum eat the gain
constexpr std::size_t on_the_reactor = 16u << 10u;  // takes a fraction of a millisecond

bool compressible(const net::Response& response) {
    const auto type = response.headers.find("Content-Type").value_or("");
    return response.status >= 200 && response.status < 300 && !response.shared_body &&
           !response.headers.find("Content-Encoding") &&
           (type.starts_with("application/json") || type.starts_with("text/csv") ||
            type.starts_with("text/html"));
}

std::string gzipped(std::string_view text) {
    Gzip gzip;
    auto out = gzip.add(text);
    return out += gzip.finish();
}

// A body in pieces on its way through the compressor. An empty piece would end the answer, so it goes on
// until something comes out.
struct Course {
    std::function<awaitable<result<std::string>>()> pieces;
    BlockingExecutor& blocking;
    Gzip gzip;
    bool ended = false;
};

awaitable<result<std::string>> next_piece(std::shared_ptr<Course> course) {
    while (!course->ended) {
        auto piece = co_await course->pieces();
        if (!piece) co_return piece.error();
        course->ended = piece->empty();
        auto out = co_await course->blocking.run([gzip = course->gzip, text = std::move(*piece)]() mutable {
            return text.empty() ? gzip.finish() : gzip.add(text);
        });
        if (!out.empty()) co_return out;
    }
    co_return std::string();
}

}  // namespace

bool takes_coding(std::string_view accept_encoding, std::string_view coding) {
    bool any = false;
    while (!accept_encoding.empty()) {
        const auto end = std::min(accept_encoding.find(','), accept_encoding.size());
        auto item = accept_encoding.substr(0, end);
        accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
        item.remove_prefix(std::min(item.find_first_not_of(" \t"), item.size()));
        const auto name = item.substr(0, item.find_first_of("; \t"));
        const auto q = item.find("q=");
        const bool refused = q != std::string_view::npos && item.substr(q + 2).starts_with("0") &&
                             item.substr(q + 2).find_first_of("123456789") == std::string_view::npos;
        if (name == coding) return !refused;
        if (name == "*") any = !refused;
    }
    return any;
}

awaitable<void> compress(net::Response& response, std::string_view accept_encoding,
                         BlockingExecutor& blocking) {
    if (!compressible(response)) co_return;
    response.headers.set("Vary", "Accept-Encoding");
    if (!takes_coding(accept_encoding, "gzip")) co_return;
    if (response.pieces) {
        auto course = std::make_shared<Course>(Course{std::move(response.pieces), blocking, {}});
        response.pieces = [course = std::move(course)] { return next_piece(course); };
    } else if (response.body.size() < worth_it) {
        co_return;
    } else if (response.body.size() <= on_the_reactor) {
        response.body = gzipped(response.body);
    } else {
        response.body = co_await blocking.run([text = std::move(response.body)] { return gzipped(text); });
    }
    response.headers.set("Content-Encoding", "gzip");
}

}  // namespace hil::web
