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
    : points_(endpoint.points),
      max_gap_(endpoint.max_gap_registers),
      max_count_(std::min(endpoint.max_registers, modbus::max_read_registers)) {
    codecs_.reserve(points_.size());
    ranges_.reserve(points_.size());
    for (const auto& point : points_) {
        codecs_.emplace_back(point, endpoint.byte_order, endpoint.word_order);
        ranges_.push_back(plausible_range(point, limits));
    }
    const auto required = [this, &endpoint](std::string_view name) {
        const auto found = find(name);
        if (!found && endpoint.watched) return no_point;
        if (!found) throw std::invalid_argument("register map without the point " + std::string(name));
        return *found;
    };
    standard_ = {.p_setpoint = required("p_setpoint"),
                 .p_battery = required("p_battery"),
                 .q_setpoint = point_or_none("q_setpoint"),
                 .q_battery = point_or_none("q_battery"),
                 .enable = required("enable"),
                 .soc = required("soc"),
                 .p_poi = required("p_poi"),
                 .q_poi = point_or_none("q_poi"),
                 .v_poi = required("v_poi")};
}

std::optional<PointId> RegisterMap::find(std::string_view name) const {
    const auto found = std::ranges::find(points_, name, &config::Point::name);
    if (found == points_.end()) return std::nullopt;
    return static_cast<PointId>(found - points_.begin());
}

PointId RegisterMap::point_or_none(std::string_view name) const {
    return find(name).value_or(no_point);
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

PointId RegisterMap::asked_first() const {
    const auto readable = [](const config::Point& point) { return point.access != config::Access::write; };
    for (const auto id : {standard_.enable, standard_.soc})
        if (id != no_point && readable(point(id))) return id;
    const auto found = std::ranges::find_if(points_, readable);
    return static_cast<PointId>(found - points_.begin());
}

Judged RegisterMap::judge(PointId point, std::span<const std::uint16_t> words,
                          std::optional<double> scale) const {
    return plant::judge(words, codec(point), ranges_[index_of(point)], scale);
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
                           wanted.address <= end + max_gap_ &&
                           wanted_end - batch.blocks.back().address <= max_count_;
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
