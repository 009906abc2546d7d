// The points of one endpoint, and which requests read a set of them.
#pragma once

#include "base/recycled.hpp"
#include "config/config.hpp"
#include "plant/codec.hpp"
#include "plant/plausible.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hil::plant {

// Index of a point in its map.
enum class PointId : std::uint16_t {};
// In the place of a point that the map lacks: read plans keep its place, and its value is never known.
inline constexpr PointId no_point{0xFFFF};

// The points with a meaning to the service. Those of reactive power may be no_point.
struct StandardPoints {
    PointId p_setpoint, p_battery, q_setpoint, q_battery, enable, soc, p_poi, q_poi, v_poi;

    // Whether the plant takes setpoints of reactive power.
    [[nodiscard]] bool dispatches_q() const { return q_setpoint != no_point; }
};

struct PointValue {
    bool known = false;  // false: there is no value, see why
    Unknown why = Unknown::refused;
    double value = 0;   // internal units
    Registers words{};  // as they were on the wire; 0 where the device refused

    // Whether the registers are what the device holds, be it a number that cannot be: what somebody wrote
    // into a setpoint is to be compared and put right, whatever it means.
    [[nodiscard]] bool held() const { return known || why == Unknown::impossible; }
};

// Values in the order of the batch's points. Not within the object: a reading goes through the frames of
// several coroutines, which copy nothing of it and stay small.
using Reading = std::vector<PointValue, Recycled<PointValue>>;

// Points grouped into as few requests as the map and max_gap_registers allow, those of each table for
// themselves. All registers of a value are read by one request. Points that share registers (alias_of) share
// the read.
struct ReadBatch {
    struct Block {
        config::RegisterType table = config::RegisterType::holding;
        std::uint16_t address = 0, count = 0;
    };
    static constexpr std::uint16_t no_block = 0xFFFF;
    struct Item {
        PointId point{};
        std::uint16_t block = no_block, offset = 0;  // which block, none for no_point, and where in it
        std::uint16_t count = 0;                     // registers of the value
        std::optional<std::uint16_t> scale{};        // which of `scales` gives its power of ten
    };
    std::vector<Block> blocks;
    std::vector<Item> items;   // in the order asked for
    std::vector<Item> scales;  // what is read besides: the scale_points of the items, each once
};

// Its parts never change; copies share them.
class RegisterMap {
  public:
    // Precondition: `endpoint` has passed the rules of config (no unwanted overlap; six points, unless it is
    // watched: then any standard point may be no_point).
    explicit RegisterMap(const config::ModbusEndpoint& endpoint, const ModelLimits& limits = {});

    [[nodiscard]] std::optional<PointId> find(std::string_view name) const;
    // The same with no_point where there is none.
    [[nodiscard]] PointId point_or_none(std::string_view name) const;
    // Preconditions: not no_point.
    [[nodiscard]] const Codec& codec(PointId point) const;
    [[nodiscard]] const config::Point& point(PointId point) const;
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] const StandardPoints& standard() const;
    // A point that any device of this map answers to: `enable`, or the state of charge where that is written
    // only; of a watched device the first that can be read.
    [[nodiscard]] PointId asked_first() const;

    // What these registers of a point are worth: judge() with the point's codec and range.
    [[nodiscard]] Judged judge(PointId point, std::span<const std::uint16_t> words,
                               std::optional<double> scale = {}) const;

    // Points of access w are left out of every batch: they are never read.
    [[nodiscard]] ReadBatch batch(std::span<const PointId> points) const;

  private:
    struct Parts {
        std::vector<config::Point> points;
        std::vector<Codec> codecs;
        std::vector<Plausible> ranges;
        StandardPoints standard{};
        std::uint16_t max_gap = 0, max_count = 0;
    };
    static Parts made(const config::ModbusEndpoint& endpoint, const ModelLimits& limits);

    std::shared_ptr<const Parts> parts_;
};

// The maps of many devices, most of which are alike: one of each is kept. What it gives outlives it.
class RegisterMaps {
  public:
    RegisterMap get(const config::ModbusEndpoint& endpoint, const ModelLimits& limits);

  private:
    struct Kept {
        config::ModbusEndpoint endpoint;  // as far as a map depends on it
        ModelLimits limits;
        RegisterMap map;
    };
    std::deque<Kept> kept_;  // the newest first, at most `most`
    static constexpr std::size_t most = 16;
};

}  // namespace hil::plant
