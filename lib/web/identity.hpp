// Who asks, and what that allows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hil::web {

enum class Role : std::uint8_t { viewer, operators };

constexpr std::string_view to_string(Role role) {
    return role == Role::operators ? "operator" : "viewer";
}

struct Identity {
    Role role = Role::viewer;
    std::string name;  // of the account; empty where nobody logs in

    [[nodiscard]] bool allows(Role needed) const { return role >= needed; }
    // As command records name it: "operator anna", "operator" on a machine without accounts.
    [[nodiscard]] std::string actor() const {
        std::string out(to_string(role));
        if (!name.empty()) out += " " + name;
        return out;
    }
};

}  // namespace hil::web
