#include "app/measurement_options.hpp"

#include "config/location.hpp"

#include <boost/program_options.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace hil::app {
namespace {

namespace po = boost::program_options;
using measure::ExportFormat;

struct BadOption : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The options of one sub-command, what stands without an option, and what was given of them.
struct Line {
    po::options_description options{"Options"};
    std::string operand;  // what a word without an option is; empty: none is taken
    po::variables_map values;
    std::vector<std::string> operands;

    Line() {
        options.add_options()("help,h", "this text")("config", po::value<std::string>()->value_name("FILE"),
                                                     "configuration; default etc/hil.json")(
            "data-dir", po::value<std::string>()->value_name("DIR"), "where measurements are recorded");
    }

    void add(const char* name, const char* value, const char* text) {
        options.add_options()(name, po::value<std::string>()->value_name(value), text);
    }

    void read(const std::vector<std::string>& arguments) {
        namespace style = po::command_line_style;
        const auto parsed = po::command_line_parser(arguments)
                                .options(options)
                                .style(style::unix_style & ~style::allow_guessing)
                                .run();
        for (const auto& option : parsed.options) {
            if (option.position_key < 0) continue;
            if (operand.empty())
                throw BadOption(fmt::format("unexpected argument \"{}\"", fmt::join(option.value, " ")));
            operands.insert(operands.end(), option.value.begin(), option.value.end());
        }
        po::store(parsed, values);
        po::notify(values);
    }

    [[nodiscard]] std::optional<std::string> given(const char* name) const {
        if (!values.count(name)) return std::nullopt;
        auto text = values[name].as<std::string>();
        if (text.empty()) throw BadOption(fmt::format("--{}: must not be empty", name));
        return text;
    }

    [[nodiscard]] DataOptions data() const {
        DataOptions out;
        out.config_file = given("config").value_or(config::default_file().string());
        if (const auto directory = given("data-dir")) out.data_dir = *directory;
        return out;
    }

    [[nodiscard]] MeasurementText help(std::string_view usage) const {
        std::ostringstream out;
        out << usage << "\n\n" << options;
        return {.mistake = false, .text = out.str()};
    }
};

template <class E>
E data_choice(const char* option, const std::string& value,
              std::initializer_list<std::pair<std::string_view, E>> allowed) {
    std::string names;
    for (const auto& [name, e] : allowed) {
        if (name == value) return e;
        names += fmt::format("{}{}", names.empty() ? "" : " or ", name);
    }
    throw BadOption(fmt::format("--{}: must be {}, got \"{}\"", option, names, value));
}

ExportFormat format_of(const Line& line, const std::filesystem::path& output) {
    const auto text = line.given("format");
    if (!text) {
        const auto ending = output.extension();
        if (ending == ".json") return ExportFormat::json;
        if (ending == ".parquet") return ExportFormat::parquet;
        return ending == ".xlsx" ? ExportFormat::xlsx : ExportFormat::csv;
    }
    return data_choice<ExportFormat>("format", *text,
                                     {{"csv", ExportFormat::csv},
                                      {"json", ExportFormat::json},
                                      {"xlsx", ExportFormat::xlsx},
                                      {"parquet", ExportFormat::parquet}});
}

std::optional<config::TransportMode> transport_of(const Line& line) {
    const auto text = line.given("transport");
    if (!text) return std::nullopt;
    return data_choice<config::TransportMode>(
        "transport", *text,
        {{"local", config::TransportMode::local}, {"remote", config::TransportMode::remote}});
}

// Which recorded rows, asked for in the same words by whoever reads them.
void add_range(Line& line) {
    line.add("transport", "local|remote", "of the emulators or of the real plants; default: as configured");
    line.add("from", "TIME", "begin, included; default: the first row");
    line.add("to", "TIME", "end, not included; default: the last row");
}

template <class Options>
void take_range(const Line& line, Options& out) {
    out.transport = transport_of(line);
    out.from = line.given("from");
    out.to = line.given("to");
}

MeasurementCommand parse_export(const std::vector<std::string>& arguments) {
    Line line;
    line.add("plant", "ID", "whose measurements; may be left out where there is one plant");
    add_range(line);
    line.add("format", "csv|json|xlsx|parquet", "default: by the ending of --output, otherwise csv");
    line.add("points", "N", "at most N rows, 2 to 10000, every peak kept; default: every row");
    line.add("output", "FILE", "default: standard output");
    line.read(arguments);
    if (line.values.count("help")) return line.help("Usage: hil_scheduler export [OPTIONS]");
    ExportOptions out;
    out.data = line.data();
    out.plant = line.given("plant");
    take_range(line, out);
    if (const auto file = line.given("output"); file && *file != "-") out.output = *file;
    out.format = format_of(line, out.output);
    if (out.format == ExportFormat::xlsx && out.output.empty())
        throw BadOption("--output: a workbook needs a file to be written to");
    if (const auto text = line.given("points")) {
        std::size_t points = 0;
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), points);
        if (error != std::errc{} || end != text->data() + text->size() || points < 2 || points > 10000)
            throw BadOption(
                fmt::format("--points: must be a whole number from 2 to 10000, got \"{}\"", *text));
        out.points = points;
    }
    return out;
}

