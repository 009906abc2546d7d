#include "control/setpoint_machine.hpp"

#include "base/mutation.hpp"
#include "base/number.hpp"
#include "modbus/errors.hpp"
#include "plant/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::control {
namespace {

using namespace std::chrono_literals;

constexpr Duration poll = 250ms;              // of what may be read back late
constexpr Duration first_answer_retry = 30s;  // of a value that the device makes another of
constexpr Duration longest_answer_retry = 15min;
constexpr Duration longest_retry = 60s;  // of a value without effect
constexpr int lasting_refusals = 3;      // in as many cycles
constexpr double opposing_share = 0.02;  // of the rating

// The device, or the gateway before it, cannot answer now; it says nothing of the value.
bool not_now(error_code error) {
    return error == modbus::errc::acknowledge || error == modbus::errc::server_device_busy ||
           error == modbus::errc::gateway_path_unavailable || error == modbus::errc::gateway_target_failed;
}

bool refuses_value(error_code error) {
    return error == modbus::errc::illegal_data_value || error == modbus::errc::server_device_failure;
}

Duration doubled(Duration first, int times, Duration most) {
    for (; times > 0 && first < most; --times)
        first *= 2;
    return std::min(first, most);
}

}  // namespace

std::string_view to_string(HeldWhy why) {
    switch (why) {
        case HeldWhy::device:
            return "device";
        case HeldWhy::refused:
            return "refused";
        case HeldWhy::no_effect:
            return "no_effect";
        case HeldWhy::write_budget:
            return "write_budget";
        case HeldWhy::none:
            break;
    }
    return "none";
}

SetpointMachine::Rules SetpointMachine::rules_of(const config::Point& point, std::string unit,
                                                 config::OnRefused on_refused, double rating,
                                                 Duration period) {
    Rules rules;
    rules.name = point.name;
    rules.unit = std::move(unit);
    rules.confirmation = {
        .confirm = point.confirmation(),
        .slack = std::max(point.step, point.tolerance),
        .verify_timeout = point.verify_timeout.value_or(config::Point::usual_verify_timeout)};
    rules.own_delay = point.verify_timeout.value_or(Duration::zero());
    rules.step = point.step;
    rules.refresh = point.refresh;
    rules.max_writes_per_day = point.max_writes_per_day;
    rules.on_refused = on_refused;
    rules.rating = rating;
    rules.period = period;
    return rules;
}

SetpointMachine::SetpointMachine(Rules rules, const plant::Codec& codec)
    : rules_(std::move(rules)),
      confirmation_(rules_.confirmation),
      search_(codec, rules_.step, rules_.period),
      budget_(rules_.max_writes_per_day) {}

// ---- what to write ------------------------------------------------------------------------------------

std::optional<double> SetpointMachine::decide(const Look& look) {
    day_ = look.day;
    replacing_ = false;
    if (refused_ && *refused_ != look.wanted) {
        refused_.reset();
        refusals_ = 0;
        zero_instead_ = false;
    }
    const double aim = zero_instead_ ? 0.0 : search_.aim(look.wanted, look.limit, look.now);
    if (aim != verdict_.aim) without_effect_ = 0;
    verdict_.wanted = look.wanted;
    verdict_.aim = aim;
    budget_held_ = false;
    judge(look.read, look.now);
    std::optional<double> write;
    if (due(look)) {
        write = budget_.allow(aim, verdict_.held ? verdict_.held : written_, look.day);
        budget_held_ = write != aim;
        if (budget_held_) judge(look.read, look.now);
    }
    return write;
}

bool SetpointMachine::due(const Look& look) const {
    if (look.anew) return true;
    const bool refreshed = look.refresh && rules_.refresh;
    switch (verdict_.confirmation) {
        case Confirmation::differs:
            return true;
        case Confirmation::pending:
            return false;
        case Confirmation::confirmed:
            return refreshed && budget_.level(look.day) != WriteBudget::Level::spent &&
                   !mutated(Mutation::refresh_forgotten) &&
                   (!written_at_ || look.now >= *written_at_ + *rules_.refresh);
        // However rarely it would be tried otherwise: a device that is not written to falls back.
        case Confirmation::answered:
        case Confirmation::failed:
            if (refreshed && written_at_ && look.now >= *written_at_ + *rules_.refresh) return true;
            break;
    }
    return !written_at_ || look.now >= *written_at_ + rules_.confirmation.verify_timeout + back_off();
}

bool SetpointMachine::harmless() const {
    if (!verdict_.held) return true;
    const double held = *verdict_.held;
    return held * verdict_.aim >= 0 && std::abs(held) <= std::abs(verdict_.aim);
}

Duration SetpointMachine::back_off() const {
    const int again = std::max(without_effect_ - 1, 0);
    if (verdict_.confirmation == Confirmation::answered)
        return doubled(first_answer_retry, again, longest_answer_retry);
    if (again == 0 || !harmless()) return Duration::zero();
    return doubled(rules_.period, again, longest_retry);
}

// ---- how a write ended --------------------------------------------------------------------------------

