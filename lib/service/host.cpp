#include "service/host.hpp"

#include "base/local_network.hpp"
#include "device/recorded.hpp"
#include "measure/history_behind.hpp"
#include "measure/history_import.hpp"
#include "measure/history_tables.hpp"
#include "service/descriptor_limit.hpp"
#include "service/disk_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace hil::service {
namespace {

using observe::Channel;

// Links, files, the database and two servers full of clients.
constexpr std::size_t wanted_descriptors = 4096;
// How long a start waits for history to have what is recorded, in unscaled time.
constexpr Duration import_timeout = std::chrono::seconds(5);

std::unique_ptr<Clock> make_clock(asio::io_context& context, const Host::Settings& settings) {
    auto real = std::make_unique<RealClock>(context);
    if (settings.real_time()) return real;
    const auto begin = settings.from.value_or(real->wall_now());
    auto scaled = std::make_unique<ScaledClock>(context, begin, settings.speed);
    if (settings.paused) (void)scaled->set_paused(true);  // a scaled clock can be
    return scaled;
}

observe::LogOptions log_options(const config::Config& config, const Host::Settings& settings) {
    observe::LogOptions log;
    log.directory = config.general.log_dir;
    log.level = observe::parse_level(config.general.log_level).value_or(observe::Level::info);
    log.format = settings.json_log ? observe::LogFormat::json : observe::LogFormat::text;
    log.retention_days = settings.real_time() ? config.retention.logs_days : 0;
    return log;
}

// Beside the sources, or where they were installed.
std::filesystem::path built_pages() {
    const std::filesystem::path beside_sources = HIL_BUILT_PAGES;
    std::error_code ignored;
    if (std::filesystem::exists(beside_sources, ignored)) return beside_sources;
    return "/usr/share/hil-scheduler/www";
}

std::string history_part(measure::SqliteHistory::Work work) {
    using Work = measure::SqliteHistory::Work;
    if (work == Work::storing) return {};
    return work == Work::reading ? "reading" : "removing";
}

std::string history_again(measure::SqliteHistory::Work work) {
    using Work = measure::SqliteHistory::Work;
    if (work == Work::storing) return "history is stored again";
    return work == Work::reading ? "history can be read again" : "old history can be removed again";
}

// Emulators that nobody else has to reach are reached in memory.
std::unique_ptr<Network> make_network(Clock& clock, Network& machine, const config::Config& config) {
    std::set<Endpoint> within;
    if (!config.opens_local_ports()) {
        for (const auto& plant : config.plants)
            if (plant.has_local) within.insert(plant.local.address);
        for (const auto& device : config.devices)
            if (device.has_local) within.insert(device.local.address);
        // Somebody else's, too.
        for (const auto& plant : config.plants)
            if (plant.has_remote) within.erase(plant.remote.address);
        for (const auto& device : config.devices)
            if (device.has_remote) within.erase(device.remote.address);
    }
    return std::make_unique<LocalNetwork>(
        clock, machine, [within = std::move(within)](const Endpoint& at) { return within.contains(at); });
}

}  // namespace

Host::Host(const Setup& setup, std::shared_ptr<measure::FileStore> files, Settings settings)
    : setup_(setup),
      files_(std::move(files)),
      settings_(std::move(settings)),
      clock_(make_clock(context_, settings_)),
      machine_network_(make_tcp_network(*clock_)),
      network_(make_network(*clock_, *machine_network_, setup_.config)),
      blocking_(make_pool(*clock_, 2)),
      history_reader_(make_pool(*clock_, 1)),
      web_blocking_(make_pool(*clock_, 2)),
      storage_watch_(make_pool(*clock_, 1)),
      metrics_(HIL_VERSION),
      plans_(setup.plant_ids),
      drafts_(setup.plant_ids.size()),
      tasks_(*clock_,
             [this](const TaskFailure& failure) {
                 if (log_) log_->error(Channel::control, "task {} failed: {}", failure.task, failure.what);
             }),
      imports_(*clock_, [this](const TaskFailure& failure) {
          if (log_) log_->error(Channel::measure, "task {} failed: {}", failure.task, failure.what);
      }) {}

