#include "market/fetch_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace hil::market {
namespace {

constexpr Duration first_retry = std::chrono::seconds(10);

bool due(const std::optional<Instant>& asked, Duration period, Instant now) {
    return !asked || now - *asked >= period;
}

std::string incomplete(const DayStatus& status, const std::vector<std::string>& names,
                       const std::vector<bool>& expected) {
    std::string out;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!expected[i]) continue;
        fmt::format_to(std::back_inserter(out), "{}{}={}", out.empty() ? "" : " ", names[i],
                       status.points[i]);
    }
    return fmt::format("the plan is incomplete, {} of {} periods", out, status.expected);
}

}  // namespace

int expected_periods(LocalDate date, const Zone& zone) {
    return static_cast<int>(zone.day_length(date) / delivery_period);
}

int count_periods(std::span<const schedule::MarketRow> rows, const schedule::Window& day) {
    return static_cast<int>(std::count_if(rows.begin(), rows.end(), [&](const schedule::MarketRow& row) {
        return day.contains(row.at) && (row.at - day.from) % delivery_period == Duration::zero();
    }));
}

std::vector<schedule::MarketRow> merged(std::span<const schedule::MarketRow> rows,
                                        std::span<const schedule::MarketRow> newer,
                                        const schedule::Window& keep) {
    const auto earlier = [](const schedule::MarketRow& a, const schedule::MarketRow& b) {
        return a.at < b.at;
    };
    std::vector<schedule::MarketRow> out;
    // Of equal ones the first range's comes first and is kept.
    std::set_union(newer.begin(), newer.end(), rows.begin(), rows.end(), std::back_inserter(out), earlier);
    std::erase_if(out, [&](const schedule::MarketRow& row) { return !keep.contains(row.at); });
    return out;
}

FetchPlan::FetchPlan(const Zone& zone, Rules rules)
    : zone_(zone), rules_(std::move(rules)), retry_(std::min(first_retry, rules_.period), rules_.period) {}

FetchPlan::Day FetchPlan::begun(LocalDate date) const {
    Day day;
    day.status.date = date;
    day.status.points.assign(rules_.names.size(), 0);
    day.status.expected = expected_periods(date, zone_);
    return day;
}

void FetchPlan::roll(WallTime wall) {
    const auto date = zone_.date(wall);
    if (today_.status.date == date) return;
    today_ = tomorrow_.status.date == date ? std::move(tomorrow_) : begun(date);
    tomorrow_ = begun(next_day(date));
}

void FetchPlan::wake() {
    today_.asked = tomorrow_.asked = activation_asked_ = day_asked_ = std::nullopt;
    today_.problem.clear();
    tomorrow_.problem.clear();
    not_before_ = Instant{};
    retry_.reset();
}

bool FetchPlan::gate_open(WallTime wall) const {
    const auto local = zone_.local(wall);
    return local.date == today_.status.date && local.since_midnight >= rules_.gate;
}

std::optional<Ask> FetchPlan::next(Instant now, WallTime wall) const {
    if (now < not_before_) return std::nullopt;
    const bool gate = gate_open(wall);
    if (!today_.known() && due(today_.asked, rules_.period, now)) return Ask::today;
    if (gate && !tomorrow_.known() && due(tomorrow_.asked, rules_.period, now)) return Ask::tomorrow;
    if (due(activation_asked_, rules_.period, now)) return Ask::activation;
    if (!due(day_asked_, rules_.period, now)) return std::nullopt;
    if (due(today_.asked, refresh_period, now)) return Ask::today;
    if (gate && due(tomorrow_.asked, refresh_period, now)) return Ask::tomorrow;
    return std::nullopt;
}

Duration FetchPlan::wait(Instant now, WallTime wall) const {
    if (now < not_before_) return not_before_ - now;
    Duration shortest = rules_.period;
    const auto until = [&](const std::optional<Instant>& asked, Duration period) {
        if (asked && *asked + period > now) shortest = std::min(shortest, *asked + period - now);
    };
    until(today_.asked, today_.good() ? refresh_period : rules_.period);
    until(tomorrow_.asked, tomorrow_.good() ? refresh_period : rules_.period);
    until(activation_asked_, rules_.period);
    until(day_asked_, rules_.period);
    const auto midnight = zone_.midnight(next_day(zone_.date(wall)));
    shortest = std::min(shortest, midnight - wall);
    if (const auto gate = zone_.instant(today_.status.date, rules_.gate); gate && *gate > wall)
        shortest = std::min(shortest, *gate - wall);
    return std::max(shortest, Duration(std::chrono::milliseconds(1)));
}

schedule::Window FetchPlan::window(Ask which) const {
    return schedule::day_window((which == Ask::tomorrow ? tomorrow_ : today_).status.date, zone_);
}

void FetchPlan::answered(Ask what, Instant now, WallTime wall, std::vector<int> points) {
    retry_.reset();
    if (what == Ask::activation) {
        activation_asked_ = now;
        return;
    }
    auto& one = day(what);
    one.asked = day_asked_ = now;
    one.status.at = wall;
    one.status.points = std::move(points);
    one.status.fetched = true;
    for (std::size_t i = 0; i < one.status.points.size(); ++i) {
        if (rules_.expected[i] && one.status.points[i] < one.status.expected) one.status.fetched = false;
    }
    one.problem = one.status.fetched ? std::string{} : incomplete(one.status, rules_.names, rules_.expected);
}

void FetchPlan::failed(Ask what, Instant now, std::string sentence, bool nothing_else_works) {
    if (nothing_else_works) {
        not_before_ = now + retry_.next();
    } else {
        (what == Ask::activation ? activation_asked_ : day(what).asked) = now;
    }
    if (what != Ask::activation) {
        day_asked_ = now;
        day(what).problem = std::move(sentence);
    }
}

std::string FetchPlan::problem() const {
    std::string out;
    const auto add = [&](std::string_view name, const Day& one) {
        if (one.problem.empty()) return;
        fmt::format_to(std::back_inserter(out), "{}{} {}: {}", out.empty() ? "" : "; ", name,
                       hil::to_string(one.status.date), one.problem);
    };
    add("today", today_);
    add("tomorrow", tomorrow_);
    return out;
}

}  // namespace hil::market
