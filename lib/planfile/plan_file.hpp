// Plan files: a `timestamp` column and one column for each series, `<plant>_p_kw` or `<plant>_q_kvar`, as
// CSV, as a workbook (XLSX), or as a JSON array of objects with the same keys. A value holds until the next
// row, the last as long as the interval before it, a single one to the end of its local day. `end` in place
// of a value: nothing is planned for this series until its next number. CSV with one column can also say its
// end by a last row of that time with an empty value.
//
// CSV may have semicolons between its cells, and then decimal commas. Dates may have their day or month first
// where they can be read in one way only, or somebody said in which.
//
// A recording of a plant (YYYYMMDD_<plant>.csv, as the service writes them) is a plan too: what was asked of
// the plant then. Where the recording knows nothing the plan asks for nothing.
#pragma once

#include "base/zone.hpp"
#include "schedule/plan_store.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hil::planfile {

struct FileProblem {
    std::string file;
    std::size_t row = 0;  // CSV, XLSX: line or row, from 1; JSON: place in the array from 1; 0: the whole
    std::string column;   // empty: the row as a whole
    std::string text;     // the rule, and what was found instead

    // "plan.csv:7: lib_p_kw: must be a number, got "abc""
    [[nodiscard]] std::string message() const;
};

struct PlanColumn {
    schedule::PlantIndex plant = 0;
    schedule::Signal signal = schedule::Signal::p;
    schedule::Series series;  // empty when the column has nothing but `end`
};

// What somebody says of a file that does not say it itself.
struct PlanReading {
    std::optional<bool> day_first{};  // of dates as 05/06/2026; none: refused
};

struct PlanFile {
    std::string file;
    std::vector<PlanColumn> columns;    // in the order of the file; empty when there is any problem
    std::vector<std::string> notes;     // how it was read where it could be read otherwise; sentences
    std::vector<FileProblem> problems;  // by row, at most `max_problems`
    std::size_t omitted = 0;            // problems found beyond that

    [[nodiscard]] bool ok() const { return problems.empty(); }
};

inline constexpr std::size_t max_problems = 100;

// Reads a plan from the bytes of a file; `file` names it in problems. XLSX when they are a ZIP archive, JSON
// when the first character that is no blank opens an array or object, CSV otherwise. Never throws for what
// they contain.
PlanFile parse_plan(std::string_view text, std::string file, std::span<const std::string> plant_ids,
                    const Zone& zone, const PlanReading& reading = {});

// The same from a file. Blocks.
PlanFile load_plan(const std::filesystem::path& path, std::span<const std::string> plant_ids,
                   const Zone& zone, const PlanReading& reading = {});

// Makes every series of the file the enabled manual series of its plant and signal, in place of what was
// there. Series the file does not contain stay. Precondition: plan.ok().
void apply_plan(PlanFile plan, schedule::PlanStore& store);

}  // namespace hil::planfile
