// The registers that say a plant is run by us: what the verified steps of its start sequence wrote. No I/O.
//
// A local operator or the vendor's cloud may change a mode register while the link is up and `enable` stays;
// the plant then obeys somebody else. A command register that clears itself (0 at the first look after the
// start, or within the time of its step) says nothing of the state and is not watched.
#pragma once

#include "base/time.hpp"
#include "plant/register_map.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hil::control {

class StateWatch {
  public:
    // Of the verified, watched steps of the start sequence but `enable`, which is looked at anyway.
    StateWatch(const config::ModbusEndpoint& endpoint, const plant::RegisterMap& map);

    // To be read with every look at the plant, in this order.
    [[nodiscard]] const std::vector<plant::PointId>& points() const { return points_; }

    // The plant was started here, or taken over: every register is watched again.
    void started(Instant now);
    // What the registers hold, in the order of points(). A sentence when one that is known does not hold what
    // the start wrote.
    [[nodiscard]] std::optional<std::string> lost(std::span<const plant::PointValue> values, Instant now);

  private:
    struct Watched {
        std::string name;
        double value = 0;
        plant::Registers words{};
        Duration time{};  // how long the register may take to show what it was told
        bool clears_itself = false;
    };
    std::vector<plant::PointId> points_;
    std::vector<Watched> watched_;
    std::optional<Instant> started_;
    bool first_look_ = false;
};

}  // namespace hil::control
