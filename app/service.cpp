#include "app/service.hpp"

#include <fmt/format.h>

namespace hil::app {
namespace {

using observe::Channel;

measure::Recorder::Settings recorder_settings(const config::Config& config) {
    measure::Recorder::Settings settings;
    settings.directory = config.general.data_dir;
    settings.period = config.timing.measurement_period;
    settings.write_period = config.timing.measurements_write_period;
    settings.compression = config.compression;
    return settings;
}

}  // namespace

Service::Service(const Surroundings& around, const Setup& setup, schedule::PlanStore& store,
                 std::shared_ptr<measure::FileStore> files, Options options)
    : around_(around),
      setup_(setup),
      store_(store),
      files_(std::move(files)),
      options_(options),
      arbiter_(store, setup.config.startup.schedule_source,
               std::chrono::minutes(setup.config.istentore_api.schedule_period_minutes)),
      live_(setup.config.plants.size()),
      tasks_(around.clock, [this](const TaskFailure& failure) {
          around_.log.error(Channel::control, "task {} failed: {}{}", failure.task, failure.what,
                            failure.restarting ? "; it is started again" : "");
          if (!failure.restarting) broken_ = fmt::format("{}: {}", failure.task, failure.what);
      }) {
    measure::Recorder::Hooks hooks;
    hooks.on_row = [this](std::size_t plant, measure::RowKind kind) {
        auto& metrics = around_.metrics.plant(setup_.plant_ids[plant]);
        if (kind == measure::RowKind::kept) metrics.recorder_rows(observe::RowKind::kept).add();
        if (kind == measure::RowKind::merged) metrics.recorder_rows(observe::RowKind::merged).add();
        if (kind == measure::RowKind::null) metrics.recorder_rows(observe::RowKind::null).add();
    };
    hooks.on_error = [this](std::size_t plant, const std::filesystem::path& file, error_code error) {
        around_.log.error(Channel::measure, {.plant = setup_.plant_ids[plant]},
                          "{} cannot be written: {}; its rows are kept and tried again", file.string(),
                          error.message());
        around_.alerts.raise(setup_.plant_ids[plant] + "/recording", observe::Severity::alarm,
                             fmt::format("{} cannot be written: {}", file.string(), error.message()),
                             setup_.plant_ids[plant]);
    };
    hooks.on_recovered = [this](std::size_t plant) {
        around_.log.info(Channel::measure, {.plant = setup_.plant_ids[plant]},
                         "recording catches up: all waiting rows are written");
        around_.alerts.clear(setup_.plant_ids[plant] + "/recording", "rows are written again");
    };
    hooks.on_dropped = [this](std::size_t plant, std::size_t rows) {
        around_.log.error(Channel::measure, {.plant = setup_.plant_ids[plant]},
                          "{} rows were given up: they could not be written for too long", rows);
    };
    recorder_ = std::make_unique<measure::Recorder>(around.clock, around.blocking, files_, setup.zone,
                                                    recorder_settings(setup.config), setup.plant_ids,
                                                    std::move(hooks));
    Random random(options.seed);
    for (std::size_t i = 0; i < setup.config.plants.size(); ++i) {
        units_.push_back(std::make_unique<PlantUnit>(around, setup.config, setup.zone, i, random.fork(),
                                                     arbiter_, live_, *recorder_, files_, options.anchor,
                                                     options.fresh_start));
    }
    plan_news_ = store.subscribe([this](schedule::PlantIndex plant) { units_[plant]->control().wake(); });
}

Service::~Service() = default;

std::optional<std::string> Service::open() {
    for (const auto& unit : units_) {
        plant_sim::PlantServerOptions options;
        options.period = setup_.config.timing.plant_period;
        options.anchor = options_.anchor;
        options.initial_soc_pu = setup_.config.startup.initial_soc_pu;
        options.on_failure = [this, id = unit->plant().id](const TaskFailure& failure) {
            around_.log.error(Channel::sim, {.plant = id}, "{} failed: {}", failure.task, failure.what);
        };
        if (const auto opened = unit->open(options); !opened) {
            return fmt::format("the emulator of {} cannot listen on {}: {}", unit->plant().id,
                               to_string(unit->endpoint().address), opened.error().message());
        }
    }
    return std::nullopt;
}

void Service::begin() {
    for (const auto& unit : units_)
        unit->begin(tasks_);
    tasks_.spawn("recorder", [this] { return recorder_->run(options_.anchor); }, OnEscape::restart);
    tasks_.spawn("calendar", [this] { return keep_calendar(); }, OnEscape::restart);
}

// What lies behind is forgotten at every local midnight.
awaitable<void> Service::keep_calendar() {
    for (;;) {
        const auto now = around_.clock.wall_now();
        store_.prune(now, setup_.zone);
        const auto midnight = setup_.zone.midnight(next_day(setup_.zone.date(now)));
        co_await around_.clock.sleep_until(around_.clock.instant(midnight));
    }
}

awaitable<Service::StartOutcome> Service::start_plant(std::size_t index, bool record) {
    auto& unit = *units_[index];
    co_await unit.connected();
    // What the plant was doing when it was found is dealt with first.
    co_await unit.control().ready();
    if (record) {
        const auto recording =
            co_await recorder_->start(index, setup_.config.startup.transport_mode, unit.columns());
        if (!recording) {
            around_.log.error(Channel::measure, {.plant = unit.plant().id}, "recording cannot begin: {}",
                              recording.error().message());
            co_return StartOutcome{unit.plant().id, recording.error()};
        }
        live_.recording(index, true, {});
    }
    unit.control().set_gate(true);
    auto result = co_await unit.control().start();
    if (result.error == control::errc::already_running) {
        if (unit.control().desired() == control::Desired::running) {
            result.error = {};  // adopted
        } else {
            // Found running and left so by configuration: from here on it follows the plan from a clean
            // start.
            (void)co_await unit.control().stop();
            unit.control().set_gate(true);
            result = co_await unit.control().start();
        }
    }
    if (!result.error) unit.follow();
    co_return StartOutcome{unit.plant().id, result.error};
}

awaitable<void> Service::stop_recording() {
    for (std::size_t i = 0; i < units_.size(); ++i) {
        units_[i]->unfollow();
        const bool was_on = recorder_->recording(i);
        const auto stopped = co_await recorder_->stop(i);
        if (!stopped) {
            around_.log.error(Channel::measure, {.plant = units_[i]->plant().id},
                              "the recording could not be written to its end: {}", stopped.error().message());
        }
        if (was_on) live_.recording(i, false, {});
    }
}

awaitable<std::vector<Service::StopOutcome>> Service::stop_plants() {
    std::vector<StopOutcome> outcomes(units_.size());
    TaskGroup stops(around_.clock);
    for (std::size_t i = 0; i < units_.size(); ++i) {
        auto& unit = *units_[i];
        unit.unfollow();
        outcomes[i].plant = unit.plant().id;
        const auto& control = unit.control();
        outcomes[i].was_active =
            control.transition() != control::Transition::stopped || control.operating() == true;
        if (!outcomes[i].was_active) {
            unit.control().set_gate(false);
            continue;
        }
        stops.spawn("stop " + unit.plant().id, [&unit, out = &outcomes[i]]() -> awaitable<void> {
            out->result = co_await unit.control().stop();
        });
    }
    co_await stops.join();
    co_return outcomes;
}

awaitable<void> Service::close() {
    tasks_.cancel();
    co_await tasks_.join();
    for (const auto& unit : units_)
        co_await unit->close();
}

}  // namespace hil::app
