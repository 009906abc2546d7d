// Health, metrics, the state document, configuration, and the description of the API.
#include "web/embedded.hpp"
#include "web/json_writer.hpp"
#include "web/routes.hpp"
#include "web/static_files.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace hil::web {

namespace json = boost::json;

namespace {

net::Response health_answer(const std::vector<HealthCheck>& checks) {
    const bool good = std::all_of(checks.begin(), checks.end(), [](const auto& check) { return check.ok; });
    json::array list;
    for (const auto& check : checks)
        list.push_back(json::object{{"name", check.name}, {"ok", check.ok}, {"detail", check.detail}});
    return json_answer(json::object{{"status", good ? "ok" : "failed"}, {"checks", std::move(list)}},
                       good ? 200 : 503);
}

net::Response embedded_answer(std::string_view content, std::string_view name) {
    auto response = text_answer(std::string(content), std::string(content_type_of(name)));
    response.headers.set("Cache-Control", "no-cache");
    return response;
}

}  // namespace

awaitable<net::Response> get_live(Context& context, Call /*call*/) {
    co_return health_answer(context.site.health().live);
}

awaitable<net::Response> get_ready(Context& context, Call /*call*/) {
    co_return health_answer(context.site.health().ready);
}

awaitable<net::Response> get_metrics(Context& context, Call /*call*/) {
    co_return text_answer(context.site.metrics.text(), "text/plain; version=0.0.4; charset=utf-8");
}

awaitable<net::Response> get_status(Context& context, Call /*call*/) {
    co_return json_text_answer(to_text(context.site.state()));
}

awaitable<net::Response> get_config(Context& context, Call /*call*/) {
    co_return json_text_answer(context.effective_config);
}

awaitable<net::Response> get_openapi(Context& /*context*/, Call /*call*/) {
    co_return embedded_answer(embedded::openapi_json, "openapi.json");
}

awaitable<net::Response> get_docs(Context& /*context*/, Call /*call*/) {
    co_return embedded_answer(embedded::docs_html, "docs.html");
}

awaitable<net::Response> get_docs_script(Context& /*context*/, Call /*call*/) {
    co_return embedded_answer(embedded::docs_js, "docs.js");
}

awaitable<net::Response> get_docs_style(Context& /*context*/, Call /*call*/) {
    co_return embedded_answer(embedded::docs_css, "docs.css");
}

}  // namespace hil::web
