#include "service/plant_runtime.hpp"

#include "config/names.hpp"
#include "measure/file_index.hpp"
#include "measure/run_within.hpp"
#include "schedule/signal.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace hil::service {
namespace {

using observe::Channel;

observe::RequestOutcome outcome_of(error_code error) {
    if (!error) return observe::RequestOutcome::ok;
    if (modbus::is_exception(error)) return observe::RequestOutcome::exception;
    if (error == modbus::errc::timeout) return observe::RequestOutcome::timeout;
    if (error == modbus::errc::disconnected) return observe::RequestOutcome::disconnected;
    return observe::RequestOutcome::invalid;
}

// Rejected: the link refused to send it. Failed: it was sent, or could not be.
observe::WriteOutcome write_outcome(error_code error) {
    using observe::WriteOutcome;
    if (!error) return WriteOutcome::ok;
    if (error == plant::errc::superseded) return WriteOutcome::superseded;
    const bool refused = error == plant::errc::access_denied || error == plant::errc::out_of_range ||
                         error == plant::errc::not_finite || error == plant::errc::no_such_point;
    return refused ? WriteOutcome::rejected : WriteOutcome::failed;
}

// The answer itself, the turn of another request, the answer to the write before it.
Duration longest_read(const config::ModbusEndpoint& endpoint) {
    return 3 * endpoint.timeout;
}

std::string_view link_word(plant::LinkState state) {
    switch (state) {
        case plant::LinkState::idle:
            return "idle";
        case plant::LinkState::connecting:
            return "connecting";
        case plant::LinkState::connected:
            return "connected";
        case plant::LinkState::waiting:
            return "waiting before the next attempt";
        case plant::LinkState::stopped:
            break;
    }
    return "stopped";
}

struct Weight {
    observe::Level level;
    observe::Severity severity;
    const char* kind;
};

Weight weigh(control::NoticeKind kind) {
    using control::NoticeKind;
    using observe::Level;
    using observe::Severity;
    switch (kind) {
        case NoticeKind::state_changed:
            return {Level::info, Severity::info, "plant.transition"};
        case NoticeKind::found_running:
            return {Level::warning, Severity::warning, "plant.found_running"};
        case NoticeKind::lost_running:
            return {Level::error, Severity::alarm, "plant.lost_running"};
        case NoticeKind::restart_failed:
            return {Level::warning, Severity::warning, "plant.restart_failed"};
        case NoticeKind::stop_asserted:
            return {Level::warning, Severity::warning, "plant.stop_asserted"};
        case NoticeKind::unconfirmed:
            return {Level::error, Severity::alarm, "setpoint.unconfirmed"};
        case NoticeKind::confirmed_again:
            return {Level::info, Severity::info, "setpoint.confirmed"};
        case NoticeKind::write_failed:
            return {Level::warning, Severity::warning, "setpoint.write_failed"};
        case NoticeKind::device_limited:
            return {Level::warning, Severity::warning, "setpoint.device_limit"};
        case NoticeKind::device_follows:
            return {Level::info, Severity::info, "setpoint.device_limit_over"};
        case NoticeKind::opposed:
            return {Level::error, Severity::alarm, "setpoint.opposed"};
        case NoticeKind::not_opposed:
            return {Level::info, Severity::info, "setpoint.opposed_over"};
        case NoticeKind::writes_low:
            return {Level::warning, Severity::warning, "setpoint.write_budget"};
        case NoticeKind::writes_spent:
            return {Level::error, Severity::alarm, "setpoint.write_budget"};
        case NoticeKind::zero_refused:
            return {Level::error, Severity::alarm, "setpoint.zero_refused"};
        case NoticeKind::writes_again:
            return {Level::info, Severity::info, "setpoint.write_budget_over"};
        case NoticeKind::start_retried:
            return {Level::warning, Severity::warning, "plant.start_retried"};
        case NoticeKind::start_given_up:
            return {Level::error, Severity::alarm, "plant.start_given_up"};
        case NoticeKind::start_settled:
            return {Level::info, Severity::info, "plant.start_settled"};
        case NoticeKind::stop_owed:
            return {Level::error, Severity::alarm, "plant.stop_owed"};
        case NoticeKind::stop_confirmed:
            return {Level::info, Severity::info, "plant.stop_confirmed"};
        case NoticeKind::limited:
            break;
    }
    return {Level::warning, Severity::warning, "setpoint.limited"};
}

}  // namespace

