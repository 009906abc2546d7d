// The clock of the site: how fast it may run, whether it stands still, one step of it.
#include "web/inputs.hpp"
#include "web/json_writer.hpp"
#include "web/routes.hpp"

namespace hil::web {

namespace json = boost::json;

namespace {

// As the state document has it, with the time.
net::Response clock_answer(const Context& context) {
    auto state = context.site.state();
    json::object out{{"time", std::move(state["time"])}};
    if (auto* clock = state["clock"].if_object()) {
        for (auto& [key, value] : *clock)
            out[key] = std::move(value);
    }
    return json_answer(out);
}

net::Response refused(const std::string& code) {
    if (code == "invalid_payload")
        return problem(422,
                       "speed must be a number above 0 and at most 1000000, paused true or false, step_s a "
                       "number of seconds or a length as \"1m30s\", above 0 and at most 86400; one of them "
                       "must be there");
    if (code == "local_only")
        return problem(409, "with remote transport the clock cannot be set: real plants live in the present");
    if (code == "real_clock")
        return problem(409,
                       "this run keeps real time: only one that was started with --speed, --paused or --from "
                       "has a clock that can be set");
    if (code == "not_paused") return problem(409, "only a paused clock can be stepped");
    return problem(409, "the clock was not set: " + code);
}

}  // namespace

awaitable<net::Response> get_clock(Context& context, Call) {
    co_return clock_answer(context);
}

// A command as any other, with its record; but its end is near, and is waited for.
awaitable<net::Response> put_clock(Context& context, Call call) {
    auto members = read_members(call.request.body, {"speed", "paused", "step_s"});
    if (members.refusal) co_return std::move(*members.refusal);
    if (!members.errors.empty()) co_return invalid(members.errors);
    const auto id = context.submit("clock.set", {}, std::move(members.object), call.who).id;
    const auto ended = co_await context.site.commands.finished(id);
    if (ended && ended->state != control::CommandState::succeeded) co_return refused(ended->message);
    co_return clock_answer(context);
}

}  // namespace hil::web
