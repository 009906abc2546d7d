// A test of one cell or pack as cyclers write it, and the Battery Data Format (BDF).
//
// A header names the columns: those of BDF ("Test Time / s", "test_time_second", …) and what cyclers call
// them, unit in brackets, behind a slash or an underscore ("Voltage(V)", "I[A]", "Current / mA"). A file
// without one, or with names of its own, is read with the columns given by number (1 is the first) or name.
// Separators: comma, semicolon (then a decimal comma is allowed), tab. Rows whose numbers cannot be read are
// skipped and counted.
//
// Cyclers count a charging current positive; here a discharging one is. Which of the two a file does is seen
// from its steps: charging raises the voltage. Where there are none, it is what cyclers do.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::battery {

struct CyclerRow {
    double t_s = 0;            // since the begin of the test
    double current_a = 0;      // positive: discharging; since the row before
    double voltage_v = 0;      // at this instant
    double temperature_k = 0;  // 0: not known
};

struct CyclerColumns {
    std::string time = {}, current = {}, voltage = {},
                temperature = {};               // number or name; empty: by the header
    std::optional<bool> positive_charges = {};  // none: by the steps
};

struct CyclerFile {
    std::vector<CyclerRow> rows;
    std::vector<std::string> notes;
    std::string problem;  // a sentence with its place; empty: none
    [[nodiscard]] bool ok() const { return problem.empty(); }
};

// Never throws for what the text contains. Times must not fall; rows of an equal time are one, the last.
CyclerFile parse_cycler(std::string_view text, const std::string& file, const CyclerColumns& columns);

// "time=2,current=9,voltage=10": the columns, or the sentence that says what is wrong.
struct ColumnsRead {
    CyclerColumns columns;
    std::string problem;
};
ColumnsRead parse_columns(std::string_view text);

// With the columns that BDF requires, and the temperature where it is known; a charging current is positive.
std::string to_bdf(const std::vector<CyclerRow>& rows);

}  // namespace hil::battery
