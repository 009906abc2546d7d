#include "plant_sim/istentore/platform.hpp"

#include "base/number.hpp"
#include "base/zone.hpp"
#include "observe/json_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace hil::plant_sim {
namespace {

namespace json = boost::json;

constexpr std::size_t max_tokens = 1000;
constexpr Duration longest_range = std::chrono::hours(24 * 40);
constexpr std::size_t max_body = 4u << 20u;

net::Response respond(unsigned status, std::string body) {
    net::Response response;
    response.status = status;
    response.headers.set("Content-Type", "application/json");
    response.body = std::move(body);
    return response;
}

net::Response refusal(unsigned status, std::string_view sentence) {
    std::string body = R"({"error":)";
    observe::append_json_string(body, sentence);
    return respond(status, body + "}");
}

net::Response page() {
    net::Response response;
    response.headers.set("Content-Type", "text/html");
    response.body = "<html><body>We will be back soon.</body></html>";
    return response;
}

std::optional<json::value> parsed(const std::string& body) {
    boost::system::error_code error;
    auto value = json::parse(body, error);
    if (error || !value.is_object()) return std::nullopt;
    return value;
}

std::optional<std::string> text_of(const json::value& value, json::string_view key) {
    const auto* member = value.get_object().if_contains(key);
    if (member == nullptr || !member->is_string()) return std::nullopt;
    return std::string(member->get_string());
}

// The one layout the platform knows: "2025-10-01T00:00:00+00:00".
std::optional<WallTime> time_of(std::string_view text) {
    static const Zone utc = Zone::utc();
    constexpr std::size_t length = std::string_view("2025-10-01T00:00:00+00:00").size();
    if (text.size() != length || !text.ends_with("+00:00") || text[10] != 'T') return std::nullopt;
    const auto time = utc.parse(text);
    if (!time) return std::nullopt;
    return *time;
}

bool is_json_type(const net::Request& request) {
    const auto type = request.headers.find("Content-Type");
    return type && type->starts_with("application/json");
}

// Reads {measurement_series, measurements}; the rule it breaks otherwise.
std::variant<MeasurementPost, std::string> read_post(const std::string& body) {
    const auto document = parsed(body);
    if (!document) return "the body must be a JSON object";
    const auto* series = document->get_object().if_contains("measurement_series");
    if (series == nullptr || !series->is_int64() || series->get_int64() < 1 ||
        series->get_int64() > 1000000) {
        return "measurement_series must be a whole number from 1";
    }
    const auto* values = document->get_object().if_contains("measurements");
    if (values == nullptr || !values->is_array() || values->get_array().empty()) {
        return "measurements must be an array with at least one element";
    }
    MeasurementPost post;
    post.series = static_cast<int>(series->get_int64());
    for (const auto& value : values->get_array()) {
        if (!value.is_object()) return "each of measurements must be an object";
        const auto timestamp = text_of(value, "timestamp");
        if (!timestamp || !time_of(*timestamp)) {
            return "timestamp must be a UTC time in whole seconds with +00:00";
        }
        const auto* number = value.get_object().if_contains("measurement");
        if (number == nullptr || !number->is_number()) return "measurement must be a number";
        post.values.push_back({*timestamp, number->to_number<double>()});
    }
    return post;
}

std::string to_json(const MeasurementPost& post) {
    auto out = fmt::format(R"({{"measurement_series":{},"measurements":[)", post.series);
    for (const auto& value : post.values) {
        if (!out.ends_with('[')) out += ',';
        out += fmt::format(R"({{"timestamp":"{}","measurement":)", value.timestamp);
        observe::append_json_number(out, value.measurement);
        out += '}';
    }
    return out += "]}";
}

}  // namespace

IstentorePlatform::IstentorePlatform(Clock& clock, Random random, Options options)
    : clock_(clock), random_(random), options_(std::move(options)) {}

std::size_t IstentorePlatform::body_limit(const net::Request& /*header*/, std::size_t usual) const {
    return std::max(usual, max_body);
}

awaitable<std::variant<net::Response, net::Server::Conversation>> IstentorePlatform::upgrade(
    net::Request /*request*/) {
    co_return refusal(404, "there is no WebSocket here");
}

