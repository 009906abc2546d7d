#include "market/fetcher.hpp"

#include "market/errors.hpp"
#include "market/messages.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hil::market {
namespace {

// A plant that has no series on the platform is none of its plants, and no plan of it is waited for.
std::vector<bool> on_the_platform(const config::Config& config) {
    std::vector<bool> out;
    for (const auto& plant : config.plants) {
        const auto& series = plant.measurement_series;
        out.push_back(series.soc || series.p || series.q || series.v);
    }
    if (std::find(out.begin(), out.end(), true) == out.end()) out.assign(out.size(), true);
    return out;
}

Duration gate_of(const std::string& hh_mm) {
    const auto two = [&](std::size_t at) { return (hh_mm[at] - '0') * 10 + (hh_mm[at + 1] - '0'); };
    return std::chrono::hours(two(0)) + std::chrono::minutes(two(3));
}

FetchPlan::Rules rules_of(const config::Config& config) {
    FetchPlan::Rules rules;
    rules.period = config.timing.data_fetcher_period;
    rules.gate = gate_of(config.istentore_api.tomorrow_poll_start_time);
    for (const auto& plant : config.plants)
        rules.names.push_back(plant.name);
    rules.expected = on_the_platform(config);
    return rules;
}

}  // namespace

Fetcher::Fetcher(const Clock& clock, const Zone& zone, const config::Config& config, Client& client,
                 schedule::PlanStore& plans, ConnectionState& connection, News& news)
    : clock_(clock),
      zone_(zone),
      client_(client),
      plans_(plans),
      connection_(connection),
      news_(news),
      plan_(zone, rules_of(config)) {
    roll();
}

awaitable<void> Fetcher::ask(Ask what) {
    return what == Ask::activation ? ask_activation() : ask_day(what);
}

awaitable<void> Fetcher::ask_day(Ask day) {
    const auto window = plan_.window(day);
    const auto response = co_await client_.call(
        "day_ahead", products_request(day_ahead_market, window.from, window.to - delivery_period));
    if (!connection_.wanted()) co_return;  // disconnected meanwhile: nobody wants to know
    error_code error = response.error();
    if (response) {
        const auto read = read_day_ahead(response->body, plans_.plant_ids(), window);
        error = read.error();
        if (read) {
            warn(day == Ask::today ? "today's plan" : "tomorrow's plan", read->warnings);
            store(read->rows);
            std::vector<int> points;
            for (std::size_t i = 0; i < plans_.plant_count(); ++i)
                points.push_back(count_periods(plans_.market(i).rows, window));
            plan_.answered(day, clock_.now(), clock_.wall_now(), std::move(points));
        }
    }
    if (error) {
        const auto what_to_do = remedy(error);
        const bool nothing_else_works = what_to_do == Remedy::wait || what_to_do == Remedy::credentials;
        plan_.failed(day, clock_.now(), error.message(), nothing_else_works);
        if (what_to_do == Remedy::credentials) co_return;  // of which everybody has heard
    }
    if (const auto problem = plan_.problem(); !problem.empty()) {
        connection_.fetch_failed("fetch_failed", problem, clock_.wall_now());
        news_.raise("market/fetch", "fetching the plan failed: " + problem);
    } else {
        connection_.fetched(clock_.wall_now());
        news_.clear("market/fetch", "the plan is fetched");
    }
}

awaitable<void> Fetcher::ask_activation() {
    const auto now = clock_.wall_now();
    const auto response =
        co_await client_.call("mfrr", products_request(mfrr_market, now, now + std::chrono::hours(24)));
    if (!connection_.wanted()) co_return;
    error_code error = response.error();
    if (response) {
        const auto read = read_activation(response->body, clock_.wall_now());
        error = read.error();
        if (read) {
            warn("the mFRR activation", read->warnings);
            activation_.reset();
            if (read->next) activation_ = Activation{read->next->at, read->next->value};
            plan_.answered(Ask::activation, clock_.now(), clock_.wall_now());
        }
    }
    // It is for people to see: a platform that has no such market is not in error.
    if (error) plan_.failed(Ask::activation, clock_.now(), error.message(), remedy(error) == Remedy::wait);
}

std::optional<Activation> Fetcher::next_activation() const {
    return activation_ && activation_->at >= clock_.wall_now() ? activation_ : std::nullopt;
}

// A plan that says what is known already is not set: nobody is told, and its version stays.
void Fetcher::store(const std::vector<std::vector<schedule::MarketRow>>& rows) {
    const auto keep = schedule::two_days(clock_.wall_now(), zone_);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto next = merged(plans_.market(i).rows, rows[i], keep);
        if (next != plans_.market(i).rows) plans_.set_market(i, std::move(next), "day-ahead market");
    }
}

// The same faulty answer comes again at every refresh: told once.
void Fetcher::warn(std::string_view about, const std::vector<std::string>& warnings) {
    constexpr std::size_t most = 5;
    auto& last = warned_[std::string(about)];
    std::string all;
    for (const auto& warning : warnings)
        all += warning;
    if (std::exchange(last, all) == all) return;
    for (std::size_t i = 0; i < std::min(most, warnings.size()); ++i)
        news_.notify(fmt::format("{}: {}", about, warnings[i]), true);
    if (warnings.size() > most)
        news_.notify(fmt::format("{}: {} more periods are left out", about, warnings.size() - most), true);
}

}  // namespace hil::market
