// What one setpoint register of a plant is to be sent next, decided from what the device did with what it was
// sent before. No I/O: it is told what was read and how each write ended, and the time.
//
//   wanted (plan, limits, safety) ─▶ aim (what the device takes, what may still be written) ─▶ write
//
// A refused value never leaves another in force: it is replaced at once, by 0 or by less of the same sign
// that the device took, and 0 that is refused, too, asks for a stop of the plant. A value that the device
// made another of, or that had no effect, is written again ever more rarely; what somebody else wrote is put
// right in the next cycle.
#pragma once

#include "base/result.hpp"
#include "control/held_why.hpp"
#include "control/refusal_search.hpp"
#include "control/setpoint_confirmation.hpp"
#include "control/write_budget.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hil::control {

class SetpointMachine {
  public:
    struct Rules {
        std::string name;  // of the point, for texts
        std::string unit;  // kW or kvar
        SetpointConfirmation::Rules confirmation;
        Duration own_delay{};  // how long the device is known to need; 0: nothing is known
        double step = 0;
        std::optional<Duration> refresh;
        std::optional<int> max_writes_per_day;
        config::OnRefused on_refused = config::OnRefused::search;
        double rating = 0;  // kW or kvar; for what opposes
        Duration period = std::chrono::seconds(1);
    };
    static Rules rules_of(const config::Point& point, std::string unit, config::OnRefused on_refused,
                          double rating, Duration period);

    // The codec outlives it.
    SetpointMachine(Rules rules, const plant::Codec& codec);

    struct Look {
        double wanted = 0;           // what the register can hold of it
        std::optional<double> read;  // none: the device refuses to be read
        Instant now;
        std::int64_t day = 0;              // on the site's calendar
        std::optional<double> limit = {};  // of a limit point, for the direction wanted
        bool anew = false;                 // written though it may stand there already
        bool refresh = true;               // dispatch is on
    };
    // What is to be written now; none: nothing. Whoever writes owes written() or not_sent().
    [[nodiscard]] std::optional<double> decide(const Look& look);
    // How a write of decide() or written() ended; what is to be written at once in its place.
    [[nodiscard]] std::optional<double> written(double value, error_code outcome, Instant now);
    // The register was read again after a write, and nothing more is to be written now.
    void saw(std::optional<double> read, Instant now);
    // A zero of a stop: it is always written, and counts.
    void noted(error_code outcome, std::int64_t day);

    // The session or the epoch is another one, or dispatch was switched. What was learnt of the device stays.
    void forget_writes();
    // Nothing is dispatched any more, so nothing is limited or opposed.
    void end_dispatch();

    // Of the last look.
    struct Verdict {
        Confirmation confirmation = Confirmation::differs;
        double wanted = 0;
        double aim = 0;  // what is to stand there for now
        std::optional<double> held;
        HeldWhy why = HeldWhy::none;

        // The plant is known to hold what is wanted.
        [[nodiscard]] bool followed() const {
            return confirmation == Confirmation::confirmed && aim == wanted;
        }
        // Nothing is open: the device holds what it was sent or what it made of it.
        [[nodiscard]] bool settled() const {
            return confirmation == Confirmation::confirmed || confirmation == Confirmation::answered;
        }
    };
    [[nodiscard]] const Verdict& verdict() const { return verdict_; }
    // "device holds 100.0 of 100.5"; empty while it holds what is wanted.
    [[nodiscard]] std::string text() const;
    // The device keeps the plant from what is wanted, by more than counts as equal.
    [[nodiscard]] bool limited() const;
    // "p_setpoint: the device holds -50.0 kW though 100.0 kW was written"
    [[nodiscard]] std::string not_held() const;

    // The register should be looked at again then, before the next period.
    [[nodiscard]] std::optional<Instant> take_next_look() { return std::exchange(next_look_, std::nullopt); }
    // A limit point should be read before the next decision.
    [[nodiscard]] bool asks_for_limit(double wanted) const { return search_.limited(wanted); }
    // 0 was refused: why the plant must be stopped. Asked for once.
    [[nodiscard]] std::optional<std::string> take_stop();

    enum class NewsKind : std::uint8_t {
        limited,       // the device holds less than is wanted
        limited_over,  // or not any more
        opposed,       // the register opposes what is wanted
        opposed_over,
        budget_low,  // four fifths of the writes of a day are used
        budget_spent,
        budget_again,  // another day
    };
    struct News {
        NewsKind kind;
        std::string text;
    };
    [[nodiscard]] std::vector<News> take_news();

    [[nodiscard]] const WriteBudget& budget() const { return budget_; }
    void restore(const WriteCount& count) { budget_.restore(count); }

  private:
    [[nodiscard]] bool due(const Look& look) const;
    [[nodiscard]] std::optional<double> replace_refused(double value, error_code outcome, Instant now);
    [[nodiscard]] std::optional<double> fall_back(double value);
    void zero_refused(error_code outcome);
    void judge(std::optional<double> read, Instant now);
    void look_for_opposition(Instant now);
    void look_at_budget();
    void notify_of_limits();
    void schedule(Instant now);
    // Of what is as wanted, or is less of it.
    [[nodiscard]] bool harmless() const;
    [[nodiscard]] Duration back_off() const;
    [[nodiscard]] std::string amount(double value) const;
    void notify(NewsKind kind, std::string text);

    Rules rules_;
    SetpointConfirmation confirmation_;
    RefusalSearch search_;
    WriteBudget budget_;
    Verdict verdict_;
    std::int64_t day_ = 0;
    bool budget_held_ = false;  // the budget did not allow what was due
    std::optional<Instant> next_look_;
    std::optional<Instant> written_at_;  // the last acknowledged write of this epoch
    std::optional<double> written_;      // and its value
    int without_effect_ = 0;             // acknowledged writes of one value that did not confirm it
    bool ever_acknowledged_ = false;
    // A value that is refused for another reason than its size, or is not to be searched for.
    std::optional<double> refused_;
    int refusals_ = 0;
    bool zero_instead_ = false;  // until the wanted value changes
    bool replacing_ = false;     // 0 is written in place of what was refused just now
    int zero_refusals_ = 0;
    std::string refusal_text_;
    std::optional<Instant> opposed_since_;
    std::optional<double> opposed_notified_;  // what was told to be held
    std::string limit_notified_;              // of what was told: why, and what is held
    WriteBudget::Level budget_notified_ = WriteBudget::Level::plenty;
    std::optional<std::string> stop_;
    std::vector<News> news_;
};

}  // namespace hil::control
