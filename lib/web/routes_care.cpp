// Messages about alerts, and backups: what keeps a service in use for years.
#include "web/inputs.hpp"
#include "web/json_writer.hpp"
#include "web/routes.hpp"

namespace hil::web {

namespace json = boost::json;

awaitable<net::Response> get_alerting(Context& context, Call) {
    if (!context.site.alerting) co_return problem(404, "no messages are sent here");
    co_return json_answer(context.site.alerting());
}

awaitable<net::Response> post_alerting_test(Context& context, Call call) {
    auto members = read_members(call.request.body, {"receiver"});
    if (members.refusal) co_return std::move(*members.refusal);
    const auto receiver = members.text("receiver", true, 32);
    if (!members.errors.empty()) co_return invalid(members.errors);
    if (!context.site.alerting_test || !context.site.alerting_test(*receiver))
        co_return invalid({{"/receiver", "must be one of alerting.receivers"}});
    context.site.log.info(observe::Channel::web, "{} tries the receiver {}", call.who.actor(), *receiver);
    co_return json_answer(json::object{{"receiver", *receiver}, {"state", "queued"}}, 202);
}

// The file stays in the data directory until whoever asked takes it away.
awaitable<net::Response> post_backup(Context& context, Call call) {
    if (!context.site.backup) co_return problem(404, "no backups are made here");
    context.site.log.info(observe::Channel::web, "{} asks for a backup", call.who.actor());
    auto made = co_await context.site.backup();
    if (const auto* why = made.if_contains("problem")) co_return problem(503, std::string(why->as_string()));
    co_return json_answer(made, 201);
}

}  // namespace hil::web
