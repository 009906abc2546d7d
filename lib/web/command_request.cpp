#include "web/command_request.hpp"

#include "config/problems.hpp"
#include "web/json_writer.hpp"

#include <algorithm>

namespace hil::web {

CommandRequest read_command(const Context& context, boost::json::object message) {
    CommandRequest out;
    const auto take_text = [&](std::string_view name, bool required) {
        const auto* value = message.if_contains(json_view(name));
        std::string text;
        if (value == nullptr || value->is_null()) {
            if (required) out.errors.push_back({"/" + std::string(name), std::string(name) + " is required"});
        } else if (!value->is_string() || value->get_string().size() > 100) {
            out.errors.push_back({"/" + std::string(name), std::string(name) + " must be a short text"});
        } else {
            text = std_view(value->get_string());
        }
        message.erase(json_view(name));
        return text;
    };
    out.kind = take_text("kind", true);
    out.plant = take_text("plant", false);
    if (const auto* kind = context.site.commands.kind(out.kind)) {
        for (const auto& [key, value] : message) {
            if (std::find(kind->fields.begin(), kind->fields.end(), std_view(key)) != kind->fields.end())
                continue;
            out.errors.push_back({config::below("", std_view(key)),
                                  kind->fields.empty() ? fmt::format("unknown field, {} has none", out.kind)
                                                       : fmt::format("unknown field, {} has {}", out.kind,
                                                                     fmt::join(kind->fields, ", "))});
        }
    }
    out.payload = std::move(message);
    return out;
}

}  // namespace hil::web
