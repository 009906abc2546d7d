// The writes of a stop, which of them are confirmed, and what is to be written next. No I/O.
//
// A write is confirmed by its acknowledgement; `enable` and the steps that are verified by their register,
// once it holds the value (a register may take its time to show it). What is not confirmed is due again: at
// once after a refusal or a lost answer, then after longer and longer pauses, without end.
#pragma once

#include "base/backoff.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "plant/register_map.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hil::control {

class OwedStop {
  public:
    struct Write {
        plant::PointId point{};
        double value = 0;
        bool read_back = false;  // confirmed by its register, not by the acknowledgement
        Duration time{};         // how long the register may take to show it
        bool zero = false;       // of a setpoint; the rest disables the plant
    };
    static constexpr Duration first_pause = std::chrono::milliseconds(250);
    static constexpr Duration longest_pause = std::chrono::seconds(5);

    explicit OwedStop(std::vector<Write> writes);

    [[nodiscard]] const std::vector<Write>& writes() const { return writes_; }
    // The device's answer to one of them, or why there was none.
    void written(std::size_t index, error_code outcome, Instant now);
    // Whether the register of a point held, when it was read, what the last write of it is (last()).
    void seen(plant::PointId point, bool holds, Instant now);
    [[nodiscard]] const Write* last(plant::PointId point) const;
    // The plant is another one now, after a reconnect: everything is to be written again.
    void begin_again();

    // What is to be written now, in order. Empty while what was acknowledged may yet show, or all is
    // confirmed.
    [[nodiscard]] std::vector<std::size_t> due(Instant now) const;
    // How long to wait before looking again, after a round that did not confirm everything.
    [[nodiscard]] Duration pause() { return backoff_.next(); }

    [[nodiscard]] bool zeroed() const;
    [[nodiscard]] bool disabled() const;
    [[nodiscard]] bool confirmed() const;
    // The last write of a point; false for a point that is none of the stop's.
    [[nodiscard]] bool confirmed(plant::PointId point) const;
    // How many zeros were acknowledged; the answer to the last one that was not.
    [[nodiscard]] int acknowledged_zeros() const;
    [[nodiscard]] error_code zero_failure() const;
    // A write was tried, or its time to show is over, and it is not confirmed.
    [[nodiscard]] bool failed(Instant now) const;
    // The first write that is not confirmed; none when all are.
    [[nodiscard]] std::optional<std::size_t> open() const;
    // Why: the device's answer; success while it was acknowledged and does not show.
    [[nodiscard]] error_code outcome(std::size_t index) const { return states_[index].outcome; }
    // What was confirmed may have been overtaken: it counts again when it is seen again.
    void doubt(plant::PointId point, Instant now);
    // The device refuses a zero again and again, for good, and does not run: nothing more can be done about
    // it.
    void settle_refused_zeros();
    static constexpr unsigned for_good = 5;

  private:
    struct State {
        error_code outcome;
        std::optional<Instant> acknowledged;
        bool tried = false;
        unsigned refusals = 0;  // in a row
        bool confirmed = false;
    };
    std::vector<Write> writes_;
    std::vector<State> states_;
    Backoff backoff_;
};

}  // namespace hil::control
