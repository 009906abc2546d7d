// How often a day a setpoint register may be written, for devices whose memory wears out. No I/O.
#pragma once

#include <cstdint>
#include <optional>

namespace hil::control {

// What was counted, to go on with after a restart.
struct WriteCount {
    std::int64_t day = 0;  // days since 1970 on the site's calendar
    int writes = 0;
    friend bool operator==(const WriteCount&, const WriteCount&) = default;
};

class WriteBudget {
  public:
    enum class Level : std::uint8_t { plenty, low, spent };  // low: four fifths are used

    // No limit where `most` is none.
    explicit WriteBudget(std::optional<int> most) : most_(most) {}

    void restore(const WriteCount& count);
    // Counts a write that was sent.
    void wrote(std::int64_t day);
    [[nodiscard]] Level level(std::int64_t day) const;
    // What may be written in place of `wanted` where the register holds `held`; none: nothing. With the
    // budget spent that is 0, or less of what is there; a value of the other sign becomes 0. `held` is none
    // where nobody knows.
    [[nodiscard]] std::optional<double> allow(double wanted, std::optional<double> held,
                                              std::int64_t day) const;

    [[nodiscard]] const WriteCount& count() const { return count_; }
    [[nodiscard]] std::optional<int> most() const { return most_; }

  private:
    std::optional<int> most_;
    WriteCount count_;
};

}  // namespace hil::control
