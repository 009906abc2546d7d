#include "app/battery_files.hpp"

#include "base/output_file.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace hil::app {

std::optional<std::string> read_text(std::string_view command, const std::filesystem::path& file) {
    constexpr std::uintmax_t most = 512U << 20U;
    std::error_code none;
    const auto size = std::filesystem::file_size(file, none);
    if (none || size > most) {
        fmt::print(stderr, "hil_scheduler {}: {}: {}\n", command, file.string(),
                   none ? none.message() : std::string("is larger than 512 MiB"));
        return std::nullopt;
    }
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (in) return text.str();
    fmt::print(stderr, "hil_scheduler {}: {}: cannot be read\n", command, file.string());
    return std::nullopt;
}

std::optional<battery::CyclerFile> read_test(std::string_view command, const std::filesystem::path& file,
                                             const battery::CyclerColumns& columns) {
    const auto text = read_text(command, file);
    if (!text) return std::nullopt;
    auto out = battery::parse_cycler(*text, file.string(), columns);
    for (const auto& note : out.notes)
        fmt::print(stderr, "hil_scheduler {}: note: {}\n", command, note);
    if (out.ok()) return out;
    fmt::print(stderr, "hil_scheduler {}: {}\n", command, out.problem);
    return std::nullopt;
}

std::optional<battery::CellFile> read_cell(std::string_view command, const std::string& name_or_file,
                                           const std::string& ageing) {
    auto out = battery::load_cell(name_or_file);
    if (!out.ok()) {
        fmt::print(stderr, "hil_scheduler {}: {}\n", command, out.problem);
        return std::nullopt;
    }
    for (const auto& info : battery::ageing_laws())
        if (ageing == info.name) out.physics.ageing = info.law;
    return out;
}

bool write_result(std::string_view command, const std::filesystem::path& file, const std::string& text) {
    if (file.empty()) {
        const bool written =
            std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
        if (!written) fmt::print(stderr, "hil_scheduler {}: standard output cannot be written\n", command);
        return written;
    }
    const auto written = write_output(file, text);
    if (!written)
        fmt::print(stderr, "hil_scheduler {}: {}: {}\n", command, file.string(), written.error().message());
    return written.has_value();
}

}  // namespace hil::app
