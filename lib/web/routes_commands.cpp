// Commands: asked for here, done by the engine. The answer is the record, 202 also when it was refused for
// what it means; only a form that cannot be read leaves no record.
#include "web/command_request.hpp"
#include "web/inputs.hpp"
#include "web/json_writer.hpp"
#include "web/routes.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace hil::web {

namespace json = boost::json;

namespace {

constexpr std::size_t most_records = 200;

net::Response accepted(const Context& context, const control::Command& command) {
    auto response = json_answer(control::to_json(command), 202);
    response.headers.set("Location", context.settings.base_path + "/api/v1/commands/" + command.id);
    return response;
}

net::Response submit(Context& context, const Identity& who, json::object message) {
    auto wanted = read_command(context, std::move(message));
    if (!wanted.errors.empty()) return invalid(wanted.errors);
    return accepted(context, context.submit(std::move(wanted.kind), std::move(wanted.plant),
                                            std::move(wanted.payload), who));
}

net::Response submit_for_plant(Context& context, const Call& call, std::string_view one,
                               std::string_view all) {
    auto members = read_members(call.request.body, {"plant"});
    if (members.refusal) return std::move(*members.refusal);
    const auto plant = members.text("plant", true, 100);
    if (!members.errors.empty()) return invalid(members.errors);
    json::object message;
    message["kind"] = json_view(*plant == "all" ? all : one);
    if (*plant != "all") message["plant"] = *plant;
    return submit(context, call.who, std::move(message));
}

}  // namespace

awaitable<net::Response> get_commands(Context& context, Call call) {
    Query query(context, call);
    const auto limit = static_cast<std::size_t>(query.whole("limit", 50, 1, most_records));
    if (!query.ok()) co_return invalid(query.errors());
    auto records = context.site.commands.recent(most_records);
    if (const auto cursor = query.text("cursor")) {
        const auto last = std::find_if(records.begin(), records.end(),
                                       [&](const auto* command) { return command->id == *cursor; });
        // Of a record that is gone, every older one is gone, too.
        records.erase(records.begin(), last == records.end() ? last : last + 1);
    }
    const bool more = records.size() > limit;
    if (more) records.resize(limit);
    json::array list;
    for (const auto* command : records)
        list.push_back(control::to_json(*command));
    co_return json_answer(json::object{{"commands", std::move(list)},
                                       {"next", more ? json::value(records.back()->id) : json::value()}});
}

awaitable<net::Response> get_command(Context& context, Call call) {
    const auto* command = context.site.commands.find(call.at("id"));
    if (command == nullptr) co_return problem(404, "no command of that id is kept");
    co_return json_answer(control::to_json(*command));
}

awaitable<net::Response> post_command(Context& context, Call call) {
    auto body = read_json(call.request.body);
    if (body.refusal) co_return std::move(*body.refusal);
    auto* message = body.value.if_object();
    if (message == nullptr) co_return invalid({{"", "a command must be a JSON object"}});
    co_return submit(context, call.who, std::move(*message));
}

awaitable<net::Response> post_start(Context& context, Call call) {
    co_return submit_for_plant(context, call, "plant.start", "fleet.start_all");
}

awaitable<net::Response> post_stop(Context& context, Call call) {
    co_return submit_for_plant(context, call, "plant.stop", "fleet.stop_all");
}

awaitable<net::Response> post_estop(Context& context, Call call) {
    auto members = read_members(call.request.body, {"reason"});
    if (members.refusal) co_return std::move(*members.refusal);
    const auto reason = members.text("reason", false, 500);
    if (!members.errors.empty()) co_return invalid(members.errors);
    json::object payload;
    if (reason) payload["reason"] = *reason;
    co_return accepted(context, context.submit("estop", {}, std::move(payload), call.who));
}

awaitable<net::Response> delete_estop(Context& context, Call call) {
    co_return accepted(context, context.submit("estop.reset", {}, {}, call.who));
}

}  // namespace hil::web
