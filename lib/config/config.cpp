#include "config/config.hpp"

#include <algorithm>

namespace hil::config {

std::uint16_t Point::word_count() const {
    switch (format) {
        case Format::int16:
        case Format::uint16:
            return 1;
        case Format::int32:
        case Format::uint32:
        case Format::float32:
            return 2;
        case Format::int64:
        case Format::uint64:
        case Format::float64:
            break;
    }
    return 4;
}

const Point* ModbusEndpoint::find(std::string_view name) const {
    const auto found =
        std::find_if(points.begin(), points.end(), [&](const Point& p) { return p.name == name; });
    return found == points.end() ? nullptr : &*found;
}

std::vector<std::string> Config::plants_without(TransportMode mode) const {
    std::vector<std::string> ids;
    for (const auto& plant : plants)
        if (!plant.has(mode)) ids.push_back(plant.id);
    return ids;
}

const Plant* Config::find_plant(std::string_view id) const {
    const auto found = std::find_if(plants.begin(), plants.end(), [&](const Plant& p) { return p.id == id; });
    return found == plants.end() ? nullptr : &*found;
}

}  // namespace hil::config