PlantRuntime::PlantRuntime(const SiteContext& context, Site site, std::size_t index, Random random,
                           config::TransportMode mode)
    : context_(context),
      site_(std::move(site)),
      index_(index),
      plant_(site_.config.plants[index]),
      metrics_(context.metrics.plant(plant_.id)),
      random_(random),
      shortfall_(std::max(std::abs(plant_.model.power_limits.p_max_kw),
                          std::abs(plant_.model.power_limits.p_min_kw))),
      link_changed_(context.clock),
      binding_(bind(mode, random)) {}

std::shared_ptr<EndpointRuntime> PlantRuntime::bind(config::TransportMode mode, Random random) {
    // A dispatch that died means no power, never the last setpoint.
    const auto control = std::make_shared<control::PlantControl*>(nullptr);
    auto binding = std::make_shared<EndpointRuntime>(
        context_.clock,
        [hook = site_.on_failure, control, dispatch = dispatch_task()](const TaskFailure& failure) {
            if (hook) hook(failure);
            if (*control != nullptr && failure.task == dispatch) (*control)->dispatch_failed(failure.what);
        });
    auto& bound = *binding;
    bound.mode = mode;
    bound.endpoint = &plant_.endpoint(mode);
    // On the site's own grid, whenever that is.
    bound.anchor = site_.anchor;
    if (const auto late = context_.clock.now() - site_.anchor; late > Duration{}) {
        const auto& timing = site_.config.timing;
        const auto grid = std::max({timing.measurement_period, timing.scheduler_period, timing.plant_period});
        bound.anchor += (late / grid + 1) * grid;
    }
    bound.link = std::make_unique<plant::Link>(
        context_.clock, context_.network, random, *bound.endpoint,
        plant::Link::Hooks{[this, &bound](const plant::LinkStatus& status) { on_link(bound, status); },
                           [this](const modbus::Exchange& exchange) { on_exchange(exchange); },
                           [this, &bound](const plant::LinkStatus& status) { on_trouble(bound, status); },
                           [this, &bound](const plant::ReadingNews& news) { on_reading(bound, news); }},
        plant::limits_of(plant_.model),
        site_.shared == nullptr ? nullptr : site_.shared->line(mode, bound.endpoint->address));
    const auto& map = bound.link->map();
    const auto& points = map.standard();
    std::optional<plant::Codec> q_codec;
    if (points.dispatches_q()) q_codec = map.codec(points.q_setpoint);
    bound.plan = std::make_unique<control::PlanSetpoints>(site_.arbiter, index_, plant_.model.power_limits,
                                                          map.codec(points.p_setpoint), q_codec);
    bound.setpoints = std::make_unique<control::DeratedSetpoints>(*bound.plan, site_.safety.derating(index_),
                                                                  plant_.model.power_limits);
    control::PlantControl::Options options;
    options.anchor = bound.anchor;
    options.period = site_.config.timing.scheduler_period;
    options.unconfirmed_alarm = site_.config.alerts.setpoint_unconfirmed;
    options.on_start_running = site_.config.general.on_start_running;
    options.on_plant_restart = site_.config.general.on_plant_restart;
    options.limits = plant_.model.power_limits;
    options.stop_threshold_kw = plant_.model.stop_threshold_kw;
    options.temperature_point = plant_.safety.temperature_point;
    bound.control = std::make_unique<control::PlantControl>(context_.clock, *bound.link, *bound.endpoint,
                                                            *bound.setpoints, options, control_hooks(bound));
    *control = bound.control.get();
    if (site_.write_counts != nullptr)
        for (const auto point : {points.p_setpoint, points.q_setpoint})
            if (point != plant::no_point)
                bound.control->restore_writes(point, site_.write_counts->of(register_name(bound, point)));
    bound.monitor = std::make_unique<control::SafetyMonitor>(context_.clock, *bound.link, *bound.control,
                                                             plant_, index_, site_.safety);
    bound.monitor->on_idle = [this, &bound](const std::optional<std::string>& idle) { on_idle(bound, idle); };
    if (bound.endpoint->heartbeat)
        bound.heartbeat =
            std::make_unique<control::Heartbeat>(context_.clock, *bound.link, *bound.endpoint->heartbeat);
    bound.format = measure::column_format(map);
    bound.statistics = measure::Statistics(bound.format);
    measure::SampleLayout plan(map);
    auto read = [link = bound.link.get(), blocks = plan.read]() {
        return link->read(blocks, plant::Priority::sample, plant::Link::this_instant);
    };
    bound.sampler = std::make_unique<measure::Sampler>(
        context_.clock, index_, site_.config.timing.measurement_period, longest_read(*bound.endpoint),
        std::move(plan), std::move(read), site_.live, site_.recorder, sampler_hooks(bound));
    return binding;
}

