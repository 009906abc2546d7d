// The unit that a label of a column names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hil::planfile {

enum class Quantity : std::uint8_t {
    price,   // money per MWh
    power,   // kW
    energy,  // kWh of an interval
};

struct NamedUnit {
    std::string text;   // as it stands there: "Cent/kWh"
    double factor = 1;  // times this it is in the unit of its quantity
    Quantity quantity = Quantity::price;
    // False: money of a name that is not known here, per something else than MWh, so that nobody can say
    // whether it is the hundredth part of another ("Rp/kWh"); the factor means nothing then.
    bool known = true;
};

// "Precio marginal (Cent/kWh)" is a tenth of EUR/MWh, "load [MW]" a thousand kW, "Netzlast [MWh]" a thousand
// kWh; "price_ct_per_kwh" and "load_mw" are read too. None for a label that names none. The currency itself
// is never converted.
std::optional<NamedUnit> unit_in(std::string_view label);

}  // namespace hil::planfile
