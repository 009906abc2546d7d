#include "service/endpoint_runtime.hpp"

#include "config/names.hpp"
#include "measure/file_index.hpp"
#include "measure/run_within.hpp"
#include "service/instants.hpp"
#include "service/plant_reporter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hil::service {
namespace {

using observe::Channel;

// The answer itself, the turn of another request, the answer to the write before it.
Duration longest_read(const config::ModbusEndpoint& endpoint) {
    return 3 * endpoint.timeout;
}

}  // namespace

std::string register_name(const EndpointRuntime& runtime, std::string_view plant, plant::PointId point) {
    return fmt::format("{}/{}/{}", plant,
                       config::name_in<config::TransportMode>(config::transport_modes, runtime.mode),
                       runtime.link->map().point(point).name);
}

EndpointMaker::EndpointMaker(const SiteContext& context, const PlantSite& site, std::size_t index,
                             PlantReporter& reporter)
    : context_(context), site_(site), index_(index), plant_(site.config.plants[index]), reporter_(reporter) {}

// On the plant's own grid, whenever that is.
Instant EndpointMaker::anchor_now() const {
    const auto anchor = site_.anchor + offset_of(index_, site_.config.plants.size(), site_.spread);
    const auto late = context_.clock.now() - anchor;
    if (late <= Duration{}) return anchor;
    const auto& timing = site_.config.timing;
    const auto grid = std::max({timing.measurement_period, timing.scheduler_period, timing.plant_period});
    return anchor + (late / grid + 1) * grid;
}

plant::RegisterMap EndpointMaker::map_of(const config::ModbusEndpoint& endpoint) const {
    const auto limits = plant::limits_of(plant_.model);
    return site_.maps == nullptr ? plant::RegisterMap(endpoint, limits) : site_.maps->get(endpoint, limits);
}

std::shared_ptr<EndpointRuntime> EndpointMaker::make(config::TransportMode mode, Random random) {
    // A dispatch that died means no power, never the last setpoint.
    const auto control = std::make_shared<control::PlantControl*>(nullptr);
    auto made = std::make_shared<EndpointRuntime>(
        context_.clock,
        [hook = site_.on_failure, control, dispatch = dispatch_task()](const TaskFailure& failure) {
            if (hook) hook(failure);
            if (*control != nullptr && failure.task == dispatch) (*control)->dispatch_failed(failure.what);
        });
    auto& runtime = *made;
    runtime.mode = mode;
    runtime.endpoint = &plant_.endpoint(mode);
    runtime.anchor = anchor_now();
    make_link(runtime, random);
    make_control(runtime);
    *control = runtime.control.get();
    runtime.monitor = std::make_unique<control::SafetyMonitor>(
        context_.clock, *runtime.link, *runtime.control, plant_, index_, site_.safety);
    runtime.monitor->on_idle = [this, &runtime](const std::optional<std::string>& idle) {
        reporter_.on_idle(runtime, idle);
    };
    if (runtime.endpoint->heartbeat)
        runtime.heartbeat =
            std::make_unique<control::Heartbeat>(context_.clock, *runtime.link, *runtime.endpoint->heartbeat);
    make_sampler(runtime);
    return made;
}

void EndpointMaker::make_link(EndpointRuntime& runtime, Random random) {
    plant::Link::Hooks hooks;
    hooks.on_change = [this, &runtime](const plant::LinkStatus& s) { reporter_.on_link(runtime, s); };
    hooks.on_exchange = [this](const modbus::Exchange& exchange) { reporter_.on_exchange(exchange); };
    hooks.on_trouble = [this, &runtime](const plant::LinkStatus& s) { reporter_.on_trouble(runtime, s); };
    hooks.on_reading = [this, &runtime](const plant::ReadingNews& n) { reporter_.on_reading(runtime, n); };
    runtime.link = std::make_unique<plant::Link>(
        context_.clock, context_.network, random, *runtime.endpoint, std::move(hooks),
        map_of(*runtime.endpoint),
        site_.shared == nullptr ? nullptr : site_.shared->line(runtime.mode, runtime.endpoint->address));
}