control::PlantControl::Hooks PlantRuntime::control_hooks(EndpointRuntime& binding) {
    control::PlantControl::Hooks hooks;
    hooks.on_notice = [this, &binding](const control::Notice& notice) { on_notice(binding, notice); };
    hooks.on_write = [this, &binding](const control::PlantControl::WriteEvent& write) {
        on_write(binding, write);
    };
    hooks.on_cycle = [this](Duration lateness) {
        context_.metrics.dispatch_lateness.observe(to_seconds(lateness));
    };
    hooks.interlock = [this] { return site_.safety.interlock(index_); };
    // Asked for in every cycle. No zone's day begins within a quarter of an hour of UTC.
    hooks.day = [this, quarter = WallTime::min(), day = std::int64_t{0}](WallTime at) mutable {
        if (at < quarter || at >= quarter + std::chrono::minutes(15)) {
            quarter = std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<900>>>(at);
            day = std::chrono::sys_days(site_.zone.date(at)).time_since_epoch().count();
        }
        return day;
    };
    if (site_.write_counts != nullptr) {
        hooks.on_count = [this, &binding](plant::PointId point, const control::WriteCount& count) {
            site_.write_counts->count(register_name(binding, point), count);
        };
    }
    hooks.before_start = [this](const control::Readings& shown) {
        return site_.safety.before_start(index_, shown);
    };
    hooks.on_dispatch = [this](bool open) {
        if (site_.reasons != nullptr) site_.reasons->on_dispatch(index_, open);
        site_.on_change();
    };
    if (site_.reasons != nullptr) {
        hooks.on_setpoint = [this](const control::Setpoint& setpoint, bool p_confirmed, bool q_confirmed) {
            site_.reasons->on_setpoint(index_, setpoint, p_confirmed, q_confirmed);
        };
    }
    if (binding.mode == config::TransportMode::local)
        hooks.seed_soc = [this, &binding] { return seed(binding.emulator.get()); };
    return hooks;
}

measure::Sampler::Hooks PlantRuntime::sampler_hooks(EndpointRuntime& binding) {
    measure::Sampler::Hooks hooks;
    hooks.on_sample = [this, &binding](const measure::Row& row, const TickStep& step) {
        on_sample(binding, row, step);
    };
    hooks.on_failure = [this, &binding](error_code error, const TickStep& step) {
        metrics_.samples(observe::SampleOutcome::failed).add();
        metrics_.samples(observe::SampleOutcome::skipped).add(static_cast<double>(step.skipped));
        binding.statistics.gap();
        shortfall_.gap();
        if (observer_.on_sample_failure) observer_.on_sample_failure(error);
    };
    hooks.on_clock_step = [this](Duration by) {
        context_.log.warning(Channel::measure, {.plant = plant_.id},
                             "the wall clock was set by {:+.3f} s: sampling goes on on a new grid",
                             to_seconds(by));
    };
    return hooks;
}

