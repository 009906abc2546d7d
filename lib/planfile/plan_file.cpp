#include "planfile/plan_file.hpp"

#include "planfile/file_bytes.hpp"
#include "planfile/file_text.hpp"
#include "planfile/plan_formats.hpp"
#include "planfile/workbook.hpp"

#include <fmt/format.h>

#include <utility>

namespace hil::planfile {

std::string FileProblem::message() const {
    std::string out = file;
    if (row != 0) out += fmt::format(":{}", row);
    if (!column.empty()) out += ": " + column;
    return out + ": " + text;
}

PlanFile parse_plan(std::string_view text, std::string file, std::span<const std::string> plant_ids,
                    const Zone& zone, const PlanReading& reading) {
    const std::string name = file;
    PlanBuilder plan(std::move(file), plant_ids, zone);
    if (looks_like_workbook(text)) {
        read_plan_xlsx(text, reading, plan);
        return plan.finish();
    }
    if (std::string unusable = text_problem(text); !unusable.empty()) {
        plan.problem(0, "", std::move(unusable));
        return plan.finish();
    }
    const std::size_t first = without_bom(text).find_first_not_of(" \t\r\n");
    const char opening = without_bom(text)[first];
    if (opening == '[' || opening == '{') {
        read_plan_json(text, reading, plan);
    } else if (looks_like_recording(text)) {
        read_plan_recording(text, name, plant_ids, plan);
    } else {
        read_plan_csv(text, reading, plan);
    }
    return plan.finish();
}

PlanFile load_plan(const std::filesystem::path& path, std::span<const std::string> plant_ids,
                   const Zone& zone, const PlanReading& reading) {
    std::string text;
    if (std::string unreadable = read_whole(path, text); !unreadable.empty()) {
        PlanBuilder plan(path.string(), plant_ids, zone);
        plan.problem(0, "", std::move(unreadable));
        return plan.finish();
    }
    return parse_plan(text, path.string(), plant_ids, zone, reading);
}

void apply_plan(PlanFile plan, schedule::PlanStore& store) {
    for (PlanColumn& column : plan.columns) {
        store.set_manual(column.plant, column.signal, std::move(column.series), plan.file);
    }
}

}  // namespace hil::planfile
