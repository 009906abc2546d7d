// Who is logged in: random ids that a cookie carries, each for one account, until it is too old, unused for
// too long, logged out, or pushed out by newer ones.
#pragma once

#include "base/time.hpp"
#include "web/identity.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hil::web {

class Sessions {
  public:
    struct Settings {
        Duration idle = std::chrono::hours(12);
        Duration length = std::chrono::hours(7 * 24);
        std::size_t capacity = 1000;
    };

    Sessions(Settings settings, std::function<void(std::span<std::byte>)> random_bytes);

    // The new session's id.
    std::string begin(Identity who, IoInstant now);
    // None for an id that is not known or over; using a session keeps it from ending for idleness.
    std::optional<Identity> find(std::string_view id, IoInstant now);
    void end(std::string_view id);
    [[nodiscard]] std::size_t size() const { return sessions_.size(); }

  private:
    struct Session {
        Identity who;
        IoInstant begun{}, used{};
    };
    [[nodiscard]] bool over(const Session& session, IoInstant now) const {
        return now - session.used >= settings_.idle || now - session.begun >= settings_.length;
    }

    Settings settings_;
    std::function<void(std::span<std::byte>)> random_bytes_;
    // By the hash of the id: what compares here takes a time that says nothing about an id.
    std::map<std::string, Session, std::less<>> sessions_;
};

}  // namespace hil::web
