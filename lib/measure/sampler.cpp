#include "measure/sampler.hpp"

#include "measure/errors.hpp"
#include "plant/errors.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>

namespace hil::measure {

SampleLayout::SampleLayout(const plant::RegisterMap& map, const device::Schema& schema) {
    const auto points = row_points(map, schema);
    read = map.batch(points);
    for (const auto& item : read.items) {
        // The place of a point that the plant lacks; its value is never known.
        const auto column = std::find(points.begin(), points.end(), item.point);
        columns.push_back(static_cast<std::uint8_t>(column - points.begin()));
    }
}

result<Row> SampleLayout::row(const plant::Reading& reading, WallTime at) const {
    Row row{.at = at, .values = {}, .null = false};
    row.values.fill(unknown);
    bool any = false;
    for (std::size_t i = 0; i < columns.size() && i < reading.size(); ++i) {
        if (!reading[i].known) continue;
        row.values[columns[i]] = reading[i].value;
        any = true;
    }
    if (!any) return plant::errc::refused_point;
    return row;
}

Sampler::Sampler(Clock& clock, std::size_t plant, Duration period, Duration longest_read, SampleLayout layout,
                 Read read, LiveState& live, Recorder& recorder, Hooks hooks)
    : clock_(clock),
      plant_(plant),
      period_(period),
      longest_read_(longest_read),
      layout_(std::move(layout)),
      read_(std::move(read)),
      live_(live),
      recorder_(recorder),
      hooks_(std::move(hooks)) {}

awaitable<void> Sampler::run(Instant anchor) {
    constexpr Duration tolerated = std::chrono::milliseconds(500);
    std::optional<Ticker> ticker(std::in_place, clock_, anchor, period_, Phase::sample);
    for (;;) {
        const TickStep step = co_await ticker->next();
        const Duration jump = clock_.wall(step.due) - step.wall;
        if (std::chrono::abs(jump) > tolerated) {
            ++counters_.clock_steps;
            recorder_.gap(plant_);
            if (hooks_.on_clock_step) hooks_.on_clock_step(jump);
            ticker.emplace(clock_, next_whole_second(clock_), period_, Phase::sample);
            continue;
        }
        counters_.skipped += static_cast<std::uint64_t>(step.skipped);
        counters_.worst_lateness = std::max(counters_.worst_lateness, step.lateness);
        const IoInstant asked = clock_.io_now();
        const auto reading = co_await read_();
        if (!reading) {
            fail(reading.error(), step);
            continue;
        }
        if (clock_.io_now() - asked > longest_read_) {
            fail(errc::values_too_late, step);
            continue;
        }
        const auto row = layout_.row(*reading, step.wall);
        if (!row) {
            fail(row.error(), step);
            continue;
        }
        ++counters_.ok;
        live_.sampled(plant_, *row, step.due);
        recorder_.sample(plant_, *row);
        if (hooks_.on_sample) hooks_.on_sample(*row, step);
    }
}

void Sampler::fail(error_code error, const TickStep& step) {
    ++counters_.failed;
    live_.failed(plant_, error);
    recorder_.gap(plant_);
    if (hooks_.on_failure) hooks_.on_failure(error, step);
}

}  // namespace hil::measure
