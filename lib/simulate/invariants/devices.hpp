// What a watched device of a simulated site must come out as, held against its registers by code of its own.
//
//   device rows   a row that was taken is what the registers held at some time from its instant on, for as
//   long
//                 as a read may take; a recorded row is one that was taken, in the columns of its kind; times
//                 increase and lie on the grid; what lies between two recorded rows is like them
//   lateness      whatever happens to others, a sample is begun within one and a half periods of its instant
#pragma once

#include "base/clock.hpp"
#include "config/config.hpp"
#include "measure/row.hpp"
#include "measure/sampler.hpp"
#include "modbus/bank.hpp"
#include "simulate/invariants/plant.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace hil::simulate {

class DeviceWatch {
  public:
    struct Settings {
        Duration sample_period{};
        WallTime grid;  // of the samples
    };
    using Fail = std::function<void(Violation)>;
    static constexpr std::size_t most_values = 8;
    using Values = std::array<double, most_values>;  // NaN where there is no point

    // `device` outlives it.
    DeviceWatch(const Clock& clock, const config::Device& device, Settings settings, Fail fail);

    // The registers show something new, or are those of another life of the device.
    void shown(const modbus::Bank& bank);
    // A row was taken.
    void sampled(const measure::Row& row);
    void inspect(const measure::SampleCounters& counters);
    // All files of the site; those of other devices are passed over. Returns the measured rows.
    std::size_t judge_files(const std::map<std::string, std::string>& files);

    [[nodiscard]] const config::Device& device() const { return device_; }
    [[nodiscard]] std::uint64_t samples() const { return taken_.size(); }
    [[nodiscard]] std::size_t memory() const;

  private:
    struct Snapshot {
        WallTime from;
        Values values;
    };
    struct Taken {
        WallTime at;
        std::array<float, most_values> values;
    };

    [[nodiscard]] Values read(const modbus::Bank& bank) const;
    [[nodiscard]] bool held(WallTime at, const Values& values) const;
    bool judge_line(const std::string& place, std::string_view line);
    bool bad(WallTime at, std::string text);

    const Clock& clock_;
    const config::Device& device_;
    Settings settings_;
    Fail fail_;
    std::vector<std::string> points_;  // in the order of the columns
    std::string header_;
    std::deque<Snapshot> snapshots_;  // the latest, oldest first
    std::vector<Taken> taken_;        // in order of time
    std::size_t rows_ = 0;
    std::optional<WallTime> last_;
};

}  // namespace hil::simulate
