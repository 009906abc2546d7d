// Memory of a simulated site: what is neither recorded nor remembered for judging must not grow.
//
//   flat   the heap, less recordings and what the watches keep, stays within a few megabytes of its first
//   hour
#pragma once

#include <cstddef>
#include <optional>

namespace hil::simulate {

class MemoryWatch {
  public:
    static constexpr std::size_t allowed_growth = 6u << 20u;

    // Bytes in use now beyond the first reading, `accounted` left out; 0 where the platform cannot tell.
    [[nodiscard]] std::size_t growth(std::size_t accounted);

  private:
    std::optional<std::ptrdiff_t> first_;
};

}  // namespace hil::simulate