MeasurementCommand parse_report(const std::vector<std::string>& arguments) {
    Line line;
    line.add("plant", "ID,...", "whose; default: every plant");
    add_range(line);
    line.add("output", "FILE", "default: a name of plants and range, here; - for standard output");
    line.read(arguments);
    if (line.values.count("help")) {
        return line.help(
            "Usage: hil_scheduler report [OPTIONS]\n\nOne HTML file that needs nothing else: figures, plots "
            "that "
            "zoom, events, plans, configuration.");
    }
    ReportOptions out;
    out.data = line.data();
    if (const auto plants = line.given("plant")) {
        std::istringstream list(*plants);
        for (std::string id; std::getline(list, id, ',');)
            out.plants.push_back(id);
    }
    take_range(line, out);
    if (const auto file = line.given("output")) {
        out.to_standard_output = *file == "-";
        if (!out.to_standard_output) out.output = *file;
    }
    return out;
}

MeasurementCommand parse_import(const std::vector<std::string>& arguments) {
    Line line;
    line.operand = "DIR";
    line.options.add_options()("all", "recordings that have not changed since the last import too");
    line.read(arguments);
    if (line.values.count("help")) return line.help("Usage: hil_scheduler import DIR [OPTIONS]");
    if (line.operands.size() != 1)
        throw BadOption(
            fmt::format("one directory of recordings must be named, got {}", line.operands.size()));
    return ImportOptions{line.data(), line.operands.front(), line.values.count("all") > 0};
}

MeasurementCommand parse_compress(const std::vector<std::string>& arguments) {
    Line line;
    line.operand = "FILE";
    line.read(arguments);
    if (line.values.count("help")) {
        return line.help(
            "Usage: hil_scheduler compress [FILE...] [OPTIONS]\n\nWithout FILE: every recording of the data "
            "directory.");
    }
    CompressOptions out;
    out.data = line.data();
    out.files.assign(line.operands.begin(), line.operands.end());
    return out;
}

MeasurementCommand parse_why(const std::vector<std::string>& arguments) {
    Line line;
    line.add("plant", "ID", "may be left out where there is one plant");
    line.add("at", "TIME", "the instant that is asked about");
    line.add("format", "text|json", "default text");
    line.read(arguments);
    if (line.values.count("help"))
        return line.help("Usage: hil_scheduler why --plant ID --at TIME [OPTIONS]");
    WhyOptions out;
    out.data = line.data();
    out.plant = line.given("plant");
    const auto at = line.given("at");
    if (!at) throw BadOption("--at: must be given, as 2025-10-01T12:00:00");
    out.at = *at;
    if (const auto text = line.given("format"))
        out.json = data_choice<bool>("format", *text, {{"text", false}, {"json", true}});
    return out;
}

using Parse = MeasurementCommand (*)(const std::vector<std::string>&);
constexpr std::array<std::pair<std::string_view, Parse>, 5> commands{{{"export", parse_export},
                                                                      {"report", parse_report},
                                                                      {"import", parse_import},
                                                                      {"compress", parse_compress},
                                                                      {"why", parse_why}}};

}  // namespace

bool is_measurement_command(std::string_view name) {
    return std::any_of(commands.begin(), commands.end(), [name](const auto& c) { return c.first == name; });
}

MeasurementCommand parse_measurement_command(std::string_view name,
                                             const std::vector<std::string>& arguments) {
    const auto* command =
        std::find_if(commands.begin(), commands.end(), [name](const auto& c) { return c.first == name; });
    try {
        return command->second(arguments);
    } catch (const po::error& e) {
        return MeasurementText{.mistake = true, .text = fmt::format("hil_scheduler {}: {}", name, e.what())};
    } catch (const BadOption& e) {
        return MeasurementText{.mistake = true, .text = fmt::format("hil_scheduler {}: {}", name, e.what())};
    }
}

}  // namespace hil::app
