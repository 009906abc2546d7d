// One web server of the site: the operator's, or the read-only one, which has no way to send a command.
//
//   web::Server server(network, site, web::operator_settings(config, www));
//   if (auto why = server.open()) …          a sentence: the port is taken, a certificate cannot be used
//   tasks.spawn("web", [&] { return server.run(); });
//   …
//   co_await server.stop();
#pragma once

#include "base/byte_stream.hpp"
#include "config/config.hpp"
#include "net/server.hpp"
#include "web/site.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil::web {

enum class ServerKind : std::uint8_t { operators, read_only };

struct ServerSettings {
    ServerKind kind = ServerKind::operators;
    Endpoint address;
    // Of the operators' server. Without any, everybody who reaches a loopback address is an operator.
    std::vector<config::Account> accounts;
    // Of the read-only server. None: everybody may look, as the configuration said explicitly.
    struct Basic {
        std::string user, password;
    };
    std::optional<Basic> basic;
    std::optional<net::ServerTls> tls;
    std::vector<std::string> allowed_hosts;
    std::vector<std::string> trusted_proxies;  // address ranges; requester.hpp
    std::vector<std::string> cors_origins;     // whose pages may read in a browser
    std::string base_path;                     // "" or "/hil": what a proxy may leave before a target
    std::filesystem::path www;  // the built pages; a directory that is not there gives a page that says so
    net::Server::Limits limits;
    // So many answers that occupy a thread or ask what is stored are under way at once, those sent in pieces
    // until they are sent; one more is a 503 with Retry-After.
    std::size_t heavy_answers = 64;

    // Unscaled time.
    Duration session_idle = std::chrono::hours(12);            // a session unused for so long is over
    Duration session_length = std::chrono::hours(7 * 24);      // and so is one that old
    Duration patch_interval = std::chrono::milliseconds(100);  // between two patches at least
};

ServerSettings operator_settings(const config::Config& config, std::filesystem::path www);
// The read-only server of the configuration; ask config.public_dashboard.enabled first.
ServerSettings read_only_settings(const config::Config& config, std::filesystem::path www);

class Server {
  public:
    // `network` and what `site` refers to outlive the server.
    Server(Network& network, Site site, ServerSettings settings);
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Listens. A sentence when that is not possible, or would open the site to anybody: a bind address other
    // than loopback without credentials. Reads the pages from the disk.
    std::optional<std::string> open();
    // Serves until stop() or cancelled. Precondition: open() succeeded.
    awaitable<void> run();
    // Says goodbye to WebSockets, lets requests under way finish for a moment, closes.
    awaitable<void> stop();

    [[nodiscard]] Endpoint local_endpoint() const;
    [[nodiscard]] std::size_t connections() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace hil::web
