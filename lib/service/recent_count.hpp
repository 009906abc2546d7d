// How often something happened in the last ten minutes, to the minute.
#pragma once

#include "base/time.hpp"

#include <array>
#include <cstdint>

namespace hil::service {

class RecentCount {
  public:
    void add(IoInstant now) {
        auto& slot = slots_[index(now)];
        if (slot.minute != minute(now)) slot = {minute(now), 0};
        ++slot.count;
    }
    [[nodiscard]] std::uint64_t count(IoInstant now) const {
        std::uint64_t sum = 0;
        for (const auto& slot : slots_) {
            if (minute(now) - slot.minute < static_cast<std::int64_t>(slots_.size())) sum += slot.count;
        }
        return sum;
    }

  private:
    struct Slot {
        std::int64_t minute = -1000;
        std::uint64_t count = 0;
    };
    static std::int64_t minute(IoInstant now) {
        return std::chrono::floor<std::chrono::minutes>(now.time_since_epoch()).count();
    }
    static std::size_t index(IoInstant now) { return static_cast<std::size_t>(minute(now)) % 10; }

    std::array<Slot, 10> slots_;
};

}  // namespace hil::service
