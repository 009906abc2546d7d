#include "plant/register_map.hpp"

#include "modbus/pdu.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>

namespace hil::plant {
namespace {

constexpr std::size_t index_of(PointId point) {
    return static_cast<std::size_t>(point);
}

}  // namespace

RegisterMap::RegisterMap(const config::ModbusEndpoint& endpoint)
    : points_(endpoint.points),
      max_gap_(endpoint.max_gap_registers),
      max_count_(std::min(endpoint.max_registers, modbus::max_read_registers)) {
    codecs_.reserve(points_.size());
    for (const auto& point : points_)
        codecs_.emplace_back(point, endpoint.byte_order, endpoint.word_order);
    const auto required = [this](std::string_view name) {
        const auto found = find(name);
        if (!found) throw std::invalid_argument("register map without the point " + std::string(name));
        return *found;
    };
    standard_ = {.p_setpoint = required("p_setpoint"),
                 .p_battery = required("p_battery"),
                 .q_setpoint = required("q_setpoint"),
                 .q_battery = required("q_battery"),
                 .enable = required("enable"),
                 .soc = required("soc"),
                 .p_poi = required("p_poi"),
                 .q_poi = required("q_poi"),
                 .v_poi = required("v_poi")};
}

std::optional<PointId> RegisterMap::find(std::string_view name) const {
    const auto found = std::ranges::find(points_, name, &config::Point::name);
    if (found == points_.end()) return std::nullopt;
    return static_cast<PointId>(found - points_.begin());
}

const Codec& RegisterMap::codec(PointId point) const {
    return codecs_.at(index_of(point));
}

const config::Point& RegisterMap::point(PointId point) const {
    return points_.at(index_of(point));
}

std::size_t RegisterMap::size() const {
    return points_.size();
}

const StandardPoints& RegisterMap::standard() const {
    return standard_;
}

ReadPlan RegisterMap::plan(std::span<const PointId> points) const {
    ReadPlan plan;
    for (const auto id : points) {
        if (point(id).access != config::Access::write) plan.items.push_back({.point = id});
    }
    std::vector<std::size_t> by_address(plan.items.size());
    std::iota(by_address.begin(), by_address.end(), std::size_t{0});
    const auto address_of = [&](std::size_t item) { return point(plan.items[item].point).address; };
    std::ranges::sort(by_address, {}, address_of);

    // Taking each block as far as it goes gives the fewest blocks, as no point is ever split.
    unsigned end = 0;
    for (const auto item : by_address) {
        const auto& wanted = point(plan.items[item].point);
        const unsigned wanted_end = wanted.address + wanted.word_count();
        const bool joins = !plan.blocks.empty() && wanted.address <= end + max_gap_ &&
                           wanted_end - plan.blocks.back().address <= max_count_;
        if (joins) {
            end = std::max(end, wanted_end);
        } else {
            plan.blocks.push_back({.address = wanted.address});
            end = wanted_end;
        }
        auto& block = plan.blocks.back();
        block.count = static_cast<std::uint16_t>(end - block.address);
        plan.items[item].block = static_cast<std::uint16_t>(plan.blocks.size() - 1);
        plan.items[item].offset = static_cast<std::uint16_t>(wanted.address - block.address);
    }
    return plan;
}

}  // namespace hil::plant
