#include "app/plant_unit.hpp"

#include "measure/file_index.hpp"
#include "schedule/signal.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace hil::app {
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
        case NoticeKind::transition:
            return {Level::info, Severity::info, "plant.transition"};
        case NoticeKind::found_running:
            return {Level::warning, Severity::warning, "plant.found_running"};
        case NoticeKind::lost_running:
            return {Level::error, Severity::alarm, "plant.lost_running"};
        case NoticeKind::stop_asserted:
            return {Level::warning, Severity::warning, "plant.stop_asserted"};
        case NoticeKind::unconfirmed:
            return {Level::error, Severity::alarm, "setpoint.unconfirmed"};
        case NoticeKind::confirmed_again:
            return {Level::info, Severity::info, "setpoint.confirmed"};
        case NoticeKind::write_failed:
            return {Level::warning, Severity::warning, "setpoint.write_failed"};
        case NoticeKind::limited:
            break;
    }
    return {Level::warning, Severity::warning, "setpoint.limited"};
}

}  // namespace

PlantUnit::PlantUnit(const Surroundings& around, const config::Config& config, const Zone& zone,
                     std::size_t index, Random random, const schedule::Arbiter& arbiter,
                     measure::LiveState& live, measure::Recorder& recorder,
                     std::shared_ptr<measure::FileStore> files, Instant anchor, bool fresh_start)
    : around_(around),
      config_(config),
      zone_(zone),
      plant_(config.plants[index]),
      endpoint_(plant_.endpoint(config.startup.transport_mode)),
      metrics_(around.metrics.plant(plant_.id)),
      anchor_(anchor),
      fresh_start_(fresh_start),
      files_(std::move(files)),
      link_(std::make_unique<plant::Link>(
          around.clock, around.network, random, endpoint_,
          plant::Link::Hooks{[this](const plant::LinkStatus& status) { on_link(status); },
                             [this](const modbus::Exchange& exchange) { on_exchange(exchange); }})),
      format_(measure::column_format(link_->map())),
      statistics_(format_),
      link_changed_(around.clock) {
    const auto& map = link_->map();
    const auto& points = map.standard();
    setpoints_ =
        std::make_unique<control::PlanSetpoints>(arbiter, index, plant_.model.power_limits,
                                                 map.codec(points.p_setpoint), map.codec(points.q_setpoint));
    control::PlantControl::Options options;
    options.anchor = anchor;
    options.period = config.timing.scheduler_period;
    options.unconfirmed_alarm = config.alerts.setpoint_unconfirmed;
    options.on_start_running = config.general.on_start_running;
    options.on_plant_restart = config.general.on_plant_restart;
    control::PlantControl::Hooks hooks;
    hooks.on_notice = [this](const control::Notice& notice) { on_notice(notice); };
    hooks.on_write = [this](const control::PlantControl::WriteEvent& write) { on_write(write); };
    hooks.on_cycle = [this](Duration lateness) {
        around_.metrics.dispatch_lateness.observe(to_seconds(lateness));
    };
    if (config.startup.transport_mode == config::TransportMode::local)
        hooks.seed_soc = [this] { return seed(); };
    control_ = std::make_unique<control::PlantControl>(around.clock, *link_, endpoint_, *setpoints_, options,
                                                       std::move(hooks));

    measure::SamplePlan plan(map);
    auto read = [this, blocks = plan.read]() { return link_->read(blocks, plant::Priority::sample); };
    measure::Sampler::Hooks sampling;
    sampling.on_sample = [this](const measure::Row& row, const TickStep& step) { on_sample(row, step); };
    sampling.on_failure = [this](error_code error, const TickStep& step) {
        metrics_.samples(observe::SampleOutcome::failed).add();
        metrics_.samples(observe::SampleOutcome::skipped).add(static_cast<double>(step.skipped));
        statistics_.gap();
        if (observer_.on_sample_failure) observer_.on_sample_failure(error);
    };
    sampling.on_clock_step = [this](Duration by) {
        around_.log.warning(Channel::measure, {.plant = plant_.id},
                            "the wall clock was set by {:+.3f} s: sampling goes on on a new grid",
                            to_seconds(by));
    };
    sampler_ = std::make_unique<measure::Sampler>(around.clock, index, config.timing.measurement_period,
                                                  std::move(plan), std::move(read), live, recorder,
                                                  std::move(sampling));
}

