// What a service manager hears, at the other end of its socket.
#include "app/supervisor.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

using namespace hil;
using namespace hil::app;
using namespace std::chrono_literals;

namespace {

class Manager {
  public:
    explicit Manager(std::string path)
        : path_(std::move(path)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path_.data(), path_.size());
        REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    ~Manager() { ::close(socket_); }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    // Empty: nothing is there.
    std::string heard() const {
        char buffer[512];
        const auto size = ::recv(socket_, buffer, sizeof buffer, 0);
        return size < 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(size));
    }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
    int socket_;
};

}  // namespace

TEST_CASE("A service manager is told of the start, of every heartbeat of the loop, and of the end") {
    const test::TemporaryDirectory directory;
    const Manager manager((directory.path() / "notify").string());
    asio::io_context context(1);
    VirtualClock clock(context, WallTime{});
    Supervisor service(clock, Supervisor::from_environment(manager.path().c_str(), "30000000"));
    CHECK(manager.heard().empty());
    service.ready("2 plants");
    CHECK(manager.heard() == "READY=1\nSTATUS=2 plants");
    CHECK(manager.heard() == "WATCHDOG=1");
    CHECK(manager.heard().empty());
    clock.run_for(9s);
    CHECK(manager.heard().empty());
    clock.run_for(2s);
    CHECK(manager.heard() == "WATCHDOG=1");
    clock.run_for(10s);
    CHECK(manager.heard() == "WATCHDOG=1");
    service.stopping();
    CHECK(manager.heard() == "STOPPING=1\nSTATUS=stopping the plants");
}

TEST_CASE("Without a service manager, or with one that cannot be understood, nothing is sent") {
    CHECK(Supervisor::from_environment(nullptr, "1000").socket.empty());
    CHECK(Supervisor::from_environment("relative", nullptr).socket.empty());
    CHECK(Supervisor::from_environment(("/" + std::string(200, 'a')).c_str(), nullptr).socket.empty());
    CHECK(Supervisor::from_environment("@abstract", nullptr).socket == "@abstract");
    CHECK_FALSE(Supervisor::from_environment("/run/notify", "soon").watchdog);
    CHECK_FALSE(Supervisor::from_environment("/run/notify", "0").watchdog);
    CHECK_FALSE(Supervisor::from_environment(nullptr, "1000").watchdog);
    CHECK(Supervisor::from_environment("/run/notify", "1000").watchdog == 1ms);
}
