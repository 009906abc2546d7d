// Prices and loads from files: one value per interval, in the formats in which they are published.
//
//   plain     `timestamp,<any name>`: ISO 8601, without an offset in the configured zone; a value holds until
//             the next row, the last as long as the interval before it
//   OMIE      the Iberian market operator's daily files, hourly (PrecioMD) or by quarters (INT_PBC): the row
//             "… sistema español"; EUR/MWh; local market time (Central European), 23 to 25 hours
//   ENTSO-E   the transparency platform's day-ahead export: "01.01.2023 00:00 - 01.01.2023 01:00","2.01",…;
//             the hour that does not exist in spring has no price, the one in autumn appears twice
#pragma once

#include "base/zone.hpp"
#include "schedule/plan_file.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hil::schedule {

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

// Never throws for what the text contains.
ValueFile parse_values(std::string_view text, std::string file, const Zone& zone);
// The same from a file. Blocks.
ValueFile load_values(const std::filesystem::path& path, const Zone& zone);

}  // namespace hil::schedule
