// Files that the commands about batteries read and write; complaints go to standard error.
#pragma once

#include "battery/cell/cell_file.hpp"
#include "battery/identify/cycler_file.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace hil::app {

std::optional<std::string> read_text(std::string_view command, const std::filesystem::path& file);
// Notes of the reading are told.
std::optional<battery::CyclerFile> read_test(std::string_view command, const std::filesystem::path& file,
                                             const battery::CyclerColumns& columns);
// By name or from its file; `ageing` not empty: by that law.
std::optional<battery::CellFile> read_cell(std::string_view command, const std::string& name_or_file,
                                           const std::string& ageing);
// An empty file is standard output. False: it could not be written, which was said.
bool write_result(std::string_view command, const std::filesystem::path& file, const std::string& text);

}  // namespace hil::app
