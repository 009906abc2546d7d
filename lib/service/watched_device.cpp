#include "service/watched_device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

namespace hil::service {
namespace {

using observe::Channel;

// The answer itself, and those before it in the turn of the connection.
Duration longest_device_read(const config::ModbusEndpoint& endpoint) {
    return 3 * endpoint.timeout;
}

}  // namespace

WatchedDevice::WatchedDevice(const SiteContext& context, Site site, std::size_t index, Random random,
                             config::TransportMode mode)
    : context_(context),
      site_(std::move(site)),
      index_(index),
      device_(site_.config.devices[index]),
      random_(random),
      mode_(mode),
      columns_(measure::column_format(device_, mode)) {
    for (const auto& column : schema().columns)
        gauges_.push_back(context_.metrics.device_value(device_.id, column.quantity, column.unit));
    bind(mode);
}

void WatchedDevice::bind(config::TransportMode mode) {
    mode_ = mode;
    bound_.reset();
    columns_ = measure::column_format(device_, mode);
    if (!device_.has(mode)) return;
    bound_ = std::make_shared<Bound>(context_.clock, site_.on_failure);
    auto& bound = *bound_;
    bound.endpoint = &device_.endpoint(mode);
    // On the site's own grid, whenever that is.
    bound.anchor = site_.anchor;
    const auto& timing = site_.config.timing;
    if (const auto late = context_.clock.now() - site_.anchor; late > Duration{}) {
        const auto grid = std::max(timing.measurement_period, timing.plant_period);
        bound.anchor += (late / grid + 1) * grid;
    }
    plant::LinkHooks hooks;
    hooks.on_change = [this](const plant::LinkStatus& status) { on_link(status); };
    hooks.on_trouble = [this](const plant::LinkStatus&) { site_.on_change(); };
    bound.link = std::make_unique<plant::Link>(
        context_.clock, context_.network, random_.fork(), *bound.endpoint, std::move(hooks),
        plant::ModelLimits{},
        site_.shared == nullptr ? nullptr : site_.shared->line(mode, bound.endpoint->address));
    measure::SampleLayout plan(bound.link->map(), schema());
    auto read = [link = bound.link.get(), blocks = plan.read] {
        return link->read(blocks, plant::Priority::sample, plant::Link::this_instant);
    };
    measure::Sampler::Hooks sampling;
    sampling.on_sample = [this](const measure::Row& row, const TickStep& step) { on_sample(row, step); };
    sampling.on_failure = [this](error_code error, const TickStep&) { on_failure(error); };
    bound.sampler = std::make_unique<measure::Sampler>(
        context_.clock, index_, timing.measurement_period, longest_device_read(*bound.endpoint),
        std::move(plan), std::move(read), site_.live, site_.recorder, std::move(sampling));
}

std::optional<std::string> WatchedDevice::open() {
    if (!bound_ || mode_ != config::TransportMode::local) return std::nullopt;
    plant_sim::DeviceServerOptions options;
    options.period = site_.config.timing.plant_period;
    options.anchor = bound_->anchor;
    options.initial_soc_pu = site_.config.startup.initial_soc_pu;
    options.faults = site_.faults;
    options.on_failure = [this](const TaskFailure& failure) {
        context_.log.error(Channel::sim, {.plant = device_.id}, "{} failed: {}", failure.task, failure.what);
    };
    if (site_.shared != nullptr) {
        auto gateway = site_.shared->gateway(bound_->endpoint->address);
        if (!gateway)
            return fmt::format("the emulated gateway of {} cannot listen on {}: {}", device_.id,
                               to_string(bound_->endpoint->address), gateway.error().message());
        options.gateway = std::move(*gateway);
    }
    auto served = plant_sim::DeviceServer::open(context_.clock, context_.network, device_, *bound_->endpoint,
                                                site_.zone, std::move(options));
    if (auto* why = std::get_if<std::string>(&served)) return std::move(*why);
    bound_->emulator = std::move(std::get<0>(served));
    if (observer_.on_emulator) observer_.on_emulator(bound_->emulator->emulator());
    return std::nullopt;
}

void WatchedDevice::begin() {
    if (!bound_) return;
    auto& bound = *bound_;
    bound.tasks.spawn(device_.id + " link", [&bound] { return bound.link->run(); }, OnEscape::restart);
    bound.tasks.spawn(
        device_.id + " sampling", [&bound] { return bound.sampler->run(bound.anchor); }, OnEscape::restart);
}

awaitable<void> WatchedDevice::end() {
    const auto bound = bound_;
    if (!bound) co_return;
    bound->tasks.cancel();
    co_await bound->tasks.join();
    bound->link->stop();
    if (bound->emulator) co_await bound->emulator->stop();
    const auto& counted = bound->sampler->counters();
    past_.ok += counted.ok;
    past_.failed += counted.failed;
    past_.skipped += counted.skipped;
    past_.clock_steps += counted.clock_steps;
    past_.worst_lateness = std::max(past_.worst_lateness, counted.worst_lateness);
}

awaitable<void> WatchedDevice::close() {
    co_await end();
}

awaitable<void> WatchedDevice::change(config::TransportMode mode) {
    co_await end();
    context_.happenings.over({.alarm = Alarm::link, .plant = device_.id, .part = {}},
                             "another transport is in use");
    show(nullptr);
    bind(mode);
    if (auto why = open()) context_.log.error(Channel::sim, {.plant = device_.id}, "{}", *why);
    begin();
    site_.on_change();
}

const measure::SampleCounters& WatchedDevice::counters() const {
    return bound_ ? bound_->sampler->counters() : past_;
}

void WatchedDevice::on_link(const plant::LinkStatus& status) {
    site_.on_change();
    const Happenings::About about{.plant = device_.id};
    const auto address = to_string(bound_->endpoint->address);
    if (status.state == plant::LinkState::connected) {
        context_.happenings.notify(Happening::link_up, fmt::format("connected to {}", address), about);
    } else if (status.state == plant::LinkState::waiting) {
        // As of a plant: one that is gone for days does not fill the log.
        const bool told = !std::has_single_bit(static_cast<std::uint64_t>(status.consecutive_failures));
        Happenings::About lost = about;
        if (told) lost.level = observe::Level::debug;
        context_.happenings.notify(Happening::link_lost,
                                   fmt::format("no link to {}: {}", address, status.trouble()), lost);
    }
}

void WatchedDevice::on_sample(const measure::Row& row, const TickStep& step) {
    context_.metrics.sample_lateness.observe(to_seconds(step.lateness));
    show(&row);
    if (observer_.on_sample) observer_.on_sample(row);
}

void WatchedDevice::on_failure(error_code error) {
    show(nullptr);
    if (observer_.on_sample_failure) observer_.on_sample_failure(error);
}

// A value that is not known is no value.
void WatchedDevice::show(const measure::Row* row) {
    for (std::size_t i = 0; i < gauges_.size(); ++i) {
        if (row == nullptr || std::isnan(row->values[i]))
            gauges_[i].unset();
        else
            gauges_[i].set(row->values[i]);
    }
}

}  // namespace hil::service
