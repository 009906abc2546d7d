// A market with plants, samples and a database in virtual time; the platform is up to the test.
#pragma once

#include "base/task_group.hpp"
#include "market/errors.hpp"
#include "market/market.hpp"

#include "support/catch.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hil::market::test {

using namespace std::chrono_literals;

inline const Zone& madrid() {
    static const Zone zone = Zone::find("Europe/Madrid").value();
    return zone;
}

inline WallTime at(std::string_view text) {
    return madrid().parse(text).value();
}

inline config::Plant plant(std::string id, std::string name, double capacity,
                           config::MeasurementSeries series) {
    config::Plant out;
    out.id = std::move(id);
    out.name = std::move(name);
    out.model.capacity_kwh = capacity;
    out.measurement_series = series;
    return out;
}

inline config::Config shipped() {
    config::Config config;
    config.timing.measurement_period = 2s;
    config.istentore_api.base_url = "http://127.0.0.1:8443";
    config.istentore_api.email = "operator@example.org";
    config.istentore_api.password = "secret";
    config.istentore_api.tomorrow_poll_start_time = "15:00";
    config.plants = {plant("lib", "LIB", 500, {4, 6, 7, 8}), plant("vrfb", "VRFB", 400, {5, 11, 10, 9})};
    return config;
}

struct Site {
    explicit Site(std::string_view start = "2025-10-01T08:00", config::Config c = shipped())
        : clock(context, at(start)), config(std::move(c)) {}
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;
    ~Site() {
        stop();
        market.reset();
        context.restart();
        clock.settle();
    }

    // Makes the market and lets it run; `exchange` outlives the site's last event.
    void start(net::Exchange& exchange) {
        if (!database) database.emplace(std::filesystem::path(), Market::migrations());
        Market::Settings settings;
        settings.fetching_allowed = [this] { return fetching_allowed; };
        settings.posting_allowed = [this] { return posting_allowed; };
        settings.no_posting = "emulated plants are not posted";
        Market::Hooks hooks;
        hooks.on_request = [this](auto operation, auto outcome) {
            ++requests[std::string(operation) + " " + std::string(outcome)];
        };
        hooks.on_posting = [this](std::size_t index, auto outcome, std::size_t count) {
            values[std::to_string(index) + " " + std::string(outcome)] += count;
        };
        hooks.on_news = [this](auto sentence, bool) { news.emplace_back(sentence); };
        hooks.on_condition = [this](auto key, auto message) {
            if (message.empty())
                conditions.erase(std::string(key));
            else
                conditions[std::string(key)] = std::string(message);
        };
        market.emplace(clock, *blocking, *database, madrid(), config, exchange, plans, live,
                       std::move(settings), std::move(hooks));
        tasks = std::make_unique<TaskGroup>(clock, [this](const TaskFailure& failure) {
            failures.push_back(std::string(failure.task) + ": " + std::string(failure.what));
        });
        tasks->spawn("market", [this] { return market->run(); });
        clock.settle();
    }
    // The process ends here and now; the database stays.
    void stop() {
        if (!tasks) return;
        tasks->cancel();
        clock.settle();
        tasks.reset();
        CHECK(failures.empty());
    }

    result<void> connect(std::string password = {}) {
        auto outcome = std::make_shared<std::optional<result<void>>>();
        tasks->spawn("connect", [this, password, outcome]() -> awaitable<void> {
            outcome->emplace(co_await market->connect(password));
        });
        clock.settle();
        for (int i = 0; i < 70 && !*outcome; ++i)
            clock.run_for(1s);
        REQUIRE(*outcome);
        return **outcome;
    }

    void sample(std::size_t index, double p_poi = 100) {
        measure::Row row;
        row.at = clock.wall_now();
        row.values = {p_poi, p_poi, 0, 0, 0.5, p_poi, 10, 20.0};
        live.sampled(index, row, clock.now());
    }
    // Lets time pass with a sample of every plant in each measurement period.
    void pass(Duration time, bool samples = true) {
        for (const auto end = clock.now() + time; clock.now() < end;) {
            if (samples) {
                for (std::size_t i = 0; i < config.plants.size(); ++i)
                    sample(i, power += 0.1);
            }
            clock.run_for(std::min<Duration>(config.timing.measurement_period, end - clock.now()));
        }
    }

    asio::io_context context{1};
    VirtualClock clock;
    config::Config config;
    std::unique_ptr<BlockingExecutor> blocking = make_inline_executor(clock);
    std::optional<store::Database> database;
    schedule::PlanStore plans{{"lib", "vrfb"}};
    measure::LiveState live{2};
    bool fetching_allowed = true, posting_allowed = true;
    double power = 0;
    std::map<std::string, std::size_t> requests, values;
    std::vector<std::string> news, failures;
    std::map<std::string, std::string> conditions;
    std::optional<Market> market;
    std::unique_ptr<TaskGroup> tasks;
};

}  // namespace hil::market::test
