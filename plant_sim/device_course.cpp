#include "plant_sim/device_course.hpp"

#include "base/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>
#include <numbers>
#include <utility>
#include <vector>

namespace hil::plant_sim {
namespace {

std::vector<std::string_view> fields_of(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::vector<std::string_view> fields;
    for (;;) {
        const auto comma = line.find(',');
        fields.push_back(line.substr(0, comma));
        if (comma == std::string_view::npos) return fields;
        line.remove_prefix(comma + 1);
    }
}

// A smooth hill between two hours; 0 outside.
double hill(double hour, double from, double to) {
    if (hour <= from || hour >= to) return 0;
    const double s = std::sin(std::numbers::pi * (hour - from) / (to - from));
    return s * s;
}

}  // namespace

double share_of_day(config::DeviceKind kind, Duration since_midnight) {
    const double hour = to_seconds(since_midnight) / 3600;
    switch (kind) {
        case config::DeviceKind::pv:
            return hill(hour, 6, 18);
        case config::DeviceKind::battery:
            return hill(hour, 18, 22) - hill(hour, 10, 14);
        case config::DeviceKind::load:
        case config::DeviceKind::meter:
            break;
    }
    return std::min(1.0, 0.3 + 0.5 * hill(hour, 6, 10) + 0.7 * hill(hour, 16, 23));
}

std::variant<PowerFile, std::string> read_power_file(const std::filesystem::path& file, const Zone& zone) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream.is_open()) return fmt::format("{} cannot be read", file.string());
    std::string line;
    std::getline(stream, line);
    const auto header = fields_of(line);
    const auto position = [&header](std::string_view name) {
        return static_cast<std::size_t>(std::ranges::find(header, name) - header.begin());
    };
    const auto time = position("timestamp"), power = position("p_kw");
    if (time == header.size() || power == header.size())
        return fmt::format("{}: its first line must have the columns timestamp and p_kw", file.string());
    PowerFile values;
    for (std::size_t number = 2; std::getline(stream, line); ++number) {
        if (line.empty() || line == "\r") continue;
        const auto fields = fields_of(line);
        if (fields.size() != header.size())
            return fmt::format("{}:{}: has {} fields, the first line {}", file.string(), number,
                               fields.size(), header.size());
        const auto at = zone.parse(fields[time]);
        if (!at)
            return fmt::format("{}:{}: timestamp must be a time, got \"{}\"", file.string(), number,
                               fields[time]);
        const auto value = parse_number(fields[power]);
        if (!value || !std::isfinite(*value))
            return fmt::format("{}:{}: p_kw must be a number, got \"{}\"", file.string(), number,
                               fields[power]);
        if (!values.empty() && values.rbegin()->first >= *at)
            return fmt::format("{}:{}: timestamp must be after the one before", file.string(), number);
        values.emplace(*at, *value);
    }
    if (values.empty()) return fmt::format("{} has no values", file.string());
    return values;
}

std::variant<Course, std::string> make_course(const config::Device& device, const Zone& zone) {
    const auto& e = device.emulation;
    switch (e.course) {
        case config::EmulatedCourse::constant:
            return Course([p = e.p_kw](WallTime) { return p; });
        case config::EmulatedCourse::day:
            return Course([p = e.p_kw, kind = device.kind, zone](WallTime at) {
                return p * share_of_day(kind, zone.local(at).since_midnight);
            });
        case config::EmulatedCourse::file:
            break;
    }
    auto read = read_power_file(e.file, zone);
    if (auto* why = std::get_if<std::string>(&read)) return std::move(*why);
    auto values = std::make_shared<const PowerFile>(std::move(std::get<PowerFile>(read)));
    return Course([values](WallTime at) {
        const auto after = values->upper_bound(at);
        return after == values->begin() ? 0.0 : std::prev(after)->second;
    });
}

}  // namespace hil::plant_sim