result<void> PlantRuntime::open() {
    return open(*binding_);
}

result<void> PlantRuntime::open(EndpointRuntime& binding) {
    if (binding.mode != config::TransportMode::local) return {};
    plant_sim::PlantServerOptions options;
    options.period = site_.config.timing.plant_period;
    options.anchor = binding.anchor;
    options.initial_soc_pu = site_.config.startup.initial_soc_pu;
    if (site_.recordings) options.recording = site_.recordings->of(plant_.id);
    options.faults = site_.faults;
    options.on_failure = [this](const TaskFailure& failure) {
        context_.log.error(Channel::sim, {.plant = plant_.id}, "{} failed: {}", failure.task, failure.what);
    };
    options.on_stray = [this](const std::string& sentence) {
        context_.log.warning(Channel::sim, {.plant = plant_.id}, "{}", sentence);
    };
    if (site_.shared != nullptr) {
        auto gateway = site_.shared->gateway(binding.endpoint->address);
        if (!gateway) return gateway.error();
        options.gateway = std::move(*gateway);
    }
    auto served =
        plant_sim::PlantServer::open(context_.clock, context_.network, plant_, *binding.endpoint, options);
    if (!served) return served.error();
    binding.emulator = std::move(*served);
    return {};
}

void PlantRuntime::begin() {
    auto& bound = *binding_;
    bound.tasks.spawn(plant_.id + " link", [&bound] { return bound.link->run(); }, OnEscape::restart);
    bound.tasks.spawn(dispatch_task(), [&bound] { return bound.control->run(); }, OnEscape::restart);
    bound.tasks.spawn(
        plant_.id + " sampling", [&bound] { return bound.sampler->run(bound.anchor); }, OnEscape::restart);
    begin_watching(bound);
}

void PlantRuntime::begin_watching(EndpointRuntime& bound) {
    bound.tasks.spawn(
        plant_.id + " safety", [&bound] { return bound.monitor->run(bound.anchor); }, OnEscape::restart);
    if (!bound.heartbeat) return;
    bound.tasks.spawn(
        plant_.id + " heartbeat", [&bound] { return bound.heartbeat->run(bound.anchor); }, OnEscape::restart);
}

awaitable<void> PlantRuntime::end(EndpointRuntime& binding) {
    binding.tasks.cancel();
    co_await binding.tasks.join();
    binding.link->stop();
    co_await binding.control->close();
    if (binding.emulator) co_await binding.emulator->stop();
}

awaitable<void> PlantRuntime::close() {
    co_await end(*binding_);
}

result<std::shared_ptr<EndpointRuntime>> PlantRuntime::prepare(config::TransportMode mode) {
    auto binding = bind(mode, random_.fork());
    if (const auto opened = open(*binding); !opened) return opened.error();
    return binding;
}

awaitable<void> PlantRuntime::change(std::shared_ptr<EndpointRuntime> next) {
    const auto old = std::exchange(binding_, std::move(next));
    unfollow();
    shortfall_.gap();
    co_await end(*old);
    site_.safety.forget(index_);
    infeasible_notified_ = false;
    for (const char* condition :
         {"/link", "/lost_running", "/setpoint", "/plan_not_feasible", "/device_limit/p_setpoint",
          "/device_limit/q_setpoint", "/opposed/p_setpoint", "/opposed/q_setpoint",
          "/write_budget/p_setpoint", "/write_budget/q_setpoint", "/start", "/stop", "/idle", "/expect"})
        context_.alerts.clear(plant_.id + condition, "another transport is in use");
    for (const auto& point : old->endpoint->points)
        context_.alerts.clear(reading_key(point.name), "another transport is in use");
    metrics_.set_state(control::to_string(binding_->control->state()));
    if (observer_.on_bound) observer_.on_bound();
    begin();
}

awaitable<bool> PlantRuntime::connected(IoInstant until) {
    while (binding_->link->status().state != plant::LinkState::connected) {
        const Duration left = until - context_.clock.io_now();
        if (left <= Duration::zero()) co_return false;
        (void)co_await link_changed_.wait_io_for(left);
    }
    co_return true;
}

