#include "plant/register_map.hpp"

#include "modbus/pdu.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace hil::plant {
namespace {

constexpr std::size_t index_of(PointId point) {
    return static_cast<std::size_t>(point);
}

}  // namespace

RegisterMap::RegisterMap(const config::ModbusEndpoint& endpoint, const ModelLimits& limits)
    : parts_(std::make_shared<const Parts>(made(endpoint, limits))) {}

RegisterMap::Parts RegisterMap::made(const config::ModbusEndpoint& endpoint, const ModelLimits& limits) {
    Parts parts;
    parts.points = endpoint.points;
    parts.max_gap = endpoint.max_gap_registers;
    parts.max_count = std::min(endpoint.max_registers, modbus::max_read_registers);
    parts.codecs.reserve(parts.points.size());
    parts.ranges.reserve(parts.points.size());
    for (const auto& point : parts.points) {
        parts.codecs.emplace_back(point, endpoint.byte_order, endpoint.word_order);
        parts.ranges.push_back(plausible_range(point, limits));
    }
    const auto known = [&parts](std::string_view name) {
        const auto found = std::ranges::find(parts.points, name, &config::Point::name);
        return found == parts.points.end() ? no_point : static_cast<PointId>(found - parts.points.begin());
    };
    const auto required = [&](std::string_view name) {
        const auto found = known(name);
        if (found == no_point && !endpoint.watched)
            throw std::invalid_argument("register map without the point " + std::string(name));
        return found;
    };
    parts.standard = {.p_setpoint = required("p_setpoint"),
                      .p_battery = required("p_battery"),
                      .q_setpoint = known("q_setpoint"),
                      .q_battery = known("q_battery"),
                      .enable = required("enable"),
                      .soc = required("soc"),
                      .p_poi = required("p_poi"),
                      .q_poi = known("q_poi"),
                      .v_poi = required("v_poi")};
    return parts;
}

RegisterMap RegisterMaps::get(const config::ModbusEndpoint& endpoint, const ModelLimits& limits) {
    const auto same = [&](const Kept& kept) {
        const auto& e = kept.endpoint;
        return kept.limits == limits && e.points == endpoint.points && e.watched == endpoint.watched &&
               e.byte_order == endpoint.byte_order && e.word_order == endpoint.word_order &&
               e.max_gap_registers == endpoint.max_gap_registers && e.max_registers == endpoint.max_registers;
    };
    const auto found = std::ranges::find_if(kept_, same);
    if (found != kept_.end()) return found->map;
    if (kept_.size() == most) kept_.pop_back();
    kept_.push_front({endpoint, limits, RegisterMap(endpoint, limits)});
    return kept_.front().map;
}

std::optional<PointId> RegisterMap::find(std::string_view name) const {
    const auto found = std::ranges::find(parts_->points, name, &config::Point::name);
    if (found == parts_->points.end()) return std::nullopt;
    return static_cast<PointId>(found - parts_->points.begin());
}

PointId RegisterMap::point_or_none(std::string_view name) const {
    return find(name).value_or(no_point);
}

const Codec& RegisterMap::codec(PointId point) const {
    return parts_->codecs.at(index_of(point));
}

const config::Point& RegisterMap::point(PointId point) const {
    return parts_->points.at(index_of(point));
}

std::size_t RegisterMap::size() const {
    return parts_->points.size();
}

const StandardPoints& RegisterMap::standard() const {
    return parts_->standard;
}

PointId RegisterMap::asked_first() const {
    const auto readable = [](const config::Point& point) { return point.access != config::Access::write; };
    for (const auto id : {parts_->standard.enable, parts_->standard.soc})
        if (id != no_point && readable(point(id))) return id;
    const auto found = std::ranges::find_if(parts_->points, readable);
    return static_cast<PointId>(found - parts_->points.begin());
}

Judged RegisterMap::judge(PointId point, std::span<const std::uint16_t> words,
                          std::optional<double> scale) const {
    return plant::judge(words, codec(point), parts_->ranges[index_of(point)], scale);
}

ReadBatch RegisterMap::batch(std::span<const PointId> points) const {
    ReadBatch batch;
    for (const auto id : points) {
        if (id == no_point || point(id).access != config::Access::write) batch.items.push_back({.point = id});
    }
    for (auto& item : batch.items) {
        if (item.point == no_point) continue;
        const auto scale = find(point(item.point).scale_point);
        if (!scale) continue;
        auto known = std::ranges::find(batch.scales, *scale, &ReadBatch::Item::point);
        if (known == batch.scales.end()) known = batch.scales.insert(known, {.point = *scale});
        item.scale = static_cast<std::uint16_t>(known - batch.scales.begin());
    }
    std::vector<ReadBatch::Item*> by_address;
    for (auto* items : {&batch.items, &batch.scales})
        for (auto& item : *items)
            if (item.point != no_point) by_address.push_back(&item);
    std::ranges::sort(by_address, {}, [this](const ReadBatch::Item* item) {
        const auto& wanted = point(item->point);
        return std::pair(wanted.register_type, wanted.address);
    });

    // Taking each block as far as it goes gives the fewest blocks, as no point is ever split.
    unsigned end = 0;
    for (auto* item : by_address) {
        const auto& wanted = point(item->point);
        const unsigned wanted_end = wanted.address + wanted.word_count();
        const bool joins = !batch.blocks.empty() && batch.blocks.back().table == wanted.register_type &&
                           wanted.address <= end + parts_->max_gap &&
                           wanted_end - batch.blocks.back().address <= parts_->max_count;
        if (joins) {
            end = std::max(end, wanted_end);
        } else {
            batch.blocks.push_back({.table = wanted.register_type, .address = wanted.address});
            end = wanted_end;
        }
        auto& block = batch.blocks.back();
        block.count = static_cast<std::uint16_t>(end - block.address);
        item->block = static_cast<std::uint16_t>(batch.blocks.size() - 1);
        item->offset = static_cast<std::uint16_t>(wanted.address - block.address);
        item->count = wanted.word_count();
    }
    return batch;
}

}  // namespace hil::plant
