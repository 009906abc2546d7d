#include "service/first_stop.hpp"

#include "service/service.hpp"

#include <memory>
#include <vector>

namespace hil::service {
namespace {

constexpr Duration longest_look = std::chrono::seconds(60);
// Of time-outs of the endpoint: as long as a plant is waited for that does not answer.
constexpr int patience_in_timeouts = 4;

// What the plant is found doing is dealt with by its control, as at any start.
awaitable<void> deal_with(Service& service, std::size_t plant, TaskGroup& silence) {
    auto& unit = service.unit(plant);
    co_await unit.connected();
    silence.cancel();
    co_await unit.control().ready();
}

awaitable<void> deal_with_all(Service& service, Clock& clock) {
    service.begin();
    {
        struct Plant {
            explicit Plant(Clock& c) : done(c), work(c), silence(c) {}
            bool over = false;
            Wakeup done;
            TaskGroup work, silence;
        };
        std::vector<std::unique_ptr<Plant>> plants;
        for (std::size_t i = 0; i < service.size(); ++i) {
            auto& plant = *plants.emplace_back(std::make_unique<Plant>(clock));
            const auto finish = [&plant] {
                plant.over = true;
                plant.done.notify();
            };
            plant.work.spawn("deal with", [&service, i, &plant, finish]() -> awaitable<void> {
                co_await deal_with(service, i, plant.silence);
                finish();
            });
            const auto patience = patience_in_timeouts * service.unit(i).endpoint().timeout;
            plant.silence.spawn("silence", [&clock, patience, finish]() -> awaitable<void> {
                co_await clock.io_sleep_for(patience);
                finish();
            });
        }
        const auto last = clock.io_now() + longest_look;
        for (const auto& plant : plants) {
            while (!plant->over && clock.io_now() < last)
                (void)co_await plant->done.wait_io_for(last - clock.io_now());
        }
        for (const auto& plant : plants) {
            plant->silence.cancel();
            plant->work.cancel();
            co_await plant->silence.join();
            co_await plant->work.join();
        }
    }
    co_await service.close();
}

}  // namespace

void stop_what_runs(const Setup& setup, const std::function<void(const observe::LogLine&)>& say) {
    if (setup.config.startup.transport_mode != config::TransportMode::remote ||
        setup.config.general.on_start_running != config::OnStartRunning::safe_stop) {
        return;
    }
    asio::io_context context(1);
    RealClock clock(context);
    const auto network = make_tcp_network(clock);
    const auto blocking = make_pool(clock, 1);
    observe::Log log(clock, setup.zone, {.directory = {}, .level = observe::Level::warning}, *blocking);
    const auto told = log.subscribe([&say](const observe::LogLine& line) {
        if (line.channel == observe::Channel::control) say(line);
    });
    observe::EventLog events(clock, 100, 1);
    observe::Alerts alerts(clock, events, 100, 1);
    observe::Metrics metrics(HIL_VERSION);
    schedule::PlanStore plans(setup.plant_ids);
    Happenings happenings(log, events, alerts, metrics);
    const Surroundings around{clock, *network, *blocking, log, events, alerts, metrics, happenings};
    Service::Options options;
    options.anchor = clock.now();
    options.real_time = true;
    Service service(around, setup, plans, std::make_shared<measure::MemoryStore>(), options);
    // A failure is one of the program: the start goes on, and deals with the plants itself.
    TaskGroup root(clock, [&clock](const TaskFailure& /*failure*/) { clock.stop(); });
    root.spawn("first stop", [&]() -> awaitable<void> {
        co_await deal_with_all(service, clock);
        clock.stop();
    });
    clock.run();
}

}  // namespace hil::service