awaitable<net::Response> IstentorePlatform::handle(net::Request request) {
    auto target = net::parse_target(request.target);
    if (!target) co_return refusal(400, "the path or query cannot be decoded");
    const auto& path = target->path;
    const auto only = [&request](std::string_view method) { return request.method == method; };
    if (path == "/_sim/measurements") {
        co_return only("GET") ? all_posts() : refusal(405, "GET only");
    }
    if (path == "/_sim/faults") co_return faults(request);
    std::string_view operation;
    if (path == "/login") operation = "login";
    if (path == "/market_products") operation = "market_products";
    if (path == "/measurements") operation = "measurements";
    if (operation.empty()) co_return refusal(404, "there is no such path");
    auto response = co_await serve(operation, std::move(request), std::move(*target));
    if (on_request) on_request(operation, response.drop ? 0 : response.status);
    co_return response;
}

awaitable<net::Response> IstentorePlatform::serve(std::string_view operation, net::Request request,
                                                  net::Target target) {
    const auto fault = faults_.draw(operation, random_);
    if (!fault) co_return answer(operation, request, target, false);
    ++statistics_.faults;
    if (fault->expire_tokens) expire_tokens();
    net::Response response;
    // What was posted counts from its arrival on, however late the answer is.
    if (fault->drop != PlatformFault::Drop::before) {
        const bool deny = fault->reply != PlatformFault::Reply::no && operation == "measurements" &&
                          request.method == "POST" && authorised(request);
        response = fault->status ? refusal(*fault->status, "told to fail")
                   : deny        ? denied(request, *fault)
                                 : answer(operation, request, target, true);
        if (fault->not_json && response.status == 200) response = page();
    }
    response.drop = fault->drop != PlatformFault::Drop::no;
    if (fault->delay > Duration::zero()) co_await clock_.io_sleep_for(fault->delay);
    co_return response;
}

net::Response IstentorePlatform::answer(std::string_view operation, const net::Request& request,
                                        const net::Target& target, bool spoilt) {
    const bool reads = operation == "market_products";
    if (request.method != (reads ? "GET" : "POST")) {
        return refusal(405, reads ? "GET only" : "POST only");
    }
    if (!reads && !is_json_type(request)) return refusal(415, "Content-Type must be application/json");
    if (operation == "login") return login(request);
    if (!authorised(request)) {
        ++statistics_.unauthorised;
        return refusal(401, "a valid token is needed");
    }
    return reads ? market_products(target, spoilt) : measurements(request);
}

net::Response IstentorePlatform::login(const net::Request& request) {
    const auto document = parsed(request.body);
    if (!document) return refusal(400, "the body must be a JSON object");
    const auto email = text_of(*document, "email"), password = text_of(*document, "password");
    if (!email || !password) return refusal(400, "email and password must be strings");
    if (*email != options_.email || *password != options_.password) {
        ++statistics_.refused_logins;
        return refusal(401, "email or password is wrong");
    }
    ++statistics_.logins;
    if (tokens_.size() >= max_tokens) tokens_.clear();
    auto token = fmt::format("{:016x}{:016x}", random_.next(), random_.next());
    auto response = respond(200, fmt::format(R"({{"token":"{}"}})", token));
    tokens_.insert(std::move(token));
    return response;
}

bool IstentorePlatform::authorised(const net::Request& request) const {
    constexpr std::string_view scheme = "Bearer ";
    const auto field = request.headers.find("Authorization");
    return field && field->starts_with(scheme) && tokens_.contains(field->substr(scheme.size()));
}

net::Response IstentorePlatform::market_products(const net::Target& target, bool spoilt) {
    ++statistics_.product_requests;
    const auto id_text = target.parameter("id");
    const auto first_text = target.parameter("delivery_period_gte");
    const auto last_text = target.parameter("delivery_period_lte");
    int id = 0;
    if (id_text) {
        const auto [end, error] = std::from_chars(id_text->data(), id_text->data() + id_text->size(), id);
        if (error != std::errc{} || end != id_text->data() + id_text->size()) id = 0;
    }
    if (id < 1) return refusal(422, "id must be a whole number from 1");
    const auto first = time_of(first_text.value_or("")), last = time_of(last_text.value_or(""));
    if (!first || !last) {
        return refusal(422,
                       "delivery_period_gte and delivery_period_lte must be UTC times in whole seconds "
                       "with +00:00");
    }
    if (*last - *first > longest_range) return refusal(422, "more than 40 days are asked for");
    if (!spoilt && on_products) on_products(id, *first, *last);
    return respond(200, products_reply(products_, id, options_.plants, *first, *last));
}