result<void> PlantUnit::open(const plant_sim::PlantServerOptions& options) {
    if (config_.startup.transport_mode != config::TransportMode::local) return {};
    auto served = plant_sim::PlantServer::open(around_.clock, around_.network, plant_, endpoint_, options);
    if (!served) return served.error();
    emulator_ = std::move(*served);
    return {};
}

void PlantUnit::begin(TaskGroup& tasks) {
    tasks.spawn(plant_.id + " link", [this] { return link_->run(); }, OnEscape::restart);
    tasks.spawn(plant_.id + " dispatch", [this] { return control_->run(); }, OnEscape::restart);
    tasks.spawn(plant_.id + " sampling", [this] { return sampler_->run(anchor_); }, OnEscape::restart);
}

awaitable<void> PlantUnit::close() {
    link_->stop();
    if (emulator_) co_await emulator_->stop();
}

awaitable<void> PlantUnit::connected() {
    while (link_->status().state != plant::LinkState::connected)
        co_await link_changed_.wait();
}

void PlantUnit::on_link(const plant::LinkStatus& status) {
    link_changed_.notify();
    if (control_) control_->wake();
    if (observer_.on_link) observer_.on_link(status);
    const auto key = plant_.id + "/link";
    if (status.state == plant::LinkState::connected) {
        around_.log.info(Channel::control, {.plant = plant_.id}, "connected to {} (session {})",
                         to_string(endpoint_.address), status.session);
        around_.alerts.clear(key, "the link is up again");
    } else if (status.state == plant::LinkState::waiting) {
        // The first, second, fourth, eighth … failure: a plant that is gone for days does not fill the
        // terminal.
        const auto level = std::has_single_bit(static_cast<std::uint64_t>(status.consecutive_failures))
                               ? observe::Level::warning
                               : observe::Level::debug;
        around_.log.log(level, Channel::control, {.plant = plant_.id}, "no link to {}: {} ({} in a row)",
                        to_string(endpoint_.address), status.last_error.message(),
                        status.consecutive_failures);
        around_.alerts.raise(
            key, observe::Severity::warning,
            fmt::format("no link to {}: {}", to_string(endpoint_.address), status.last_error.message()),
            plant_.id);
    } else {
        around_.log.debug(Channel::control, {.plant = plant_.id}, "link {}", link_word(status.state));
    }
}

void PlantUnit::on_exchange(const modbus::Exchange& exchange) {
    metrics_.modbus_requests(static_cast<std::uint8_t>(exchange.function), outcome_of(exchange.outcome))
        .add();
    if (!exchange.outcome || modbus::is_exception(exchange.outcome)) {
        metrics_.modbus_duration.observe(to_seconds(exchange.duration));
        round_trips_.total += exchange.duration;
        ++round_trips_.answers;
    }
    if (exchange.outcome) ++round_trips_.errors;
}

void PlantUnit::on_notice(const control::Notice& notice) {
    const auto weight = weigh(notice.kind);
    around_.log.log(weight.level, Channel::control, {.plant = plant_.id}, "{}", notice.text);
    observe::Event event;
    event.kind = weight.kind;
    event.severity = weight.severity;
    event.plant = plant_.id;
    event.message = notice.text;
    around_.events.emit(std::move(event));
    if (notice.kind == control::NoticeKind::transition) {
        metrics_.set_transition(control::to_string(control_->transition()));
        if (control_->transition() == control::Transition::running) {
            around_.alerts.clear(plant_.id + "/lost_running", "the plant runs again");
        }
    }
    if (notice.kind == control::NoticeKind::lost_running) {
        around_.alerts.raise(plant_.id + "/lost_running", observe::Severity::alarm, notice.text, plant_.id);
    }
    if (notice.kind == control::NoticeKind::unconfirmed) {
        around_.alerts.raise(plant_.id + "/setpoint", observe::Severity::alarm, notice.text, plant_.id);
    }
    if (notice.kind == control::NoticeKind::confirmed_again)
        around_.alerts.clear(plant_.id + "/setpoint", notice.text);
}

