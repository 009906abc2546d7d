// An HTTP/1.1 client of one origin.
#pragma once

#include "base/byte_stream.hpp"
#include "base/clock.hpp"
#include "net/message.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace hil::net {

struct Url {
    bool tls = false;
    std::string host;  // without brackets
    std::uint16_t port = 80;
    std::string path;  // "" or begins with '/', never ends with it: joined before every target

    [[nodiscard]] Endpoint endpoint() const { return {host, port}; }
    // Nobody outside this machine is reached.
    [[nodiscard]] bool loopback() const;
};
// errc::bad_url unless http or https with a host; user information, queries and fragments are refused.
result<Url> parse_url(std::string_view text);
std::string to_string(const Url& url);

// Sends one request and brings its answer; what a caller of a web service depends on.
class Exchange {
  public:
    virtual ~Exchange() = default;
    virtual awaitable<result<Response>> send(Request request) = 0;
};

// Keeps one connection alive and sends one request at a time, in the order of the calls. A kept connection
// that the server closed meanwhile is opened once more for requests that were not answered at all.
// With an https origin the certificate is verified against the system's authorities, or against `ca_file`
// alone, and against the host. Time-outs are unscaled time.
//
// While a request to this machine is under way the clock is held (Clock::Hold), so that a scaled clock does
// not run on during a local exchange; for `hold` at most, and after a request that took longer not until one
// has been answered in time: a platform that does not answer stops the site's time once and briefly. The wait
// in line, and whatever the caller waits between two requests, holds nothing.
class Client final : public Exchange {
  public:
    struct Options {
        Duration connect_timeout = std::chrono::seconds(5);
        Duration total_timeout = std::chrono::seconds(20);  // of one send(), waiting in line excluded
        Duration keep_alive = std::chrono::seconds(30);     // an idle connection is closed after this
        std::size_t max_body = 16u << 20u;
        Duration hold = std::chrono::seconds(1);
        std::filesystem::path ca_file;  // PEM; empty: the system's
    };

    // Throws std::invalid_argument when `ca_file` cannot be used.
    Client(Clock& clock, Network& network, Url origin, Options options);
    ~Client() override;

    // `request.target` is appended to the origin's path. Host, Connection and Content-Length are filled in.
    awaitable<result<Response>> send(Request request) override;
    // Drops the connection; a send() under way fails with operation_aborted.
    void close();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace hil::net
