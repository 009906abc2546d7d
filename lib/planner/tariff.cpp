#include "planner/tariff.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace hil::planner {
namespace {

using std::chrono::minutes;

template <class T>
bool among(const std::vector<T>& values, T value) {
    return values.empty() || std::ranges::find(values, value) != values.end();
}

double in_hours(Duration length) {
    return to_seconds(length) / 3600;
}

}  // namespace

bool TimeBand::holds(const Zone& zone, WallTime at) const {
    const auto local = zone.local(at);
    auto date = local.date;
    const auto clock = std::chrono::floor<minutes>(local.since_midnight);
    const auto begin = from.value_or(minutes(0)), end = until.value_or(minutes(24 * 60));
    if (begin < end) {
        if (clock < begin || clock >= end) return false;
    } else if (clock < end) {
        date = previous_day(date);
    } else if (clock < begin) {
        return false;
    }
    const std::chrono::weekday weekday{std::chrono::sys_days(date)};
    return among(months, static_cast<unsigned>(date.month())) && among(weekdays, weekday.iso_encoding());
}

double import_price(const ImportTariff& tariff, const Zone& zone, WallTime at, double spot) {
    double factor = tariff.spot_share, added = tariff.per_kwh;
    for (const auto& band : tariff.bands) {
        if (!band.when.holds(zone, at)) continue;
        factor *= band.factor;
        added += band.per_kwh;
    }
    return (spot * factor + added) * (1 + tariff.vat_pu);
}

double export_price(const ExportTariff& tariff, double spot) {
    const double price = spot * tariff.spot_share + tariff.per_kwh;
    return tariff.never_negative ? std::max(price, 0.0) : price;
}

Demand::Month Demand::month_of(WallTime at) const {
    const auto date = zone_.date(at);
    return {static_cast<int>(date.year()), static_cast<unsigned>(date.month())};
}

double Demand::weight(WallTime at) const {
    if (tariff_.windows.empty()) return 1;
    for (const auto& window : tariff_.windows)
        if (window.when.holds(zone_, at)) return window.weight;
    return 0;
}

// Intervals are those of the meter, which count from the full hour of its zone.
WallTime Demand::begin_of(WallTime at) const {
    const auto since_midnight = zone_.local(at).since_midnight;
    return at - since_midnight % Duration(tariff_.interval);
}

void Demand::note(WallTime begin, double kw) {
    const double weighted = kw * weight(begin);
    auto& highest = days_[month_of(begin)][static_cast<unsigned>(zone_.date(begin).day())];
    highest = std::max(highest, weighted);
}

void Demand::add(WallTime at, Duration length, double import_kw) {
    const double kw = std::isfinite(import_kw) ? std::max(import_kw, 0.0) : 0.0;
    while (length > Duration::zero()) {
        const auto begin = begin_of(at);
        if (open_ != begin) {
            open_ = begin;
            open_kwh_ = 0;
        }
        const auto part = std::min<Duration>(length, begin + tariff_.interval - at);
        open_kwh_ += kw * in_hours(part);
        // What has been drawn is certain whatever follows.
        note(begin, open_kwh_ / in_hours(tariff_.interval));
        at += part;
        length -= part;
    }
}

std::vector<double> Demand::highest_days(Month month) const {
    std::vector<double> out;
    const auto found = days_.find(month);
    if (found == days_.end()) return out;
    for (const auto& [day, kw] : found->second)
        out.push_back(kw);
    std::ranges::sort(out, std::greater<>());
    return out;
}

double Demand::billed_kw(WallTime at) const {
    const auto month = month_of(at);
    const auto days = highest_days(month);
    switch (tariff_.basis) {
        case CapacityTariff::Basis::month:
            return days.empty() ? 0 : days.front();
        case CapacityTariff::Basis::days: {
            const auto count = std::max(tariff_.days, 1U);
            double sum = 0;
            for (std::size_t i = 0; i < std::min<std::size_t>(count, days.size()); ++i)
                sum += days[i];
            return sum / count;
        }
        case CapacityTariff::Basis::twelve_month:
            break;
    }
    double sum = 0;
    unsigned months = 0;
    for (const auto& [other, ignored] : days_) {
        const int before =
            (month.year - other.year) * 12 + static_cast<int>(month.month) - static_cast<int>(other.month);
        if (before < 0 || before >= 12) continue;
        sum += highest_days(other).front();
        ++months;
    }
    return months == 0 ? 0 : sum / months;
}

double Demand::free_kw(WallTime at) const {
    const double share = weight(begin_of(at));
    if (share <= 0) return std::numeric_limits<double>::infinity();
    const auto days = highest_days(month_of(at));
    double reached = 0;
    if (tariff_.basis != CapacityTariff::Basis::days) {
        reached = days.empty() ? 0 : days.front();
    } else {
        // Of this day what it has reached; beyond that whatever does not lift the mean.
        const auto count = std::max(tariff_.days, 1U);
        const auto found = days_.find(month_of(at));
        if (found != days_.end()) {
            const auto today = found->second.find(static_cast<unsigned>(zone_.date(at).day()));
            if (today != found->second.end()) reached = today->second;
        }
        if (days.size() >= count) reached = std::max(reached, days[count - 1]);
    }
    return reached / share;
}

}  // namespace hil::planner
