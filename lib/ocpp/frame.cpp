#include "ocpp/frame.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <array>
#include <utility>

namespace hil::ocpp {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_id = 36, longest_description = 255, most_elements = 5;

enum MessageType : std::int64_t { call_type = 2, result_type = 3, error_type = 4 };

// Of a text that cannot be read nobody knows the id.
BadFrame unreadable(std::string why) {
    return {std::move(why), CallError{"-1", CallErrorCode::rpc_framework, "no message of OCPP", {}}};
}

BadFrame refused(std::string why, std::string id, CallErrorCode code) {
    auto description = why.substr(0, longest_description);
    return {std::move(why), CallError{std::move(id), code, std::move(description), {}}};
}

std::variant<Frame, BadFrame> read_call(json::array& parts, std::string id) {
    if (parts.size() != 4)
        return refused(fmt::format("a call has 4 elements, this one {}", parts.size()), std::move(id),
                       CallErrorCode::format_violation);
    auto* action = parts[2].if_string();
    if (action == nullptr || action->empty())
        return refused("the action of a call is a text", std::move(id), CallErrorCode::format_violation);
    auto* payload = parts[3].if_object();
    if (payload == nullptr)
        return refused(fmt::format("the payload of {} is no object", std::string_view(*action)),
                       std::move(id), CallErrorCode::type_constraint);
    return Call{std::move(id), std::string(*action), std::move(*payload)};
}

std::variant<Frame, BadFrame> read_result(json::array& parts, std::string id) {
    auto* payload = parts.size() == 3 ? parts[2].if_object() : nullptr;
    if (payload == nullptr) return BadFrame{"a result has 3 elements, the last one an object", std::nullopt};
    return CallResult{std::move(id), std::move(*payload)};
}

// Details, and even the description, are left out by some.
std::variant<Frame, BadFrame> read_error(json::array& parts, std::string id) {
    if (parts.size() < 3 || parts.size() > most_elements || !parts[2].is_string())
        return BadFrame{"an error has 5 elements, the third one a text", std::nullopt};
    CallError out{std::move(id), code_of(std::string_view(parts[2].get_string())), {}, {}};
    if (parts.size() > 3 && parts[3].is_string()) out.description = std::string(parts[3].get_string());
    if (parts.size() > 4 && parts[4].is_object()) out.details = std::move(parts[4].get_object());
    return out;
}

}  // namespace

std::variant<Frame, BadFrame> read_frame(std::string_view text, const FrameLimits& limits) {
    if (text.size() > limits.text)
        return unreadable(fmt::format("{} bytes, more than {}", text.size(), limits.text));
    json::parse_options options;
    options.max_depth = limits.depth;
    boost::system::error_code error;
    auto value = json::parse(text, error, {}, options);
    if (error) return unreadable("no JSON: " + error.message());
    auto* parts = value.if_array();
    if (parts == nullptr || parts->size() < 2) return unreadable("no array of at least two elements");
    auto* id = (*parts)[1].if_string();
    if (id == nullptr || id->empty() || id->size() > longest_id)
        return unreadable(fmt::format("the id of a message is a text of 1 to {} characters", longest_id));
    const auto type = (*parts)[0].is_int64() ? (*parts)[0].get_int64() : 0;
    std::string known(*id);
    switch (type) {
        case call_type:
            return read_call(*parts, std::move(known));
        case result_type:
            return read_result(*parts, std::move(known));
        case error_type:
            return read_error(*parts, std::move(known));
        default:
            break;
    }
    return refused("the type of a message is 2, 3 or 4", "-1", CallErrorCode::message_type_not_supported);
}

std::string write_frame(const Call& call) {
    return json::serialize(
        json::array{static_cast<std::int64_t>(call_type), call.id, call.action, call.payload});
}

std::string write_frame(const CallResult& result) {
    return json::serialize(json::array{static_cast<std::int64_t>(result_type), result.id, result.payload});
}

std::string write_frame(const CallError& error, Version version) {
    return json::serialize(
        json::array{static_cast<std::int64_t>(error_type), error.id, to_text(error.code, version),
                    std::string_view(error.description).substr(0, longest_description), error.details});
}

}  // namespace hil::ocpp
