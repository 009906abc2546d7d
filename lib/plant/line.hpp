// One connection to one address, and whose turn it is on it.
//
// Usually it has one session, that of the link which made it. Where several devices lie behind one address (a
// gateway; their unit ids differ) their sessions share it: one request at a time, in turn, those of higher
// priority first. What ends the connection ends all of them.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "modbus/client.hpp"
#include "plant/priority.hpp"
#include "plant/request_queue.hpp"

#include <boost/asio/any_completion_handler.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil::plant {

class Session;

class Line : public std::enable_shared_from_this<Line> {
  public:
    // So many calls of one priority wait for each of the devices at most.
    static constexpr std::size_t waiting_each = 16;

    Line(Clock& clock, std::unique_ptr<ByteStream> stream, modbus::ClientOptions options);
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    ~Line();

    [[nodiscard]] modbus::Client& client() { return client_; }
    [[nodiscard]] const std::string& peer() const { return peer_; }
    // Whether requests can be sent on it.
    [[nodiscard]] bool usable() const { return !over_ && client_.connected(); }

    void attach(Session& session);
    void detach(Session& session);
    [[nodiscard]] bool empty() const { return sessions_.empty(); }

    // Takes a turn for the session if one is free and nobody waits.
    [[nodiscard]] bool try_begin(Session& session) {
        if (in_flight_ >= max_in_flight_ || !waiting_.empty()) return false;
        ++in_flight_;
        active_ = &session;
        return true;
    }
    // Waits for a turn. Success: it is taken. errc::queue_full, or what fail_waiting() says.
    awaitable<error_code> wait_turn(Session& session, Priority priority);
    void give_back();
    // Calls of this session of lower priority than `kept` that wait fail; without it all of them.
    void fail_waiting(const Session& session, std::optional<Priority> kept, error_code why);

    // Closes the connection: nobody's, any more.
    void close();
    // The same, and every session but this one hears of it as of a connection that broke.
    void abandon(const Session& by);

    void set_max_in_flight(std::uint16_t limit) { max_in_flight_ = limit; }
    [[nodiscard]] std::uint16_t max_in_flight() const { return max_in_flight_; }
    [[nodiscard]] IoInstant accepted() const { return accepted_; }

  private:
    struct Waiting;
    awaitable<error_code> suspend(Waiting& call);
    void complete(Waiting& call, error_code error, error_code outcome);
    void broken(error_code why, const Session* but);

    Clock& clock_;
    std::string peer_;
    modbus::Client client_;
    RequestQueue<Waiting> waiting_;
    std::uint16_t max_in_flight_;
    std::uint16_t in_flight_ = 0;
    IoInstant accepted_;
    std::vector<Session*> sessions_;
    Session* active_ = nullptr;  // whose request was begun last
    bool over_ = false;
};

}  // namespace hil::plant
