#include "measure/row.hpp"

#include <algorithm>

namespace hil::measure {

std::array<plant::PointId, column_count> row_points(const plant::RegisterMap& map) {
    const auto& points = map.standard();
    return {points.p_setpoint, points.p_battery, points.q_setpoint, points.q_battery,
            points.soc,        points.p_poi,     points.q_poi,      points.v_poi};
}

std::array<plant::PointId, column_count> row_points(const plant::RegisterMap& map,
                                                    const device::Schema& schema) {
    std::array<plant::PointId, column_count> points;
    points.fill(plant::no_point);
    for (std::size_t i = 0; i < schema.size(); ++i)
        points[i] = map.point_or_none(schema.columns[i].point);
    return points;
}

ColumnFormat column_format(const plant::RegisterMap& map, const device::Schema& schema) {
    ColumnFormat format{.schema = &schema};
    const auto points = row_points(map, schema);
    for (std::size_t i = 0; i < column_count; ++i) {
        format.present[i] = points[i] != plant::no_point;
        if (!format.present[i]) continue;
        const auto& codec = map.codec(points[i]);
        format.decimals[i] = static_cast<std::int8_t>(codec.decimals());
        format.count[i] = codec.count();
        const auto& point = map.point(points[i]);
        if (point.confirmation() == config::Confirm::within)
            format.tolerance[i] = std::max(point.step, point.tolerance);
    }
    return format;
}

ColumnFormat column_format(const plant::RegisterMap& map) {
    return column_format(map, device::battery_schema());
}

ColumnFormat column_format(const config::Device& device, config::TransportMode mode) {
    using enum config::TransportMode;
    const auto other = mode == local ? remote : local;
    return column_format(plant::RegisterMap(device.endpoint(device.has(mode) ? mode : other)),
                         device::schema_of(device.kind));
}

ColumnFormat column_format(const config::Plant& plant, config::TransportMode mode) {
    using enum config::TransportMode;
    const auto other = mode == local ? remote : local;
    return column_format(plant::RegisterMap(plant.endpoint(plant.has(mode) ? mode : other)));
}

}  // namespace hil::measure
