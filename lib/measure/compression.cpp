#include "measure/compression.hpp"

#include "base/mutation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace hil::measure {
namespace {

// A battery's are configured, those of other kinds belong to their columns.
std::array<double, column_count> tolerances_of(const config::Tolerances& t, const device::Schema& schema) {
    if (schema.kind == config::DeviceKind::battery)
        return {t.p_setpoint_kw,   t.battery_active_power_kw,
                t.q_setpoint_kvar, t.battery_reactive_power_kvar,
                t.soc_pu,          t.p_poi_kw,
                t.q_poi_kvar,      t.v_poi_kV};
    std::array<double, column_count> tolerances{};
    std::ranges::transform(schema.columns, tolerances.begin(), &device::Column::tolerance);
    return tolerances;
}

}  // namespace

Compression::Compression(const config::Compression& rule, const ColumnFormat& format)
    : enabled_(rule.enabled), max_kept_gap_(rule.max_kept_gap), present_(format.present) {
    const auto tolerances = tolerances_of(rule.tolerances, *format.schema);
    for (std::size_t i = 0; i < column_count; ++i) {
        limit_[i] = tolerances[i] + format.count[i] / 1000;
        // Two floats a tolerance apart are each rounded; two equal ones are equal.
        const bool rounded = format.count[i] == 0 && tolerances[i] > 0;
        relative_[i] = rounded ? std::numeric_limits<float>::epsilon() : 0;
    }
}

bool Compression::similar(const Row& a, const Row& b) const {
    if (a.null || b.null) return false;
    for (std::size_t i = 0; i < column_count; ++i) {
        // A column of nothing compares with nothing; what another maker wrote into it does count.
        if (!present_[i] && std::isnan(a.values[i]) && std::isnan(b.values[i])) continue;
        double limit = limit_[i];
        if (relative_[i] != 0) limit += relative_[i] * std::max(std::abs(a.values[i]), std::abs(b.values[i]));
        if (!(std::abs(a.values[i] - b.values[i]) <= limit)) return false;  // NaN is similar to nothing
    }
    return true;
}

void Compression::emit(const Row& row) {
    outcome_.final[outcome_.final_count++] = row;
}

const Compression::Outcome& Compression::push(const Row& row) {
    outcome_.final_count = 0;
    outcome_.verdict = row.null ? Verdict::null : Verdict::kept;
    if (!enabled_) {
        emit(row);
        return outcome_;
    }
    if (!row.null && reference_ && row.at - reference_->at <= max_kept_gap_ && similar(*reference_, row)) {
        if (pending_) {
            outcome_.verdict = Verdict::merged;
        } else {
            reference_ = row;
        }
        pending_ = row;
        return outcome_;
    }
    if (pending_ && !mutated(Mutation::pending_row_lost)) emit(*pending_);
    pending_.reset();
    emit(row);
    if (row.null) {
        reference_.reset();
    } else {
        reference_ = row;
    }
    return outcome_;
}

std::optional<Row> Compression::finish() {
    reference_.reset();
    return std::exchange(pending_, std::nullopt);
}

}  // namespace hil::measure
