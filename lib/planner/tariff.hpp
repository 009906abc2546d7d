// What a kilowatt-hour costs where the site stands: the price of the exchange with what supplier, grid and
// state add to it, what is paid for what is fed in, and what the highest demand costs. Pure.
//
// Prices are in the tariff's own currency per kWh and may be negative; powers are magnitudes in kW as meters
// bill them (import > 0). Times of day and months are those of the site's zone, so that a day of 23 or 25
// hours is what it is on the bill.
#pragma once

#include "base/zone.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hil::planner {

// Days and hours in which something holds: every part left empty holds always.
struct TimeBand {
    std::vector<unsigned> months{};    // 1 … 12
    std::vector<unsigned> weekdays{};  // ISO: 1 is Monday
    // Of the local clock, since midnight: from inclusive, until exclusive. A band with until <= from lasts
    // over midnight, and its weekday and month are those of its begin.
    std::optional<std::chrono::minutes> from{}, until{};

    [[nodiscard]] bool holds(const Zone& zone, WallTime at) const;
};

struct ImportTariff {
    double spot_share = 1;  // of the exchange's price; 0 for a fixed tariff
    double per_kwh = 0;     // supplier, grid and tax together, before value added tax
    struct Band {
        TimeBand when{};
        double factor = 1;   // of the exchange's price
        double per_kwh = 0;  // added
    };
    std::vector<Band> bands{};  // all that hold count
    double vat_pu = 0;          // 0.25; of everything, a negative price included
};

struct ExportTariff {
    double spot_share = 1;
    double per_kwh = 0;
    bool never_negative = false;  // a fixed feed-in that does not follow the exchange below zero
};

// Paid for the highest demand. Demand is the mean of the import over an interval of the meter.
struct CapacityTariff {
    double per_kw = 0;  // and month
    std::chrono::minutes interval{60};
    enum class Basis : std::uint8_t {
        month,        // the highest of the month
        days,         // the mean of the highest ones of the `days` highest days of the month
        twelve_month  // the mean of the highest ones of this month and the eleven before, as far as known
    } basis = Basis::month;
    unsigned days = 3;
    struct Window {
        TimeBand when{};
        double weight = 1;
    };
    std::vector<Window> windows;  // the first that holds counts; without one of several, nothing does
};

struct Tariff {
    std::string currency;  // "SEK"; a text for people
    ImportTariff import;
    ExportTariff feed_in;
    std::optional<CapacityTariff> capacity;
    double per_month = 0;
};

// `spot`: of the exchange, per kWh, without any tax.
double import_price(const ImportTariff& tariff, const Zone& zone, WallTime at, double spot);
double export_price(const ExportTariff& tariff, double spot);

// The demand of a site as its capacity tariff sees it.
class Demand {
  public:
    Demand(CapacityTariff tariff, Zone zone) : tariff_(std::move(tariff)), zone_(std::move(zone)) {}

    // The site took so much from `at` on for so long, in order of time; export (< 0) counts as nothing within
    // its interval's mean, as meters of import count. A part may be longer than an interval or cut it
    // anywhere.
    void add(WallTime at, Duration length, double import_kw);

    // The demand that is billed for the month of that instant, of what was added so far; an interval that is
    // not over counts with what is certain of it.
    [[nodiscard]] double billed_kw(WallTime month) const;
    [[nodiscard]] double cost(WallTime month) const { return billed_kw(month) * tariff_.per_kw; }
    // How high the mean of the interval at `at` may be without costing more this month: what has been reached
    // already. 0 where every kW costs; infinite where the interval has no weight.
    [[nodiscard]] double free_kw(WallTime at) const;

  private:
    struct Month {
        int year = 0;
        unsigned month = 0;
        friend auto operator<=>(const Month&, const Month&) = default;
    };
    [[nodiscard]] Month month_of(WallTime at) const;
    [[nodiscard]] double weight(WallTime at) const;
    [[nodiscard]] std::vector<double> highest_days(Month month) const;  // descending
    [[nodiscard]] WallTime begin_of(WallTime at) const;
    void note(WallTime begin, double kw);

    CapacityTariff tariff_;
    Zone zone_;
    std::map<Month, std::map<unsigned, double>> days_;  // weighted highest of each local day
    std::optional<WallTime> open_;                      // begin of the interval under way
    double open_kwh_ = 0;
};

}  // namespace hil::planner
