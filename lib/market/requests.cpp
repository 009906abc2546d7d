#include "base/number.hpp"
#include "base/zone.hpp"
#include "market/messages.hpp"
#include "observe/json_text.hpp"

#include <fmt/format.h>

namespace hil::market {
namespace {

net::Request post(std::string target, std::string body) {
    net::Request request;
    request.method = "POST";
    request.target = std::move(target);
    request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    request.body = std::move(body);
    return request;
}

// A plus sign in a query means a blank.
std::string escaped(std::string text) {
    std::string out;
    for (const char c : text) {
        if (c == '+')
            out += "%2B";
        else if (c == ':')
            out += "%3A";
        else
            out += c;
    }
    return out;
}

}  // namespace

std::string utc_text(WallTime at) {
    static const Zone utc = Zone::utc();
    return utc.format(std::chrono::floor<std::chrono::seconds>(at));
}

net::Request login_request(std::string_view email, std::string_view password) {
    std::string body = R"({"email":)";
    observe::append_json_string(body, email);
    body += R"(,"password":)";
    observe::append_json_string(body, password);
    body += '}';
    return post("/login", std::move(body));
}

net::Request products_request(int market, WallTime first, WallTime last) {
    net::Request request;
    request.target = fmt::format("/market_products?id={}&delivery_period_gte={}&delivery_period_lte={}",
                                 market, escaped(utc_text(first)), escaped(utc_text(last)));
    request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    return request;
}

net::Request measurements_request(int series, std::span<const Measurement> values) {
    auto body = fmt::format(R"({{"measurement_series":{},"measurements":[)", series);
    bool first = true;
    for (const auto& value : values) {
        if (!std::exchange(first, false)) body += ',';
        body += R"({"timestamp":")";
        body += utc_text(value.at);
        body += R"(","measurement":)";
        append_number(body, value.value);
        body += '}';
    }
    body += "]}";
    return post("/measurements", std::move(body));
}

}  // namespace hil::market
