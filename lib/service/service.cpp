#include "service/service.hpp"

#include "config/names.hpp"
#include "service/instants.hpp"
#include "service/operator_actions.hpp"
#include "service/site_commands.hpp"

#include <fmt/format.h>

#include <utility>

namespace hil::service {

using observe::Channel;

Service::Service(const SiteContext& context, const Setup& setup, schedule::PlanStore& store,
                 std::shared_ptr<measure::FileStore> files, Options options)
    : context_(context),
      setup_(setup),
      store_(store),
      files_(std::move(files)),
      options_(options),
      own_drafts_(options.drafts == nullptr ? std::make_unique<schedule::Drafts>(setup.plant_ids.size())
                                            : nullptr),
      drafts_(options.drafts == nullptr ? own_drafts_.get() : options.drafts),
      arbiter_(store, setup.config.startup.schedule_source,
               std::chrono::minutes(setup.config.istentore_api.schedule_period_minutes)),
      live_(setup.config.plants.size()),
      transport_(setup.config.startup.transport_mode),
      shared_(context.clock, context.network, setup.config),
      tasks_(context.clock, [this](const TaskFailure& failure) { on_failure(failure); }) {
    make_safety();
    make_recorder();
    Random random(options.seed);
    for (std::size_t i = 0; i < setup.config.plants.size(); ++i) {
        units_.push_back(std::make_unique<PlantRuntime>(
            context,
            PlantSite{setup.config, setup.zone, arbiter_, *safety_, options.reasons, live_, *recorder_,
                      files_, options.anchor, options.fresh_start,
                      [this](const TaskFailure& failure) { on_failure(failure); },
                      [this, i] { changed(observe::Subject::plant(i)); }, &setup.recordings, options.faults,
                      options.write_counts, &shared_, &maps_,
                      options.real_time ? spread_of(setup.config) : Duration{}},
            i, random.fork(), transport_));
    }
    make_devices();
    plan_news_ = store.subscribe([this](schedule::PlantIndex plant) { units_[plant]->control().wake(); });
    define_commands();
}

Service::~Service() = default;

void Service::define_commands() {
    control::CommandEngine::Hooks hooks;
    hooks.on_failure = [this](const control::Command& command, std::string_view what) {
        context_.log.error(Channel::control, {.plant = command.plant, .correlation = command.id},
                           "{} failed within the program: {}", command.kind, what);
    };
    commands_ = std::make_unique<control::CommandEngine>(
        context_.clock, setup_.plant_ids,
        control::CommandEngine::Options{.first_number = options_.first_command}, std::move(hooks));
    parts_.emplace(SiteParts{context_, setup_, store_, *drafts_, arbiter_, live_, *recorder_, *safety_,
                             *commands_, *devices_});
    command_news_ = commands_->subscribe([this](const control::Command& command) {
        if (command.state == control::CommandState::running) return;
        context_.metrics.commands(command.kind, control::to_string(command.state)).add();
        if (!control::ended(command.state)) return;
        const bool good = command.state == control::CommandState::succeeded;
        context_.log.log(good ? observe::Level::info : observe::Level::warning, Channel::control,
                         {.plant = command.plant, .correlation = command.id}, "{} {}{}{} (asked by {})",
                         command.kind, control::to_string(command.state), command.message.empty() ? "" : ": ",
                         command.message, command.actor);
        context_.events.emit(action_event(command));
    });
    define_plant_commands(*this);
    define_fleet_commands(*this);
    define_switch_commands(*this);
    define_clock_command(*this);
    define_schedule_commands(*this);
    define_market_commands(*this);
    define_safety_commands(*this);
}

void Service::make_devices() {
    constexpr std::uint64_t devices_stream = 0x64657669'63657300;  // shifts no draw of a plant
    WatchedDevices::Options options;
    options.anchor = options_.anchor;
    options.recording = recorder_settings();
    options.history = options_.history;
    options.faults = options_.faults;
    options.shared = &shared_;
    options.on_failure = [this](const TaskFailure& failure) { on_failure(failure); };
    options.on_change = [this](std::size_t device) { changed(observe::Subject::device(device)); };
    devices_ = std::make_unique<WatchedDevices>(context_, setup_, files_, std::move(options),
                                                Random(options_.seed ^ devices_stream), transport_);
}

void Service::on_failure(const TaskFailure& failure) {
    context_.log.error(Channel::control, "task {} failed: {}{}", failure.task, failure.what,
                       failure.restarting ? "; it is started again" : "");
    if (!failure.restarting) broken_ = fmt::format("{}: {}", failure.task, failure.what);
}

std::size_t Service::tasks() const {
    auto count = tasks_.size();
    for (const auto& unit : units_)
        count += unit->tasks();
    return count;
}

std::optional<std::string> Service::open() {
    for (const auto& unit : units_) {
        if (const auto opened = unit->open(); !opened) {
            return fmt::format("the emulator of {} cannot listen on {}: {}", unit->plant().id,
                               to_string(unit->endpoint().address), opened.error().message());
        }
    }
    return devices_->open();
}

void Service::begin() {
    for (const auto& unit : units_)
        unit->begin();
    devices_->begin();
    tasks_.spawn("recorder", [this] { return recorder_->run(options_.anchor); }, OnEscape::restart);
    if (options_.storage_gone && options_.storage_watch != nullptr)
        tasks_.spawn("storage", [this] { return watch_storage(); }, OnEscape::restart);
    tasks_.spawn("calendar", [this] { return keep_calendar(); }, OnEscape::restart);
}

// What lies behind is forgotten at every local midnight.
awaitable<void> Service::keep_calendar() {
    for (;;) {
        const auto now = context_.clock.wall_now();
        store_.prune(now, setup_.zone);
        drafts_->prune(now, setup_.zone);
        const auto midnight = setup_.zone.midnight(next_day(setup_.zone.date(now)));
        co_await context_.clock.sleep_until(context_.clock.instant(midnight));
    }
}

awaitable<void> Service::change_transport(config::TransportMode mode,
                                          std::vector<std::shared_ptr<EndpointRuntime>> next) {
    transport_ = mode;
    TaskGroup changes(context_.clock);
    for (std::size_t i = 0; i < units_.size(); ++i) {
        changes.spawn("change " + units_[i]->plant().id,
                      [&unit = *units_[i], binding = std::move(next[i])] { return unit.change(binding); });
        live_.forget(i);
    }
    changes.spawn("change devices", [this, mode] { return devices_->change(mode); });
    co_await changes.join_or_cancel();
    for (std::size_t i = 0; i < units_.size(); ++i)
        live_.forget(i);
    context_.happenings.notify(Happening::transport_switched,
                               fmt::format("{} transport from now on", config::to_string(mode)));
    changed();
}

void Service::set_source(config::ScheduleSource source) {
    arbiter_.set_source(source);
    for (const auto& unit : units_)
        unit->control().wake();
    context_.happenings.notify(
        Happening::source_switched,
        fmt::format("schedules come from {} from now on",
                    source == config::ScheduleSource::api ? "the market platform" : "the operator"));
    changed();
}

void Service::set_switching(Switching what) {
    switching_ = what;
    changed();
}

awaitable<void> Service::close() {
    co_await commands_->close();
    co_await safety_->close();
    tasks_.cancel();
    co_await tasks_.join();
    for (const auto& unit : units_)
        co_await unit->close();
    co_await devices_->close();
}

}  // namespace hil::service
