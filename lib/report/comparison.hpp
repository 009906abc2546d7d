// Two ranges beside each other: the figures of each plant with their differences, its curves over each other
// from the begin of either range, and what the runs in them were made of.
#pragma once

#include "report/document.hpp"
#include "report/run_record.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace hil::report {

struct Side {
    std::string name;  // as it was asked for
    measure::Range range;
    std::string source;           // where its rows come from
    std::vector<RunRecord> runs;  // that were on in the range, oldest first
    std::vector<PlantPart> plants;
};

struct Comparison {
    std::string version;  // of the program
    WallTime made_at;
    Zone zone = Zone::utc();
    config::TransportMode transport{};
    std::array<Side, 2> sides;  // the same plants in the same order
};

// One figure of a plant, in one range and the other.
struct ComparedFigure {
    const char* group;
    const char* name;
    const char* key;   // in JSON, unit included
    const char* unit;  // for people; empty: none
    int decimals;
    std::array<std::optional<double>, 2> values;  // none: not known

    // The second less the first; none unless both are known.
    [[nodiscard]] std::optional<double> difference() const;
};
// In the order in which they are shown.
std::vector<ComparedFigure> compared_figures(const PlantPart& first, const PlantPart& second);

// What the runs of the two sides have in common, each a sentence: the same configuration or another one,
// plan, version. Empty where either side has no record.
std::vector<std::string> compared_runs(const Comparison& comparison);

// Those of the records, oldest first, that were on at some time of the range. One that broke off without
// writing its end was on until the next began.
std::vector<RunRecord> runs_in(const std::vector<RunRecord>& records, measure::Range range);

// One HTML file that needs nothing else, for light and dark.
std::string to_html(const Comparison& comparison);
// Lines for a terminal.
std::string to_text(const Comparison& comparison);
// One JSON object: figures as compared, and the summaries they come from (summary_json.hpp).
std::string to_json(const Comparison& comparison);

// "compare_20251001T000000+0200_20251002T000000+0200", by the begins of the two.
std::string file_stem(const Comparison& comparison);

}  // namespace hil::report