net::Response IstentorePlatform::measurements(const net::Request& request) {
    auto read = read_post(request.body);
    if (const auto* rule = std::get_if<std::string>(&read)) return refusal(422, *rule);
    auto& post = std::get<MeasurementPost>(read);
    const auto count = post.values.size();
    store(std::move(post));
    return respond(200, fmt::format(R"({{"stored":{}}})", count));
}

void IstentorePlatform::store(MeasurementPost post) {
    post.received = clock_.wall_now();
    ++statistics_.posts;
    statistics_.values += post.values.size();
    posts_.push_back(std::move(post));
    if (posts_.size() > options_.max_posts) posts_.pop_front();
    if (on_post) on_post(posts_.back());
}

// A good status, and yet: what is not stored is for whoever reads the answer to find out.
net::Response IstentorePlatform::denied(const net::Request& request, const PlatformFault& fault) {
    using Denial = PlatformFault::Reply;
    auto read = read_post(request.body);
    if (const auto* rule = std::get_if<std::string>(&read)) return refusal(422, *rule);
    const auto& post = std::get<MeasurementPost>(read);
    if (on_denied) on_denied(post);
    const auto count = post.values.size();
    auto kept = post;
    if (!fault.stored) kept.values.resize(fault.reply >= Denial::fewer_stored ? count - 1 : 0);
    if (!kept.values.empty()) store(std::move(kept));
    switch (fault.reply) {
        case Denial::text: {
            auto response = respond(200, "queued");
            response.headers.set("Content-Type", "text/plain");
            return response;
        }
        case Denial::error:
            return respond(200, R"({"error":"the series is closed"})");
        case Denial::errors:
            return respond(200, fmt::format(R"({{"stored":{},"errors":["the series is closed"]}})", count));
        case Denial::failure:
            return respond(200, R"({"success":false})");
        case Denial::fewer_stored:
            return respond(200, fmt::format(R"({{"stored":{}}})", count - 1));
        case Denial::fewer_counted:
            return respond(200, fmt::format(R"({{"count":{}}})", count - 1));
        case Denial::fewer_accepted:
            return respond(200, fmt::format(R"({{"accepted":{}}})", count - 1));
        case Denial::fewer_inserted:
            return respond(200, fmt::format(R"({{"inserted":{}}})", count - 1));
        case Denial::page:
        case Denial::no:
            break;
    }
    return page();
}

net::Response IstentorePlatform::all_posts() const {
    // Copied at once: what is posted while the answer goes out belongs to the next one.
    auto texts = std::make_shared<std::vector<std::string>>();
    constexpr std::size_t piece_size = 65536;
    std::string piece = fmt::format(R"({{"total":{},"posts":[)", statistics_.posts);
    for (bool first = true; const auto& post : posts_) {
        if (!std::exchange(first, false)) piece += ',';
        piece += to_json(post);
        if (piece.size() >= piece_size) texts->push_back(std::exchange(piece, {}));
    }
    texts->push_back(piece + "]}");
    auto response = respond(200, {});
    response.pieces = [texts, next = std::size_t{0}]() mutable -> awaitable<result<std::string>> {
        if (next == texts->size()) co_return std::string();
        co_return std::move((*texts)[next++]);
    };
    return response;
}

net::Response IstentorePlatform::faults(const net::Request& request) {
    if (request.method == "PUT") {
        auto read = parse_faults(request.body, "body");
        if (const auto* rule = std::get_if<std::string>(&read)) return refusal(422, *rule);
        set_faults(std::get<std::vector<PlatformFault>>(std::move(read)));
    } else if (request.method != "GET") {
        return refusal(405, "GET and PUT only");
    }
    return respond(200, plant_sim::to_json(faults_.left()));
}

}  // namespace hil::plant_sim
