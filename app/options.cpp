#include "app/options.hpp"

#include "app/config_choice.hpp"
#include "app/option_line.hpp"
#include "app/option_texts.hpp"
#include "base/duration_text.hpp"
#include "base/number.hpp"
#include "base/zone.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <sstream>
#include <utility>

namespace hil::app {
namespace {

std::optional<config::TransportMode> transport_of(const OptionLine& line) {
    const auto text = line.text("transport");
    if (!text) return std::nullopt;
    return *text == "local" ? config::TransportMode::local : config::TransportMode::remote;
}

CommonOptions read_common(const OptionLine& line) {
    CommonOptions out;
    auto configuration = config_choice(line);
    out.config_file = std::move(configuration.file);
    out.config_found_here = configuration.of_working_directory;
    out.transport = transport_of(line);
    if (const auto source = line.text("source"))
        out.source = *source == "manual" ? config::ScheduleSource::manual : config::ScheduleSource::api;
    for (const auto& file : line.texts("schedule"))
        out.schedules.emplace_back(file);
    if (const auto day_first = line.text("day-first")) out.day_first = *day_first == "yes";
    if (const auto directory = line.text("data-dir")) out.data_dir = *directory;
    out.log_level = line.text("log-level");
    out.json_log = line.text("log-format") == "json";
    return out;
}

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> parts;
    std::istringstream in(list);
    for (std::string part; std::getline(in, part, ',');) {
        if (!part.empty()) parts.push_back(part);
    }
    return parts;
}

ScenarioOptions read_scenario(const OptionLine& line) {
    ScenarioOptions out;
    const auto common = read_common(line);
    out.config_file = common.config_file;
    out.config_found_here = common.config_found_here;
    out.data_dir = common.data_dir.value_or("");
    for (const auto& file : line.texts("scenario"))
        out.scenarios.emplace_back(file);
    out.junit = line.text("junit").value_or("");
    out.trace = line.text("trace").value_or("");
    out.report = line.text("report").value_or("");
    return out;
}

Invocation read_run(OptionLine& line) {
    line.check();
    if (line.has("scenario")) return read_scenario(line);
    RunOptions out;
    out.common = read_common(line);
    out.headless = line.has("headless");
    if (const auto plants = line.text("start")) {
        out.start = true;
        out.start_plants = split(*plants);
    }
    out.record = line.has("record");
    out.strict_plan = line.has("strict-plan");
    out.from = line.text("from");
    if (const auto duration = line.text("duration")) out.duration = parse_duration(*duration);
    out.report = line.text("report").value_or("");
    out.speed = line.number("speed").value_or(1.0);
    if (const auto port = line.number("port")) out.common.port = static_cast<std::uint16_t>(*port);
    out.paused = line.has("paused");
    out.soc_pu = line.number("soc");
    out.notes = line.texts("note");
    if (out.headless) out.start = out.record = true;
    return out;
}

Invocation read_check(OptionLine& line) {
    line.check();
    return CheckOptions{read_common(line), line.has("probe")};
}

Invocation read_plan(OptionLine& line) {
    PlanOptions out;
    out.common = read_common(line);
    out.made = read_template_options(line);
    line.check();
    out.date = line.text("date");
    out.days = static_cast<int>(line.number("days").value_or(1));
    out.soc_pu = line.number("soc");
    if (const auto format = line.text("format"))
        out.format = *format == "table" ? PlanOptions::Format::table
                     : *format == "csv" ? PlanOptions::Format::csv
                                        : PlanOptions::Format::json;
    out.output = line.text("output").value_or("");
    return out;
}

template <class T>
T whole_number(const char* option, std::string_view text) {
    T value{};
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    if (error != std::errc{} || end != last)
        throw Mistake(fmt::format("--{}: must be a whole number, got \"{}\"", option, text));
    return value;
}

Invocation read_simulate(OptionLine& line) {
    SimulateOptions out;
    out.common = read_common(line);
    if (out.common.transport == config::TransportMode::remote)
        line.problem("--transport: a simulation knows no remote plants");
    line.check();
    if (const auto seed = line.text("seed"))
        out.first_seed = out.last_seed = whole_number<std::uint64_t>("seed", *seed);
    if (const auto seeds = line.text("seeds")) {
        const auto dots = seeds->find("..");
        out.first_seed = whole_number<std::uint64_t>("seeds", seeds->substr(0, dots));
        out.last_seed = whole_number<std::uint64_t>("seeds", seeds->substr(dots + 2));
        if (out.last_seed < out.first_seed) throw Mistake("--seeds: the last must not be below the first");
    }
    if (const auto days = line.text("days")) out.length = days_of(*days).value();
    out.from = line.text("from");
    out.faults = line.text("faults").value_or("default");
    out.replay = line.text("replay");
    out.trace = line.text("trace").value_or("");
    const bool one = out.first_seed == out.last_seed;
    if (!one && (out.replay || !out.trace.empty() || out.common.data_dir))
        throw Mistake("--trace, --replay and --data-dir: only with a single seed");
    return out;
}

Invocation read_hash_password(OptionLine& line) {
    line.check();
    return HashPasswordOptions{line.has("token")};
}

// help [SUB-COMMAND | --man | --completion bash]
Invocation read_help(const std::vector<std::string>& rest) {
    if (rest.empty()) return HelpRequest{overview_text()};
    if (rest.size() == 1 && rest[0] == "--man") return HelpRequest{man_page()};
    if (rest.size() == 2 && rest[0] == "--completion" && rest[1] == "bash")
        return HelpRequest{bash_completion()};
    const auto* command = rest.size() == 1 ? find_sub_command(rest[0]) : nullptr;
    if (command != nullptr) return HelpRequest{help_text(*command)};
    return UsageError{fmt::format(
        "hil_scheduler help: must be followed by nothing, --man, --completion bash or one of {}, got \"{}\"",
        sub_command_names(), fmt::join(rest, " "))};
}

struct Reader {
    std::string_view name;
    Invocation (*read)(OptionLine&);
};
constexpr std::array readers{
    Reader{"run", read_run},
    Reader{"check", read_check},
    Reader{"plan", read_plan},
    Reader{"simulate", read_simulate},
    Reader{"export", [](OptionLine& line) -> Invocation { return read_export(line); }},
    Reader{"report", [](OptionLine& line) -> Invocation { return read_report(line); }},
    Reader{"import", [](OptionLine& line) -> Invocation { return read_import(line); }},
    Reader{"compress", [](OptionLine& line) -> Invocation { return read_compress(line); }},
    Reader{"why", [](OptionLine& line) -> Invocation { return read_why(line); }},
    Reader{"identify", [](OptionLine& line) -> Invocation { return read_identify(line); }},
    Reader{"estimate", [](OptionLine& line) -> Invocation { return read_estimate(line); }},
    Reader{"twin", [](OptionLine& line) -> Invocation { return read_twin(line); }},
    Reader{"study", [](OptionLine& line) -> Invocation { return read_study(line); }},
    Reader{"backup", [](OptionLine& line) -> Invocation { return read_backup(line); }},
    Reader{"restore", [](OptionLine& line) -> Invocation { return read_restore(line); }},
    Reader{"doctor", [](OptionLine& line) -> Invocation { return read_doctor(line); }},
    Reader{"hash-password", read_hash_password},
};

}  // namespace

Invocation parse_command_line(const std::vector<std::string>& arguments) {
    std::string name = "run";
    std::vector<std::string> rest = arguments;
    if (!rest.empty() && !rest.front().empty() && rest.front().front() != '-') {
        name = rest.front();
        rest.erase(rest.begin());
    } else if (!rest.empty() && (rest.front() == "--help" || rest.front() == "-h")) {
        return HelpRequest{overview_text()};
    }
    if (name == "help") return read_help(rest);
    const auto* command = find_sub_command(name);
    const auto reader = std::ranges::find(readers, name, &Reader::name);
    if (command == nullptr || reader == readers.end()) {
        return UsageError{fmt::format("hil_scheduler: unknown sub-command \"{}\"; there are {}", name,
                                      sub_command_names())};
    }
    try {
        OptionLine line(*command, rest);
        if (line.asks_for_help()) return HelpRequest{help_text(*command)};
        return reader->read(line);
    } catch (const Mistake& e) {
        return UsageError{fmt::format("hil_scheduler {}: {}", name, e.what())};
    }
}

}  // namespace hil::app
