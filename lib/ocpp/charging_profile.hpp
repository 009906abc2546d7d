// Charging profiles of OCPP 1.6 and what a station makes of several of them: the composite schedule. Pure.
//
// Implementations differ where the protocol leaves room (gaps, units, the smallest rate, recurrence before
// the first day). The rules are therefore data: `CompositeRules` has the readings of two open
// implementations, by whose public tests this is checked. Times are UTC; a day recurs after 86 400 s whatever
// a clock on a wall does.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace hil::ocpp {

enum class Purpose : std::uint8_t { charge_point_max, tx_default, tx };
enum class ProfileKind : std::uint8_t { absolute, recurring, relative };
enum class Recurrency : std::uint8_t { daily, weekly };
enum class RateUnit : std::uint8_t { ampere, watt };

struct ChargingPeriod {
    double start_s = 0;              // since the begin of the schedule
    double limit = 0;                // A or W; a phase, or of all phases, as the unit has it
    std::optional<unsigned> phases;  // none: three
};

struct ChargingProfile {
    int id = 0;
    int stack_level = 0;  // the higher one wins
    Purpose purpose = Purpose::tx_default;
    ProfileKind kind = ProfileKind::absolute;
    std::optional<Recurrency> recurrency;
    std::optional<WallTime> valid_from, valid_to;
    std::optional<std::int64_t> transaction;  // of a tx profile
    std::optional<WallTime> start;
    std::optional<double> duration_s;
    RateUnit unit = RateUnit::ampere;
    std::optional<double> least;  // minChargingRate
    std::vector<ChargingPeriod> periods;
};

struct CompositeRules {
    // What holds where no profile says anything; none: nothing is said (no limit known).
    std::optional<double> gap_a, gap_w;
    bool raises_to_least = false;            // a limit below minChargingRate becomes it, 0 included
    bool converts = true;                    // amperes to watts and back; else each unit by itself
    bool last_second_counts = false;         // that of validTo
    bool default_needs_transaction = false;  // a tx default profile holds within a transaction only
    bool recurs_backwards = false;           // before its first day, too
    bool daily_by_default = false;           // a recurring one that says not how

    static CompositeRules libocpp();
    static CompositeRules micro_ocpp();
};

struct CompositeQuery {
    WallTime from;
    double length_s = 0;
    RateUnit unit = RateUnit::ampere;
    struct Transaction {
        std::int64_t id = 0;
        WallTime begun;
    };
    std::optional<Transaction> transaction;
};

struct CompositePeriod {
    double start_s = 0;
    double limit = std::numeric_limits<double>::quiet_NaN();  // NaN: nothing is said
    unsigned phases = 3;

    friend bool operator==(const CompositePeriod&, const CompositePeriod&) = default;
};

// Of one connector, from the profiles that hold for it (its own and those of connector 0): begins at 0,
// adjacent ones differ.
std::vector<CompositePeriod> composite(std::span<const ChargingProfile> profiles, const CompositeQuery& query,
                                       const CompositeRules& rules);
// Of the station: what its connectors may take together, and no more than its own maximum.
std::vector<CompositePeriod> composite_of_station(std::span<const std::vector<ChargingProfile>> connectors,
                                                  std::span<const ChargingProfile> maxima,
                                                  const CompositeQuery& query, const CompositeRules& rules);

// Installs a profile among those of a connector: it takes the place of one with its id, or of its purpose and
// stack level. False where it is of a transaction that does not run.
bool install(std::vector<ChargingProfile>& profiles, ChargingProfile profile,
             const std::optional<CompositeQuery::Transaction>& running);

}  // namespace hil::ocpp
