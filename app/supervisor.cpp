#include "app/supervisor.hpp"

#include <fmt/format.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstring>
#include <utility>

namespace hil::app {

Supervisor::Settings Supervisor::from_environment(const char* socket, const char* watchdog_us) {
    Settings out;
    if (socket != nullptr && (*socket == '/' || *socket == '@')) out.socket = socket;
    if (out.socket.size() >= sizeof(sockaddr_un::sun_path)) out.socket.clear();
    if (watchdog_us == nullptr || out.socket.empty()) return out;
    const std::string_view text = watchdog_us;
    std::int64_t microseconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), microseconds);
    if (error == std::errc{} && end == text.data() + text.size() && microseconds > 0)
        out.watchdog = std::chrono::microseconds(microseconds);
    return out;
}

Supervisor::Supervisor(Clock& clock, Settings settings)
    : settings_(std::move(settings)), heartbeat_(clock.io_timers(), [this] { beat(); }) {
    if (!settings_.socket.empty()) socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

Supervisor::~Supervisor() {
    if (socket_ >= 0) ::close(socket_);
}

void Supervisor::ready(std::string_view status) {
    send(fmt::format("READY=1\nSTATUS={}", status));
    if (socket_ >= 0 && settings_.watchdog) beat();
}

void Supervisor::stopping() {
    send("STOPPING=1\nSTATUS=stopping the plants");
}

void Supervisor::beat() {
    send("WATCHDOG=1");
    heartbeat_.arm_after(*settings_.watchdog / 3);
}

// A manager that takes nothing is no reason to wait, and nobody could be told.
void Supervisor::send(std::string_view message) {
    if (socket_ < 0) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, settings_.socket.data(), settings_.socket.size());
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + settings_.socket.size());
    (void)!::sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL,
                    reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace hil::app
