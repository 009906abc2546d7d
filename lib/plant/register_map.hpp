// The points of one endpoint, and which requests read a set of them.
#pragma once

#include "config/config.hpp"
#include "plant/codec.hpp"

#include <boost/container/small_vector.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hil::plant {

// Index of a point in its map.
enum class PointId : std::uint16_t {};

// The nine points every plant has.
struct StandardPoints {
    PointId p_setpoint, p_battery, q_setpoint, q_battery, enable, soc, p_poi, q_poi, v_poi;
};

struct PointValue {
    bool known = false;  // false: the device refused to read it
    double value = 0;    // internal units
    Registers words{};   // as they were on the wire
};

// Values in the order of the plan's points.
using Reading = boost::container::small_vector<PointValue, 8>;

// Points grouped into as few FC03 requests as the map and max_gap_registers allow. Points that share
// registers (alias_of) share the read.
struct ReadPlan {
    struct Block {
        std::uint16_t address = 0, count = 0;
    };
    struct Item {
        PointId point{};
        std::uint16_t block = 0, offset = 0;  // which block, and where in it
    };
    std::vector<Block> blocks;
    std::vector<Item> items;  // in the order asked for
};

class RegisterMap {
  public:
    // Precondition: `endpoint` has passed the rules of config (nine points, no unwanted overlap).
    explicit RegisterMap(const config::ModbusEndpoint& endpoint);

    [[nodiscard]] std::optional<PointId> find(std::string_view name) const;
    [[nodiscard]] const Codec& codec(PointId point) const;
    [[nodiscard]] const config::Point& point(PointId point) const;
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] const StandardPoints& standard() const;

    // Points of access w are left out of every plan: they are never read.
    [[nodiscard]] ReadPlan plan(std::span<const PointId> points) const;

  private:
    std::vector<config::Point> points_;
    std::vector<Codec> codecs_;
    StandardPoints standard_{};
    std::uint16_t max_gap_ = 0, max_count_ = 0;
};

}  // namespace hil::plant