Host::~Host() = default;

std::optional<std::string> Host::open(const schedule::PlanStore& given, LineListener on_line) {
    metrics_.per_device(setup_.config.per_device_metrics());
    if (auto why = open_log(std::move(on_line))) return why;
    if (auto why = raise_descriptor_limit(wanted_descriptors)) log_->warning(Channel::control, "{}", *why);
    if (auto why = open_database()) return why;
    apply(given);

    const SiteContext context{*clock_,  *network_, *blocking_, *log_,
                              *events_, *alerts_,  metrics_,   *happenings_};
    Service::Options options;
    options.anchor = settings_.from ? clock_->now() : next_whole_second(*clock_);
    options.fresh_start = settings_.from.has_value() || settings_.fresh_charge;
    options.seed = settings_.seed;
    options.real_time = settings_.real_time();
    options.first_command = persistence_->first_command();
    options.drafts = &drafts_;
    options.safety = &persistence_->safety();
    options.history = history_.get();
    options.reasons = reasons_.get();
    options.write_counts = &persistence_->write_counts();
    if (settings_.directory_lost) {
        options.storage_watch = storage_watch_.get();
        options.storage_gone = [lost = settings_.directory_lost, database = persistence_->database()] {
            auto why = lost();
            if (why.empty() && !database->in_place())
                why = "the database, or its log, was deleted, moved or replaced";
            return why;
        };
    }
    service_ = std::make_unique<Service>(context, setup_, plans_, files_, options);
    persistence_->follow(service_->parts().commands);
    auto market = MarketWiring::make(*service_, *persistence_);
    if (auto* why = std::get_if<std::string>(&market)) return std::move(*why);
    market_ = std::move(std::get<0>(market));
    auto desk = make_desk(*service_, *persistence_, *web_blocking_);
    if (auto* why = std::get_if<std::string>(&desk)) return std::move(*why);
    desk_ = std::move(std::get<0>(desk));
    if (auto why = service_->open()) return why;
    return settings_.web ? open_web() : std::nullopt;
}

std::optional<std::string> Host::open_log(LineListener on_line) {
    const auto& directory = setup_.config.general.log_dir;
    std::error_code unwritable;
    std::filesystem::create_directories(directory, unwritable);
    if (unwritable) {
        return fmt::format("the log directory {} cannot be made: {}", directory.string(),
                           unwritable.message());
    }
    log_ = std::make_unique<observe::Log>(*clock_, setup_.zone, log_options(setup_.config, settings_),
                                          *blocking_);
    warnings_ = log_->subscribe([this, on_line = std::move(on_line)](const observe::LogLine& line) {
        if (line.level >= (quiet_ ? observe::Level::error : observe::Level::warning)) on_line(line);
    });
    return std::nullopt;
}

measure::SqliteHistory::Hooks Host::history_hooks() {
    measure::SqliteHistory::Hooks hooks;
    using Work = measure::SqliteHistory::Work;
    hooks.on_error = [this](Work work, const std::string& sentence) {
        happenings_->notify(Happening::history_failed, sentence, {.part = history_part(work)});
    };
    hooks.on_recovered = [this](Work work) {
        happenings_->notify(Happening::history_works, history_again(work), {.part = history_part(work)});
    };
    hooks.on_lost = [this](const std::string& sentence) {
        happenings_->notify(Happening::history_lost, sentence);
    };
    hooks.on_dropped = [this](std::size_t plant, std::size_t rows) {
        happenings_->notify(
            Happening::history_rows_given_up,
            fmt::format("{} rows are left to the next import: the database could not take them", rows),
            {.plant = device::recorded_ids(setup_.config)[plant]});
    };
    hooks.on_failure = [this](const TaskFailure& failure) {
        log_->error(Channel::measure, "task {} failed: {}", failure.task, failure.what);
    };
    return hooks;
}

