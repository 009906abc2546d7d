#include "service/service.hpp"

#include "config/names.hpp"
#include "measure/file_index.hpp"
#include "service/operator_actions.hpp"
#include "service/site_commands.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace hil::service {
namespace {

using observe::Channel;

// A start that has waited for its plant for so long, unscaled, says so.
constexpr Duration start_timeout = std::chrono::seconds(10);

measure::Recorder::Settings recorder_settings(const config::Config& config) {
    measure::Recorder::Settings settings;
    settings.directory = config.general.data_dir;
    settings.period = config.timing.measurement_period;
    settings.write_period = config.timing.measurements_write_period;
    settings.compression = config.compression;
    return settings;
}

// "enable_failed (enable = 1: the device is busy (exception 6))"
std::string with_cause(const control::Command& ended) {
    std::string why;
    for (const char* member : {"failed_at", "cause"}) {
        const auto* result = ended.result.if_object();
        const auto* found = result == nullptr ? nullptr : result->if_contains(member);
        if (found != nullptr && found->is_string())
            why += (why.empty() ? "" : ": ") + std::string(found->get_string());
    }
    return why.empty() ? ended.message : fmt::format("{} ({})", ended.message, why);
}

}  // namespace

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
                      [this](const TaskFailure& failure) { on_failure(failure); }, [this] { changed(); },
                      &setup.recordings, options.faults, options.write_counts, &shared_},
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
    options.recording = recorder_settings(setup_.config);
    options.history = options_.history;
    options.faults = options_.faults;
    options.shared = &shared_;
    options.on_failure = [this](const TaskFailure& failure) { on_failure(failure); };
    options.on_change = [this] { changed(); };
    devices_ = std::make_unique<WatchedDevices>(context_, setup_, files_, std::move(options),
                                                Random(options_.seed ^ devices_stream), transport_);
}

void Service::make_recorder() {
    clock_set_back_.resize(setup_.plant_ids.size());
    measure::Recorder::Hooks hooks;
    if (options_.history != nullptr) {
        hooks.on_written = [history = options_.history](std::size_t plant, config::TransportMode transport,
                                                        std::vector<measure::Row> rows) {
            history->append(plant, transport, std::move(rows));
        };
    }
    hooks.on_row = [this](std::size_t plant, measure::RowKind kind) {
        auto& metrics = context_.metrics.plant(setup_.plant_ids[plant]);
        if (kind == measure::RowKind::kept) metrics.recorder_rows(observe::RowKind::kept).add();
        if (kind == measure::RowKind::merged) metrics.recorder_rows(observe::RowKind::merged).add();
        if (kind == measure::RowKind::null) metrics.recorder_rows(observe::RowKind::null).add();
        if (kind != measure::RowKind::null) notify_clock_set_back(plant);
    };
    hooks.on_error = [this](std::size_t plant, const std::filesystem::path& file, error_code error) {
        auto text = fmt::format("{} cannot be written: {}", file.string(), error.message());
        context_.happenings.notify(
            Happening::file_not_written, text,
            {.plant = setup_.plant_ids[plant],
             .log = fmt::format("{}; its rows {}", text, ending_ ? "are lost" : "are kept and tried again")});
    };
    hooks.on_recovered = [this](std::size_t plant) {
        context_.happenings.notify(
            Happening::file_written, "rows are written again",
            {.plant = setup_.plant_ids[plant], .log = "recording catches up: all waiting rows are written"});
    };
    hooks.on_silence = [this](bool silent) {
        if (silent) {
            context_.happenings.notify(
                Happening::disk_silent,
                fmt::format("the disk of the recordings has not answered for {:.0f} s: rows "
                            "wait in memory",
                            to_seconds(measure::disk_timeout)));
        } else {
            context_.happenings.notify(Happening::disk_answers, "the disk of the recordings answers again");
        }
    };
    hooks.on_dropped = [this](std::size_t plant, std::size_t rows) {
        context_.happenings.notify(
            Happening::rows_given_up,
            fmt::format("{} rows were given up: they could not be written for too long", rows),
            {.plant = setup_.plant_ids[plant]});
    };
    recorder_ = std::make_unique<measure::Recorder>(context_.clock, context_.blocking, files_, setup_.zone,
                                                    recorder_settings(setup_.config), setup_.plant_ids,
                                                    std::move(hooks));
}

