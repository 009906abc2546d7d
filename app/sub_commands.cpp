// The table of the command line.
#include "app/battery_options.hpp"
#include "app/option_table.hpp"
#include "app/options.hpp"
#include "app/template_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace hil::app {
namespace {

using Rows = std::vector<OptionRow>;

Rows operator+(Rows first, Rows second) {
    first.insert(first.end(), std::make_move_iterator(second.begin()), std::make_move_iterator(second.end()));
    return first;
}

OptionRow config_row() {
    return {"config",
            Takes::value,
            "FILE",
            "configuration; default the installed one, or etc/hil.json or hil.json here or of the sources",
            {},
            Completes::file};
}

OptionRow data_row(OptionRule rule = not_empty()) {
    return {"data-dir",      Takes::value,        "DIR", "where measurements are recorded",
            std::move(rule), Completes::directory};
}

OptionRow transport_row(std::string help) {
    return {"transport", Takes::value, "local|remote", std::move(help), one_of({"local", "remote"})};
}

// What every sub-command that reads the configuration takes.
Rows common_rows() {
    return {
        config_row(),
        transport_row("emulators of this process, or the remote endpoints"),
        {"source", Takes::value, "manual|api", "where schedules come from", one_of({"manual", "api"})},
        {"schedule",
         Takes::values,
         "FILE",
         "plan file (CSV, XLSX, JSON) or a recording, loaded as the manual schedule; may be repeated",
         {},
         Completes::file},
        {"day-first", Takes::maybe_a_value, "yes|no",
         "of dates as 05/06/2026 in plan and price files, where the files themselves do not tell",
         one_of({"yes", "no"}), Completes::nothing, "yes"},
        data_row(),
        {"log-level", Takes::value, "LEVEL", "DEBUG, INFO, WARNING or ERROR",
         one_of({"DEBUG", "INFO", "WARNING", "ERROR"})},
        {"log-format", Takes::value, "text|json", "form of the log lines", one_of({"text", "json"})},
    };
}

Rows run_rows() {
    Rows rows =
        common_rows() +
        Rows{
            {"start", Takes::maybe_a_value, "[PLANT,...]",
             "start these plants (all without a value) as soon as their links are up, dispatch on"},
            {"record", Takes::nothing, "", "record the started plants"},
            {"headless", Takes::nothing, "",
             "no web servers; implies --start --record; progress on the terminal, summary at the end"},
            {"strict-plan", Takes::nothing, "",
             "fail when a plant does not deliver what its plan asks, as an empty battery does not"},
            {"from", Takes::value, "TIME", "begin of simulated time (local transport only)"},
            {"duration", Takes::value, "D", "stop after 30s, 15m, 1h30m, 2d of site time", a_duration()},
            {"soc", Takes::value, "PU",
             "state of charge of emulated plants at the begin, 0..1, whatever is recorded (local transport "
             "only)",
             number_where([](double n) { return n >= 0 && n <= 1; }, "must be 0..1")},
            {"note", Takes::values, "TEXT",
             "a word on the run, kept in run_<begin>.json beside its recordings; may be repeated",
             not_empty()},
            {"report", Takes::value, "FILE",
             "write the HTML report of what was recorded at the end; of several scenarios DIR, a file each",
             not_empty(), Completes::file},
            {"speed", Takes::value, "N", "run the clock up to N times faster (local transport only)",
             number_where([](double n) { return n > 0 && n <= 1e6; },
                          "must be a number above 0 and at most 1000000")},
            {"paused", Takes::nothing, "",
             "begin with the clock standing still: Enter is one step, then step 1m, go, pause, speed 60, "
             "end; the "
             "dashboard and PUT /api/v1/clock have it, too (local transport only)"},
            {"port", Takes::value, "N", "port of the operator's web server",
             whole_from(1, 65535, "must be 1..65535")},
        };
    // A scenario brings its own time, plan and faults; its plants stand beside the service, in memory.
    for (auto& row : rows)
        if (row.name != "config" && row.name != "data-dir" && row.name != "day-first" && row.name != "report")
            row.excludes = {"scenario", "not together with", ", whose file says what is run"};
    const OptionRelation of_scenario{"scenario", "only together with", ""};
    return std::move(rows) + Rows{
                                 {"scenario",
                                  Takes::values,
                                  "FILE",
                                  "runs a scenario in virtual time and judges it (docs/scenarios.md); a "
                                  "directory is all in it; may be "
                                  "repeated",
                                  {},
                                  Completes::file},
                                 {.name = "junit",
                                  .value = "FILE",
                                  .help = "with --scenario: the verdicts as JUnit XML",
                                  .completes = Completes::file,
                                  .needs = of_scenario},
                                 {.name = "trace",
                                  .value = "FILE",
                                  .help = "with --scenario: every event as JSON lines",
                                  .completes = Completes::file,
                                  .needs = of_scenario},
                             };
}

Rows plan_rows() {
    return common_rows() +
           Rows{
               {"date",
                Takes::value,
                "YYYY-MM-DD",
                "the first local day; default: the first day of the plan, or today",
                {"must be a day that exists, as 2025-10-01",
                 [](const std::string& text) { return parse_date(text).has_value(); },
                 {}}},
               {"days", Takes::value, "N", "how many days; default 1",
                number_where([](double n) { return n == std::floor(n) && n >= 1 && n <= 366; },
                             "must be a whole number of 1 to 366")},
               {"soc", Takes::value, "PU",
                "state of charge at the begin, 0..1; default startup.initial_soc_pu",
                number_where([](double n) { return n >= 0 && n <= 1; }, "must be 0..1")},
               {"format", Takes::value, "table|csv|json",
                "default table, for people; csv is a plan file; json has everything",
                one_of({"table", "csv", "json"})},
               {"output", Takes::value, "FILE", "writes there; default standard output", not_empty(),
                Completes::file},
           } +
           template_rows();
}

Rows simulate_rows() {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    return common_rows() +
           Rows{
               {"seed", Takes::value, "N", "the one course of events; default 1",
                whole_from(0, most, "must be a whole number")},
               {.name = "seeds",
                .value = "A..B",
                .help = "one after the other",
                .rule = {"must be A..B",
                         [](const std::string& text) { return text.find("..") != std::string::npos; },
                         {}},
                .excludes = OptionRelation{"seed", "not together with", ""}},
               {"days",
                Takes::value,
                "D",
                "of 24 hours, a fraction allowed, or a length as 36h or 1h30m; default 1",
                {"must be a number of at least half an hour",
                 [](const std::string& text) {
                     const auto length = days_of(text);
                     return length && *length >= std::chrono::minutes(30);
                 },
                 {}}},
               {"from", Takes::value, "TIME", "begin; default: drawn from the seed"},
               {"faults",
                Takes::value,
                "none|default|FILE",
                "how often what goes wrong; default \"default\"",
                {},
                Completes::file},
               {"trace", Takes::value, "FILE", "every event as JSON lines", {}, Completes::file},
               {"replay", Takes::value, "TIME", "stops there and shows the state"},
           };
}

// Which recorded rows, asked for in the same words by whoever reads them.
Rows range_rows() {
    return {transport_row("of the emulators or of the real plants; default: as configured"),
            {"from", Takes::value, "TIME", "begin, included; default: the first row", not_empty()},
            {"to", Takes::value, "TIME", "end, not included; default: the last row", not_empty()}};
}

Rows recorded_rows(Rows more) {
    OptionRow config = config_row();
    config.rule = not_empty();
    return Rows{std::move(config), data_row()} + std::move(more);
}

Rows export_rows() {
    return recorded_rows(
        Rows{{"plant", Takes::value, "ID", "whose measurements; may be left out where there is one plant",
              not_empty()}} +
        range_rows() +
        Rows{
            {"format", Takes::value, "csv|json|xlsx|parquet",
             "default: by the ending of --output, otherwise csv", one_of({"csv", "json", "xlsx", "parquet"})},
            {"points", Takes::value, "N", "at most N rows, 2 to 10000, every peak kept; default: every row",
             whole_from(2, 10000, "must be a whole number from 2 to 10000")},
            {"output", Takes::value, "FILE", "default: standard output", not_empty(), Completes::file}});
}

Rows report_rows() {
    return recorded_rows(
        Rows{{"plant", Takes::value, "ID,...", "whose; default: every plant", not_empty()}} + range_rows() +
        Rows{{"output", Takes::value, "FILE",
              "default: a name of plants and range, here; - for standard output; a comparison as text goes "
              "there by itself",
              not_empty(), Completes::file},
             {"compare", Takes::values, "A B",
              "two beside each other, each FROM..TO, a data directory or the run_<begin>.json of "
              "a run: figures with their differences, curves over each other",
              not_empty()},
             {"format", Takes::value, "html|text|json",
              "of a comparison; default: by the ending of --output, otherwise html",
              one_of({"html", "text", "json"})}});
}

Rows why_rows() {
    return recorded_rows(
        {{"plant", Takes::value, "ID", "may be left out where there is one plant", not_empty()},
         {"at", Takes::value, "TIME", "the instant that is asked about", not_empty()},
         {"format", Takes::value, "text|json", "default text", one_of({"text", "json"})}});
}

std::vector<SubCommand> care_commands() {
    return {
        {.name = "backup",
         .summary = "database, recordings and configuration in one file, while the service runs",
         .usage = "FILE [OPTIONS]",
         .about = "Asks the service that runs in the data directory; without one it copies by itself.",
         .operand = "FILE",
         .options = recorded_rows({{"token-file", Takes::value, "FILE",
                                    "bearer token of an operator, where the service has accounts; else "
                                    "HIL_TOKEN of the environment",
                                    not_empty(), Completes::file}})},
        {.name = "restore",
         .summary = "puts a backup into an empty data directory; refuses one that is cut or foreign",
         .usage = "FILE [OPTIONS]",
         .operand = "FILE",
         .options = recorded_rows({})},
        {.name = "doctor",
         .summary = "looks for what is wrong with a set-up, and says what to do",
         .usage = "[OPTIONS]",
         .about =
             "Configuration, permissions, disk, certificates, ports, clock, database, versions. Exit 1 where "
             "something is broken.",
         .options = recorded_rows(
             {{"format", Takes::value, "text|json", "default text", one_of({"text", "json"})}})},
    };
}

void append(std::vector<SubCommand>& out, std::vector<SubCommand> more) {
    out.insert(out.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<SubCommand> make_table() {
    std::vector<SubCommand> out{
        {.name = "run",
         .summary = "the service: emulated or real plants, dispatch, measurement (default)",
         .usage = "[OPTIONS]",
         .options = run_rows()},
        {.name = "check",
         .summary = "validates the configuration; with --probe reads every readable point once",
         .usage = "[OPTIONS]",
         .options =
             common_rows() + Rows{{"probe", Takes::nothing, "",
                                   "read every readable point of each endpoint of the chosen transport "
                                   "once"}}},
        {.name = "plan",
         .summary = "prints the effective schedule of a day, its state of charge and every violation; with "
                    "--template makes a plan: shapes, arbitrage, peak shaving, tests",
         .usage = "[OPTIONS]",
         .options = plan_rows(),
         .more = template_help()},
        {.name = "simulate",
         .summary = "the whole site in one process and in virtual time, replayable from a seed",
         .usage = "[OPTIONS]",
         .options = simulate_rows()},
        {.name = "export",
         .summary = "measurements of a range as CSV, JSON or a workbook",
         .usage = "[OPTIONS]",
         .options = export_rows()},
        {.name = "report",
         .summary = "one HTML file of a recorded range: figures, plots, events",
         .usage = "[OPTIONS]",
         .about = "One HTML file that needs nothing else: figures, plots that zoom, events, plans.",
         .operand = "B",
         .options = report_rows()},
        {.name = "import",
         .summary = "makes history from the recordings of a directory",
         .usage = "DIR [OPTIONS]",
         .operand = "DIR",
         .options = recorded_rows(
             {{"all", Takes::nothing, "", "recordings that have not changed since the last import too"}})},
        {.name = "compress",
         .summary = "recompresses recordings by the recorder's own rule",
         .usage = "[FILE...] [OPTIONS]",
         .about = "Without FILE: every recording of the data directory.",
         .operand = "FILE",
         .options = recorded_rows({})},
        {.name = "why",
         .summary = "the reason of the value dispatched at any instant",
         .usage = "--plant ID --at TIME [OPTIONS]",
         .options = why_rows()},
    };
    append(out, battery_sub_commands());
    append(out, care_commands());
    out.push_back(
        {.name = "hash-password",
         .summary = "reads a password, prints what the configuration keeps of it",
         .usage = "[--token]",
         .options = {{"token", Takes::nothing, "",
                      "draws a bearer token for scripts and prints it with its hash; nothing is read"}}});
    return out;
}

}  // namespace

const std::vector<SubCommand>& sub_commands() {
    static const std::vector<SubCommand> table = make_table();
    return table;
}

const SubCommand* find_sub_command(std::string_view name) {
    const auto& all = sub_commands();
    const auto found = std::ranges::find(all, name, &SubCommand::name);
    return found == all.end() ? nullptr : &*found;
}

std::string sub_command_names() {
    std::string out;
    const auto& all = sub_commands();
    for (std::size_t i = 0; i < all.size(); ++i)
        out += fmt::format("{}{}", i == 0 ? "" : i + 1 == all.size() ? " and " : ", ", all[i].name);
    return out;
}

}  // namespace hil::app
