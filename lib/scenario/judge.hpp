// Holds what happens against what was expected. No I/O and no clock: it is told what was seen and when, in
// order of time, and says what became of each expectation.
#pragma once

#include "scenario/scenario.hpp"
#include "scenario/sentence.hpp"

#include <memory>
#include <string>
#include <vector>

namespace hil::scenario {

struct Verdict {
    bool kept = false;
    bool implied = false;
    std::string sentence;  // what was expected
    std::string finding;   // what was seen: "after 3.2 s", "still stopped at 10:00:35"
};

class Judge {
  public:
    // Both outlive the judge.
    Judge(const Scenario& scenario, const Face& face);
    Judge(const Judge&) = delete;
    Judge& operator=(const Judge&) = delete;
    ~Judge();

    // What is to be looked at: see() takes the value of signals()[i]. Each stands there once.
    [[nodiscard]] const std::vector<Signal>& signals() const { return signals_; }

    // A value holds until the next one of the same signal. Times do not decrease.
    void see(Duration at, std::size_t signal, const Value& value);
    // In any order of time: each is held against the windows of its own time.
    void happened(const Occurrence& occurrence);

    // The scenario is over, at `end` at the latest. In the order of the expectations.
    std::vector<Verdict> conclude(Duration end);

  private:
    class Machine;
    class Becomes;
    class Holds;
    class Counts;
    class Command;
    class Growth;

    std::size_t watch(const Signal& signal);

    const Scenario& scenario_;
    const Face& face_;
    std::vector<Signal> signals_;
    std::vector<Value> last_;
    std::vector<std::vector<Machine*>> watchers_;  // by signal
    std::vector<std::unique_ptr<Machine>> machines_;
};

}  // namespace hil::scenario
