// The shipped site in memory and virtual time, for tests of what app wires together.
#pragma once

#include "base/memory_network.hpp"
#include "config/load.hpp"
#include "planfile/plan_file.hpp"
#include "service/service.hpp"

#include "measure/silent_disk.hpp"
#include "support/catch.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hil::service::test {

inline Setup shipped_setup(const std::function<void(config::Config&)>& change = {}) {
    auto loaded = config::load(HIL_SOURCE_DIR "/etc/hil.json");
    for (const auto& problem : loaded.problems)
        UNSCOPED_INFO(problem.message());
    REQUIRE(loaded.problems.empty());
    auto zone = Zone::find(loaded.config.timezone);
    REQUIRE(zone);
    if (change) change(loaded.config);
    std::vector<std::string> ids;
    for (const auto& plant : loaded.config.plants)
        ids.push_back(plant.id);
    return {std::move(loaded.config), std::move(*zone), std::move(ids)};
}

struct SiteRig {
    explicit SiteRig(const std::string& from = "2025-10-01T00:00:00",
                     const std::function<void(config::Config&)>& change = {}, bool real_time = true,
                     control::SafetyStore* safety = nullptr, bool fresh_start = true)
        : setup(shipped_setup(change)), clock(context, *setup.zone.parse(from)), store(setup.plant_ids) {
        Service::Options options;
        options.anchor = clock.now();
        options.fresh_start = fresh_start;
        options.seed = 7;
        options.real_time = real_time;
        options.safety = safety;
        service.emplace(site_context, setup, store, files, options);
        const auto why = service->open();
        CAPTURE(why.value_or(""));
        REQUIRE_FALSE(why.has_value());
    }
    ~SiteRig() {
        tasks.cancel();
        run([this]() -> awaitable<void> { co_await service->close(); });
    }

    // Runs a coroutine to its end, at most ten minutes of site time.
    void run(std::function<awaitable<void>()> body) {
        bool done = false;
        tasks.spawn("test", [&done, body = std::move(body)]() -> awaitable<void> {
            co_await body();
            done = true;
        });
        for (int i = 0; i < 6000 && !done; ++i)
            clock.run_for(std::chrono::milliseconds(100));
        CHECK(done);
    }

    // Starts all tasks and waits until both links are up and the plants were seen.
    void begin() {
        run([this]() -> awaitable<void> { co_await service->load(); });
        service->begin();
        run([this]() -> awaitable<void> {
            for (std::size_t i = 0; i < service->size(); ++i) {
                const auto until = clock.io_now() + std::chrono::hours(1);
                CHECK(co_await service->unit(i).connected(until));
                CHECK(co_await service->unit(i).control().ready(until));
            }
        });
    }

    control::Command command(const std::string& kind, const std::string& plant = {},
                             boost::json::object payload = {}) {
        std::optional<control::Command> ended;
        run([&]() -> awaitable<void> {
            const auto id = service->parts().commands.submit(kind, plant, payload, "test").id;
            ended = co_await service->parts().commands.finished(id);
        });
        REQUIRE(ended);
        return *ended;
    }

    double held(std::size_t plant, const char* point) {
        auto& emulator = service->unit(plant).emulator()->emulator();
        const auto& map = emulator.map();
        const auto id = map.find(point).value();
        plant::Registers words;
        const auto registers = std::span(words).first(map.point(id).word_count());
        emulator.bank().holding.read(map.point(id).address, registers);
        return map.codec(id).decode(registers);
    }

    void plan(std::size_t plant, schedule::Signal signal, double value) {
        const auto now = clock.wall_now();
        store.set_manual(
            plant, signal,
            schedule::Series({{now - std::chrono::hours(1), value}}, now + std::chrono::hours(12)), "test");
    }

    asio::io_context context{1};
    Setup setup;
    VirtualClock clock;
    MemoryNetwork network{clock};
    measure::SilentDisk disk{clock};
    observe::Log log{clock, setup.zone, {}, disk};
    observe::EventLog events{clock};
    observe::Alerts alerts{clock, events};
    observe::Metrics metrics;
    Happenings happenings{log, events, alerts, metrics};
    SiteContext site_context{clock, network, disk, log, events, alerts, metrics, happenings};
    std::shared_ptr<measure::MemoryStore> files = std::make_shared<measure::MemoryStore>();
    schedule::PlanStore store;
    std::optional<Service> service;
    TaskGroup tasks{clock};
};

}  // namespace hil::service::test
