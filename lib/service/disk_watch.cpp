#include "service/disk_watch.hpp"

#include "care/disk_forecast.hpp"

#include <fmt/format.h>

#include <optional>
#include <system_error>

namespace hil::service {

awaitable<void> watch_disk(Clock& clock, BlockingExecutor& blocking, Happenings& happenings,
                           std::filesystem::path directory, double days) {
    if (days <= 0) co_return;
    care::DiskForecast forecast;
    bool told = false;
    for (;;) {
        const auto free = co_await blocking.run([directory]() -> std::optional<std::uintmax_t> {
            std::error_code unknown;
            const auto space = std::filesystem::space(directory, unknown);
            return unknown ? std::nullopt : std::optional(space.available);
        });
        if (free) forecast.add(clock.wall_now(), *free);
        const auto left = forecast.days_left();
        // It is over only well beyond: no alert that comes and goes.
        if (left && *left < days) {
            if (!told)
                happenings.notify(
                    Happening::disk_filling,
                    fmt::format("the disk of {} will be full in {:.1f} days: {:.1f} GB are free",
                                directory.string(), *left, static_cast<double>(*free) / 1e9));
            told = true;
        } else if (told && (!left || *left > 1.5 * days)) {
            happenings.notify(Happening::disk_roomy, "the disk does not fill as fast any more");
            told = false;
        }
        co_await clock.io_sleep_for(std::chrono::minutes(1));
    }
}

awaitable<void> tend_old_recordings(Clock& clock, BlockingExecutor& blocking, observe::Log& log,
                                    const Zone& zone, std::filesystem::path directory,
                                    care::KeepRecordings keep) {
    if (keep.compress_days <= 0 && keep.days <= 0) co_return;
    for (;;) {
        const auto today = zone.date(clock.wall_now());
        auto job = [directory, today, keep] { return care::tend_recordings(directory, today, keep); };
        for (const auto& problem : co_await blocking.run(std::move(job)))
            log.warning(observe::Channel::measure, "{}", problem);
        co_await clock.sleep_for(std::chrono::hours(24));
    }
}

}  // namespace hil::service
