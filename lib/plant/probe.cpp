#include "plant/probe.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace hil::plant {
namespace {

constexpr std::string_view neighbour_suffix = "+1";

bool is_neighbour(const config::Point& point) {
    return point.name.ends_with(neighbour_suffix);
}

}  // namespace

bool ProbedPoint::may_be_half() const {
    if (!value.known || !next_word) return false;
    const auto word = value.words[0];
    const bool only_sign = word == 0x0000 || word == 0xFFFF;
    const bool negative = (word & 0x8000) != 0;
    return (only_sign && *next_word != 0x0000) || (negative && *next_word == 0xFFFF);
}

config::ModbusEndpoint with_neighbours(config::ModbusEndpoint endpoint) {
    std::vector<config::Point> neighbours;
    for (const auto& point : endpoint.points) {
        if (point.access == config::Access::write || point.word_count() != 1 || point.address == 0xFFFF)
            continue;
        config::Point next;
        next.name = point.name + std::string(neighbour_suffix);
        next.address = static_cast<std::uint16_t>(point.address + 1);
        next.register_type = point.register_type;
        const auto covers = [&](const config::Point& other) {
            return other.register_type == next.register_type && other.address <= next.address &&
                   next.address < other.address + other.word_count();
        };
        if (std::ranges::none_of(endpoint.points, covers)) neighbours.push_back(std::move(next));
    }
    endpoint.points.insert(endpoint.points.end(), neighbours.begin(), neighbours.end());
    return endpoint;
}

awaitable<std::vector<ProbedPoint>> probe(Link& link) {
    const auto& map = link.map();
    std::vector<ProbedPoint> all;
    for (std::size_t i = 0; i < map.size(); ++i) {
        const auto id = static_cast<PointId>(i);
        const auto& point = map.point(id);
        if (point.access == config::Access::write || is_neighbour(point)) continue;
        ProbedPoint probed;
        probed.point = id;
        const auto batch = map.batch(std::array{id});
        const auto reading = co_await link.read(batch, Priority::sample);
        if (!reading) {
            probed.error = reading.error();
        } else if (reading->front().why == Unknown::refused) {
            probed.error = errc::refused_point;
        } else {
            probed.value = reading->front();
        }
        if (const auto next = map.find(point.name + std::string(neighbour_suffix)); next && !probed.error) {
            const auto next_batch = map.batch(std::array{*next});
            const auto behind = co_await link.read(next_batch, Priority::sample);
            if (behind && behind->front().known) probed.next_word = behind->front().words[0];
        }
        all.push_back(std::move(probed));
    }
    co_return all;
}

}  // namespace hil::plant
