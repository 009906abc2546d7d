// The devices that are only watched, as the state document has them.
#include "web/json_writer.hpp"
#include "web/routes.hpp"

#include <boost/json/object.hpp>

namespace hil::web {

namespace json = boost::json;

namespace {

json::object devices_of(const Context& context) {
    const auto state = context.site.state();
    const auto* devices = state.if_contains("devices");
    return devices == nullptr ? json::object() : devices->as_object();
}

}  // namespace

awaitable<net::Response> get_devices(Context& context, Call /*call*/) {
    co_return json_text_answer(to_text(json::object{{"devices", devices_of(context)}}));
}

awaitable<net::Response> get_device(Context& context, Call call) {
    const auto devices = devices_of(context);
    const auto* found = devices.if_contains(call.at("id"));
    if (found == nullptr) co_return problem(404, "there is no watched device of that id");
    co_return json_text_answer(to_text(found->as_object()));
}

}  // namespace hil::web
