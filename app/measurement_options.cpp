#include "app/measurement_options.hpp"

#include "app/config_choice.hpp"
#include "app/option_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>
#include <utility>

namespace hil::app {
namespace {

using measure::ExportFormat;

DataOptions data_of(const OptionLine& line) {
    DataOptions out;
    auto configuration = config_choice(line);
    out.config_file = std::move(configuration.file);
    out.config_found_here = configuration.of_working_directory;
    if (const auto directory = line.text("data-dir")) out.data_dir = *directory;
    return out;
}

ExportFormat format_of(const std::optional<std::string>& text, const std::filesystem::path& output) {
    const auto name = text ? *text : output.has_extension() ? output.extension().string().substr(1) : "";
    if (name == "json") return ExportFormat::json;
    if (name == "parquet") return ExportFormat::parquet;
    return name == "xlsx" ? ExportFormat::xlsx : ExportFormat::csv;
}

template <class Options>
void take_range(const OptionLine& line, Options& out) {
    if (const auto transport = line.text("transport"))
        out.transport = *transport == "local" ? config::TransportMode::local : config::TransportMode::remote;
    out.from = line.text("from");
    out.to = line.text("to");
}

}  // namespace

ExportOptions read_export(OptionLine& line) {
    line.check();
    ExportOptions out;
    out.data = data_of(line);
    out.plant = line.text("plant");
    take_range(line, out);
    if (const auto file = line.text("output"); file && *file != "-") out.output = *file;
    out.format = format_of(line.text("format"), out.output);
    if (out.format == ExportFormat::xlsx && out.output.empty())
        throw Mistake("--output: a workbook needs a file to be written to");
    if (const auto points = line.number("points")) out.points = static_cast<std::size_t>(*points);
    return out;
}

namespace {

ReportOptions::Format comparison_format(const std::optional<std::string>& text,
                                        const std::filesystem::path& output) {
    using Format = ReportOptions::Format;
    const auto ending = output.extension();
    if (text) return *text == "json" ? Format::json : *text == "text" ? Format::text : Format::html;
    return ending == ".json" ? Format::json : ending == ".txt" ? Format::text : Format::html;
}

// The second of two ranges stands without an option: --compare A B.
void read_comparison(OptionLine& line, ReportOptions& out) {
    out.compare = line.texts("compare");
    out.compare.insert(out.compare.end(), line.operands().begin(), line.operands().end());
    if (!line.has("compare")) {
        if (!out.compare.empty())
            throw Mistake(fmt::format("unexpected argument \"{}\"", fmt::join(out.compare, " ")));
        if (line.has("format")) throw Mistake("--format: only together with --compare");
        return;
    }
    if (out.compare.size() != 2)
        throw Mistake(fmt::format(
            "--compare: must be followed by two, FROM..TO, a directory or run_<begin>.json each, got {}",
            out.compare.size()));
    if (out.from || out.to)
        throw Mistake("--compare: not together with --from and --to, it says what is read");
    out.format = comparison_format(line.text("format"), out.output);
}

}  // namespace

ReportOptions read_report(OptionLine& line) {
    line.check();
    ReportOptions out;
    out.data = data_of(line);
    if (const auto plants = line.text("plant")) {
        std::istringstream list(*plants);
        for (std::string id; std::getline(list, id, ',');)
            out.plants.push_back(id);
    }
    take_range(line, out);
    if (const auto file = line.text("output")) {
        out.to_standard_output = *file == "-";
        if (!out.to_standard_output) out.output = *file;
    }
    read_comparison(line, out);
    return out;
}

ImportOptions read_import(OptionLine& line) {
    line.check();
    if (line.operands().size() != 1)
        throw Mistake(
            fmt::format("one directory of recordings must be named, got {}", line.operands().size()));
    return {data_of(line), line.operands().front(), line.has("all")};
}

CompressOptions read_compress(OptionLine& line) {
    line.check();
    CompressOptions out;
    out.data = data_of(line);
    out.files.assign(line.operands().begin(), line.operands().end());
    return out;
}

WhyOptions read_why(OptionLine& line) {
    line.check();
    WhyOptions out;
    out.data = data_of(line);
    out.plant = line.text("plant");
    const auto at = line.text("at");
    if (!at) throw Mistake("--at: must be given, as 2025-10-01T12:00:00");
    out.at = *at;
    out.json = line.text("format") == "json";
    return out;
}

}  // namespace hil::app