void PlantRuntime::follow() {
    if (!following_since_) following_since_ = context_.clock.now();
    ran_ = true;
}

void PlantRuntime::unfollow() {
    followed_ = followed();
    following_since_.reset();
}

Duration PlantRuntime::followed() const {
    return followed_ + (following_since_ ? context_.clock.now() - *following_since_ : Duration::zero());
}

void PlantRuntime::on_link(const EndpointRuntime& binding, const plant::LinkStatus& status) {
    if (&binding != binding_.get()) return;
    link_changed_.notify();
    binding.control->wake();
    site_.on_change();
    if (observer_.on_link) observer_.on_link(status);
    const auto key = plant_.id + "/link";
    if (status.state == plant::LinkState::connected) {
        const auto address = to_string(binding.endpoint->address);
        context_.log.info(Channel::control, {.plant = plant_.id}, "connected to {}{} (session {})", address,
                          status.peer.empty() || status.peer == address ? "" : " at " + status.peer,
                          status.session);
        context_.alerts.clear(key, "the link is up again");
        trouble_notified_ = false;
        if (status.cause) on_trouble(binding, status);  // of a peer that answers, though not as it should
    } else if (status.state == plant::LinkState::waiting) {
        // The first, second, fourth, eighth … failure: a plant that is gone for days does not fill the
        // terminal.
        const auto level = std::has_single_bit(static_cast<std::uint64_t>(status.consecutive_failures))
                               ? observe::Level::warning
                               : observe::Level::debug;
        context_.log.log(level, Channel::control, {.plant = plant_.id}, "no link to {}: {} ({} in a row)",
                         to_string(binding.endpoint->address), status.trouble(), status.consecutive_failures);
        context_.alerts.raise(
            key, observe::Severity::warning,
            fmt::format("no link to {}: {}", to_string(binding.endpoint->address), status.trouble()),
            plant_.id);
    } else {
        context_.log.debug(Channel::control, {.plant = plant_.id}, "link {}", link_word(status.state));
    }
}

void PlantRuntime::show_expected(const plant::LinkStatus& status) {
    const auto key = plant_.id + "/expect";
    if (status.unexpected.empty()) {
        context_.alerts.clear(key, "the device that is expected answers");
        return;
    }
    const auto text = "nothing is written: " + status.unexpected;
    const auto* raised = context_.alerts.find(key);
    if (raised != nullptr && raised->message == text) return;
    context_.log.error(Channel::control, {.plant = plant_.id}, "{}", text);
    context_.alerts.raise(key, observe::Severity::alarm, text, plant_.id);
}

// Trouble on a link that stands: the peer answers, but not as the plant would. What a lost link says is told
// by on_link(), and a single lost answer is no news.
void PlantRuntime::on_trouble(const EndpointRuntime& binding, const plant::LinkStatus& status) {
    if (&binding != binding_.get()) return;
    site_.on_change();
    if (status.one_at_a_time && !std::exchange(one_at_a_time_notified_, true)) {
        observe::Event event;
        event.kind = "plant.one_at_a_time";
        event.severity = observe::Severity::warning;
        event.plant = plant_.id;
        event.message = fmt::format(
            "the device loses requests that come while it answers another one: "
            "max_in_flight is 1 instead of {} from now on",
            binding.endpoint->max_in_flight);
        context_.log.warning(Channel::control, {.plant = plant_.id}, "{}", event.message);
        context_.events.emit(std::move(event));
    }
    show_expected(status);
    if (status.state != plant::LinkState::connected) return;
    const auto key = plant_.id + "/link";
    if (!status.cause) {
        if (std::exchange(trouble_notified_, false)) {
            context_.log.info(Channel::control, {.plant = plant_.id}, "the device at {} answers again",
                              to_string(binding.endpoint->address));
            context_.alerts.clear(key, "the device answers again");
        }
        return;
    }
    using enum plant::LinkCause::Kind;
    if (status.cause.kind == no_answer || status.cause.kind == no_first_answer ||
        status.cause.kind == bad_answer)
        return;
    trouble_notified_ = true;
    const auto text = fmt::format("{}: {}", to_string(binding.endpoint->address), status.trouble());
    context_.log.warning(Channel::control, {.plant = plant_.id}, "{}", text);
    context_.alerts.raise(key, observe::Severity::warning, text, plant_.id);
}

