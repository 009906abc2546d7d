// Everything one run of the service is made of, made in the order in which the parts need each other, begun,
// and ended in the opposite order.
#pragma once

#include "measure/file_index.hpp"
#include "measure/history_sqlite.hpp"
#include "observe/loop_lag.hpp"
#include "service/alert_sending.hpp"
#include "service/market_wiring.hpp"
#include "service/persistence.hpp"
#include "service/service.hpp"
#include "service/web_wiring.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hil::service {

class Host {
  public:
    using LineListener = std::function<void(const observe::LogLine&)>;
    struct Settings {
        std::optional<WallTime> from;  // begin of simulated time; none: now
        double speed = 1;
        bool paused = false;  // from the begin, until somebody resumes it
        // Emulated plants begin at startup.initial_soc_pu, whatever is recorded; with `from` they always do.
        bool fresh_charge = false;
        bool json_log = false;
        bool web = true;
        std::uint64_t seed = 1;
        // Why the data directory is not the one it was at the start; empty while it is. Blocks, on any
        // thread. None: nobody asks.
        std::function<std::string()> directory_lost{};

        [[nodiscard]] bool real_time() const { return speed == 1.0 && !from && !paused; }
    };
    // `setup` and `files` outlive the host. The data directory is this process's own and repaired.
    Host(const Setup& setup, std::shared_ptr<measure::FileStore> files, Settings settings);
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    ~Host();

    // Makes all parts, binds every port and puts the given plans in force, over those saved. A sentence when
    // something cannot be had. Lines for people at the terminal go to `progress`.
    std::optional<std::string> open(const schedule::PlanStore& given, LineListener on_line);
    // Starts all tasks, with what was latched in the last run.
    awaitable<void> begin();
    // From here on failures are told by who ends the run, in one line each, and not by the log as well.
    void ending() { quiet_ = true; }
    // Ends and writes everything. Also after an open() that failed half way.
    awaitable<void> close();

    [[nodiscard]] asio::io_context& context() { return context_; }
    [[nodiscard]] Clock& clock() { return *clock_; }
    [[nodiscard]] Service& service() { return *service_; }
    [[nodiscard]] const Service& service() const { return *service_; }
    [[nodiscard]] schedule::PlanStore& plans() { return plans_; }
    [[nodiscard]] const WebServers* web() const { return web_.get(); }
    [[nodiscard]] const Settings& settings() const { return settings_; }

  private:
    std::optional<std::string> open_log(LineListener on_line);
    std::optional<std::string> open_database();
    measure::SqliteHistory::Hooks history_hooks();
    std::optional<std::string> open_web();
    void apply(const schedule::PlanStore& given);
    [[nodiscard]] awaitable<void> clean_up();
    [[nodiscard]] awaitable<std::vector<measure::RecordingFile>> missing_from_history();
    [[nodiscard]] awaitable<void> import_recordings(std::vector<measure::RecordingFile> recordings);
    [[nodiscard]] awaitable<void> bring_history_up();

    const Setup& setup_;
    std::shared_ptr<measure::FileStore> files_;
    Settings settings_;
    asio::io_context context_{1};
    std::unique_ptr<Clock> clock_;
    std::unique_ptr<Network> machine_network_, network_;
    // Two threads: a compression of logs does not hold up recordings. One each for questions to history and
    // for what clients of the web servers ask, and for looking whether the data directory is there.
    std::unique_ptr<BlockingExecutor> blocking_, history_reader_, web_blocking_, storage_watch_;
    std::unique_ptr<observe::Log> log_;
    std::unique_ptr<Persistence> persistence_;
    std::unique_ptr<observe::EventLog> events_;
    std::unique_ptr<observe::Alerts> alerts_;
    observe::Metrics metrics_;
    std::unique_ptr<Happenings> happenings_;
    std::unique_ptr<observe::LoopLag> lag_;
    schedule::PlanStore plans_;
    schedule::Drafts drafts_;
    std::unique_ptr<measure::SqliteHistory> history_;
    std::unique_ptr<journal::Reasons> reasons_;
    std::unique_ptr<Service> service_;
    std::unique_ptr<MarketWiring> market_;
    std::unique_ptr<alerting::Desk> desk_;
    std::unique_ptr<WebServers> web_;
    Subscription alert_news_, warnings_;
    bool quiet_ = false;
    TaskGroup tasks_, imports_;
};

}  // namespace hil::service
