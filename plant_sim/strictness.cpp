#include "plant_sim/strictness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace hil::plant_sim {
namespace {

constexpr std::size_t index_of(config::RegisterType type) {
    return static_cast<std::size_t>(type);
}

struct RegisterRange {
    config::RegisterType table = config::RegisterType::holding;
    unsigned first = 0, count = 0;
};

// What a request reads and what it writes; nothing for functions on other tables, which are refused anyway.
struct Reach {
    RegisterRange read, written;
};

Reach reach_of(const modbus::Request& request) {
    using enum modbus::Function;
    const auto holding = config::RegisterType::holding;
    const auto words = static_cast<unsigned>(request.words.size());
    switch (request.function) {
        case read_holding_registers:
            return {{holding, request.address, request.count}, {}};
        case read_input_registers:
            return {{config::RegisterType::input, request.address, request.count}, {}};
        case write_single_register:
        case mask_write_register:
            return {{}, {holding, request.address, 1}};
        case write_multiple_registers:
            return {{}, {holding, request.address, words}};
        case read_write_multiple_registers:
            return {{holding, request.address, request.count}, {holding, request.write_address, words}};
        default:
            return {};
    }
}

}  // namespace

Strictness::Strictness(const config::ModbusEndpoint& endpoint) : unit_id_(endpoint.unit_id) {
    std::vector<const config::Point*> points;
    for (const auto& point : endpoint.points)
        points.push_back(&point);
    std::ranges::sort(points, {}, &config::Point::address);
    for (const auto* point : points) {
        auto& table = tables_[index_of(point->register_type)];
        const unsigned first = point->address, end = first + point->word_count();
        add(table.points, first, end, 0);
        add(table.readable, first, end, endpoint.max_gap_registers);
    }
}

// Those of the points in order of their addresses.
void Strictness::add(Ranges& to, unsigned first, unsigned end, unsigned gap) {
    if (!to.empty() && first <= to.back().end + gap) {
        to.back().end = std::max(to.back().end, end);
    } else {
        to.push_back({first, end});
    }
}

bool Strictness::covers(const Ranges& ranges, unsigned first, unsigned count) {
    if (count == 0) return true;
    return std::ranges::any_of(
        ranges, [&](const Range& range) { return range.first <= first && first + count <= range.end; });
}

std::optional<modbus::errc> Strictness::refusal(const modbus::Request& request) const {
    if (request.unit != unit_id_) return modbus::errc::gateway_target_failed;
    const auto [read, written] = reach_of(request);
    const bool known = covers(tables_[index_of(read.table)].readable, read.first, read.count) &&
                       covers(tables_[index_of(written.table)].points, written.first, written.count);
    if (!known) return modbus::errc::illegal_data_address;
    return std::nullopt;
}

std::string Strictness::reason(const modbus::Request& request) const {
    if (request.unit != unit_id_)
        return fmt::format("unit {} was asked, the device is unit {}", request.unit, unit_id_);
    const auto [read, written] = reach_of(request);
    const auto& at = read.count > 0 ? read : written;
    return fmt::format("{} {} register{} from {} on {}, not all of which belong to points of the map",
                       at.count, at.table == config::RegisterType::input ? "input" : "holding",
                       at.count == 1 ? "" : "s", at.first, read.count > 0 ? "were read" : "were written");
}

}  // namespace hil::plant_sim
