// A plant's range as a picture: power, state of charge, reactive power and voltage in lanes on one time axis,
// what happened above them. It stands in the page as it is, also without scripts and on paper; report.js
// draws the same again for the stretch that is looked at.
#pragma once

#include "report/document.hpp"

#include <string>

namespace hil::report {

// What is put on the time line of one plant.
struct Flag {
    WallTime at;
    std::optional<WallTime> until;
    std::string level;  // "alarm", "warning", "info", "mark"
    std::string text;
};
// Alerts, trips, marks, warnings and changes of state of the plant and the site, oldest first; a thousand at
// most.
std::vector<Flag> flags_of(const Document& document, const PlantPart& plant);

// How the lanes are made of columns; report.js reads the same from the embedded data.
struct Trace {
    measure::Column column;
    const char* style;  // a class: "setpoint", "p", "poi"
    const char* label;
};
struct Lane {
    const char* name;  // a class, too
    const char* title;
    const char* unit;
    double factor;
    int decimals;
    int height;
    bool zero;  // the axis has a zero line
    std::vector<Trace> traces;
};
const std::vector<Lane>& lanes();

std::string picture(const Document& document, const PlantPart& plant);

}  // namespace hil::report