void PlantRuntime::on_exchange(const modbus::Exchange& exchange) {
    metrics_.modbus_requests(static_cast<std::uint8_t>(exchange.function), outcome_of(exchange.outcome))
        .add();
    ++round_trips_.requests;
    if (!exchange.outcome || modbus::is_exception(exchange.outcome)) {
        metrics_.modbus_duration.observe(to_seconds(exchange.duration));
        round_trips_.total += exchange.duration;
        ++round_trips_.answers;
    }
    if (exchange.outcome) ++round_trips_.errors;
    if (exchange.outcome && !modbus::is_exception(exchange.outcome)) lost_.add(context_.clock.io_now());
}

// Why a point has no value, with the registers that were to give it.
static std::string doubt_text(const config::Point& point, const plant::PointValue& value) {
    if (value.why == plant::Unknown::refused) {
        return fmt::format(
            "the device refuses to give the {} registers of {} from {} on in one request; they are "
            "never pieced together: it counts as unknown",
            point.word_count(), point.name, point.address);
    }
    const std::span registers(value.words.data(), point.word_count());
    auto text = fmt::format("{} reads {}, {}", point.name, plant::registers_text(registers),
                            plant::to_string(value.why));
    if (value.why == plant::Unknown::impossible) text += fmt::format(" ({:g})", value.value);
    return text + ": it counts as unknown";
}

void PlantRuntime::on_reading(const EndpointRuntime& binding, const plant::ReadingNews& news) {
    if (&binding != binding_.get()) return;
    const auto& map = binding.link->map();
    const auto& point = map.point(news.point);
    if (news.back) {
        context_.log.info(Channel::measure, {.plant = plant_.id}, "{} is known again: {:g}", point.name,
                          news.value.value);
        context_.alerts.clear(reading_key(point.name), "the value is known again");
        return;
    }
    const auto text = doubt_text(point, news.value);
    context_.log.warning(Channel::measure, {.plant = plant_.id}, "{}", text);
    context_.alerts.raise(reading_key(point.name), observe::Severity::warning, text, plant_.id);
}

void PlantRuntime::on_notice(const EndpointRuntime& binding, const control::Notice& notice) {
    const auto weight = weigh(notice.kind);
    context_.log.log(weight.level, Channel::control, {.plant = plant_.id}, "{}", notice.text);
    observe::Event event;
    event.kind = weight.kind;
    event.severity = weight.severity;
    event.plant = plant_.id;
    event.message = notice.text;
    context_.events.emit(std::move(event));
    site_.on_change();
    if (notice.kind == control::NoticeKind::state_changed) {
        metrics_.set_state(control::to_string(binding.control->state()));
        if (binding.control->state() == control::PlantState::running) {
            context_.alerts.clear(plant_.id + "/lost_running", "the plant runs again");
            context_.alerts.clear(plant_.id + "/zero_refused", "the plant runs again");
        }
    }
    if (notice.kind == control::NoticeKind::lost_running) {
        context_.alerts.raise(plant_.id + "/lost_running", observe::Severity::alarm, notice.text, plant_.id);
    }
    if (notice.kind == control::NoticeKind::start_given_up)
        context_.alerts.raise(plant_.id + "/start", observe::Severity::alarm, notice.text, plant_.id);
    if (notice.kind == control::NoticeKind::start_settled)
        context_.alerts.clear(plant_.id + "/start", notice.text);
    if (notice.kind == control::NoticeKind::stop_owed)
        context_.alerts.raise(plant_.id + "/stop", observe::Severity::alarm, notice.text, plant_.id);
    if (notice.kind == control::NoticeKind::stop_confirmed)
        context_.alerts.clear(plant_.id + "/stop", notice.text);
    if (notice.kind == control::NoticeKind::unconfirmed) {
        context_.alerts.raise(plant_.id + "/setpoint", observe::Severity::alarm, notice.text, plant_.id);
    }
    if (notice.kind == control::NoticeKind::confirmed_again)
        context_.alerts.clear(plant_.id + "/setpoint", notice.text);
    show_device_alert(notice, weight.severity);
}

