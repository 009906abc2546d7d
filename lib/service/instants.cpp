#include "service/instants.hpp"

#include <algorithm>

namespace hil::service {

Duration spread_of(const config::Config& config) {
    if (config.plants.size() + config.devices.size() < spread_from) return {};
    const auto& timing = config.timing;
    const auto shortest = std::min({timing.measurement_period, timing.scheduler_period, timing.plant_period});
    return std::min<Duration>(shortest / 2, std::chrono::milliseconds(500));
}

Duration offset_of(std::size_t index, std::size_t count, Duration spread) {
    if (count == 0) return {};
    // Whole milliseconds: the time of a row is written in them.
    return std::chrono::floor<std::chrono::milliseconds>(spread * static_cast<Duration::rep>(index) /
                                                         static_cast<Duration::rep>(count));
}

}  // namespace hil::service
