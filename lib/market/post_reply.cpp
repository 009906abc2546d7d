#include "market/post_reply.hpp"

#include "base/mutation.hpp"
#include "market/errors.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hil::market {
namespace {

namespace json = boost::json;

constexpr std::array error_keys{"error", "errors"};
constexpr std::array count_keys{"count", "stored", "accepted", "inserted"};

bool blank(std::string_view body) {
    return body.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// Null, false, 0, "", [] and {}: there is nothing to tell.
bool nothing(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return true;
        case json::kind::bool_:
            return !value.get_bool();
        case json::kind::string:
            return blank({value.get_string().data(), value.get_string().size()});
        case json::kind::array:
            return value.get_array().empty();
        case json::kind::object:
            return value.get_object().empty();
        default:
            return value.to_number<double>() == 0;
    }
}

// How many values it says were taken; none when it says nothing of the kind.
std::optional<double> taken(const json::value& value) {
    if (value.is_number()) return value.to_number<double>();
    if (const auto* list = value.if_array()) return static_cast<double>(list->size());
    if (value.is_bool() && !value.get_bool()) return 0;
    return std::nullopt;
}

std::string quoted(std::string_view key, const json::value& value) {
    constexpr std::size_t longest = 120;
    auto text = fmt::format("{}: {}", key, json::serialize(value));
    if (text.size() <= longest) return text;
    std::size_t end = longest - 3;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u)
        --end;  // not within a character
    return text.substr(0, end) + "...";
}

}  // namespace

std::optional<NotStored> not_stored(std::string_view body, std::size_t sent) {
    if (blank(body) || mutated(Mutation::post_reply_believed)) return std::nullopt;
    boost::system::error_code unreadable;
    const auto reply = json::parse(json::string_view(body.data(), body.size()), unreadable);
    if (unreadable) return NotStored{fault::not_json, {}};
    const auto* object = reply.if_object();
    if (object == nullptr) return std::nullopt;
    for (const auto* key : error_keys) {
        const auto* said = object->if_contains(key);
        if (said != nullptr && !nothing(*said)) return NotStored{fault::reported_error, quoted(key, *said)};
    }
    if (const auto* success = object->if_contains("success")) {
        const bool no = success->is_bool() ? !success->get_bool() : success->is_number() && nothing(*success);
        if (no) return NotStored{fault::not_successful, quoted("success", *success)};
    }
    for (const auto* key : count_keys) {
        const auto* said = object->if_contains(key);
        const auto number = said == nullptr ? std::nullopt : taken(*said);
        if (number && *number < static_cast<double>(sent))
            return NotStored{fault::fewer_stored, fmt::format("{} of {} sent", quoted(key, *said), sent)};
    }
    return std::nullopt;
}

}  // namespace hil::market