void EndpointMaker::make_control(EndpointRuntime& runtime) {
    const auto& map = runtime.link->map();
    const auto& points = map.standard();
    std::optional<plant::Codec> q_codec;
    if (points.dispatches_q()) q_codec = map.codec(points.q_setpoint);
    runtime.plan = std::make_unique<control::PlanSetpoints>(site_.arbiter, index_, plant_.model.power_limits,
                                                            map.codec(points.p_setpoint), q_codec);
    runtime.setpoints = std::make_unique<control::DeratedSetpoints>(
        *runtime.plan, site_.safety.derating(index_), plant_.model.power_limits);
    control::PlantControl::Options options;
    options.anchor = runtime.anchor;
    options.period = site_.config.timing.scheduler_period;
    options.unconfirmed_alarm = site_.config.alerts.setpoint_unconfirmed;
    options.on_start_running = site_.config.general.on_start_running;
    options.on_plant_restart = site_.config.general.on_plant_restart;
    options.limits = plant_.model.power_limits;
    options.stop_threshold_kw = plant_.model.stop_threshold_kw;
    options.temperature_point = plant_.safety.temperature_point;
    runtime.control =
        std::make_unique<control::PlantControl>(context_.clock, *runtime.link, *runtime.endpoint,
                                                *runtime.setpoints, options, control_hooks(runtime));
    if (site_.write_counts == nullptr) return;
    for (const auto point : {points.p_setpoint, points.q_setpoint})
        if (point != plant::no_point)
            runtime.control->restore_writes(point,
                                            site_.write_counts->of(register_name(runtime, plant_.id, point)));
}

// Asked in every cycle. No zone's day begins within a quarter of an hour of UTC.
std::function<std::int64_t(WallTime)> EndpointMaker::day_counter() const {
    return [zone = &site_.zone, quarter = WallTime::min(), day = std::int64_t{0}](WallTime at) mutable {
        if (at < quarter || at >= quarter + std::chrono::minutes(15)) {
            quarter = std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<900>>>(at);
            day = std::chrono::sys_days(zone->date(at)).time_since_epoch().count();
        }
        return day;
    };
}

control::PlantControl::Hooks EndpointMaker::control_hooks(EndpointRuntime& runtime) {
    control::PlantControl::Hooks hooks;
    hooks.on_notice = [this, &runtime](const control::Notice& notice) {
        reporter_.on_notice(runtime, notice);
    };
    hooks.on_write = [this, &runtime](const control::PlantControl::WriteEvent& write) {
        reporter_.on_write(runtime, write);
    };
    hooks.on_cycle = [this](Duration lateness) {
        context_.metrics.dispatch_lateness.observe(to_seconds(lateness));
    };
    hooks.interlock = [this] { return site_.safety.interlock(index_); };
    hooks.day = day_counter();
    if (site_.write_counts != nullptr) {
        hooks.on_count = [this, &runtime](plant::PointId point, const control::WriteCount& count) {
            site_.write_counts->count(register_name(runtime, plant_.id, point), count);
        };
    }
    hooks.before_start = [this](const control::Readings& shown) {
        return site_.safety.before_start(index_, shown);
    };
    hooks.on_dispatch = [this](bool enabled) { reporter_.on_dispatch(enabled); };
    if (site_.reasons != nullptr) {
        hooks.on_setpoint = [this](const control::Setpoint& setpoint, bool p_confirmed, bool q_confirmed) {
            site_.reasons->on_setpoint(index_, setpoint, p_confirmed, q_confirmed);
        };
    }
    if (runtime.mode == config::TransportMode::local)
        hooks.seed_soc = [this, &runtime] { return seed(runtime.emulator.get()); };
    return hooks;
}

