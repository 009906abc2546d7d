#include "service/first_stop.hpp"

#include "service/service.hpp"

#include <memory>

namespace hil::service {
namespace {

constexpr Duration longest_look = std::chrono::seconds(60);
// Of time-outs of the endpoint: as long as a plant is waited for that does not answer.
constexpr int connect_timeouts = 4;

// What the plant is found doing is dealt with by its control, as at any start.
awaitable<void> deal_with(Service& service, std::size_t plant, Clock& clock) {
    auto& unit = service.unit(plant);
    const auto timeout = unit.endpoint().connect_delay + connect_timeouts * unit.endpoint().timeout;
    if (co_await unit.connected(clock.io_now() + timeout))
        (void)co_await unit.control().ready(clock.io_now() + longest_look);
}

awaitable<void> deal_with_all(Service& service, Clock& clock) {
    service.begin();
    TaskGroup plants(clock);
    for (std::size_t i = 0; i < service.size(); ++i)
        plants.spawn("first stop of " + service.unit(i).plant().id,
                     [&service, &clock, i] { return deal_with(service, i, clock); });
    co_await plants.join_or_cancel();
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
    const auto subscription = log.subscribe([&say](const observe::LogLine& line) {
        if (line.channel == observe::Channel::control) say(line);
    });
    observe::EventLog events(clock, 100, 1);
    observe::Alerts alerts(clock, events, 100, 1);
    observe::Metrics metrics(HIL_VERSION);
    schedule::PlanStore plans(setup.plant_ids);
    Happenings happenings(log, events, alerts, metrics);
    const SiteContext site_context{clock, *network, *blocking, log, events, alerts, metrics, happenings};
    Service::Options options;
    options.anchor = clock.now();
    options.real_time = true;
    Service service(site_context, setup, plans, std::make_shared<measure::MemoryStore>(), options);
    // A failure is one of the program: the start goes on, and deals with the plants itself.
    TaskGroup root(clock, [&clock](const TaskFailure& /*failure*/) { clock.stop(); });
    root.spawn("first stop", [&]() -> awaitable<void> {
        co_await deal_with_all(service, clock);
        clock.stop();
    });
    clock.run();
}

}  // namespace hil::service
