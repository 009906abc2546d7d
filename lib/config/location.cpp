#include "config/location.hpp"

namespace hil::config {

namespace {

constexpr auto installed = "/etc/hil-scheduler/hil.json";

}  // namespace

DefaultFile default_file(const Whereabouts& where) {
    const bool in_build_tree =
        !where.program.empty() && where.exists(where.program.parent_path() / "CMakeCache.txt");
    if (!in_build_tree) return {installed};
    for (const auto& file : {where.working_directory / "etc/hil.json", where.working_directory / "hil.json"})
        if (where.exists(file)) return {file, true};
    const auto of_sources = where.source_tree / "etc/hil.json";
    if (where.exists(of_sources)) return {of_sources};
    return {installed};
}

DefaultFile default_file() {
    std::error_code none;
    return default_file({.program = std::filesystem::read_symlink("/proc/self/exe", none),
                         .working_directory = std::filesystem::current_path(none),
                         .source_tree = HIL_SOURCE_TREE,
                         .exists = [](const std::filesystem::path& file) {
                             std::error_code unknown;
                             return std::filesystem::is_regular_file(file, unknown);
                         }});
}

}  // namespace hil::config
