#include "control/command_payload.hpp"

#include "config/nearest.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace hil::control {

std::optional<CommandPayload> take_payload(const CommandEngine::Kind& kind, boost::json::object payload,
                                           std::size_t most_bytes) {
    CommandPayload out;
    const auto among = [](const std::vector<std::string>& names, std::string_view name) {
        return std::ranges::find(names, name) != names.end();
    };
    for (const auto& member : payload) {
        const std::string_view name(member.key().data(), member.key().size());
        if (!among(kind.fields, name) && !among(kind.required, name) && !among(kind.secrets, name))
            return std::nullopt;
    }
    for (const auto& name : kind.required)
        if (!payload.contains(name)) return std::nullopt;
    for (const auto& name : kind.secrets) {
        auto* value = payload.if_contains(name);
        if (value == nullptr || value->is_null()) continue;
        out.secrets[name] = std::exchange(*value, "***");
    }
    if (boost::json::serialize(payload).size() > most_bytes) return std::nullopt;
    out.shown = std::move(payload);
    return out;
}

boost::json::value kinds_there_are(std::string_view asked,
                                   const std::map<std::string, CommandEngine::Kind, std::less<>>& kinds) {
    std::vector<std::string> names;
    for (const auto& [name, kind] : kinds)
        names.push_back(name);
    boost::json::object out;
    if (auto meant = config::nearest(asked, names); !meant.empty()) out["did_you_mean"] = std::move(meant);
    out["known_kinds"] = boost::json::array(names.begin(), names.end());
    return out;
}

}  // namespace hil::control
