#include "device/recorded.hpp"

#include <algorithm>

namespace hil::device {

std::vector<std::string> recorded_ids(const config::Config& config) {
    std::vector<std::string> ids;
    for (const auto& plant : config.plants)
        ids.push_back(plant.id);
    for (const auto& device : config.devices)
        ids.push_back(device.id);
    return ids;
}

const config::Device* find_device(const config::Config& config, std::string_view id) {
    const auto found = std::ranges::find(config.devices, id, &config::Device::id);
    return found == config.devices.end() ? nullptr : &*found;
}

const Schema& recorded_schema(const config::Config& config, std::string_view id) {
    const auto* device = find_device(config, id);
    return device == nullptr ? battery_schema() : schema_of(device->kind);
}

}  // namespace hil::device
