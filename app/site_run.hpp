// One run of the site: from the first task to the last row, with what is shown and said meanwhile.
#pragma once

#include "app/clock_console.hpp"
#include "app/load_setup.hpp"
#include "app/options.hpp"
#include "app/progress.hpp"
#include "app/supervisor.hpp"
#include "service/host.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hil::app {

// What was asked for, checked against the configuration.
struct RunPlan {
    std::optional<WallTime> from;
    std::vector<std::size_t> started;  // plants to be started
};

class SiteRun {
  public:
    // All outlive the run.
    SiteRun(const RunOptions& options, const service::Setup& setup, const RunPlan& plan, service::Host& host,
            Progress& progress);
    SiteRun(const SiteRun&) = delete;
    SiteRun& operator=(const SiteRun&) = delete;

    // Starts the plants, waits for the end asked for, ends everything in order and stops the clock.
    awaitable<void> execute();
    // Ends the run in order, as the signal asks.
    void request_end(int signal);

    // The exit status, once execute() is done.
    [[nodiscard]] int status() const { return status_; }

  private:
    [[nodiscard]] bool held_by_estop();
    awaitable<void> start(std::size_t index);
    awaitable<void> end();
    awaitable<void> stop_plants(service::Service::LastStop which);
    awaitable<void> give_up_in_time();
    awaitable<void> keep_display();
    void open_console();
    void judge_recordings();
    void print_failures() const;
    [[noreturn]] void leave() const;
    void judge_starts();
    void fail(std::string why);
    [[nodiscard]] RunView view() const;

    const RunOptions& options_;
    const service::Setup& setup_;
    const RunPlan& plan_;
    service::Host& host_;
    service::Service& service_;
    Clock& clock_;
    Progress& progress_;
    Instant begin_;
    int signal_ = 0;
    int status_ = exit_done;
    std::vector<std::string> failures_;
    bool rows_lost_ = false;
    std::vector<std::size_t> running_;
    std::map<std::size_t, std::string> not_started_;  // the first attempt came to nothing, and why
    AsyncEvent end_requested_;
    std::optional<ClockConsole> console_;  // while the clock may be asked to stand still
    Supervisor supervisor_;
    TaskGroup display_, starts_, writing_, last_resort_;
};

}  // namespace hil::app
