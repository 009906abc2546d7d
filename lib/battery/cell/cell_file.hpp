// Cells by name, and as files of parameters: JSON, as `hil_scheduler identify` writes it.
//
//   { "name": "our cell", "source": "test of May", "capacity_ah": 94,
//     "ocv_v": [[0, 3.2], [0.5, 3.68], [1, 4.14]], "discharge_ohm": [[0, 0.0005], [1, 0.0004]],
//     "pairs": [{"ohm": 0.0002, "tau_s": 20}], "v_min": 2.7, "v_max": 4.2, "ageing": "nmc111_kokam" }
//
// Tables go from 0 to 1 in charge, or are taken from a file with a header:
//   "ocv_v": {"file": "ocv.csv", "soc": "SOC", "value": "OCV", "soc_scale": 0.01, "value_scale": 1}
// What a file does not say is that of `like` (a cell by name; default nmc) where that is meant to be typical:
// heat, self-discharge, coulombic efficiency, limits of temperature. `charge_ohm` is `discharge_ohm` where it
// is missing. "identified" holds what a fit tells of itself, and is not read.
#pragma once

#include "battery/physical_model.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::battery {

// lfp, nmc, lmo, lg_m50, lco, vrfb; none: there is none of that name.
std::optional<Physics> named_cell(std::string_view name);
std::vector<std::string> cell_names();

struct CellFile {
    std::string name, source;
    Physics physics;
    std::string problem;  // a sentence with file and key; empty: none
    [[nodiscard]] bool ok() const { return problem.empty(); }
};

// How a table's file is read: its text, none where it cannot be.
using ReadText = std::function<std::optional<std::string>(const std::filesystem::path&)>;

// Never throws for what the text contains.
CellFile parse_cell(std::string_view text, const std::string& file, const ReadText& read_table);
// A name, or a file of at most 16 MiB with its tables beside it. Blocks.
CellFile load_cell(const std::string& name_or_file);

struct WrittenCell {
    std::string name, source, like, ageing;
    std::vector<std::pair<double, double>> ocv_v, charge_ohm, discharge_ohm;
    double capacity_ah = 0, v_min = 0, v_max = 0;
    std::array<RcPair, 2> pairs{};  // those of no resistance are left out
    std::string identified;         // JSON; empty: none
};
std::string to_json(const WrittenCell& cell);

}  // namespace hil::battery