std::string PlantRuntime::register_name(const EndpointRuntime& binding, plant::PointId point) const {
    return fmt::format("{}/{}/{}", plant_.id,
                       config::name_in<config::TransportMode>(config::transport_modes, binding.mode),
                       binding.link->map().point(point).name);
}

// What a device does with its setpoints is an alert for each of them, as long as it lasts.
void PlantRuntime::show_device_alert(const control::Notice& notice, observe::Severity severity) {
    using control::NoticeKind;
    const auto key = [&](const char* what) { return fmt::format("{}/{}/{}", plant_.id, what, notice.point); };
    auto& alerts = context_.alerts;
    switch (notice.kind) {
        case NoticeKind::zero_refused:
            alerts.raise(plant_.id + "/zero_refused", severity, notice.text, plant_.id);
            break;
        case NoticeKind::device_limited:
            alerts.raise(key("device_limit"), severity, notice.text, plant_.id);
            break;
        case NoticeKind::opposed:
            alerts.raise(key("opposed"), severity, notice.text, plant_.id);
            break;
        case NoticeKind::writes_low:
        case NoticeKind::writes_spent:
            alerts.raise(key("write_budget"), severity, notice.text, plant_.id);
            break;
        case NoticeKind::device_follows:
            alerts.clear(key("device_limit"), notice.text);
            break;
        case NoticeKind::not_opposed:
            alerts.clear(key("opposed"), notice.text);
            break;
        case NoticeKind::writes_again:
            alerts.clear(key("write_budget"), notice.text);
            break;
        default:
            break;
    }
}

void PlantRuntime::on_idle(const EndpointRuntime& binding, const std::optional<std::string>& idle) {
    if (&binding != binding_.get()) return;
    const auto key = plant_.id + "/idle";
    if (idle) {
        context_.log.error(Channel::control, {.plant = plant_.id}, "{}", *idle);
        context_.alerts.raise(key, observe::Severity::alarm, *idle, plant_.id);
    } else {
        context_.alerts.clear(key, "it gives power again, or is not asked to");
    }
    site_.on_change();
}

void PlantRuntime::on_write(const EndpointRuntime& binding, const control::PlantControl::WriteEvent& write) {
    const auto& points = binding.link->map().standard();
    const bool is_p = write.point == points.p_setpoint;
    if (is_p || (points.dispatches_q() && write.point == points.q_setpoint)) {
        const auto signal = is_p ? schedule::Signal::p : schedule::Signal::q;
        if (site_.reasons != nullptr) site_.reasons->on_write(index_, signal, write);
        metrics_
            .dispatch_writes(is_p ? observe::SignalName::p : observe::SignalName::q,
                             write_outcome(write.outcome))
            .add();
    }
    site_.on_change();
    if (observer_.on_write) observer_.on_write(write);
    if (!context_.log.enabled(observe::Level::info)) return;
    const auto& name = binding.link->map().point(write.point).name;
    if (write.outcome) {
        context_.log.warning(Channel::dispatch, {.plant = plant_.id}, "{} = {:g} failed ({}): {}", name,
                             write.value, control::to_string(write.source), write.outcome.message());
    } else if (write.reason) {
        const auto& active = write.reason->active;
        context_.log.info(
            Channel::dispatch, {.plant = plant_.id}, "{} = {:g} ({}: {} {} version {}{}{})", name,
            write.value, control::to_string(write.source), schedule::to_string(active.source),
            schedule::to_string(active.reason), active.version,
            write.reason->limit == schedule::Limit::none ? "" : ", limited by ",
            write.reason->limit == schedule::Limit::none ? "" : schedule::to_string(write.reason->limit));
    } else {
        context_.log.info(Channel::dispatch, {.plant = plant_.id}, "{} = {:g} ({})", name, write.value,
                          control::to_string(write.source));
    }
}

