// Takes the sample of one device, period by period: every sample goes to the live state, and to the recorder,
// which keeps it while a session is on. One that fails leaves the live state stale and a gap in the
// recording. So does one whose values came so late that they say nothing of its instant: better no row than
// one that is dated wrongly.
#pragma once

#include "base/clock.hpp"
#include "base/ticker.hpp"
#include "measure/live_state.hpp"
#include "measure/recorder.hpp"
#include "measure/row.hpp"
#include "plant/register_map.hpp"

#include <cstdint>
#include <functional>

namespace hil::measure {

// Which points a sample reads and where in the row each goes.
struct SampleLayout {
    plant::ReadBatch read;
    std::vector<std::uint8_t> columns;  // of the row, by item of `read`

    explicit SampleLayout(const plant::RegisterMap& map,
                          const device::Schema& schema = device::battery_schema());
    // A point the device refuses is NaN in the row; when it refuses all, errc::refused_point of plant.
    [[nodiscard]] result<Row> row(const plant::Reading& reading, WallTime at) const;
};

struct SampleCounters {
    std::uint64_t ok = 0, failed = 0;
    std::uint64_t skipped = 0;      // steps that could not be taken in time
    Duration worst_lateness{};      // of a step taken, in site time
    std::uint64_t clock_steps = 0;  // times the wall clock was found set
};

class Sampler {
  public:
    // Reads the points of the layout once: Link::read(layout.read, Priority::sample).
    using Read = std::function<awaitable<result<plant::Reading>>()>;

    struct Hooks {
        // Every sample taken, after the live state and the recorder have it.
        std::function<void(const Row&, const TickStep&)> on_sample;
        std::function<void(error_code, const TickStep&)> on_failure;
        // The wall clock jumped by so much; sampling goes on on a new grid.
        std::function<void(Duration)> on_clock_step;
    };

    // `longest_read`, in unscaled time: values that take longer to come are errc::values_too_late.
    Sampler(Clock& clock, std::size_t plant, Duration period, Duration longest_read, SampleLayout layout,
            Read read, LiveState& live, Recorder& recorder, Hooks hooks = {});

    // Samples at anchor + k·period until cancelled. Rows carry the time of their step. When the wall clock is
    // found more than half a second off the grid, the grid starts anew at its next whole second.
    awaitable<void> run(Instant anchor);

    [[nodiscard]] const SampleCounters& counters() const { return counters_; }

  private:
    void fail(error_code error, const TickStep& step);

    Clock& clock_;
    std::size_t plant_;
    Duration period_, longest_read_;
    SampleLayout layout_;
    Read read_;
    LiveState& live_;
    Recorder& recorder_;
    Hooks hooks_;
    SampleCounters counters_;
};

}  // namespace hil::measure