void SetpointMachine::noted(error_code outcome, std::int64_t day) {
    const bool sent = !outcome || outcome.category() == modbus::category();
    if (sent) budget_.wrote(day);
    day_ = std::max(day, day_);
    if (!outcome) ever_acknowledged_ = true;
}

std::optional<double> SetpointMachine::written(double value, error_code outcome, Instant now) {
    noted(outcome, day_);
    look_at_budget();
    if (!outcome) {
        confirmation_.acknowledged(value, verdict_.held, now);
        search_.accepted(value, now);
        written_at_ = now;
        written_ = value;
        ++without_effect_;
        if (value == 0) zero_refusals_ = 0;
        if (value == refused_) {
            refused_.reset();
            refusals_ = 0;
        }
        return std::nullopt;
    }
    if (!modbus::is_exception(outcome)) {
        search_.unanswered(value, now);
        return std::nullopt;
    }
    return replace_refused(value, outcome, now);
}

std::optional<double> SetpointMachine::replace_refused(double value, error_code outcome, Instant now) {
    if (not_now(outcome)) return std::nullopt;
    if (value == 0) {
        zero_refused(outcome);
        return std::nullopt;
    }
    refusal_text_ = outcome.message();
    if (refuses_value(outcome) && rules_.on_refused == config::OnRefused::search &&
        search_.took_another(value))
        return fall_back(search_.refused(value, now));
    if (refused_ != verdict_.wanted) refusals_ = 0;
    refused_ = verdict_.wanted;
    ++refusals_;
    // A device that never took anything may only not know the function it was written with.
    const bool configured = refuses_value(outcome) && rules_.on_refused == config::OnRefused::zero;
    zero_instead_ = refusals_ >= lasting_refusals || (configured && ever_acknowledged_);
    return fall_back(0);
}

std::optional<double> SetpointMachine::fall_back(double value) {
    if (mutated(Mutation::refused_value_kept)) return std::nullopt;
    verdict_.aim = value;
    without_effect_ = 0;
    if (ever_acknowledged_ && verdict_.held == value) return std::nullopt;  // it stands there already
    const auto allowed = budget_.allow(value, verdict_.held, day_);
    replacing_ = allowed == 0.0;
    return allowed;
}

void SetpointMachine::zero_refused(error_code outcome) {
    ++zero_refusals_;
    if (!replacing_ && zero_refusals_ < 2) return;
    stop_ = fmt::format("{}: the device refuses {} and 0, too ({})", rules_.name,
                        verdict_.wanted == 0 ? "0 again" : amount(verdict_.wanted), outcome.message());
    zero_refusals_ = 0;
}

std::optional<std::string> SetpointMachine::take_stop() {
    return std::exchange(stop_, std::nullopt);
}

// ---- what was read ------------------------------------------------------------------------------------

void SetpointMachine::saw(std::optional<double> read, Instant now) {
    judge(read, now);
}

void SetpointMachine::judge(std::optional<double> read, Instant now) {
    // What reads as it likes says nothing.
    if (rules_.confirmation.confirm == config::Confirm::acknowledged) read.reset();
    verdict_.held = read;
    verdict_.confirmation = confirmation_.judge(verdict_.aim, read, now);
    if (verdict_.confirmation == Confirmation::confirmed) without_effect_ = 0;
    verdict_.why = HeldWhy::none;
    if (budget_held_) {
        verdict_.why = HeldWhy::write_budget;
    } else if (verdict_.aim != verdict_.wanted) {
        verdict_.why = HeldWhy::refused;
    } else if (verdict_.confirmation == Confirmation::failed) {
        verdict_.why = HeldWhy::no_effect;
    } else if (verdict_.confirmation == Confirmation::answered ||
               (verdict_.confirmation == Confirmation::confirmed && read && *read != verdict_.wanted)) {
        verdict_.why = HeldWhy::device;
    }
    look_at_budget();
    look_for_opposition(now);
    notify_of_limits();
    schedule(now);
}

void SetpointMachine::forget_writes() {
    confirmation_.forget();
    written_at_.reset();
    written_.reset();
    without_effect_ = 0;
    opposed_since_.reset();
    next_look_.reset();
}

void SetpointMachine::end_dispatch() {
    forget_writes();
    verdict_ = {};
    budget_held_ = false;
    refused_.reset();
    refusals_ = 0;
    zero_instead_ = false;
    if (!std::exchange(limit_notified_, {}).empty())
        notify(NewsKind::limited_over, fmt::format("{} is not dispatched any more", rules_.name));
    if (std::exchange(opposed_notified_, std::nullopt))
        notify(NewsKind::opposed_over, fmt::format("{} is not dispatched any more", rules_.name));
}

