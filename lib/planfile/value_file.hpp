// Prices and loads from files: one value per interval, in the formats in which they are published.
//
//   plain     `timestamp,<any names>`: ISO 8601, without an offset in the configured zone; a value holds
//   until
//             the next row, the last as long as the interval before it
//   profile   `timestep,<any names>`: hours numbered from 1, of any year: the first begins when
//             ValueChoice::profile_begin says
//   OMIE      the Iberian market operator's daily files, hourly (PrecioMD) or by quarters (INT_PBC): the row
//             "… sistema español"; EUR/MWh; local market time (Central European), 23 to 25 hours
//   ENTSO-E   the transparency platform's day-ahead export: "01.01.2023 00:00 - 01.01.2023 01:00","2.01",…;
//             the hour that does not exist in spring has no price, the one in autumn appears twice
#pragma once

#include "base/zone.hpp"
#include "planfile/plan_file.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::planfile {

struct IntervalValue {
    WallTime from, to;  // [from, to)
    double value = 0;   // EUR/MWh, kW: what the file says

    friend bool operator==(const IntervalValue&, const IntervalValue&) = default;
};

struct ValueFile {
    std::string file;
    std::vector<IntervalValue> values;  // times increase; holes are possible; empty when there is any problem
    std::vector<FileProblem> problems;

    [[nodiscard]] bool ok() const { return problems.empty(); }
    // What lies in [from, to), cut at both ends.
    [[nodiscard]] std::vector<IntervalValue> within(WallTime from, WallTime to) const;
};

// What is wanted of a file that could say more than one thing.
struct ValueChoice {
    std::optional<std::string> column;  // of a plain file or a profile; needed where there are several
    double scale = 1;                   // every value times this: 0.001 for a load in W
    WallTime profile_begin{};           // of the first hour of a profile
};

// The first instant of the local year `date` is in: where a profile of a year begins.
WallTime begin_of_year(LocalDate date, const Zone& zone);

// Never throws for what the text contains.
ValueFile parse_values(std::string_view text, std::string file, const Zone& zone,
                       const ValueChoice& choice = {});
// The same from a file. Blocks.
ValueFile load_values(const std::filesystem::path& path, const Zone& zone, const ValueChoice& choice = {});

}  // namespace hil::planfile