// What becomes of the rows while the wall clock is behind what was recorded before it was set back.
void Service::notify_clock_set_back(std::size_t plant) {
    const auto refusing = recorder_->refusing_until(plant);
    const auto behind = recorder_->behind_until(plant);
    const auto now = refusing ? refusing : behind;
    auto& notified = clock_set_back_[plant];
    const Happenings::About about{.plant = setup_.plant_ids[plant]};
    if (!now) {
        if (std::exchange(notified, std::nullopt))
            context_.happenings.notify(Happening::rows_kept, "recordings go forward again", about);
        return;
    }
    if (notified == now) return;
    notified = now;
    const auto until = setup_.zone.format(*now);
    const auto text =
        refusing ? fmt::format("rows are not recorded until {}: the wall clock was set back", until)
                 : fmt::format(
                       "the wall clock was set back, rows up to {} were recorded before: rows are kept in "
                       "{}",
                       until, recording_file(plant));
    context_.happenings.notify(Happening::rows_refused, text, about);
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

awaitable<control::Command> Service::carry_out(std::string kind, std::string plant, std::string actor,
                                               boost::json::object payload) {
    const auto id =
        commands_->submit(std::move(kind), std::move(plant), std::move(payload), std::move(actor)).id;
    auto ended = co_await commands_->finished(id);
    if (!ended) throw std::logic_error("the record of " + id + " was lost");
    co_return std::move(*ended);
}

// Waits until the plant has answered and what it was doing when it was found has been dealt with, and says so
// when that takes long. False when it did not come to that while the start is tried, or is not wanted any
// more.
awaitable<bool> Service::first_contact(std::size_t index, std::function<bool()> superseded) {
    auto& unit = *units_[index];
    const auto& id = unit.plant().id;
    const Happenings::About about{.plant = id};
    std::string notified;
    Timer notifying(context_.clock.io_timers(), [&] {
        if (superseded()) {
            if (!std::exchange(notified, {}).empty())
                context_.happenings.notify(Happening::start_goes_on, "the start is not wanted any more",
                                           about);
            return;
        }
        notifying.arm_after(start_timeout);
        const auto& link = unit.link().status();
        auto text =
            fmt::format("the start waits: {}", !link.trouble().empty() ? link.trouble()
                                               : link.state == plant::LinkState::connected
                                                   ? "the plant is connected, its registers are not known"
                                                   : "there is no connection yet");
        if (text == notified) return;
        notified = text;
        context_.happenings.notify(Happening::start_waits, std::move(text), about);
    });
    notifying.arm_after(start_timeout);
    const auto timeout = std::max(unit.endpoint().start_retry, start_timeout);
    const auto until = context_.clock.io_now() + timeout;
    const bool met = co_await unit.connected(until) && co_await unit.control().ready(until);
    if ((met || superseded()) && !notified.empty())
        context_.happenings.notify(Happening::start_goes_on,
                                   met ? "the start goes on" : "the start is not wanted any more", about);
    co_return met;
}

awaitable<std::string> Service::start_plant(std::size_t index, bool record, std::string actor) {
    using control::CommandState;
    auto& unit = *units_[index];
    const auto& id = unit.plant().id;
    // Somebody may decide otherwise meanwhile, or change to another endpoint.
    const auto binding = unit.binding();
    const auto decided = binding->control->decisions();
    const auto superseded = [&] {
        return unit.binding() != binding || binding->control->decisions() != decided;
    };
    const bool met = co_await first_contact(index, superseded);
    if (superseded()) co_return "superseded";
    if (!met) {
        const auto trouble = binding->link->status().trouble();
        binding->control->give_up_start(fmt::format("the start is given up: {}",
                                                    trouble.empty() ? "the plant was not reached" : trouble));
        co_return trouble.empty() ? "not_connected" : fmt::format("not_connected ({})", trouble);
    }
    if (record) {
        const auto recording = co_await carry_out("plant.record_start", id, actor);
        if (recording.state != CommandState::succeeded) co_return recording.message;
    }
    if (superseded()) co_return "superseded";
    const auto dispatch = co_await carry_out("plant.dispatch_enable", id, actor);
    if (dispatch.state != CommandState::succeeded) co_return dispatch.message;
    if (superseded()) co_return "superseded";
    auto started = co_await carry_out("plant.start", id, actor);
    if (started.message == "already_running" && unit.control().desired() != control::Desired::running &&
        !unit.control().start_wanted()) {
        // Found running and left so by configuration: from here on it follows the plan from a clean start.
        (void)co_await carry_out("plant.stop", id, actor);
        (void)co_await carry_out("plant.dispatch_enable", id, actor);
        started = co_await carry_out("plant.start", id, actor);
    }
    const bool adopted =
        started.message == "already_running" && unit.control().desired() == control::Desired::running;
    if (started.state != CommandState::succeeded && !adopted) co_return with_cause(started);
    unit.follow();
    co_return "";
}

awaitable<result<void>> Service::start_recording(std::size_t index) {
    const auto begun = co_await recorder_->start(index, transport_, units_[index]->columns());
    if (!begun) {
        context_.log.error(Channel::measure, {.plant = setup_.plant_ids[index]}, "recording cannot begin: {}",
                           begun.error().message());
        co_return begun;
    }
    if (recorder_->recording(index)) live_.recording(index, true, recording_file(index));
    co_return begun;
}

awaitable<result<void>> Service::stop_recording(std::size_t index) {
    const bool was_on = recorder_->recording(index);
    auto stopped = co_await recorder_->stop(index);
    if (!stopped) {
        context_.log.error(Channel::measure, {.plant = setup_.plant_ids[index]},
                           "the recording could not be written to its end{}{}", ending_ ? "" : ": ",
                           ending_ ? "" : stopped.error().message());
    }
    if (was_on) live_.recording(index, false, {});
    co_return stopped;
}

awaitable<void> Service::stop_recording() {
    // All at this instant, however long the disk takes for the first.
    TaskGroup stops(context_.clock);
    for (std::size_t i = 0; i < units_.size(); ++i) {
        units_[i]->unfollow();
        stops.spawn("stop recording", [this, i]() -> awaitable<void> { (void)co_await stop_recording(i); });
    }
    co_await stops.join_or_cancel();
}

std::string Service::recording_file(std::size_t index) const {
    if (const auto file = recorder_->file(index)) return file->filename().string();
    return measure::file_name(
        {setup_.zone.date(context_.clock.wall_now()), setup_.plant_ids[index], transport_});
}

awaitable<std::vector<Service::StopOutcome>> Service::stop_plants(std::string actor, LastStop which) {
    ending_ = true;
    const bool all = which == LastStop::all;
    commands_->wind_down({"estop", "site.stop", "fleet.stop_all", "plant.stop", "plant.dispatch_disable",
                          "plant.record_stop"});
    if (all) safety_->wind_down();
    std::vector<StopOutcome> outcomes(units_.size());
    for (std::size_t i = 0; i < units_.size(); ++i) {
        const auto& control = units_[i]->control();
        outcomes[i].plant = units_[i]->plant().id;
        outcomes[i].was_active =
            all ? commands::may_run(control) : control.state() == control::PlantState::stopping;
    }
    boost::json::object payload;
    if (!all) payload["only_begun"] = true;
    const auto ended = co_await carry_out("site.stop", "", std::move(actor), std::move(payload));
    for (auto& outcome : outcomes) {
        const auto flag = [&](const char* name) {
            boost::system::error_code none;
            const auto* found = ended.result.find_pointer("/per_plant/" + outcome.plant + "/" + name, none);
            return found != nullptr && found->is_bool() && found->get_bool();
        };
        outcome.result.threshold_reached = flag("threshold_reached");
        outcome.result.disable_ok = flag("disable_ok");
        boost::system::error_code none;
        const auto* what = ended.result.find_pointer("/per_plant/" + outcome.plant + "/unconfirmed", none);
        if (what != nullptr && what->is_string()) outcome.result.unconfirmed = what->get_string();
    }
    co_return outcomes;
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
