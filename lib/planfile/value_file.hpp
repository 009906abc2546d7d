// Prices and loads from files: one value per interval, in the layouts in which they are published
// (layouts.hpp) and as CSV or workbooks of one's own.
//
//   a plain table  `timestamp` and columns of values: a value holds until the next row, the last as long as
//                  the interval before it
//   a profile      `timestep` and columns of values: hours numbered from 1, of any year; the first begins
//   when
//                  ValueChoice::profile_begin says
//
// Where a layout gives the end of each interval it counts, and between intervals there is no value. Times
// without an offset are those of the zone which the layout or its header names, of the configured one where
// neither does; the hour that comes twice in autumn may stand twice.
#pragma once

#include "base/zone.hpp"
#include "planfile/plan_file.hpp"
#include "planfile/unit.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::planfile {

// A value that holds over [from, to).
struct IntervalValue {
    WallTime from, to;
    double value = 0;  // EUR/MWh, kW: what the file says in its unit, converted, times the scale

    friend bool operator==(const IntervalValue&, const IntervalValue&) = default;
};

// Where the values come from, down to the auction; what is not known is empty.
struct Provenance {
    std::string layout;   // "ENTSO-E"
    std::string area;     // "BZN|DE-LU"
    std::string auction;  // "day-ahead, Sequence 1 (SDAC)"
    std::string column;   // its label
    std::string unit;     // as the file names it
    std::string zone;     // of times without an offset

    // "ENTSO-E, BZN|DE-LU, day-ahead, Sequence 1 (SDAC)"
    [[nodiscard]] std::string text() const;
    friend bool operator==(const Provenance&, const Provenance&) = default;
};

// A time for which the file says that it has no value, as "n/e".
struct MissingValue {
    WallTime from, to;
    std::size_t line = 0;
    std::string text;
};

struct ValueFile {
    std::string file;
    std::vector<IntervalValue> values;  // times increase; holes are possible; empty when there is any problem
    std::vector<MissingValue> missing;  // times increase
    Provenance provenance;
    std::vector<std::string> notes;  // how it was read where it could be read otherwise; sentences
    std::vector<FileProblem> problems;

    [[nodiscard]] bool ok() const { return problems.empty(); }
    // What lies in [from, to), cut at both ends.
    [[nodiscard]] std::vector<IntervalValue> within(WallTime from, WallTime to) const;
    // Every part of [from, to) that has no value, a sentence each, the first ten.
    [[nodiscard]] std::vector<std::string> gaps(WallTime from, WallTime to, const Zone& zone) const;
};

// What is wanted of a file that could say more than one thing.
struct ValueChoice {
    std::optional<std::string> column{};   // with the values; needed where there are several
    std::optional<std::string> auction{};  // or sequence or area; needed where the file has several
    std::optional<bool> day_first{};       // of dates that can be read either way
    // price or power: a column whose label names a unit of the other is refused, and the energy of an
    // interval gives its mean power
    std::optional<Quantity> quantity{};
    double scale = 1;          // every value times this: 0.001 for a load in W
    WallTime profile_begin{};  // of the first hour of a profile
};

// Neighbours of equal value as one: for an optimum four quarters of one price are an hour of it, and what is
// planned over them is one power instead of one that wanders from quarter to quarter.
std::vector<IntervalValue> joined(std::vector<IntervalValue> values);

// The first instant of the local year `date` is in: where a profile of a year begins.
WallTime begin_of_year(LocalDate date, const Zone& zone);

// Never throws for what the bytes are. A workbook when they are a ZIP archive, text otherwise.
ValueFile parse_values(std::string_view bytes, std::string file, const Zone& zone,
                       const ValueChoice& choice = {});
// The same from a file. Blocks.
ValueFile load_values(const std::filesystem::path& path, const Zone& zone, const ValueChoice& choice = {});

}  // namespace hil::planfile
