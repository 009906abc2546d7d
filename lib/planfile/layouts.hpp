// The layouts in which prices and loads are published, as data. A further one is an entry here and a test.
//
// A table is recognised by the labels of its header: those of a layout's columns that are needed must all be
// there, in any order; other columns are ignored. In a label `*` stands for any text, and case does not
// count.
#pragma once

#include "planfile/written_time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hil::planfile {

enum class Role : std::uint8_t {
    ignored,
    time,    // begin of the interval, or all that is said of it
    end,     // of the interval
    range,   // "begin - end" in one cell
    date,    // local day, with a clock, a period or hours in other columns
    clock,   // time of that day
    period,  // number of the hour or quarter in that day, from 1: 23 to 25, 92 to 100
    hours,   // one column for each hour of the day: "Hour 1", "Hour 3A" and "Hour 3B", "Hour 1 Q2"
    year,    // year, month and day apart
    month,
    day,
    step,  // number of the hour in a year, from 1
    value,
    fallback,     // a value, when no other column is one
    area,         // what tells the series of one file apart: of which zone …
    auction,      // … and of which auction
    labels_area,  // a column without cells, whose label names the area
};

struct ColumnRule {
    std::string_view label;
    Role role = Role::ignored;
    bool needed = true;
    // Of a value: what the series is called when there are several, by auction and by area, and the label of
    // the column with its own times where it is not that of the others.
    std::string_view series{};
    std::string_view area{};
    std::string_view times{};
    bool preferred = false;  // taken when nobody chooses
};

// What a zone is called in a header.
struct ZoneLabel {
    std::string_view label, zone;  // an IANA name
};

// What a series of the file is called elsewhere, in an area or in all of them.
struct SeriesAlias {
    std::string_view area, series, alias;
};

struct Layout {
    std::string_view name;    // of who publishes it, for people
    std::string_view header;  // for people: how it begins
    std::span<const ColumnRule> columns;
    // Where the header names the zone, in brackets behind the label of its times: what it may be.
    std::span<const ZoneLabel> zones{};
    std::string_view zone{};           // otherwise: of times without an offset; empty: the configured one
    std::string_view auction{};        // what the values are, where no column says it
    std::string_view unit{};           // of labels that name none: "EUR/MWh"
    std::optional<DateOrder> order{};  // empty: what the dates themselves tell
    std::span<const std::string_view> missing{};  // what stands where there is no value
    std::string_view last_line{};                 // the whole of the line behind the last row
    bool whole_rows = false;                      // each row has as many cells as the header
    bool by_place = false;                        // the columns have no labels: they are as many as the rules
    bool title_above = false;                     // the header may stand some lines down
    // Without daylight saving time where the file shows it: UTC+1 all year.
    bool may_keep_winter_time = false;
    std::span<const SeriesAlias> aliases{};
};

// In the order in which they are tried.
std::span<const Layout> layouts();

// Whether a label is that of the rule; `*` stands for any text.
bool fits(std::string_view pattern, std::string_view label);

}  // namespace hil::planfile
