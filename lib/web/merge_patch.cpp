#include "web/merge_patch.hpp"

#include <boost/json/value.hpp>

namespace hil::web {

namespace json = boost::json;

std::optional<json::object> merge_patch(const json::object& before, const json::object& after) {
    if (before.size() != after.size()) return std::nullopt;
    json::object patch;
    for (const auto& [key, value] : after) {
        const auto* old = before.if_contains(key);
        if (old == nullptr) return std::nullopt;
        const auto* old_object = old->if_object();
        const auto* new_object = value.if_object();
        if (old_object != nullptr && new_object != nullptr) {
            auto inner = merge_patch(*old_object, *new_object);
            if (!inner) return std::nullopt;
            if (!inner->empty()) patch.emplace(key, std::move(*inner));
        } else if (*old != value) {
            patch.emplace(key, value);
        }
    }
    return patch;
}

void apply_merge_patch(json::object& document, const json::object& patch) {
    for (const auto& [key, value] : patch) {
        auto& target = document[key];
        if (const auto* inner = value.if_object(); inner != nullptr && target.is_object()) {
            apply_merge_patch(target.get_object(), *inner);
        } else {
            target = value;
        }
    }
}

}  // namespace hil::web
