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
    other,   // neither, as kvar or a percentage
};

struct NamedUnit {
    std::string text;   // as it stands there: "Cent/kWh"
    double factor = 1;  // times this it is in the unit of its quantity
    Quantity quantity = Quantity::price;
    // False where the factor means nothing: money of a name that is not known here, per something else than
    // MWh, so that nobody can say whether it is the hundredth part of another ("fils/kWh"), money per what is
    // no amount of energy that is known ("EUR/100kWh", "EUR/MW"), and what is of another quantity.
    bool known = true;
};

// "Precio marginal (Cent/kWh)" is a tenth of EUR/MWh, "load [MW]" a thousand kW, "Netzlast [MWh]" a thousand
// kWh, "load (MWh/h)" a thousand kW; "price_ct_per_kwh" and "load_mw" are read too. None for a label that
// names none. The currency itself is never converted.
std::optional<NamedUnit> unit_in(std::string_view label);

// Money that a label names without saying for what: "SE3 Price (SEK)" is SEK. Not known where it is the
// hundredth part of another, "Preis (ct)": then it is rarely per MWh.
std::optional<NamedUnit> money_in(std::string_view label);

}  // namespace hil::planfile