void PlantRuntime::on_sample(EndpointRuntime& binding, const measure::Row& row, const TickStep& step) {
    using measure::Column;
    metrics_.samples(observe::SampleOutcome::ok).add();
    if (step.skipped > 0) {
        metrics_.samples(observe::SampleOutcome::skipped).add(static_cast<double>(step.skipped));
    }
    context_.metrics.sample_lateness.observe(to_seconds(step.lateness));
    metrics_.active_power_setpoint.set(row[Column::p_setpoint]);
    metrics_.active_power_battery.set(row[Column::p_battery]);
    metrics_.active_power_poi.set(row[Column::p_poi]);
    metrics_.reactive_power_setpoint.set(row[Column::q_setpoint]);
    metrics_.reactive_power_battery.set(row[Column::q_battery]);
    metrics_.reactive_power_poi.set(row[Column::q_poi]);
    metrics_.soc_ratio.set(row[Column::soc]);
    metrics_.voltage_kv.set(row[Column::v_poi]);
    const bool no_q = binding.link->map().standard().q_battery == plant::no_point;
    const double q = no_q ? 0 : row[Column::q_battery];
    if (!std::isnan(row[Column::p_battery]) && !std::isnan(q))
        binding.control->measured(step.due, row[Column::p_battery], q);
    std::optional<measure::Reference> reference;
    if (following_since_) {
        const auto setpoint = binding.setpoints->at(row.at);
        reference = measure::Reference{setpoint.p.value, setpoint.q.value,
                                       std::max(setpoint.p.active.since, setpoint.q.active.since)};
    }
    binding.statistics.sample(row, reference);
    judge_feasibility(binding, row);
    if (observer_.on_sample) observer_.on_sample(row);
}

// The plan as the plant's limits leave it, before safety takes anything back: a battery that is derated
// because it is nearly empty does not deliver what was asked either.
void PlantRuntime::judge_feasibility(EndpointRuntime& binding, const measure::Row& row) {
    const auto& control = *binding.control;
    const bool runs =
        control.state() == control::PlantState::running && control.desired() == control::Desired::running;
    ran_ = ran_ || runs;
    double asked = 0;
    if (!runs || !control.dispatch_enabled()) {
        shortfall_.gap();
    } else {
        const auto setpoint = binding.setpoints->at(row.at);
        asked = setpoint.p.derated == control::Stage::normal ? setpoint.p.value : setpoint.p.before_derating;
        shortfall_.sample(row.at, asked, row[measure::Column::p_battery]);
    }
    const auto key = plant_.id + "/plan_not_feasible";
    const auto known = [&row](measure::Column column) {
        return std::isfinite(row[column]) ? std::optional(row[column]) : std::nullopt;
    };
    const control::BatteryDoes does{known(measure::Column::p_battery), known(measure::Column::soc)};
    const auto end = runs && control.dispatch_enabled()
                         ? control::battery_end(plant_.model, charge_ends_, asked, does)
                         : control::BatteryEnd::none;
    // Where the end of the charge tells why, there is nothing to wait for.
    if (!shortfall_.infeasible_since() && end == control::BatteryEnd::none) {
        if (std::exchange(infeasible_notified_, false))
            context_.alerts.clear(key, fmt::format("the plan is followed again, {:.1f} kWh of it are missing",
                                                   shortfall_.missing_kwh()));
        return;
    }
    if (std::exchange(infeasible_notified_, true)) return;
    const auto text = control::shortfall_text(end, asked, does);
    context_.log.warning(Channel::control, {.plant = plant_.id}, "{}", text);
    context_.alerts.raise(key, observe::Severity::warning, text, plant_.id);
}

awaitable<result<void>> PlantRuntime::seed(plant_sim::PlantServer* emulator) {
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
