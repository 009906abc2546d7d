// What a watched device measured, from its recorded rows: read once, a day at a time.
#include "report/collect.hpp"

#include "device/capability.hpp"
#include "report/episodes.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace hil::report {
namespace {

// One column of stretches in order.
class ColumnPass {
  public:
    void take(double value, Duration time) {
        if (std::isnan(value)) return;
        span_.least = std::isnan(span_.least) ? value : std::min(span_.least, value);
        span_.greatest = std::isnan(span_.greatest) ? value : std::max(span_.greatest, value);
        if (std::isnan(span_.first)) span_.first = value;
        span_.last = value;
        integral_ += value * to_seconds(time);
        known_ += time;
    }
    void finish(DeviceColumn& column) const {
        column.span = span_;
        column.known = known_;
        if (known_ > Duration::zero()) column.span.mean = integral_ / to_seconds(known_);
    }

  private:
    Span span_;
    double integral_ = 0;
    Duration known_{};
};

class DevicePass {
  public:
    DevicePass(const device::Schema& schema, measure::Range range, Duration longest_hold)
        : power_(
              schema.find(schema.kind == config::DeviceKind::battery ? "battery_active_power_kw" : "p_kw")),
          columns_(schema.size()),
          episodes_(range, longest_hold, [this](const Episode& episode) { take(episode); }) {}

    void take(std::span<const measure::Row> rows) { episodes_.take(rows); }
    void finish() { episodes_.finish(); }

    std::vector<ColumnPass>& columns() { return columns_; }
    void put(DevicePart& part) const {
        part.known = known_;
        if (power_known_ <= Duration::zero()) return;
        part.given_kwh = given_;
        part.taken_kwh = taken_;
    }

  private:
    void take(const Episode& episode) {
        if (episode.row == nullptr) return;
        known_ += episode.length();
        for (std::size_t i = 0; i < columns_.size(); ++i)
            columns_[i].take(episode.row->values[i], episode.length());
        const double power = episode.row->values[power_];
        if (std::isnan(power)) return;
        power_known_ += episode.length();
        const double kwh = power * to_seconds(episode.length()) / 3600;
        given_ += std::max(kwh, 0.0);
        taken_ += std::max(-kwh, 0.0);
    }

    std::size_t power_;
    std::vector<ColumnPass> columns_;
    Duration known_{}, power_known_{};
    double given_ = 0, taken_ = 0;
    Episodes episodes_;
};

}  // namespace

DevicePart collect_device(measure::HistoryTables& history, const config::Device& device,
                          const config::Config& config, config::TransportMode transport,
                          measure::Range range) {
    const auto& schema = device::schema_of(device.kind);
    const auto format = measure::column_format(device, transport);
    DevicePart part{
        .id = device.id, .name = device.name, .noun = device::watched(device.kind).noun, .columns = {}};
    const Duration hold = config.compression.max_kept_gap + 2 * config.timing.measurement_period;
    DevicePass pass(schema, range, hold);
    if (const auto extent = history.extent(device.id, transport)) {
        constexpr Duration piece = std::chrono::hours(24);
        const auto end = std::min(range.to + hold, extent->to + Duration{1});
        for (auto from = std::max(range.from - hold, extent->from); from < end; from += piece)
            pass.take(history.rows(device.id, transport, {from, std::min(from + piece, end)}, {}).rows);
    }
    pass.finish();
    pass.put(part);
    part.rows = history.count(device.id, transport, range);
    for (std::size_t i = 0; i < schema.size(); ++i) {
        if (!format.present[i]) continue;
        const auto& column = schema.columns[i];
        auto& out = part.columns.emplace_back(DeviceColumn{column.name, column.unit, column.roll_up, {}, {}});
        pass.columns()[i].finish(out);
    }
    return part;
}

}  // namespace hil::report
