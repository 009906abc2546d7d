// When what is asked of the platform, and how complete a day is. Pure: it is told the time and the answers.
#pragma once

#include "base/backoff.hpp"
#include "base/zone.hpp"
#include "market/market.hpp"
#include "schedule/window.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hil::market {

// Delivery periods of the platform are quarters of an hour: 92, 96 or 100 a day.
inline constexpr Duration delivery_period = std::chrono::minutes(15);
// A day that is complete is asked for again this often: plans are corrected.
inline constexpr Duration refresh_period = std::chrono::minutes(15);

int expected_periods(LocalDate date, const Zone& zone);
// How many periods of the day have a row.
int count_periods(std::span<const schedule::MarketRow> rows, const schedule::Window& day);

// `newer` replaces rows of equal times, others stay; then what is not in `keep` goes.
std::vector<schedule::MarketRow> merged(std::span<const schedule::MarketRow> rows,
                                        std::span<const schedule::MarketRow> newer,
                                        const schedule::Window& keep);

enum class Ask : std::uint8_t { today, tomorrow, activation };

class FetchPlan {
  public:
    struct Rules {
        Duration period;                 // at which incomplete days, and the activation, are asked for
        Duration gate;                   // since local midnight: tomorrow is asked for from then on
        std::vector<std::string> names;  // of the plants, for people
        std::vector<bool> expected;      // by plant: a day without its periods is incomplete
    };
    FetchPlan(const Zone& zone, Rules rules);

    // To be called before anything else at every instant: a new local day makes tomorrow today.
    void roll(WallTime wall);
    // Everything may be asked at once again: the connection is new.
    void wake();

    // What to ask now. A day that lacks something goes first, today before tomorrow; refreshing what is there
    // waits for a period in which nothing else was asked.
    [[nodiscard]] std::optional<Ask> next(Instant now, WallTime wall) const;
    // How long next() will answer none, as far as the calendar and the periods are concerned.
    [[nodiscard]] Duration wait(Instant now, WallTime wall) const;

    [[nodiscard]] schedule::Window window(Ask day) const;

    // Whoever was told to ask tells what came of it.
    void answered(Ask what, Instant now, WallTime wall, std::vector<int> points = {});
    // The question is asked again after a period. When nothing else would work either, everything waits, not
    // long at first.
    void failed(Ask what, Instant now, std::string sentence, bool nothing_else_works);

    [[nodiscard]] const DayStatus& today() const { return today_.status; }
    [[nodiscard]] const DayStatus& tomorrow() const { return tomorrow_.status; }
    // What is wrong with either day: a failure, or which plants lack periods. Empty when nothing is.
    [[nodiscard]] std::string problem() const;

  private:
    struct Day {
        DayStatus status;
        std::optional<Instant> asked;
        std::string problem;

        [[nodiscard]] bool good() const { return status.fetched && problem.empty(); }
        // Good, and asked for over this connection.
        [[nodiscard]] bool known() const { return good() && asked; }
    };
    [[nodiscard]] Day begun(LocalDate date) const;
    Day& day(Ask which) { return which == Ask::tomorrow ? tomorrow_ : today_; }
    [[nodiscard]] bool gate_open(WallTime wall) const;

    const Zone zone_;
    Rules rules_;
    Day today_, tomorrow_;
    std::optional<Instant> activation_asked_, day_asked_;
    Instant not_before_{};
    Backoff retry_;
};

}  // namespace hil::market
