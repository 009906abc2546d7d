#include "app/simulated_platform.hpp"

#include "app/simulated_course.hpp"

#include <stdexcept>
#include <utility>

namespace hil::app {
namespace {

using namespace std::chrono_literals;
using plant_sim::PlatformFault;

const Endpoint address{"127.0.0.1", 8443};

}  // namespace

void SimulatedPlatform::configure(config::Config& config) {
    auto& api = config.istentore_api;
    api.base_url = "http://127.0.0.1:8443";
    api.email = "site@example.org";
    api.password = "drawn";
    api.post_in_local_mode = true;
    api.post_measurements_in_api_mode = true;
    // What the platform plans is fetched and shown; what is dispatched stays the operator's plan, which the
    // judges remember.
    config.startup.schedule_source = config::ScheduleSource::manual;
}

SimulatedPlatform::SimulatedPlatform(Clock& clock, MemoryNetwork& network, const config::Config& config,
                                     const FaultProfile& faults, Trace& trace, PostWatch& watch,
                                     Random random)
    : clock_(clock), faults_(faults), trace_(trace), random_(random), weather_(clock), tasks_(clock) {
    plant_sim::IstentorePlatform::Options options;
    options.email = config.istentore_api.email;
    options.password = config.istentore_api.password;
    options.plants.clear();
    for (const auto& plant : config.plants)
        options.plants.push_back({plant.id, plant.model.power_limits.p_max_kw / 2});
    platform_ = std::make_shared<plant_sim::IstentorePlatform>(clock, random_.fork(), std::move(options));
    platform_->on_post = [&watch](const plant_sim::MeasurementPost& post) { watch.taken(post); };
    platform_->on_request = [this](std::string_view operation, unsigned status) {
        trace_.add("platform").text("operation", operation).number("status", status);
    };
    set_faults(faults.platform);
    auto listener = network.listen(address);
    if (!listener) throw std::runtime_error("the platform cannot listen: " + listener.error().message());
    server_ = std::make_unique<net::Server>(clock, std::move(*listener), platform_, std::nullopt,
                                            net::Server::Limits{});
}

// Every way to fail, together as often as `probability`.
void SimulatedPlatform::set_faults(double probability) {
    std::vector<PlatformFault> faults(7);
    faults[0].status = 503;
    faults[1].status = 429;
    faults[2].delay = 40s;
    faults[3].drop = PlatformFault::Drop::before;
    faults[4].drop = PlatformFault::Drop::after;
    faults[5].expire_tokens = true;
    faults[6].not_json = true;
    for (auto& fault : faults)
        fault.probability = probability / static_cast<double>(faults.size());
    platform_->set_faults(probability > 0 ? std::move(faults) : std::vector<PlatformFault>());
}

void SimulatedPlatform::begin() {
    tasks_.spawn("platform", [this] { return server_->run(); });
    if (faults_.platform_outages > 0) weather_.spawn("weather", [this] { return fail_for_a_while(); });
}

awaitable<void> SimulatedPlatform::fail_for_a_while() {
    for (;;) {
        co_await next_event(clock_, random_, faults_.platform_outages);
        trace_.add("fault").text("kind", "platform outage");
        PlatformFault fault;
        if (random_.chance(0.5)) {
            fault.status = random_.chance(0.5) ? 500 : 502;
        } else {
            fault.drop = random_.chance(0.5) ? PlatformFault::Drop::before : PlatformFault::Drop::after;
        }
        platform_->set_faults({fault});
        co_await clock_.sleep_for(seconds(random_.uniform(1, 20 * std::max(faults_.longest_outage_s, 1.0))));
        set_faults(faults_.platform);
    }
}

void SimulatedPlatform::calm() {
    weather_.cancel();
    platform_->set_faults({});
}

awaitable<void> SimulatedPlatform::close() {
    weather_.cancel();
    co_await weather_.join();
    co_await server_->stop();
    tasks_.cancel();
    co_await tasks_.join();
}

std::uint64_t SimulatedPlatform::faults() const {
    return platform_->statistics().faults;
}

}  // namespace hil::app