// The plan says one direction and the register another one, both more than nothing.
void SetpointMachine::look_for_opposition(Instant now) {
    const double least = opposing_share * rules_.rating;
    const bool opposed = verdict_.held && *verdict_.held * verdict_.wanted < 0 &&
                         std::abs(*verdict_.held) > least && std::abs(verdict_.wanted) > least;
    if (!opposed) {
        opposed_since_.reset();
        if (std::exchange(opposed_notified_, std::nullopt))
            notify(NewsKind::opposed_over, fmt::format("{} does not oppose the plan any more", rules_.name));
        return;
    }
    if (!opposed_since_) opposed_since_ = now;
    if (now < *opposed_since_ + 2 * rules_.period + rules_.own_delay ||
        mutated(Mutation::opposition_not_notified))
        return;
    if (std::exchange(opposed_notified_, verdict_.held) != verdict_.held) {
        notify(NewsKind::opposed, fmt::format("{}: the plant holds {} while {} are wanted", rules_.name,
                                              amount(*verdict_.held), amount(verdict_.wanted)));
    }
}

void SetpointMachine::look_at_budget() {
    const auto level = budget_.level(day_);
    if (level == budget_notified_) return;
    const auto before = std::exchange(budget_notified_, level);
    const auto count = [&] {
        return fmt::format("{} was written {} times today, {} are allowed", rules_.name,
                           budget_.count().writes, budget_.most().value_or(0));
    };
    if (level == WriteBudget::Level::plenty) {
        notify(NewsKind::budget_again, fmt::format("{} may be written again", rules_.name));
    } else if (level == WriteBudget::Level::low && before == WriteBudget::Level::plenty) {
        notify(NewsKind::budget_low, count());
    } else if (level == WriteBudget::Level::spent) {
        auto text = count() + ": until midnight only 0, less of what is there and stops are written";
        if (rules_.refresh)
            text += "; it is not refreshed any more, so the device falls back by itself after its time";
        notify(NewsKind::budget_spent, std::move(text));
    }
}

std::string SetpointMachine::amount(double value) const {
    return fmt::format("{} {}", format_number(value, 4), rules_.unit);
}

std::string SetpointMachine::text() const {
    if (verdict_.why == HeldWhy::none) return {};
    const auto held = verdict_.held.value_or(verdict_.aim);
    auto text =
        fmt::format("device holds {} of {}", format_number(held, 4), format_number(verdict_.wanted, 4));
    if (verdict_.why == HeldWhy::refused) text += fmt::format(": it refuses more ({})", refusal_text_);
    if (verdict_.why == HeldWhy::no_effect) text += ": it acknowledges writes without effect";
    if (verdict_.why == HeldWhy::write_budget) text += ": write_budget";
    return text;
}

bool SetpointMachine::limited() const {
    return verdict_.why != HeldWhy::none &&
           !(verdict_.why == HeldWhy::device && verdict_.confirmation == Confirmation::confirmed);
}

std::string SetpointMachine::not_held() const {
    if (!verdict_.held) return fmt::format("{}: {} could not be written", rules_.name, amount(verdict_.aim));
    return fmt::format("{}: the device holds {} though {} are wanted", rules_.name, amount(*verdict_.held),
                       amount(verdict_.aim));
}

// A rounding that counts as equal is nobody's alert.
void SetpointMachine::notify_of_limits() {
    const auto confirmation = verdict_.confirmation;
    if (confirmation == Confirmation::pending ||
        (confirmation == Confirmation::differs && verdict_.why != HeldWhy::write_budget &&
         verdict_.why != HeldWhy::refused))
        return;
    const bool limited = verdict_.why != HeldWhy::none &&
                         !(verdict_.why == HeldWhy::device && confirmation == Confirmation::confirmed);
    if (!limited) {
        if (limit_notified_.empty()) return;
        limit_notified_.clear();
        notify(NewsKind::limited_over, fmt::format("{} is followed again", rules_.name));
        return;
    }
    const bool searching = verdict_.why == HeldWhy::refused && search_.searching(verdict_.wanted);
    // Not anew for each value that a plan wants of a limited device, nor for each that is tried.
    const auto held = searching ? std::string("search") : amount(verdict_.held.value_or(verdict_.aim));
    auto key = fmt::format("{} {}", to_string(verdict_.why), held);
    if (key == limit_notified_) return;
    limit_notified_ = std::move(key);
    notify(NewsKind::limited, fmt::format("{}: {}{}", rules_.name, text(),
                                          searching ? "; how much it takes is searched for" : ""));
}

void SetpointMachine::schedule(Instant now) {
    next_look_.reset();
    const auto at = [this](Instant when) { next_look_ = next_look_ ? std::min(*next_look_, when) : when; };
    if (verdict_.confirmation == Confirmation::pending) at(now + std::min(poll, rules_.period));
    if (opposed_since_ && !opposed_notified_) {
        const auto notify_at = *opposed_since_ + 2 * rules_.period + rules_.own_delay;
        if (notify_at > now) at(notify_at);
    }
    const bool refreshed = rules_.refresh && budget_.level(day_) != WriteBudget::Level::spent && written_at_;
    if (refreshed && *written_at_ + *rules_.refresh > now) at(*written_at_ + *rules_.refresh);
}

void SetpointMachine::notify(NewsKind kind, std::string text) {
    news_.push_back({kind, std::move(text)});
}

std::vector<SetpointMachine::News> SetpointMachine::take_news() {
    return std::exchange(news_, {});
}

}  // namespace hil::control
