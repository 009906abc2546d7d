// The command line of what is done with recorded measurements: export, report, import, compress, why.
#pragma once

#include "config/config.hpp"
#include "measure/export.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hil::app {

// Where the configuration and the data are.
struct DataOptions {
    std::filesystem::path config_file;
    bool config_found_here = false;  // in the working directory: nobody named it
    std::optional<std::filesystem::path> data_dir;
};

struct ExportOptions {
    DataOptions data;
    std::optional<std::string> plant;  // none: the only one
    std::optional<config::TransportMode> transport;
    std::optional<std::string> from, to;  // local times unless they have an offset; none: all there is
    measure::ExportFormat format = measure::ExportFormat::csv;
    std::optional<std::size_t> points;
    std::filesystem::path output;  // empty: standard output
};

struct ReportOptions {
    DataOptions data;
    std::vector<std::string> plants;  // empty: all
    std::optional<config::TransportMode> transport;
    std::optional<std::string> from, to;  // as of an export
    std::filesystem::path output;         // empty: named by plants and range
    bool to_standard_output = false;
    // Two to be compared, "FROM..TO", a directory of recordings or the record of a run; empty: no comparison.
    std::vector<std::string> compare;
    enum class Format : std::uint8_t { html, text, json } format = Format::html;  // of a comparison
};

struct ImportOptions {
    DataOptions data;
    std::filesystem::path directory;
    bool everything = false;  // files that have not changed since the last import too
};

struct CompressOptions {
    DataOptions data;
    std::vector<std::filesystem::path> files;  // empty: every recording of the data directory
};

struct WhyOptions {
    DataOptions data;
    std::optional<std::string> plant;  // none: the only one
    std::string at;
    bool json = false;
};

class OptionLine;

// Each throws Mistake where the line is none.
ExportOptions read_export(OptionLine& line);
ReportOptions read_report(OptionLine& line);
ImportOptions read_import(OptionLine& line);
CompressOptions read_compress(OptionLine& line);
WhyOptions read_why(OptionLine& line);

}  // namespace hil::app
