#include "simulate/invariants/devices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

namespace hil::simulate {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kept_snapshots = 16;

// The columns as the documentation has them, and the points behind them.
struct Documented {
    std::string_view header;
    std::vector<std::string> points;
};

Documented documented(config::DeviceKind kind) {
    switch (kind) {
        case config::DeviceKind::battery:
            return {
                "timestamp,p_setpoint_kw,battery_active_power_kw,q_setpoint_kvar,battery_reactive_power_kvar,"
                "soc_pu,p_poi_kw,q_poi_kvar,v_poi_kV",
                {"p_setpoint", "p_battery", "q_setpoint", "q_battery", "soc", "p_poi", "q_poi", "v_poi"}};
        case config::DeviceKind::pv:
            return {"timestamp,p_kw,q_kvar,i_l1_a,i_l2_a,i_l3_a,voltage_v,energy_export_kwh,p_available_kw",
                    {"p", "q", "i_l1", "i_l2", "i_l3", "voltage", "energy_export", "p_available"}};
        case config::DeviceKind::load:
            return {"timestamp,p_kw,q_kvar,i_l1_a,i_l2_a,i_l3_a,voltage_v,energy_import_kwh",
                    {"p", "q", "i_l1", "i_l2", "i_l3", "voltage", "energy_import"}};
        case config::DeviceKind::meter:
            break;
    }
    return {"timestamp,p_kw,q_kvar,i_l1_a,i_l2_a,i_l3_a,voltage_v,energy_import_kwh,energy_export_kwh",
            {"p", "q", "i_l1", "i_l2", "i_l3", "voltage", "energy_import", "energy_export"}};
}

// What one of the unit on the wire is in the unit of the column.
double column_units(config::Unit unit) {
    using config::Unit;
    if (unit == Unit::w || unit == Unit::var || unit == Unit::v || unit == Unit::wh) return 1e-3;
    if (unit == Unit::mw || unit == Unit::mvar || unit == Unit::mwh || unit == Unit::phase_kv) return 1e3;
    if (unit == Unit::percent) return 1e-2;
    return 1;
}

double register_value(const config::Point& point, const config::ModbusEndpoint& endpoint,
                      const modbus::Bank& bank) {
    const auto& table = point.register_type == config::RegisterType::input ? bank.input : bank.holding;
    std::uint64_t bits = 0;
    const std::size_t words = point.word_count();
    const auto order = point.word_order.value_or(endpoint.word_order);
    for (std::size_t i = 0; i < words; ++i) {
        const auto at = order == config::WordOrder::msw_first ? i : words - 1 - i;
        auto word = table[point.address + at];
        if (endpoint.byte_order == config::ByteOrder::little)
            word = static_cast<std::uint16_t>(word << 8u | word >> 8u);
        bits = bits << 16u | word;
    }
    double counts = static_cast<double>(bits);
    if (point.format == config::Format::int16) counts = static_cast<std::int16_t>(bits);
    if (point.format == config::Format::int32) counts = static_cast<std::int32_t>(bits);
    if (point.format == config::Format::int64) counts = static_cast<double>(static_cast<std::int64_t>(bits));
    if (point.format == config::Format::float32)
        counts = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    if (point.format == config::Format::float64) counts = std::bit_cast<double>(bits);
    return (counts * point.eng_per_count + point.offset) * column_units(point.unit);
}

bool alike(double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
    return std::abs(a - b) <= 1e-6 + 1e-6 * std::max(std::abs(a), std::abs(b));
}

std::optional<WallTime> instant_of(std::string_view text) {
    const auto zone = Zone::utc();  // rows carry their offset
    const auto at = zone.parse(text);
    return at ? std::optional(*at) : std::nullopt;
}

}  // namespace

DeviceWatch::DeviceWatch(const Clock& clock, const config::Device& device, Settings settings, Fail fail)
    : clock_(clock), device_(device), settings_(settings), fail_(std::move(fail)) {
    auto [header, points] = documented(device.kind);
    header_ = header;
    points_ = std::move(points);
}

DeviceWatch::Values DeviceWatch::read(const modbus::Bank& bank) const {
    Values values;
    values.fill(nothing);
    for (std::size_t i = 0; i < points_.size(); ++i)
        if (const auto* point = device_.local.find(points_[i]))
            values[i] = register_value(*point, device_.local, bank);
    return values;
}

