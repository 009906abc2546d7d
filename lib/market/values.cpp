#include "market/values.hpp"

#include <cmath>

namespace hil::market {

std::vector<SeriesValue> posted_values(const config::Plant& plant, const measure::Row& row) {
    std::vector<SeriesValue> out;
    if (row.null) return out;
    const auto add = [&](std::string_view metric, std::optional<int> series, double value) {
        if (!series || !std::isfinite(value)) return;
        const double rounded = std::round(value * 1000) / 1000;
        out.push_back({metric, *series, std::isfinite(rounded) ? rounded : value});
    };
    using measure::Column;
    const auto& series = plant.measurement_series;
    add("soc", series.soc, row[Column::soc] * plant.model.capacity_kwh);
    add("p", series.p, row[Column::p_poi] * 1000);
    add("q", series.q, row[Column::q_poi] * 1000);
    add("v", series.v, row[Column::v_poi] * 1000);
    return out;
}

}  // namespace hil::market