void PlantUnit::on_write(const control::PlantControl::WriteEvent& write) {
    const auto& points = link_->map().standard();
    const bool is_p = write.point == points.p_setpoint;
    if (is_p || write.point == points.q_setpoint) {
        metrics_
            .dispatch_writes(is_p ? observe::SignalName::p : observe::SignalName::q,
                             write_outcome(write.outcome))
            .add();
    }
    if (observer_.on_write) observer_.on_write(write);
    if (!around_.log.enabled(observe::Level::info)) return;
    const auto& name = link_->map().point(write.point).name;
    if (write.outcome) {
        around_.log.warning(Channel::dispatch, {.plant = plant_.id}, "{} = {:g} failed ({}): {}", name,
                            write.value, control::to_string(write.source), write.outcome.message());
    } else if (write.reason) {
        const auto& choice = write.reason->choice;
        around_.log.info(
            Channel::dispatch, {.plant = plant_.id}, "{} = {:g} ({}: {} {} version {}{}{})", name,
            write.value, control::to_string(write.source), schedule::to_string(choice.source),
            schedule::to_string(choice.reason), choice.version,
            write.reason->limit == schedule::Limit::none ? "" : ", limited by ",
            write.reason->limit == schedule::Limit::none ? "" : schedule::to_string(write.reason->limit));
    } else {
        around_.log.info(Channel::dispatch, {.plant = plant_.id}, "{} = {:g} ({})", name, write.value,
                         control::to_string(write.source));
    }
}

void PlantUnit::on_sample(const measure::Row& row, const TickStep& step) {
    using measure::Column;
    metrics_.samples(observe::SampleOutcome::ok).add();
    if (step.skipped > 0) {
        metrics_.samples(observe::SampleOutcome::skipped).add(static_cast<double>(step.skipped));
    }
    around_.metrics.sample_lateness.observe(to_seconds(step.lateness));
    metrics_.active_power_setpoint.set(row[Column::p_setpoint]);
    metrics_.active_power_battery.set(row[Column::p_battery]);
    metrics_.active_power_poi.set(row[Column::p_poi]);
    metrics_.reactive_power_setpoint.set(row[Column::q_setpoint]);
    metrics_.reactive_power_battery.set(row[Column::q_battery]);
    metrics_.reactive_power_poi.set(row[Column::q_poi]);
    metrics_.soc_ratio.set(row[Column::soc]);
    metrics_.voltage_kv.set(row[Column::v_poi]);
    if (!std::isnan(row[Column::p_battery]) && !std::isnan(row[Column::q_battery])) {
        control_->measured(step.due, row[Column::p_battery], row[Column::q_battery]);
    }
    std::optional<measure::Reference> reference;
    if (following_) {
        const auto target = setpoints_->target(row.at);
        reference = measure::Reference{target.p.value, target.q.value,
                                       std::max(target.p.choice.since, target.q.choice.since)};
    }
    statistics_.sample(row, reference);
    if (observer_.on_sample) observer_.on_sample(row);
}

awaitable<result<void>> PlantUnit::seed() {
    if (!emulator_) co_return result<void>{};
    double soc = config_.startup.initial_soc_pu;
    std::string source = "startup.initial_soc_pu";
    if (!fresh_start_) {
        const auto recorded = co_await around_.blocking.run(
            [files = files_, directory = config_.general.data_dir, id = plant_.id, zone = zone_] {
                return measure::newest_soc(*files, directory, id, zone);
            });
        if (recorded) {
            soc = *recorded;
            source = "the newest recorded value";
        }
    }
    const auto seeded = emulator_->emulator().seed_soc(soc, source);
    around_.log.info(Channel::sim, {.plant = plant_.id}, "{}", seeded.message);
    if (seeded.status == plant_sim::SeedStatus::error) co_return control::errc::seed_failed;
    co_return result<void>{};
}

}  // namespace hil::app