void DeviceWatch::shown(const modbus::Bank& bank) {
    snapshots_.push_back({clock_.wall_now(), read(bank)});
    if (snapshots_.size() > kept_snapshots) snapshots_.pop_front();
}

// In force at some time from `at` up to now.
bool DeviceWatch::held(WallTime at, const Values& values) const {
    for (std::size_t i = snapshots_.size(); i-- > 0;) {
        const bool same = std::ranges::equal(snapshots_[i].values, values, alike);
        if (same) return true;
        if (snapshots_[i].from <= at) return false;  // what was before was not in force any more
    }
    return false;
}

void DeviceWatch::sampled(const measure::Row& row) {
    Values values;
    std::ranges::copy(row.values, values.begin());
    if (!held(row.at, values)) {
        bad(row.at, "a row was taken that its registers did not hold at that time");
        return;
    }
    Taken taken{.at = row.at, .values = {}};
    std::ranges::transform(values, taken.values.begin(), [](double v) { return static_cast<float>(v); });
    taken_.push_back(taken);
}

void DeviceWatch::inspect(const measure::SampleCounters& counters) {
    if (counters.worst_lateness <= settings_.sample_period * 3 / 2) return;
    bad(clock_.wall_now(),
        fmt::format("a sample was begun {:.2f} s late", to_seconds(counters.worst_lateness)));
}

std::size_t DeviceWatch::judge_files(const std::map<std::string, std::string>& files) {
    // As the recordings follow on each other: by date, then by part.
    for (const auto& [path, text] : files) {
        const auto name = path.substr(path.rfind('/') + 1);
        if (name.size() != 13 + device_.id.size() || !name.ends_with("_" + device_.id + ".csv")) continue;
        std::string_view rest = text;
        bool header = true;
        for (std::size_t number = 1; !rest.empty(); ++number) {
            const auto end = rest.find('\n');
            if (end == std::string_view::npos) {
                bad(settings_.grid, name + ": the last line has no end");
                return rows_;
            }
            const auto line = rest.substr(0, end);
            rest.remove_prefix(end + 1);
            if (std::exchange(header, false)) {
                if (line == header_) continue;
                bad(settings_.grid, fmt::format("{}: its first line is {}", name, line));
                return rows_;
            }
            if (!judge_line(fmt::format("{}:{}: ", name, number), line)) return rows_;
        }
    }
    return rows_;
}

bool DeviceWatch::judge_line(const std::string& place, std::string_view line) {
    const auto time = instant_of(line.substr(0, line.find(',')));
    if (!time) return bad(settings_.grid, place + "not a time");
    if (last_ && *time <= *last_) return bad(*time, place + "time does not increase");
    last_ = *time;
    Values values;
    values.fill(nothing);
    bool null = true;
    std::size_t columns = 0;
    for (auto comma = line.find(','); comma != std::string_view::npos; ++columns) {
        const auto next = line.find(',', comma + 1);
        const auto field = line.substr(comma + 1, next == std::string_view::npos ? next : next - comma - 1);
        comma = next;
        if (columns >= most_values || field.empty()) continue;
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), values[columns]);
        if (error != std::errc{} || end != field.data() + field.size())
            return bad(*time, place + "not a row");
        null = false;
    }
    if (columns != points_.size()) return bad(*time, place + "not as many fields as there are columns");
    if (null) return true;
    ++rows_;
    if ((*time - settings_.grid) % settings_.sample_period != Duration::zero())
        return bad(*time, place + "time is not on the grid");
    const auto found = std::ranges::lower_bound(taken_, *time, {}, &Taken::at);
    if (found == taken_.end() || found->at != *time) return bad(*time, place + "no such row was taken");
    for (std::size_t i = 0; i < most_values; ++i) {
        const auto taken = static_cast<double>(found->values[i]);
        // Single precision here, the decimals of a count there.
        const bool same = (std::isnan(taken) && std::isnan(values[i])) ||
                          std::abs(taken - values[i]) <= 1e-3 + 1e-6 * std::abs(taken);
        if (!same) return bad(*time, fmt::format("{}{} was taken where {} stands", place, taken, values[i]));
    }
    return true;
}

bool DeviceWatch::bad(WallTime at, std::string text) {
    fail_({"devices", device_.id, at, std::move(text)});
    return false;
}

std::size_t DeviceWatch::memory() const {
    return taken_.capacity() * sizeof(Taken) + snapshots_.size() * sizeof(Snapshot);
}

}  // namespace hil::simulate
