#include "config/config.hpp"

#include <algorithm>

namespace hil::config {

const Point* ModbusEndpoint::find(std::string_view name) const {
    const auto found =
        std::find_if(points.begin(), points.end(), [&](const Point& p) { return p.name == name; });
    return found == points.end() ? nullptr : &*found;
}

const Plant* Config::find_plant(std::string_view id) const {
    const auto found = std::find_if(plants.begin(), plants.end(), [&](const Plant& p) { return p.id == id; });
    return found == plants.end() ? nullptr : &*found;
}

}  // namespace hil::config
