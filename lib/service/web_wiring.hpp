// The web servers of this site: the operators', and the read-only one where it is configured.
#pragma once

#include "alerting/desk.hpp"
#include "journal/reasons.hpp"
#include "measure/history_sqlite.hpp"
#include "service/persistence.hpp"
#include "service/service.hpp"
#include "web/server.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil::service {

// How the parts are, in sentences; for /health and for people.
web::Health health_of(const Service& site, const Persistence& persistence, Duration loop_lag);

class WebServers {
  public:
    struct Parts {
        Service& site;
        Persistence& persistence;
        measure::SqliteHistory& history;
        journal::Reasons& reasons;
        BlockingExecutor&
            blocking;  // of the operators' server: a password or a large answer holds nothing else up
        std::shared_ptr<measure::FileStore> files;
        std::function<Duration()> loop_lag;
        std::string version;
        std::filesystem::path pages;  // the built dashboard
        alerting::Desk& desk;
    };
    // Everything outlives the servers.
    explicit WebServers(Parts parts);
    WebServers(const WebServers&) = delete;
    WebServers& operator=(const WebServers&) = delete;

    // Listens. A sentence when one of them cannot.
    std::optional<std::string> open();
    void begin();
    awaitable<void> stop();

    // Where people find them: "http://127.0.0.1:8050".
    [[nodiscard]] std::string operators_address() const;
    [[nodiscard]] std::optional<std::string> read_only_address() const;

  private:
    web::Site site(BlockingExecutor& blocking);
    // Without what care needs.
    web::Site measured(BlockingExecutor& blocking);
    awaitable<result<std::string>> report(web::ReportQuestion question);
    awaitable<boost::json::object> backup();

    Parts parts_;
    // What strangers ask of the read-only server never stands in line before an operator, and takes one core
    // at most.
    std::unique_ptr<BlockingExecutor> reports_, read_only_blocking_, solver_;
    std::unique_ptr<web::Server> operators_, read_only_;
    TaskGroup tasks_;
};

}  // namespace hil::service
