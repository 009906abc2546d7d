// The unit that a label of a column names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hil::planfile {

struct NamedUnit {
    std::string text;   // as it stands there: "Cent/kWh"
    double factor = 1;  // times this it is money per MWh, or kW
};

// "Precio marginal (Cent/kWh)" is a tenth of EUR/MWh, "load [MW]" a thousand kW; "price_ct_per_kwh" and
// "load_mw" are read too. None for a label that names none. The currency itself is never converted.
std::optional<NamedUnit> unit_in(std::string_view label);

}  // namespace hil::planfile
