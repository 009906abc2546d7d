#include "app/summary.hpp"
#include "base/memory_network.hpp"
#include "config/load.hpp"
#include "planfile/plan_file.hpp"
#include "service/service.hpp"

#include "support/catch.hpp"

#include <map>
#include <sstream>

using namespace hil;
using namespace hil::service;
using namespace std::chrono_literals;

namespace {

// The shipped site in memory and virtual time.
struct Site {
    explicit Site(const std::string& plan, const std::string& from)
        : setup(make_setup()), clock(context, *setup.zone.parse(from)), store(setup.plant_ids) {
        auto file = planfile::load_plan(std::string(HIL_SOURCE_DIR "/test/data/schedule/") + plan,
                                        setup.plant_ids, setup.zone);
        for (const auto& problem : file.problems)
            UNSCOPED_INFO(problem.message());
        REQUIRE(file.ok());
        planfile::apply_plan(file, expected);
        planfile::apply_plan(std::move(file), store);
        service.emplace(site_context, setup, store, files, Service::Options{clock.now(), true, 7});
        REQUIRE_FALSE(service->open().has_value());
    }

    static Setup make_setup() {
        auto loaded = config::load(HIL_SOURCE_DIR "/etc/hil.json");
        for (const auto& problem : loaded.problems)
            UNSCOPED_INFO(problem.message());
        REQUIRE(loaded.problems.empty());
        auto zone = Zone::find(loaded.config.timezone);
        REQUIRE(zone);
        std::vector<std::string> ids;
        for (const auto& plant : loaded.config.plants)
            ids.push_back(plant.id);
        return {std::move(loaded.config), std::move(*zone), std::move(ids)};
    }

    void run_day(Duration length) {
        const Instant begin = clock.now();
        TaskGroup tasks(clock);
        tasks.spawn("day", [&]() -> awaitable<void> {
            service->begin();
            for (std::size_t i = 0; i < service->size(); ++i) {
                const auto outcome = co_await service->start_plant(i, true, "test");
                CHECK(outcome == "");
            }
            co_await clock.sleep_until(begin + length, Phase::plant);
            co_await service->stop_recording();
            stops = co_await service->stop_plants("test");
            co_await service->close();
            done = true;
        });
        clock.run_until(begin + length + 10min);
        REQUIRE(done);
    }

    [[nodiscard]] std::vector<std::string> rows(const std::string& name) const {
        std::vector<std::string> lines;
        const auto path = (setup.config.general.data_dir / name).lexically_normal().string();
        REQUIRE(files->files().contains(path));
        std::istringstream in(files->files().at(path));
        for (std::string line; std::getline(in, line);)
            lines.push_back(line);
        return lines;
    }

    asio::io_context context{1};
    Setup setup;
    VirtualClock clock;
    MemoryNetwork network{clock};
    std::unique_ptr<BlockingExecutor> blocking = make_inline_executor(clock);
    observe::Log log{clock, setup.zone, {}, *blocking};
    observe::EventLog events{clock};
    observe::Alerts alerts{clock, events};
    observe::Metrics metrics;
    Happenings happenings{log, events, alerts, metrics};
    SiteContext site_context{clock, network, *blocking, log, events, alerts, metrics, happenings};
    std::shared_ptr<measure::MemoryStore> files = std::make_shared<measure::MemoryStore>();
    schedule::PlanStore store;
    schedule::PlanStore expected{setup.plant_ids};  // the same plan, not pruned when its day is over
    std::optional<Service> service;
    std::vector<Service::StopOutcome> stops;
    bool done = false;
};

// The P setpoints of a file by time; a null row ends what was before it.
std::map<WallTime, std::optional<double>> setpoints_of(const std::vector<std::string>& rows,
                                                       const Zone& zone) {
    std::map<WallTime, std::optional<double>> out;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const auto comma = rows[i].find(',');
        const auto value = rows[i].substr(comma + 1, rows[i].find(',', comma + 1) - comma - 1);
        out[zone.parse(rows[i].substr(0, comma)).value()] =
            value.empty() ? std::nullopt : std::optional(std::stod(value));
    }
    return out;
}

}  // namespace

TEST_CASE("a real day of quarter-hours is followed to its last quarter by both plants") {
    struct Day {
        const char* plan;
        const char* date;
        const char* compact;
        int quarters;
    };
    for (const auto& day : {Day{"es_2025-10-01.csv", "2025-10-01", "20251001", 96},
                            Day{"es_2022-10-30_25h.csv", "2022-10-30", "20221030", 100},
                            Day{"es_2020-03-29_23h.csv", "2020-03-29", "20200329", 92}}) {
        CAPTURE(day.plan);
        Site site(day.plan, std::string(day.date) + "T00:00:00");
        const WallTime midnight = site.clock.wall_now();
        site.run_day(day.quarters * 15min);
        for (const auto& stop : site.stops)
            CHECK(stop.result.disable_ok);
        for (std::size_t i = 0; i < 2; ++i) {
            const auto rows = site.rows(std::string(day.compact) + "_" + site.setup.plant_ids[i] + ".csv");
            const auto setpoints = setpoints_of(rows, site.setup.zone);
            for (int quarter = 0; quarter < day.quarters; ++quarter) {
                const WallTime at = midnight + quarter * 15min + 7min;
                const auto active = schedule::Arbiter(site.expected, config::ScheduleSource::manual, 15min)
                                        .choose(i, schedule::Signal::p, at);
                const auto limited = schedule::apply_limits(active.value, schedule::Signal::p,
                                                            site.setup.config.plants[i].model.power_limits);
                const auto row = std::prev(setpoints.upper_bound(at));
                REQUIRE(row->second.has_value());
                CHECK(*row->second == Approx(limited.value).margin(0.1));
            }
            CHECK(site.service->unit(i).statistics().differing() == Duration{});
            const auto samples = site.service->unit(i).sampler().counters();
            // One a period, the instant of the end included, and those of the safe stop.
            CHECK(samples.ok >= static_cast<std::uint64_t>(day.quarters) * 450);
            CHECK(samples.ok <= static_cast<std::uint64_t>(day.quarters) * 450 + 3);
            CHECK(samples.failed == 0);
            CHECK(rows[1].starts_with(std::string(day.date) + "T00:00:00"));
            CHECK(samples.skipped == 0);
        }
        CHECK(app::not_followed(*site.service, site.setup.config, {0, 1}).empty());
    }
}

TEST_CASE("two runs of the same day write the same bytes") {
    std::map<std::string, std::string> first;
    for (int run = 0; run < 2; ++run) {
        Site site("es_2025-10-01.csv", "2025-10-01T00:00:00");
        site.run_day(2h);
        if (run == 0) {
            first = site.files->files();
            CHECK(first.size() >= 2);
        } else {
            CHECK(first == site.files->files());
        }
    }
}
