#include "app/battery_options.hpp"

#include "app/config_choice.hpp"
#include "app/option_line.hpp"
#include "app/options.hpp"
#include "battery/ageing.hpp"
#include "battery/cell/cell_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>

namespace hil::app {
namespace {

using BatteryRows = std::vector<OptionRow>;

OptionRule between(double low, double high, const char* must) {
    return number_where([low, high](double n) { return n >= low && n <= high; }, must);
}

OptionRule a_law() {
    std::vector<std::string> names;
    for (const auto& info : battery::ageing_laws())
        names.emplace_back(info.name);
    return one_of(std::move(names));
}

BatteryRows test_rows() {
    return {{.name = "columns",
             .value = "time=1,current=2,voltage=3",
             .help = "columns of the file by number or name, where its header does not tell; temperature=4 "
                     "may be added",
             .rule = {"must be as time=1,current=2,voltage=3,temperature=4",
                      [](const std::string& text) { return battery::parse_columns(text).problem.empty(); },
                      {}}},
            {.name = "positive",
             .value = "charge|discharge",
             .help = "what a positive current does; default: seen from the steps of the file",
             .rule = one_of({"charge", "discharge"})}};
}

OptionRow out_row(std::string name, std::string help) {
    return {.name = std::move(name),
            .value = "FILE",
            .help = std::move(help),
            .rule = not_empty(),
            .completes = Completes::file};
}

BatteryRows identify_rows() {
    auto rows = test_rows();
    for (auto& row : BatteryRows{
             {.name = "like",
              .value = "CELL",
              .help =
                  "the cell that heat, self-discharge and limits of temperature are taken from; default nmc",
              .rule = one_of(battery::cell_names())},
             {.name = "name",
              .value = "TEXT",
              .help = "of the cell; default: the file's name",
              .rule = not_empty()},
             {.name = "ageing",
              .value = "LAW",
              .help = "written into the parameter file; default: that of --like",
              .rule = a_law()},
             {.name = "capacity-ah",
              .value = "AH",
              .help = "where the test does not go from full to empty",
              .rule = between(1e-6, 1e6, "must be a number above 0")},
             {.name = "start-soc",
              .value = "PU",
              .help = "state of charge at the begin, 0..1; default 1",
              .rule = between(0, 1, "must be 0..1"),
              .needs = OptionRelation{"capacity-ah", "only together with", ""}},
             out_row("output", "the parameter file (JSON), for twin, estimate and study"),
             out_row("page", "an HTML page with the residuals"),
             out_row("bdf", "the test as Battery Data Format (CSV)"),
         })
        rows.push_back(std::move(row));
    return rows;
}

BatteryRows estimate_rows() {
    auto rows = test_rows();
    for (auto& row : BatteryRows{
             {.name = "cell",
              .value = "NAME|FILE",
              .help = "a cell by name, or its parameter file; default nmc",
              .rule = not_empty()},
             {.name = "start-soc",
              .value = "PU",
              .help = "believed at the begin; default 0.5",
              .rule = between(0, 1, "must be 0..1")},
             {.name = "start-spread",
              .value = "PU",
              .help = "its standard deviation; default 0.3",
              .rule = between(0.001, 1, "must be 0.001..1")},
             {.name = "noise",
              .value = "V",
              .help = "of the voltage; default 0.005",
              .rule = between(1e-5, 1, "must be 0.00001..1")},
             {.name = "bias",
              .value = "C",
              .help = "of the current meter, in multiples of the current of an hour; default 0.005",
              .rule = between(0, 1, "must be 0..1")},
             {.name = "freeze-below",
              .value = "V",
              .help = "no correction where the curve rises by less from empty to full; default: never",
              .rule = between(0, 10, "must be 0..10")},
             {.name = "every",
              .value = "S",
              .help = "seconds between the rows written; default 60",
              .rule = between(0, 1e6, "must be 0 or more")},
             out_row("output", "a CSV file; default standard output"),
         })
        rows.push_back(std::move(row));
    return rows;
}

BatteryRows twin_rows() {
    return {
        {.name = "cell",
         .value = "NAME|FILE",
         .help = "a cell by name, or its parameter file; default: that of the plant",
         .rule = not_empty()},
        {.name = "profile",
         .value = "FILE",
         .help = "CSV of time_s and p_kw; default: the plan of the plant",
         .rule = not_empty(),
         .completes = Completes::file},
        {.name = "config",
         .value = "FILE",
         .help = "configuration; default etc/hil.json",
         .completes = Completes::file},
        {.name = "plant",
         .value = "ID",
         .help = "whose plan and model; may be left out where there is one plant",
         .rule = not_empty()},
        {.name = "schedule",
         .takes = Takes::values,
         .value = "FILE",
         .help = "plan file, loaded as the manual schedule; may be repeated",
         .completes = Completes::file},
        {.name = "from",
         .value = "TIME",
         .help = "begin of the plan that is looked at; default: its first row",
         .rule = not_empty()},
        {.name = "capacity-kwh",
         .value = "KWH",
         .help = "with --profile: of the battery; default 100",
         .rule = between(1e-3, 1e7, "must be a number above 0")},
        {.name = "power-kw",
         .value = "KW",
         .help = "with --profile: its most in both directions; default 50",
         .rule = between(1e-3, 1e7, "must be a number above 0")},
        {.name = "soc",
         .value = "PU",
         .help = "state of charge at the begin, 0..1; default 0.5, or startup.initial_soc_pu",
         .rule = between(0, 1, "must be 0..1")},
    };
}

BatteryRows twin_run_rows() {
    return {
        {.name = "hours",
         .value = "H",
         .help = "how long, 1 to 175200 (20 years); default 24",
         .rule = between(1, 175'200, "must be 1..175200")},
        {.name = "repeat",
         .takes = Takes::nothing,
         .value = "",
         .help = "the profile begins again when it has ended"},
        {.name = "step",
         .value = "S",
         .help = "of the simulation; default 1 up to two days, 300 beyond",
         .rule = between(0.1, 3600, "must be 0.1..3600")},
        {.name = "report-every",
         .value = "S",
         .help = "between rows; default: 288 rows",
         .rule = between(0.1, 1e9, "must be 0.1 or more")},
        {.name = "draws",
         .value = "N",
         .help = "batteries drawn, the first is what is believed; default 100",
         .rule = whole_from(1, 10'000, "must be 1..10000")},
        {.name = "seed",
         .value = "N",
         .help = "default 1",
         .rule = whole_from(0, std::numeric_limits<std::uint64_t>::max(), "must be a whole number")},
        {.name = "ageing", .value = "LAW", .help = "default: that of the cell", .rule = a_law()},
        {.name = "format", .value = "csv|json", .help = "default csv", .rule = one_of({"csv", "json"})},
        out_row("output", "default standard output"),
        out_row("page", "an HTML page with the course"),
    };
}

BatteryRows study_rows() {
    return {
        {.name = "cell",
         .value = "NAME|FILE",
         .help = "life: a cell by name, or its parameter file; default nmc",
         .rule = not_empty()},
        {.name = "ageing", .value = "LAW", .help = "life: default nmc111_kokam", .rule = a_law()},
        {.name = "packs",
         .value = "N",
         .help = "life: packs of the group; default 10",
         .rule = whole_from(1, 1000, "must be 1..1000")},
        {.name = "years",
         .value = "Y",
         .help = "life: default 10",
         .rule = between(0.1, 30, "must be 0.1..30")},
        {.name = "step",
         .value = "S",
         .help = "life: of the simulation; default 120",
         .rule = between(10, 3600, "must be 10..3600")},
        {.name = "seeds",
         .value = "N",
         .help = "life: default 8",
         .rule = whole_from(2, 100, "must be 2..100")},
        {.name = "other-seeds",
         .value = "N",
         .help = "life: of the further conditions; default 3, 0: none",
         .rule = whole_from(0, 100, "must be 0..100")},
        {.name = "utilisation",
         .value = "PU",
         .help = "life: of power and energy of the group; default 0.7",
         .rule = between(0.01, 1, "must be 0.01..1")},
        {.name = "end-of-life",
         .value = "PU",
         .help = "life: of the capacity when commissioned; default 0.8",
         .rule = between(0.1, 0.99, "must be 0.1..0.99")},
        out_row("page", "life: an HTML page"),
        out_row("json", "life: every figure"),
        {.name = "packs-file",
         .value = "FILE",
         .help = "allocate: JSON list of packs",
         .rule = not_empty(),
         .completes = Completes::file},
        {.name = "power-kw",
         .value = "KW",
         .help = "allocate: what the group is asked for, positive discharges",
         .rule = between(-1e9, 1e9, "must be a number")},
    };
}

battery::CyclerColumns test_columns(const OptionLine& line) {
    battery::CyclerColumns out;
    if (const auto text = line.text("columns")) out = battery::parse_columns(*text).columns;
    if (const auto positive = line.text("positive")) out.positive_charges = *positive == "charge";
    return out;
}

std::filesystem::path one_file(const OptionLine& line) {
    if (line.operands().size() != 1)
        throw Mistake(fmt::format("one file of a test must be named, got {}", line.operands().size()));
    return line.operands().front();
}

}  // namespace

IdentifyRequest read_identify(OptionLine& line) {
    line.check();
    IdentifyRequest out;
    out.file = one_file(line);
    out.columns = test_columns(line);
    out.like = line.text("like").value_or(out.like);
    out.name = line.text("name").value_or("");
    out.ageing = line.text("ageing").value_or("");
    out.capacity_ah = line.number("capacity-ah");
    if (out.capacity_ah) out.start_soc_pu = line.number("start-soc").value_or(1);
    out.output = line.text("output").value_or("");
    out.page = line.text("page").value_or("");
    out.bdf = line.text("bdf").value_or("");
    return out;
}

EstimateRequest read_estimate(OptionLine& line) {
    line.check();
    EstimateRequest out;
    out.file = one_file(line);
    out.columns = test_columns(line);
    out.cell = line.text("cell").value_or(out.cell);
    out.start_soc_pu = line.number("start-soc").value_or(out.start_soc_pu);
    out.start_spread_pu = line.number("start-spread").value_or(out.start_spread_pu);
    out.voltage_noise_v = line.number("noise").value_or(out.voltage_noise_v);
    out.bias_c = line.number("bias").value_or(out.bias_c);
    out.freeze_below_v = line.number("freeze-below").value_or(0);
    out.every_s = line.number("every").value_or(out.every_s);
    if (const auto file = line.text("output"); file && *file != "-") out.output = *file;
    return out;
}

TwinRequest read_twin(OptionLine& line) {
    line.check();
    TwinRequest out;
    out.cell = line.text("cell").value_or("");
    out.profile = line.text("profile").value_or("");
    auto configuration = config_choice(line);
    out.config_file = std::move(configuration.file);
    out.config_found_here = configuration.of_working_directory;
    out.plant = line.text("plant");
    for (const auto& file : line.texts("schedule"))
        out.schedules.emplace_back(file);
    out.from = line.text("from");
    out.capacity_kwh = line.number("capacity-kwh").value_or(out.capacity_kwh);
    out.power_kw = line.number("power-kw").value_or(out.power_kw);
    out.soc_pu = line.number("soc");
    out.length_s = 3600 * line.number("hours").value_or(24);
    out.repeat = line.has("repeat");
    out.step_s = line.number("step");
    out.report_s = line.number("report-every");
    out.draws = static_cast<std::size_t>(line.number("draws").value_or(100));
    out.seed = static_cast<std::uint64_t>(line.number("seed").value_or(1));
    out.ageing = line.text("ageing").value_or("");
    out.json = line.text("format") == "json";
    if (const auto file = line.text("output"); file && *file != "-") out.output = *file;
    out.page = line.text("page").value_or("");
    if (!out.profile.empty() && out.cell.empty()) throw Mistake("--profile: only together with --cell");
    return out;
}

StudyRequest read_study(OptionLine& line) {
    line.check();
    StudyRequest out;
    if (line.operands().size() != 1 ||
        (line.operands().front() != "life" && line.operands().front() != "allocate"))
        throw Mistake("must be followed by life or allocate");
    out.what = line.operands().front() == "life" ? StudyRequest::What::life : StudyRequest::What::allocate;
    out.cell = line.text("cell").value_or(out.cell);
    out.ageing = line.text("ageing").value_or(out.ageing);
    const auto whole = [&line](const char* name, std::size_t usual) {
        return static_cast<std::size_t>(line.number(name).value_or(static_cast<double>(usual)));
    };
    out.packs = whole("packs", out.packs);
    out.seeds = whole("seeds", out.seeds);
    out.other_seeds = whole("other-seeds", out.other_seeds);
    out.years = line.number("years").value_or(out.years);
    out.step_s = line.number("step").value_or(out.step_s);
    out.utilisation = line.number("utilisation").value_or(out.utilisation);
    out.end_of_life_pu = line.number("end-of-life").value_or(out.end_of_life_pu);
    out.page = line.text("page").value_or("");
    out.json = line.text("json").value_or("");
    out.packs_file = line.text("packs-file").value_or("");
    if (out.what == StudyRequest::What::allocate) {
        const auto power = line.number("power-kw");
        if (out.packs_file.empty() || !power)
            throw Mistake("allocate: --packs-file and --power-kw must be given");
        out.power_kw = *power;
    }
    return out;
}

std::vector<SubCommand> battery_sub_commands() {
    return {
        {.name = "identify",
         .summary =
             "the parameters of a cell from a cycler's test: capacity, open-circuit voltage, resistances",
         .usage = "FILE [OPTIONS]",
         .about = "FILE: CSV of a cycler, or Battery Data Format. What is told beside a value is its "
                  "standard deviation.",
         .operand = "FILE",
         .options = identify_rows()},
        {.name = "estimate",
         .summary = "state of charge and health of a cell from its recorded current and voltage",
         .usage = "FILE [OPTIONS]",
         .about = "FILE as for identify. Writes a CSV: the filter's state of charge with its standard "
                  "deviation, and that of "
                  "counting alone with its bounds.",
         .operand = "FILE",
         .options = estimate_rows()},
        {.name = "twin",
         .summary = "what a profile or the plan would do to a battery: voltage, heat, losses, fade, limits, "
                    "with quantiles",
         .usage = "[OPTIONS]",
         .options =
             [] {
                 auto rows = twin_rows();
                 for (auto& row : twin_run_rows())
                     rows.push_back(std::move(row));
                 return rows;
             }()},
        {.name = "study",
         .summary = "life: how long used packs last by the rule that shares their work; allocate: one power "
                    "among packs",
         .usage = "life|allocate [OPTIONS]",
         .operand = "WHAT",
         .options = study_rows()},
    };
}

}  // namespace hil::app
