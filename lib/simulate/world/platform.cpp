#include "simulate/world/platform.hpp"

#include "simulate/world/fault_timeline.hpp"

#include "base/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace hil::simulate {
namespace {

using namespace std::chrono_literals;
using plant_sim::PlatformFault;

const Endpoint platform_address{"127.0.0.1", 8443};

// Whole days of any zone around what is simulated.
constexpr Duration shown_around = 50h;

// A stream of its own that shifts no other's draws.
Random beside(Random random) {
    constexpr int steps = 3;
    Random out = random.fork();
    for (int i = 0; i < steps; ++i)
        out = out.fork();
    return out;
}

double draw_power(Random& random, const config::PowerLimits& limits) {
    constexpr double beyond = 1.1;
    if (random.chance(0.1)) return 0;
    return std::round(random.uniform(limits.p_min_kw * beyond, limits.p_max_kw * beyond) * 10) / 10;
}

}  // namespace

void SimulatedPlatform::configure(config::Config& config) {
    auto& api = config.istentore_api;
    api.base_url = "http://127.0.0.1:8443";
    api.email = "site@example.org";
    api.password = "drawn";
    api.post_in_local_mode = true;
    api.post_measurements_in_api_mode = true;
}

SimulatedPlatform::SimulatedPlatform(Clock& clock, Duration length, MemoryNetwork& network,
                                     const config::Config& config, const FaultProfile& faults, Trace& trace,
                                     PostWatch& watch, Random random)
    : clock_(clock),
      config_(config),
      faults_(faults),
      trace_(trace),
      random_(random),
      planning_(random_.fork()),
      denying_(beside(random)),
      weather_(clock),
      tasks_(clock) {
    plant_sim::IstentorePlatform::Options options;
    options.email = config.istentore_api.email;
    options.password = config.istentore_api.password;
    options.plants.clear();
    for (const auto& plant : config.plants)
        options.plants.push_back({plant.id, plant.model.power_limits.p_max_kw / 2});
    platform_ = std::make_shared<plant_sim::IstentorePlatform>(clock, random_.fork(), std::move(options));
    platform_->on_post = [&watch](const plant_sim::MeasurementPost& post) { watch.taken(post); };
    platform_->on_denied = [&watch](const plant_sim::MeasurementPost& post) { watch.denied(post); };
    platform_->on_request = [this, &watch](std::string_view operation, unsigned status) {
        trace_.add("platform").text("operation", operation).number("status", status);
        watch.asked(operation, status);
    };
    platform_->on_products = [this](int market, WallTime first, WallTime last) {
        if (market != plant_sim::day_ahead_product) return;
        for (auto& base : bases_)
            base.delivered(clock_.wall_now(), first, last);
    };
    const auto begin = std::chrono::floor<std::chrono::hours>(clock.wall_now()) - shown_around;
    const auto count = static_cast<std::size_t>((length + 2 * shown_around) / BaseMemory::period);
    bases_.assign(config.plants.size(), BaseMemory(begin, count));
    plan(0, count);
    set_faults(faults.platform);
    auto listener = network.listen(platform_address);
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
    if (probability <= 0) faults.clear();
    if (denial_) faults.push_back(*denial_);
    platform_->set_faults(std::move(faults));
}

// Posts are answered as if all was well, but for what the answer says.
awaitable<void> SimulatedPlatform::deny_for_a_while() {
    using Reply = PlatformFault::Reply;
    for (;;) {
        co_await next_event(clock_, denying_, faults_.platform_denials);
        constexpr std::array kinds{Reply::page,          Reply::text,           Reply::error,
                                   Reply::errors,        Reply::failure,        Reply::fewer_stored,
                                   Reply::fewer_counted, Reply::fewer_accepted, Reply::fewer_inserted};
        PlatformFault fault;
        fault.reply = kinds[denying_.below(kinds.size())];
        fault.stored = denying_.chance(0.2);
        fault.operation = "measurements";
        trace_.add("fault").text("kind", "platform denies").number("reply", static_cast<double>(fault.reply));
        denial_ = fault;
        if (!down_) set_faults(faults_.platform);
        co_await clock_.sleep_for(seconds(denying_.uniform(1, 20 * std::max(faults_.longest_outage_s, 1.0))));
        denial_.reset();
        if (!down_) set_faults(faults_.platform);
    }
}

// Plans these periods anew, but for some.
void SimulatedPlatform::plan(std::size_t first, std::size_t count) {
    for (std::size_t i = first; i < std::min(first + count, bases_.front().size()); ++i) {
        if (planning_.chance(0.05)) continue;
        for (std::size_t plant = 0; plant < bases_.size(); ++plant)
            bases_[plant].publish(i, draw_power(planning_, config_.plants[plant].model.power_limits));
    }
    static const Zone utc = Zone::utc();
    plant_sim::ProductList products;
    auto& periods = products.by_market[plant_sim::day_ahead_product];
    for (std::size_t i = 0; i < bases_.front().size(); ++i) {
        if (!bases_.front().newest(i)) continue;
        const auto begin = bases_.front().begin_of(i);
        std::string text = fmt::format(R"({{"delivery_period":"{}","activation":[{{)", utc.format(begin));
        for (std::size_t plant = 0; plant < bases_.size(); ++plant) {
            const double kw = *bases_[plant].newest(i);
            text += fmt::format(R"({}"{}_to_vpp_kw":{},"vpp_to_{}_kw":{})", plant == 0 ? "" : ",",
                                config_.plants[plant].id, format_number(std::max(kw, 0.0), 1),
                                config_.plants[plant].id, format_number(std::max(-kw, 0.0), 1));
        }
        periods.push_back({begin, text + "}]}"});
    }
    platform_->set_products(std::move(products));
}

void SimulatedPlatform::forget() {
    for (auto& base : bases_)
        base.forget();
}

awaitable<void> SimulatedPlatform::change_its_mind() {
    for (;;) {
        co_await next_event(clock_, planning_, faults_.plan_changes);
        const auto index =
            static_cast<std::size_t>((clock_.wall_now() - bases_.front().begin_of(0)) / BaseMemory::period);
        plan(index + planning_.below(8), 1 + planning_.below(24));
        trace_.add("platform_plans_anew");
    }
}

void SimulatedPlatform::begin() {
    tasks_.spawn("platform", [this] { return server_->run(); });
    if (faults_.platform_outages > 0) weather_.spawn("weather", [this] { return fail_for_a_while(); });
    if (faults_.platform_denials > 0) weather_.spawn("denials", [this] { return deny_for_a_while(); });
    if (faults_.plan_changes > 0) weather_.spawn("planner", [this] { return change_its_mind(); });
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
        down_ = true;
        platform_->set_faults({fault});
        co_await clock_.sleep_for(seconds(random_.uniform(1, 20 * std::max(faults_.longest_outage_s, 1.0))));
        down_ = false;
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

}  // namespace hil::simulate
