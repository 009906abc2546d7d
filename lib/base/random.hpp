// The only source of randomness: seeded, the same on every machine, handed in.
#pragma once

#include <array>
#include <cstdint>

namespace hil {

// xoshiro256** by Blackman and Vigna (2018), seeded through splitmix64.
class Random {
  public:
    explicit Random(std::uint64_t seed);

    std::uint64_t next();
    // [0, 1)
    double uniform();
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    // [0, bound); precondition: bound > 0.
    std::uint64_t below(std::uint64_t bound);
    bool chance(double probability) { return uniform() < probability; }
    // Standard normal distribution.
    double normal();
    // An independent generator, so that one part's draws do not shift another's.
    Random fork() { return Random(next()); }

  private:
    std::array<std::uint64_t, 4> state_{};
};

}  // namespace hil
