// What the samples of a charge point say, in units of the site. Pure.
//
// Stations fill the list of samples as they please: units left out or wrong, phases named four ways, zeros
// for phases they do not have, values as numbers though they are texts, empty lists. What can be told from it
// is told, what cannot is none. Signs: power and current into the car are positive here; the site negates
// them once.
#pragma once

#include "base/time.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::ocpp {

struct ChargerReading {
    std::optional<double> energy_kwh;                // of the meter, imported
    std::optional<double> power_kw;                  // imported; negative: the car gives
    std::array<std::optional<double>, 3> current_a;  // L1, L2, L3
    std::array<std::optional<double>, 3> voltage_v;  // phase to neutral
    std::optional<double> soc_pu, temperature_c, frequency_hz, offered_a;

    // Phases that carry current, 1 to 3; none: no current is known, or none flows.
    [[nodiscard]] std::optional<unsigned> phases() const;
    // The power that was said, or that of currents and voltages (230 V where none is known); none: neither.
    [[nodiscard]] std::optional<double> power() const;
    [[nodiscard]] bool empty() const;
};

struct MeterSample {
    std::string timestamp;  // as it was sent; may be empty
    std::string context;    // "Sample.Periodic" where nothing is said
    ChargerReading reading;
    std::vector<std::string> ignored;  // what could not be used, each with its reason
};

struct MeterQuirks {
    double energy_factor = 1;  // of a station whose energy is in kWh and says Wh: 1000
};

// The `meterValue` of MeterValues (1.6, 2.0.1) and TransactionEvent, `transactionData` of StopTransaction: an
// array, one sample for each element. Anything else gives none.
std::vector<MeterSample> read_meter_values(const boost::json::value& values, const MeterQuirks& quirks = {});

// The id of the transaction a message is of; 0, negative, and the largest 64-bit number stand for none.
std::optional<std::int64_t> transaction_of(const boost::json::object& payload);

// The time of a message: its own, where it is plausible, else the one it was received at. Local times without
// a zone are taken as of `offset`; before 2020, more than a day ahead of `received`, and unreadable ones are
// not plausible.
struct StampedTime {
    WallTime at;
    bool own = false;
};
StampedTime time_of(std::string_view text, WallTime received, Duration offset = {});

}  // namespace hil::ocpp
