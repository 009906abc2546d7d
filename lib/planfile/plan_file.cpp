#include "planfile/plan_file.hpp"

#include "planfile/csv_reader.hpp"
#include "planfile/plan_formats.hpp"
#include "planfile/workbook.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

namespace hil::planfile {

namespace {

// Why the file could not be read, empty when it was.
std::string read_whole(const std::filesystem::path& path, std::string& into) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return "cannot be read: it is a directory";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file) return fmt::format("cannot be read: {}", std::generic_category().message(errno));
    const auto size = std::filesystem::file_size(path, error);
    if (!error) into.reserve(size + 1);
    char block[1 << 16];
    while (const std::size_t got = std::fread(block, 1, sizeof block, file.get()))
        into.append(block, got);
    if (std::ferror(file.get())) {
        return fmt::format("cannot be read: {}", std::generic_category().message(errno));
    }
    return {};
}

}  // namespace

std::string FileProblem::message() const {
    std::string out = file;
    if (row != 0) out += fmt::format(":{}", row);
    if (!column.empty()) out += ": " + column;
    return out + ": " + text;
}

PlanFile parse_plan(std::string_view text, std::string file, std::span<const std::string> plant_ids,
                    const Zone& zone) {
    const std::string name = file;
    PlanBuilder plan(std::move(file), plant_ids, zone);
    if (looks_like_workbook(text)) {
        read_plan_xlsx(text, plan);
        return plan.finish();
    }
    if (std::string unusable = text_problem(text); !unusable.empty()) {
        plan.problem(0, "", std::move(unusable));
        return plan.finish();
    }
    const std::size_t first = without_bom(text).find_first_not_of(" \t\r\n");
    const char opening = without_bom(text)[first];
    if (opening == '[' || opening == '{') {
        read_plan_json(text, plan);
    } else if (looks_like_recording(text)) {
        read_plan_recording(text, name, plant_ids, plan);
    } else {
        read_plan_csv(text, plan);
    }
    return plan.finish();
}

PlanFile load_plan(const std::filesystem::path& path, std::span<const std::string> plant_ids,
                   const Zone& zone) {
    std::string text;
    if (std::string unreadable = read_whole(path, text); !unreadable.empty()) {
        PlanBuilder plan(path.string(), plant_ids, zone);
        plan.problem(0, "", std::move(unreadable));
        return plan.finish();
    }
    return parse_plan(text, path.string(), plant_ids, zone);
}

void apply_plan(PlanFile plan, schedule::PlanStore& store) {
    for (PlanColumn& column : plan.columns) {
        store.set_manual(column.plant, column.signal, std::move(column.series), plan.file);
    }
}

}  // namespace hil::planfile
