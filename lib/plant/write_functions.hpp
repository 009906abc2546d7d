// Which function writes the registers of a point: 6 or 16. No I/O.
//
// One register is written with 6 and more of them with 16, unless the configuration says otherwise or the
// device turns out to know only the other one. That is tried only where the device says that it does not know
// the function (exception 1), or where it refuses 0 with exception 2 or 3 at a point at which the function
// never succeeded: some say so in this way. So a value that is refused for its own sake never goes out twice.
// What was learnt belongs to the endpoint and outlives its sessions.
#pragma once

#include "base/result.hpp"
#include "config/config.hpp"
#include "plant/register_map.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace hil::plant {

enum class WriteWith : std::uint8_t { single, multiple };

class WriteFunctions {
  public:
    WriteFunctions(config::WriteFunction configured, std::size_t points);

    // What to begin with at a point of so many registers.
    [[nodiscard]] WriteWith first(PointId point, std::size_t registers) const;
    // What to try the same value with after `error`; none: it is refused. `zero`: every register is 0.
    [[nodiscard]] std::optional<WriteWith> other(PointId point, WriteWith used, error_code error,
                                                 bool zero) const;
    void succeeded(PointId point, std::size_t registers, WriteWith used);

  private:
    struct Known {
        std::array<bool, 2> succeeded{};  // by function
        std::optional<WriteWith> usual;   // the first one that succeeded
    };
    config::WriteFunction configured_;
    std::optional<WriteWith> learnt_;  // of points that were not written yet
    std::vector<Known> points_;
};

}  // namespace hil::plant
