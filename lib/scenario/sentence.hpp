// Expectations and what became of them, for people.
#pragma once

#include "base/zone.hpp"
#include "scenario/scenario.hpp"

#include <string>

namespace hil::scenario {

// Times of a scenario as its verdicts show them: "10:00:30" where a scenario lies within one local day
// without a change of the clocks, with date and offset otherwise.
class Face {
  public:
    Face(const Zone& zone, WallTime from, Duration length);

    [[nodiscard]] std::string text(Duration at) const;
    // "link_lost (10:00:30)"
    [[nodiscard]] std::string text(const Moment& moment) const;

  private:
    const Zone& zone_;
    WallTime from_;
    bool short_;
};

// "within 15 s of link_lost (10:00:30) alert lib/link is active"
std::string sentence(const Expectation& expectation, const Face& face);

// "running", "312.5", "yes", "not known"
std::string text(const Value& value);
// "at most 1000", "between 99.5 and 100.5"
std::string text(const Bounds& bounds);

}  // namespace hil::scenario
