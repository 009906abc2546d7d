// What the market platform planned for one plant of a simulated site, version by version, and which of it the
// service may work with: remembered by who judges the dispatch, so that a mistake of the fetcher, the plan
// store or the arbiter is seen.
#pragma once

#include "base/time.hpp"

#include <boost/container/small_vector.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace hil::simulate {

class BaseMemory {
  public:
    static constexpr Duration period = std::chrono::minutes(15);  // a row is good for so long
    using Values = boost::container::small_vector<double, 8>;     // kW

    // `count` periods from `begin`, which nothing is known of.
    BaseMemory(WallTime begin, std::size_t count) : begin_(begin), cells_(count) {}

    [[nodiscard]] WallTime begin_of(std::size_t index) const {
        return begin_ + static_cast<std::int64_t>(index) * period;
    }
    [[nodiscard]] std::size_t size() const { return cells_.size(); }

    // From now on the platform says this about a period. What it never said anything about is 0.
    void publish(std::size_t index, double kw);
    [[nodiscard]] std::optional<double> newest(std::size_t index) const;

    // An answer with the periods that begin in [first, last] as they are now reaches the service at `when`.
    void delivered(WallTime when, WallTime first, WallTime last);
    // The service that knew it is gone; the next one has to ask again.
    void forget();

    // All that may be dispatched at this instant, not long ago: the versions since the one that was
    // delivered, and 0 while none was.
    [[nodiscard]] Values values(WallTime at) const;

  private:
    struct Holding {
        std::size_t oldest = 0;  // of the versions the service may still hold
        bool held = false;       // it holds one
        friend bool operator==(const Holding&, const Holding&) = default;
    };
    struct Cell {
        boost::container::small_vector<double, 2> versions;
        Holding now, before;
        WallTime since;  // of `now`
    };

    WallTime begin_;
    std::vector<Cell> cells_;
};

}  // namespace hil::simulate
