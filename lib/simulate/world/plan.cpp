#include "simulate/world/plan.hpp"

#include "simulate/invariants/rows.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <cmath>

namespace hil::simulate {
namespace {

using namespace std::chrono;

constexpr std::size_t most_rows = 700;

std::string time_text(WallTime at) {
    const int offset = central_european_offset(at);
    const auto local = floor<std::chrono::seconds>(at + minutes(offset));
    const auto day = floor<days>(local);
    const year_month_day date(day);
    const hh_mm_ss clock(local - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+{:02}:00", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(), offset / 60);
}

Duration draw_step(Random& random, bool regular) {
    if (regular) return minutes(15);
    static constexpr std::array<int, 8> choices{1, 2, 3, 7, 30, 60, 300, 900};
    return std::chrono::seconds(choices[random.below(choices.size())]);
}

double draw_value(Random& random, double low, double high) {
    const double kind = random.uniform();
    if (kind < 0.15) return 0;
    const double beyond = kind < 0.3 ? 1.4 : 1.0;
    const double scale = random.chance(0.5) ? 10 : 1000;
    return std::round(random.uniform(low * beyond, high * beyond) * scale) / scale;
}

}  // namespace

WallTime draw_begin(Random& random, const Zone& zone) {
    // One day in four is one on which the clocks are changed.
    static constexpr std::array changes{year(2025) / March / 30, year(2025) / October / 26,
                                        year(2024) / March / 31, year(2024) / October / 27};
    if (random.chance(0.25)) return zone.midnight(changes[random.below(changes.size())]);
    const auto day = sys_days(year(2025) / January / 1) + days(static_cast<int>(random.below(365)));
    return zone.midnight(year_month_day(day)) +
           minutes(static_cast<int>(random.below(2) * random.below(1440)));
}

DrawnPlan draw_plan(Random& random, const config::Plant& plant, schedule::Signal signal, WallTime from,
                    WallTime to) {
    const auto& limits = plant.model.power_limits;
    const bool p = signal == schedule::Signal::p;
    const double low = p ? limits.p_min_kw : limits.q_min_kvar;
    const double high = p ? limits.p_max_kw : limits.q_max_kvar;
    const bool regular = random.chance(0.6);

    WallTime at = floor<minutes>(from);
    if (random.chance(0.3)) at += minutes(static_cast<int>(random.below(40)));
    WallTime last = to;
    if (random.chance(0.3))
        last = at + minutes(20) +
               Duration(static_cast<std::int64_t>(random.uniform() * static_cast<double>((to - at).count())));
    DrawnPlan plan;
    Duration step{};
    while (plan.rows.size() < 2 || (at < last && plan.rows.size() < most_rows)) {
        plan.rows.push_back({at, draw_value(random, low, high)});
        step = draw_step(random, regular);
        // A stretch of short steps is followed by a long one, so that a plan covers its day.
        if (!regular && plan.rows.size() % 20 == 0) step = minutes(10 + static_cast<int>(random.below(90)));
        at += step;
    }
    plan.end = plan.rows.back().at + (plan.rows.back().at - plan.rows[plan.rows.size() - 2].at);
    plan.csv = fmt::format("timestamp,{}_{}\n", plant.id, p ? "p_kw" : "q_kvar");
    for (const auto& row : plan.rows)
        plan.csv += fmt::format("{},{}\n", time_text(row.at), row.value);
    return plan;
}

}  // namespace hil::simulate
