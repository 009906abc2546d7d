// Logging in and out, and who is asking.
#include "web/inputs.hpp"
#include "web/json_writer.hpp"
#include "web/routes.hpp"

namespace hil::web {

namespace json = boost::json;

namespace {

net::Response session_answer(const Context& context, const Identity& who) {
    return json_answer(json::object{{"name", text_or_null(who.name)},
                                    {"role", json_view(to_string(who.role))},
                                    {"read_only", context.read_only()},
                                    {"login", context.auth.has_login()}});
}

}  // namespace

awaitable<net::Response> get_session(Context& context, Call call) {
    co_return session_answer(context, call.who);
}

awaitable<net::Response> post_session(Context& context, Call call) {
    auto members = read_members(call.request.body, {"name", "password"});
    if (members.refusal) co_return std::move(*members.refusal);
    auto name = members.text("name", true, 64);
    auto password = members.text("password", true, 1000);
    if (!members.errors.empty()) co_return invalid(members.errors);
    if (!context.auth.has_login()) co_return problem(409, "this server has no accounts to log in to");
    const auto login = co_await context.auth.log_in(call.request.peer, std::move(*name), std::move(*password),
                                                    call.request.tls);
    if (login.wait > Duration::zero())
        co_return too_many(login.wait, "too many failed logins; try again later");
    if (!login.who) {
        auto response = problem(401, "name or password is not right");
        response.headers.set("WWW-Authenticate", std::string(context.auth.challenge()));
        co_return response;
    }
    auto response = session_answer(context, *login.who);
    response.headers.set("Set-Cookie", login.cookie);
    co_return response;
}

awaitable<net::Response> delete_session(Context& context, Call call) {
    auto response = empty_answer();
    response.headers.set("Set-Cookie", context.auth.log_out(call.request));
    co_return response;
}

}  // namespace hil::web
