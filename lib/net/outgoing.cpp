#include "net/outgoing.hpp"

#include "net/errors.hpp"
#include "net/field_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

namespace hil::net {
namespace {

// "Wed, 01 Oct 2025 00:00:00 GMT"
std::string http_date(WallTime at) {
    static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                       days[std::chrono::weekday(day).c_encoding()], unsigned(date.day()),
                       months[unsigned(date.month()) - 1], int(date.year()), time.hours().count(),
                       time.minutes().count(), time.seconds().count());
}

bool is_about_the_connection(std::string_view name) {
    return same_text(name, "Connection") || same_text(name, "Content-Length") ||
           same_text(name, "Transfer-Encoding") || same_text(name, "Keep-Alive");
}

bool has_no_body_by_habit(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "DELETE" || method == "OPTIONS";
}

}  // namespace

std::string head_text(const Response& response, const HeadOptions& options) {
    std::string out = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason(response.status));
    for (const auto& [name, value] : response.headers) {
        if (!is_about_the_connection(name)) append_field(out, name, value);
    }
    if (!response.headers.find("Date")) append_field(out, "Date", http_date(options.date));
    if (options.framing == BodyFraming::length) {
        append_field(out, "Content-Length", std::to_string(options.length));
    }
    if (options.framing == BodyFraming::chunked) append_field(out, "Transfer-Encoding", "chunked");
    if (!options.keep) {
        append_field(out, "Connection", "close");
    } else if (options.old) {
        append_field(out, "Connection", "keep-alive");
    }
    return out += "\r\n";
}

result<std::string> request_text(const Url& origin, const Request& request) {
    const bool clean =
        request.target.starts_with('/') &&
        std::all_of(request.target.begin(), request.target.end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (!clean || request.target.find('#') != std::string::npos) return errc::bad_target;
    if (request.method.empty() || !std::all_of(request.method.begin(), request.method.end(),
                                               [](char c) { return c >= 'A' && c <= 'Z'; })) {
        throw std::invalid_argument(fmt::format("\"{}\" is not a method", request.method));
    }
    std::string out = fmt::format("{} {}{} HTTP/1.1\r\n", request.method, origin.path, request.target);
    const Url place{.tls = origin.tls, .host = origin.host, .port = origin.port, .path = {}};
    const auto address = to_string(place);
    append_field(out, "Host", std::string_view(address).substr(address.find("://") + 3));
    if (!request.headers.find("User-Agent")) append_field(out, "User-Agent", "hil-scheduler");
    for (const auto& [name, value] : request.headers) {
        if (!is_about_the_connection(name) && !same_text(name, "Host")) append_field(out, name, value);
    }
    if (!request.body.empty() || !has_no_body_by_habit(request.method)) {
        append_field(out, "Content-Length", std::to_string(request.body.size()));
    }
    out += "\r\n";
    return out += request.body;
}

std::string chunk_text(std::string_view piece) {
    return fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
}

}  // namespace hil::net