void EndpointMaker::make_sampler(EndpointRuntime& runtime) {
    runtime.format = measure::column_format(runtime.link->map());
    runtime.statistics = measure::Statistics(runtime.format);
    measure::SampleLayout layout(runtime.link->map());
    auto read = [link = runtime.link.get(), batch = layout.read]() {
        return link->read(batch, plant::Priority::sample, plant::Link::this_instant);
    };
    measure::Sampler::Hooks hooks;
    hooks.on_sample = [this, &runtime](const measure::Row& row, const TickStep& step) {
        reporter_.on_sample(runtime, row, step);
    };
    hooks.on_failure = [this, &runtime](error_code error, const TickStep& step) {
        reporter_.on_sample_failure(runtime, error, step);
    };
    hooks.on_clock_step = [this](Duration by) {
        context_.log.warning(Channel::measure, {.plant = plant_.id},
                             "the wall clock was set by {:+.3f} s: sampling goes on on a new grid",
                             to_seconds(by));
    };
    runtime.sampler = std::make_unique<measure::Sampler>(
        context_.clock, index_, site_.config.timing.measurement_period, longest_read(*runtime.endpoint),
        std::move(layout), std::move(read), site_.live, site_.recorder, std::move(hooks));
}

result<void> EndpointMaker::open(EndpointRuntime& runtime) {
    if (runtime.mode != config::TransportMode::local) return {};
    plant_sim::PlantServerOptions options;
    options.period = site_.config.timing.plant_period;
    options.anchor = runtime.anchor;
    options.initial_soc_pu = site_.config.startup.initial_soc_pu;
    if (site_.recordings) options.recording = site_.recordings->of(plant_.id);
    options.faults = site_.faults;
    options.map = runtime.link->map();
    options.on_failure = [this](const TaskFailure& failure) {
        context_.log.error(Channel::sim, {.plant = plant_.id}, "{} failed: {}", failure.task, failure.what);
    };
    options.on_stray = [this](const std::string& sentence) {
        context_.log.warning(Channel::sim, {.plant = plant_.id}, "{}", sentence);
    };
    if (site_.shared != nullptr) {
        auto gateway = site_.shared->gateway(runtime.endpoint->address);
        if (!gateway) return gateway.error();
        options.gateway = std::move(*gateway);
    }
    auto served =
        plant_sim::PlantServer::open(context_.clock, context_.network, plant_, *runtime.endpoint, options);
    if (!served) return served.error();
    runtime.emulator = std::move(*served);
    return {};
}

void EndpointMaker::begin(EndpointRuntime& runtime) {
    const auto spawn = [&](std::string task, auto run) {
        runtime.tasks.spawn(std::move(task), std::move(run), OnEscape::restart);
    };
    spawn(plant_.id + " link", [&runtime] { return runtime.link->run(); });
    spawn(dispatch_task(), [&runtime] { return runtime.control->run(); });
    spawn(plant_.id + " sampling", [&runtime] { return runtime.sampler->run(runtime.anchor); });
    spawn(plant_.id + " safety", [&runtime] { return runtime.monitor->run(runtime.anchor); });
    if (runtime.heartbeat)
        spawn(plant_.id + " heartbeat", [&runtime] { return runtime.heartbeat->run(runtime.anchor); });
}

awaitable<void> EndpointMaker::end(EndpointRuntime& runtime) {
    runtime.tasks.cancel();
    co_await runtime.tasks.join();
    runtime.link->stop();
    co_await runtime.control->close();
    if (runtime.emulator) co_await runtime.emulator->stop();
}

awaitable<result<void>> EndpointMaker::seed(plant_sim::PlantServer* emulator) {
    if (emulator == nullptr) co_return result<void>{};
    double soc = site_.config.startup.initial_soc_pu;
    std::string source = "startup.initial_soc_pu";
    if (!site_.fresh_start) {
        auto look = [files = site_.files, directory = site_.config.general.data_dir, id = plant_.id,
                     zone = site_.zone] { return measure::newest_soc(*files, directory, id, zone); };
        const auto recorded = co_await measure::run_within(context_.clock, context_.blocking,
                                                           measure::disk_timeout, std::move(look));
        if (!recorded) {
            context_.log.error(
                Channel::sim, {.plant = plant_.id},
                "the state of charge is not known: the disk of the recordings does not answer");
            co_return control::errc::seed_failed;
        }
        if (*recorded) {
            soc = **recorded;
            source = "the newest recorded value";
        }
    }
    const auto seeded = emulator->emulator().seed_soc(soc, source);
    context_.log.info(Channel::sim, {.plant = plant_.id}, "{}", seeded.message);
    if (seeded.status == plant_sim::SeedStatus::error) co_return control::errc::seed_failed;
    co_return result<void>{};
}

}  // namespace hil::service
