// What the number format of a cell shows, against what its number is taken for: "0.5 MW" in a column of kW is
// five hundred to the one who looks at it.
#pragma once

#include "planfile/unit.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace hil::planfile {

struct ShownNumber {
    std::string words;  // beside it: "MW"
    int thousands = 0;  // by how many it is shown divided

    friend bool operator==(const ShownNumber&, const ShownNumber&) = default;
};

// Of a column whose numbers are in `unit` ("kW", "kvar", "ct/kWh"; of one that is not known here, nothing but
// its own name agrees): why a cell that shows its number so says something else, as "its format shows MW";
// empty when it does not.
std::string shown_otherwise(const ShownNumber& shown, std::string_view unit);

}  // namespace hil::planfile
