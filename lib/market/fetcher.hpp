// Brings the day-ahead plans of today and tomorrow into the plan store, and the next mFRR activation.
#pragma once

#include "market/client.hpp"
#include "market/connection.hpp"
#include "market/fetch_plan.hpp"
#include "market/news.hpp"

#include <map>
#include <string>

namespace hil::market {

class Fetcher {
  public:
    // All references outlive the fetcher.
    Fetcher(const Clock& clock, const Zone& zone, const config::Config& config, Client& client,
            schedule::PlanStore& plans, ConnectionState& connection, News& news);

    void roll() { plan_.roll(clock_.wall_now()); }
    void wake() { plan_.wake(); }
    // The login failed: nothing else would work.
    void hold_off(std::string why) { plan_.failed(Ask::today, clock_.now(), std::move(why), true); }
    [[nodiscard]] std::optional<Ask> next() const { return plan_.next(clock_.now(), clock_.wall_now()); }
    [[nodiscard]] Duration wait() const { return plan_.wait(clock_.now(), clock_.wall_now()); }

    // Asks, and does with the answer what is to be done.
    awaitable<void> ask(Ask what);

    [[nodiscard]] const DayStatus& today() const { return plan_.today(); }
    [[nodiscard]] const DayStatus& tomorrow() const { return plan_.tomorrow(); }
    // Of an answer that is still of use: none once its time has come.
    [[nodiscard]] std::optional<Activation> next_activation() const;

  private:
    awaitable<void> ask_day(Ask day);
    awaitable<void> ask_activation();
    void store(const std::vector<std::vector<schedule::MarketRow>>& rows);
    void warn(std::string_view about, const std::vector<std::string>& warnings);

    const Clock& clock_;
    const Zone zone_;
    Client& client_;
    schedule::PlanStore& plans_;
    ConnectionState& connection_;
    News& news_;
    FetchPlan plan_;
    std::optional<Activation> activation_;
    std::map<std::string, std::string> warned_;  // the last warnings by what they were about
};

}  // namespace hil::market
