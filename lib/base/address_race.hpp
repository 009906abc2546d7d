// Which address of a name is tried when, and which first. Pure: it is told the time and what became of each
// attempt.
//
// The attempts start a quarter of a second apart, or closer where all of them would not fit into the time
// there is, so that an address that swallows connections costs little; the first one that is accepted wins
// (RFC 8305, "happy eyeballs"). An attempt that fails lets the next one start at once. The address that was
// good the last time comes first, then both families in turn.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace hil {

class AddressRace {
  public:
    static constexpr Duration longest_stagger = std::chrono::milliseconds(250);

    // `is_v6` of each address in the order of the resolver, which of them was good before, and how much time
    // there is for all of them from `begin` on.
    AddressRace(std::span<const bool> is_v6, std::optional<std::size_t> good_before, Duration begin,
                Duration time);

    // The address to try now, by its place in the resolver's order; none: not now. Call until none.
    [[nodiscard]] std::optional<std::size_t> next(Duration now);
    // When next() has another one, should nothing fail before; none when all have been given out.
    [[nodiscard]] std::optional<Duration> due() const;
    // An attempt ended without a connection.
    void failed() {
        ++failed_;
        hurried_ = true;
    }
    // Every address was tried and none is left that might still answer.
    [[nodiscard]] bool lost() const { return failed_ == order_.size(); }

  private:
    std::vector<std::size_t> order_;
    Duration stagger_;
    Duration due_;
    std::size_t begun_ = 0, failed_ = 0;
    bool hurried_ = false;  // an attempt failed since the last one began
};

}  // namespace hil
