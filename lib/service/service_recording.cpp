// The recordings within the service: how they begin and end, and what is said of them.
#include "measure/file_index.hpp"
#include "service/service.hpp"

#include <fmt/format.h>

#include <utility>

namespace hil::service {

using observe::Channel;

measure::Recorder::Settings Service::recorder_settings() const {
    const auto& config = setup_.config;
    measure::Recorder::Settings settings;
    settings.directory = config.general.data_dir;
    settings.period = config.timing.measurement_period;
    settings.write_period = config.timing.measurements_write_period;
    settings.compression = config.compression;
    return settings;
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
                                                    recorder_settings(), setup_.plant_ids, std::move(hooks));
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

}  // namespace hil::service
