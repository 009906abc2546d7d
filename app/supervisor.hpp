// Tells a service manager (systemd, Type=notify) that the service is up, ends, and still runs: the heartbeat
// comes from the event loop itself, so that a loop that hangs is noticed and the service restarted.
#pragma once

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace hil::app {

class Supervisor {
  public:
    // What the environment says: NOTIFY_SOCKET and WATCHDOG_USEC. Without a socket nobody is told anything.
    struct Settings {
        std::string socket;                // a path, or "@name" of an abstract one
        std::optional<Duration> watchdog;  // a heartbeat must come within it
    };
    static Settings from_environment(const char* socket, const char* watchdog_us);

    Supervisor(Clock& clock, Settings settings);
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    // Up: heartbeats begin, three in the time that is allowed.
    void ready(std::string_view status);
    // The end has begun; heartbeats go on until this object is gone.
    void stopping();

  private:
    void send(std::string_view message);
    void beat();

    Settings settings_;
    int socket_ = -1;
    Timer heartbeat_;
};

}  // namespace hil::app