std::optional<std::string> Host::open_database() {
    const auto& directory = setup_.config.general.data_dir;
    std::function<bool()> in_place;
    if (settings_.directory_lost) in_place = [lost = settings_.directory_lost] { return lost().empty(); };
    auto opened = Persistence::open(*clock_, make_pool(*clock_, 1), directory, std::move(in_place));
    if (auto* why = std::get_if<std::string>(&opened)) return std::move(*why);
    persistence_ = std::move(std::get<0>(opened));
    events_ = std::make_unique<observe::EventLog>(*clock_, 10'000, persistence_->first_event());
    alerts_ = std::make_unique<observe::Alerts>(*clock_, *events_, 1000, persistence_->first_alert());
    alert_news_ = alerts_->subscribe([this](const observe::Alert&) {
        for (const auto severity :
             {observe::Severity::info, observe::Severity::warning, observe::Severity::alarm}) {
            metrics_.alerts_active(observe::to_string(severity))
                .set(static_cast<double>(alerts_->count(severity)));
        }
    });
    lag_ = std::make_unique<observe::LoopLag>(*clock_, metrics_.event_loop_lag);
    happenings_ = std::make_unique<Happenings>(*log_, *events_, *alerts_, metrics_);
    persistence_->follow(*log_, *events_, *alerts_, *happenings_, plans_, drafts_);

    try {
        auto reader =
            std::make_shared<store::Database>(directory / "hil.sqlite", store::Database::ReadOnly{});
        measure::SqliteHistory::Settings kept;
        kept.schema_of = [this](std::string_view id) -> const device::Schema& {
            return device::recorded_schema(setup_.config, id);
        };
        history_ = std::make_unique<measure::SqliteHistory>(
            *clock_,
            measure::SqliteHistory::Connection{
                persistence_->worker(), std::make_shared<measure::HistoryTables>(persistence_->database())},
            measure::SqliteHistory::Connection{*history_reader_,
                                               std::make_shared<measure::HistoryTables>(std::move(reader))},
            device::recorded_ids(setup_.config), std::move(kept), history_hooks());
        journal::Reasons::Hooks reason_hooks;
        reason_hooks.on_error = [this](const std::string& sentence) {
            log_->warning(Channel::dispatch, "{}", sentence);
        };
        reasons_ =
            std::make_unique<journal::Reasons>(*clock_, persistence_->worker(), persistence_->database(),
                                               setup_.plant_ids, setup_.zone, std::move(reason_hooks));
    } catch (const store::DatabaseError& error) {
        return fmt::format("the database in {} cannot be read: {}", directory.string(), error.what());
    }
    return std::nullopt;
}

void Host::apply(const schedule::PlanStore& given) {
    for (schedule::PlantIndex plant = 0; plant < given.plant_count(); ++plant) {
        for (const auto signal : schedule::all_signals) {
            const auto& plan = given.manual(plant, signal);
            if (plan.version == 0) continue;
            plans_.set_manual(plant, signal, plan.series, plan.origin, plan.enabled);
            drafts_.stage(plant, signal, plan.series, plan.origin, clock_->wall_now());
        }
    }
}

std::optional<std::string> Host::open_web() {
    web_ = std::make_unique<WebServers>(
        WebServers::Parts{*service_, *persistence_, *history_, *reasons_, *web_blocking_, files_,
                          [this] { return lag_->last(); }, HIL_VERSION, built_pages(), *desk_});
    return web_->open();
}

awaitable<void> Host::begin() {
    co_await service_->load();
    persistence_->begin(setup_.config.retention.events_days);
    // First of all what the plants are found doing.
    service_->begin();
    // Before anything is recorded, which nobody can ask for yet: what is appended would hide what is missing
    // before it.
    co_await bring_history_up();
    service_->record_devices();
    tasks_.spawn("market", [this] { return market_->run(); }, OnEscape::restart);
    tasks_.spawn("reasons", [this] { return reasons_->run(std::chrono::seconds(5)); }, OnEscape::restart);
    tasks_.spawn("clean-up", [this] { return clean_up(); }, OnEscape::restart);
    tasks_.spawn("alerting", [this] { return desk_->run(); }, OnEscape::restart);
    tasks_.spawn(
        "disk",
        [this] {
            return watch_disk(*clock_, *storage_watch_, *happenings_, setup_.config.general.data_dir,
                              setup_.config.alerts.disk_full_days);
        },
        OnEscape::restart);
    if (settings_.real_time()) {
        const auto& keep = setup_.config.retention;
        tasks_.spawn(
            "old recordings",
            [this, keep = care::KeepRecordings{keep.recordings_compress_days, keep.recordings_days}] {
                return tend_old_recordings(*clock_, *blocking_, *log_, setup_.zone,
                                           setup_.config.general.data_dir, keep);
            },
            OnEscape::restart);
    }
    if (web_) web_->begin();
}

// After a kill. Plants do not wait for long: an import that takes longer goes on beside the run.
awaitable<void> Host::bring_history_up() {
    auto missing = co_await missing_from_history();
    if (missing.empty()) co_return;
    const auto done = std::make_shared<AsyncEvent>(*clock_);
    imports_.spawn("history", [this, done, recordings = std::move(missing)]() -> awaitable<void> {
        co_await import_recordings(recordings);
        done->notify();
    });
    co_await done->wait_io_for(import_timeout);
}

awaitable<std::vector<measure::RecordingFile>> Host::missing_from_history() {
    using Found = result<std::vector<measure::RecordingFile>>;
    const auto days = setup_.config.retention.measurements_days;
    const auto since = days > 0 ? clock_->wall_now() - std::chrono::hours(24) * days : WallTime{};
    std::string problem;
    try {
        auto look = [files = files_, directory = setup_.config.general.data_dir, zone = setup_.zone, since,
                     tables = std::make_shared<measure::HistoryTables>(persistence_->database())]() -> Found {
            return measure::recordings_ahead(*files, directory, *tables, zone, since);
        };
        auto found = co_await persistence_->worker().run(std::move(look));
        if (found) co_return std::move(*found);
        problem = found.error().message();
    } catch (const store::DatabaseError& error) {
        problem = error.what();
    }
    log_->warning(Channel::measure, "whether history has all that is recorded is not known: {}", problem);
    co_return std::vector<measure::RecordingFile>{};
}

// Block by block: others have their turn at the database in between.
awaitable<void> Host::import_recordings(std::vector<measure::RecordingFile> recordings) {
    measure::HistoryImport::Settings settings;
    settings.everything = true;
    settings.pending_rows = false;
    settings.readers = 1;
    measure::HistoryImport import(*clock_, *blocking_, files_, persistence_->worker(),
                                  std::make_shared<measure::HistoryTables>(persistence_->database()),
                                  setup_.zone, std::move(settings));
    const auto report = co_await import.take(std::move(recordings));
    for (const auto& problem : report.problems)
        log_->warning(Channel::measure, "{} is not in history: {}", problem.file.string(), problem.sentence);
    if (report.new_rows > 0)
        log_->info(Channel::measure, "{} rows of {} recordings were missing from history and are there now",
                   report.new_rows, report.files);
}

// Daily, what has gone over its time; 0 days keep it for ever.
awaitable<void> Host::clean_up() {
    const auto& keep = setup_.config.retention;
    for (;;) {
        const auto before = [&](int days) { return clock_->wall_now() - std::chrono::hours(24) * days; };
        if (keep.measurements_days > 0) (void)co_await history_->prune(before(keep.measurements_days));
        if (keep.events_days > 0) (void)co_await reasons_->prune(before(keep.events_days));
        co_await clock_->sleep_for(std::chrono::hours(24));
    }
}

awaitable<void> Host::close() {
    if (web_) co_await web_->stop();
    tasks_.cancel();
    if (market_) market_->close();
    co_await tasks_.join();
    if (desk_) co_await desk_->close();
    if (service_) co_await service_->close();
    co_await imports_.join();
    if (reasons_) (void)co_await reasons_->flush();
    if (history_) {
        (void)co_await history_->flush();
        co_await history_->close();
    }
    if (persistence_) co_await persistence_->close();
    if (log_) co_await log_->close();
}

}  // namespace hil::service
