#include "app/options.hpp"

#include "base/number.hpp"
#include "base/zone.hpp"
#include "config/location.hpp"

#include <boost/program_options.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <sstream>

namespace hil::app {
namespace {

namespace po = boost::program_options;

constexpr std::string_view overview =
    "Usage: hil_scheduler [SUB-COMMAND] [OPTIONS]\n"
    "\n"
    "Drives battery plants from schedules over Modbus TCP and records what they do.\n"
    "\n"
    "Sub-commands:\n"
    "  run            the service: emulated or real plants, dispatch, measurement (default)\n"
    "  check          validates the configuration; with --probe reads every readable point once\n"
    "  plan           prints the effective schedule of a day, its state of charge and every violation;\n"
    "                 with --template makes a plan: shapes, arbitrage, peak shaving, tests\n"
    "  simulate       the whole site in one process and in virtual time, replayable from a seed\n"
    "  export         measurements of a range as CSV, JSON or a workbook\n"
    "  report         one HTML file of a recorded range: figures, plots, events\n"
    "  import         makes history from the recordings of a directory\n"
    "  compress       recompresses recordings by the recorder's own rule\n"
    "  why            the reason of the value dispatched at any instant\n"
    "  hash-password  reads a password, prints what the configuration keeps of it\n"
    "\n"
    "hil_scheduler SUB-COMMAND --help lists the options of one.\n";

po::options_description common_options() {
    po::options_description options("Options");
    options.add_options()("help,h", "this text")("config", po::value<std::string>()->value_name("FILE"),
                                                 "configuration; default etc/hil.json")(
        "transport", po::value<std::string>()->value_name("local|remote"),
        "emulators of this process, or the remote endpoints")(
        "source", po::value<std::string>()->value_name("manual|api"), "where schedules come from")(
        "schedule", po::value<std::vector<std::string>>()->composing()->value_name("FILE"),
        "plan file (CSV, XLSX, JSON) or a recording, loaded as the manual schedule; may be repeated")(
        "day-first", po::value<std::string>()->implicit_value("yes")->value_name("yes|no"),
        "of dates as 05/06/2026 in plan and price files, where the files themselves do not tell")(
        "data-dir", po::value<std::string>()->value_name("DIR"), "where measurements are recorded")(
        "log-level", po::value<std::string>()->value_name("LEVEL"), "DEBUG, INFO, WARNING or ERROR")(
        "log-format", po::value<std::string>()->value_name("text|json"), "form of the log lines");
    return options;
}

struct Mistake : std::runtime_error {
    using std::runtime_error::runtime_error;
};

po::variables_map read(const po::options_description& options, const std::vector<std::string>& arguments) {
    po::variables_map values;
    namespace style = po::command_line_style;
    const auto parsed = po::command_line_parser(arguments)
                            .options(options)
                            .style(style::unix_style & ~style::allow_guessing)
                            .run();
    for (const auto& option : parsed.options) {
        if (option.position_key >= 0)
            throw Mistake(fmt::format("unexpected argument \"{}\"", fmt::join(option.value, " ")));
    }
    po::store(parsed, values);
    po::notify(values);
    return values;
}

template <class T>
std::optional<T> given(const po::variables_map& values, const char* name) {
    if (!values.count(name)) return std::nullopt;
    return values[name].as<T>();
}

template <class E>
E choice(const std::string& option, const std::string& value,
         std::initializer_list<std::pair<std::string_view, E>> allowed) {
    std::string names;
    for (const auto& [name, e] : allowed) {
        if (name == value) return e;
        names += fmt::format("{}{}", names.empty() ? "" : " or ", name);
    }
    throw Mistake(fmt::format("--{}: must be {}, got \"{}\"", option, names, value));
}

CommonOptions read_common(const po::variables_map& values) {
    CommonOptions out;
    out.config_file = given<std::string>(values, "config").value_or(config::default_file().string());
    if (const auto v = given<std::string>(values, "transport")) {
        out.transport = choice<config::TransportMode>(
            "transport", *v,
            {{"local", config::TransportMode::local}, {"remote", config::TransportMode::remote}});
    }
    if (const auto v = given<std::string>(values, "source")) {
        out.source = choice<config::ScheduleSource>(
            "source", *v, {{"manual", config::ScheduleSource::manual}, {"api", config::ScheduleSource::api}});
    }
    for (const auto& file :
         given<std::vector<std::string>>(values, "schedule").value_or(std::vector<std::string>{})) {
        out.schedules.emplace_back(file);
    }
    if (const auto v = given<std::string>(values, "day-first"))
        out.day_first = choice<bool>("day-first", *v, {{"yes", true}, {"no", false}});
    if (const auto v = given<std::string>(values, "data-dir")) {
        if (v->empty()) throw Mistake("--data-dir: must not be empty");
        out.data_dir = *v;
    }
    if (const auto v = given<std::string>(values, "log-level")) {
        out.log_level = choice<std::string>(
            "log-level", *v,
            {{"DEBUG", "DEBUG"}, {"INFO", "INFO"}, {"WARNING", "WARNING"}, {"ERROR", "ERROR"}});
    }
    if (const auto v = given<std::string>(values, "log-format")) {
        out.json_log = choice<bool>("log-format", *v, {{"text", false}, {"json", true}});
    }
    return out;
}

std::string help_text(std::string_view usage, const po::options_description& options) {
    std::ostringstream out;
    out << usage << "\n\n" << options;
    return out.str();
}

std::vector<std::string> split(const std::string& list) {
    std::vector<std::string> parts;
    std::istringstream in(list);
    for (std::string part; std::getline(in, part, ',');) {
        if (!part.empty()) parts.push_back(part);
    }
    return parts;
}

void add_scenario_options(po::options_description& options) {
    options.add_options()(
        "scenario", po::value<std::vector<std::string>>()->composing()->value_name("FILE"),
        "runs a scenario in virtual time and judges it (docs/scenarios.md); a directory is all in it; may be "
        "repeated")("junit", po::value<std::string>()->value_name("FILE"),
                    "with --scenario: the verdicts as JUnit XML")(
        "trace", po::value<std::string>()->value_name("FILE"), "with --scenario: every event as JSON lines");
}

// A scenario brings its own time, plan and faults; its plants stand beside the service, in memory.
ScenarioOptions read_scenario(const po::variables_map& values) {
    for (const auto* other : {"transport", "source", "schedule", "log-level", "log-format", "start", "record",
                              "headless", "strict-plan", "from", "duration", "speed", "paused", "port"}) {
        if (values.count(other))
            throw Mistake(
                fmt::format("--{}: not together with --scenario, whose file says what is run", other));
    }
    ScenarioOptions out;
    const auto common = read_common(values);
    out.config_file = common.config_file;
    out.data_dir = common.data_dir.value_or("");
    for (const auto& file : values["scenario"].as<std::vector<std::string>>())
        out.scenarios.emplace_back(file);
    out.junit = given<std::string>(values, "junit").value_or("");
    out.trace = given<std::string>(values, "trace").value_or("");
    out.report = given<std::string>(values, "report").value_or("");
    return out;
}

Invocation parse_run(const std::vector<std::string>& arguments) {
    auto options = common_options();
    options.add_options()(
        "start", po::value<std::string>()->implicit_value("")->value_name("[PLANT,...]"),
        "start these plants (all without a value) as soon as their links are up, dispatch on")(
        "record", "record the started plants")(
        "headless", "no web servers; implies --start --record; progress on the terminal, summary at the end")(
        "strict-plan", "fail when a plant does not deliver what its plan asks, as an empty battery does not")(
        "from", po::value<std::string>()->value_name("TIME"),
        "begin of simulated time (local transport only)")(
        "duration", po::value<std::string>()->value_name("D"), "stop after 30s, 15m, 24h, 2d of site time")(
        "report", po::value<std::string>()->value_name("FILE"),
        "write the HTML report of what was recorded at the end")(
        "speed", po::value<std::string>()->value_name("N"),
        "run the clock up to N times faster (local transport only)")(
        "paused",
        "begin with the clock standing still: Enter is one step, then step 1m, go, pause, speed 60, end; the "
        "dashboard and PUT /api/v1/clock have it, too (local transport only)")(
        "port", po::value<std::string>()->value_name("N"), "port of the operator's web server");
    add_scenario_options(options);
    const auto values = read(options, arguments);
    if (values.count("help")) return HelpRequest{help_text("Usage: hil_scheduler run [OPTIONS]", options)};
    if (values.count("scenario")) return read_scenario(values);
    for (const auto* only : {"junit", "trace"})
        if (values.count(only)) throw Mistake(fmt::format("--{}: only together with --scenario", only));

    RunOptions out;
    out.common = read_common(values);
    out.headless = values.count("headless") > 0;
    if (const auto v = given<std::string>(values, "start")) {
        out.start = true;
        out.start_plants = split(*v);
    }
    out.record = values.count("record") > 0;
    out.strict_plan = values.count("strict-plan") > 0;
    out.from = given<std::string>(values, "from");
    if (const auto v = given<std::string>(values, "duration")) {
        out.duration = parse_duration(*v);
        if (!out.duration) {
            throw Mistake(fmt::format(
                "--duration: must be a number with a unit, as 30s, 15m, 24h or 2d, got \"{}\"", *v));
        }
    }
    if (const auto v = given<std::string>(values, "report")) {
        if (v->empty()) throw Mistake("--report: must not be empty");
        out.report = *v;
    }
    if (const auto v = given<std::string>(values, "speed")) {
        const char* last = v->data() + v->size();
        const auto [end, error] = std::from_chars(v->data(), last, out.speed);
        if (error != std::errc{} || end != last || !std::isfinite(out.speed) || out.speed <= 0 ||
            out.speed > 1e6) {
            throw Mistake(
                fmt::format("--speed: must be a number above 0 and at most 1000000, got \"{}\"", *v));
        }
    }
    if (const auto v = given<std::string>(values, "port")) {
        unsigned port = 0;
        const char* last = v->data() + v->size();
        const auto [end, error] = std::from_chars(v->data(), last, port);
        if (error != std::errc{} || end != last || port == 0 || port > 65535) {
            throw Mistake(fmt::format("--port: must be 1..65535, got \"{}\"", *v));
        }
        out.common.port = static_cast<std::uint16_t>(port);
    }
    out.paused = values.count("paused") > 0;
    if (out.headless) out.start = out.record = true;
    return out;
}

Invocation parse_check(const std::vector<std::string>& arguments) {
    auto options = common_options();
    options.add_options()("probe", "read every readable point of each endpoint of the chosen transport once");
    const auto values = read(options, arguments);
    if (values.count("help")) return HelpRequest{help_text("Usage: hil_scheduler check [OPTIONS]", options)};
    return CheckOptions{read_common(values), values.count("probe") > 0};
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

Invocation parse_plan(const std::vector<std::string>& arguments) {
    auto options = common_options();
    options.add_options()("date", po::value<std::string>()->value_name("YYYY-MM-DD"),
                          "the first local day; default: the first day of the plan, or today")(
        "days", po::value<std::string>()->value_name("N"), "how many days; default 1")(
        "soc", po::value<std::string>()->value_name("PU"),
        "state of charge at the begin, 0..1; default startup.initial_soc_pu")(
        "format", po::value<std::string>()->value_name("table|csv|json"),
        "default table, for people; csv is a plan file; json has everything")(
        "output", po::value<std::string>()->value_name("FILE"), "writes there; default standard output");
    po::options_description of_templates("Templates");
    add_template_options(of_templates);
    options.add(of_templates);
    const auto values = read(options, arguments);
    if (values.count("help")) {
        return HelpRequest{help_text("Usage: hil_scheduler plan [OPTIONS]", options) + "\n" +
                           template_help()};
    }
    PlanOptions out;
    std::vector<std::string> problems;
    out.common = read_common(values);
    out.made = read_template_options(values, problems);
    out.date = given<std::string>(values, "date");
    if (out.date && !parse_date(*out.date)) {
        problems.push_back(
            fmt::format("--date: must be a day that exists, as 2025-10-01, got \"{}\"", *out.date));
    }
    if (const auto v = given<std::string>(values, "days")) {
        const auto days = parse_number(*v).value_or(0);
        if (days != std::floor(days) || days < 1 || days > 366)
            problems.push_back(fmt::format("--days: must be a whole number of 1 to 366, got \"{}\"", *v));
        else
            out.days = static_cast<int>(days);
    }
    if (const auto v = given<std::string>(values, "soc")) {
        out.soc_pu = parse_number(*v);
        if (!out.soc_pu || *out.soc_pu < 0 || *out.soc_pu > 1)
            problems.push_back(fmt::format("--soc: must be 0..1, got \"{}\"", *v));
    }
    if (const auto v = given<std::string>(values, "format")) {
        out.format = choice<PlanOptions::Format>("format", *v,
                                                 {{"table", PlanOptions::Format::table},
                                                  {"csv", PlanOptions::Format::csv},
                                                  {"json", PlanOptions::Format::json}});
    }
    if (const auto v = given<std::string>(values, "output")) {
        if (v->empty()) problems.emplace_back("--output: must not be empty");
        out.output = *v;
    }
    if (!problems.empty()) throw Mistake(fmt::format("{}", fmt::join(problems, "\nhil_scheduler plan: ")));
    return out;
}

Invocation parse_simulate(const std::vector<std::string>& arguments) {
    auto options = common_options();
    options.add_options()("seed", po::value<std::string>()->value_name("N"),
                          "the one course of events; default 1")(
        "seeds", po::value<std::string>()->value_name("A..B"), "one after the other")(
        "days", po::value<std::string>()->value_name("D"), "of 24 hours, a fraction allowed; default 1")(
        "from", po::value<std::string>()->value_name("TIME"), "begin; default: drawn from the seed")(
        "faults", po::value<std::string>()->value_name("none|default|FILE"),
        "how often what goes wrong; default \"default\"")(
        "trace", po::value<std::string>()->value_name("FILE"), "every event as JSON lines")(
        "replay", po::value<std::string>()->value_name("TIME"), "stops there and shows the state");
    const auto values = read(options, arguments);
    if (values.count("help"))
        return HelpRequest{help_text("Usage: hil_scheduler simulate [OPTIONS]", options)};
    SimulateOptions out;
    out.common = read_common(values);
    if (out.common.transport == config::TransportMode::remote)
        throw Mistake("--transport: a simulation knows no remote plants");
    if (const auto v = given<std::string>(values, "seed"))
        out.first_seed = out.last_seed = whole_number<std::uint64_t>("seed", *v);
    if (const auto v = given<std::string>(values, "seeds")) {
        if (values.count("seed")) throw Mistake("--seeds: not together with --seed");
        const auto dots = v->find("..");
        if (dots == std::string::npos) throw Mistake(fmt::format("--seeds: must be A..B, got \"{}\"", *v));
        out.first_seed = whole_number<std::uint64_t>("seeds", v->substr(0, dots));
        out.last_seed = whole_number<std::uint64_t>("seeds", v->substr(dots + 2));
        if (out.last_seed < out.first_seed) throw Mistake("--seeds: the last must not be below the first");
    }
    if (const auto v = given<std::string>(values, "days")) {
        const auto length = parse_duration(*v + "d");
        if (!length || *length < std::chrono::minutes(30))
            throw Mistake(fmt::format("--days: must be a number of at least half an hour, got \"{}\"", *v));
        out.length = *length;
    }
    out.from = given<std::string>(values, "from");
    out.faults = given<std::string>(values, "faults").value_or("default");
    out.replay = given<std::string>(values, "replay");
    if (const auto v = given<std::string>(values, "trace")) out.trace = *v;
    const bool one = out.first_seed == out.last_seed;
    if (!one && (out.replay || !out.trace.empty() || out.common.data_dir))
        throw Mistake("--trace, --replay and --data-dir: only with a single seed");
    return out;
}

Invocation parse_hash_password(const std::vector<std::string>& arguments) {
    po::options_description options("Options");
    options.add_options()("help,h", "this text")(
        "token", "draws a bearer token for scripts and prints it with its hash; nothing is read");
    const auto values = read(options, arguments);
    if (values.count("help"))
        return HelpRequest{help_text("Usage: hil_scheduler hash-password [--token]", options)};
    return HashPasswordOptions{values.count("token") > 0};
}

// A sub-command about measurements among the others.
template <class Out>
struct AsInvocation {
    template <class Options>
    Out operator()(Options options) const {
        return options;
    }
    Out operator()(MeasurementText text) const {
        if (text.mistake) return UsageError{std::move(text.text)};
        return HelpRequest{std::move(text.text)};
    }
};

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    double number = 0;
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    if (error != std::errc{} || end + 1 != last || !std::isfinite(number) || number <= 0) return std::nullopt;
    double unit = 0;
    switch (*end) {
        case 's':
            unit = 1;
            break;
        case 'm':
            unit = 60;
            break;
        case 'h':
            unit = 3600;
            break;
        case 'd':
            unit = 86400;
            break;
        default:
            return std::nullopt;
    }
    constexpr double longest = 100.0 * 366 * 86400;
    if (number * unit > longest) return std::nullopt;
    return seconds(number * unit);
}

Invocation parse_command_line(const std::vector<std::string>& arguments) {
    std::string name = "run";
    std::vector<std::string> rest = arguments;
    if (!rest.empty() && !rest.front().empty() && rest.front().front() != '-') {
        name = rest.front();
        rest.erase(rest.begin());
    } else if (!rest.empty() && (rest.front() == "--help" || rest.front() == "-h")) {
        return HelpRequest{std::string(overview)};
    }
    try {
        if (name == "run") return parse_run(rest);
        if (name == "check") return parse_check(rest);
        if (name == "plan") return parse_plan(rest);
        if (name == "simulate") return parse_simulate(rest);
        if (is_measurement_command(name)) {
            return std::visit(AsInvocation<decltype(parse_command_line(rest))>{},
                              parse_measurement_command(name, rest));
        }
        if (name == "hash-password") return parse_hash_password(rest);
    } catch (const po::error& e) {
        return UsageError{fmt::format("hil_scheduler {}: {}", name, e.what())};
    } catch (const Mistake& e) {
        return UsageError{fmt::format("hil_scheduler {}: {}", name, e.what())};
    }
    if (name == "help") return HelpRequest{std::string(overview)};
    return UsageError{
        fmt::format("hil_scheduler: unknown sub-command \"{}\"; there are run, check, plan, simulate, "
                    "export, report, import, compress, why and hash-password",
                    name)};
}

}  // namespace hil::app
