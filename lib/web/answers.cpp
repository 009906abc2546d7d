#include "web/answers.hpp"

#include "web/json_writer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace hil::web {

namespace json = boost::json;

net::Response json_answer(const json::value& document, unsigned status) {
    return json_text_answer(to_text(document), status);
}

net::Response json_text_answer(std::string text, unsigned status) {
    return text_answer(std::move(text), "application/json", status);
}

net::Response text_answer(std::string text, std::string content_type, unsigned status) {
    net::Response response;
    response.status = status;
    response.headers.set("Content-Type", std::move(content_type));
    response.headers.set("Cache-Control", "no-store");
    response.body = std::move(text);
    return response;
}

net::Response empty_answer(unsigned status) {
    net::Response response;
    response.status = status;
    response.headers.set("Cache-Control", "no-store");
    return response;
}

void offer_as_file(net::Response& response, std::string_view name) {
    response.headers.set("Content-Disposition", fmt::format("attachment; filename=\"{}\"", name));
}

net::Response problem(unsigned status, std::string_view detail, const std::vector<InputError>& errors) {
    json::object document;
    document["type"] = "about:blank";
    document["title"] = json_view(net::reason(status));
    document["status"] = status;
    document["detail"] = json_view(detail);
    if (!errors.empty()) {
        json::array list;
        for (const auto& error : errors)
            list.push_back(json::object{{"pointer", error.pointer}, {"detail", error.detail}});
        document["errors"] = std::move(list);
    }
    return text_answer(to_text(document), "application/problem+json", status);
}

net::Response invalid(const std::vector<InputError>& errors) {
    return problem(422, errors.size() == 1 ? errors.front().detail : "several values are not acceptable",
                   errors);
}

namespace {

net::Response again_later(unsigned status, Duration retry_after, std::string_view detail) {
    auto response = problem(status, detail);
    const auto whole = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
    response.headers.set("Retry-After", std::to_string(std::max<std::int64_t>(whole, 1)));
    return response;
}

}  // namespace

net::Response too_many(Duration retry_after, std::string_view detail) {
    return again_later(429, retry_after, detail);
}

net::Response busy(Duration retry_after, std::string_view detail) {
    return again_later(503, retry_after, detail);
}

}  // namespace hil::web
