#include "app/template_options.hpp"

#include "app/option_table.hpp"

#include "planner/templates.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace hil::app {
namespace {

// "level_kw" is --level-kw.
std::string option_of(std::string_view parameter) {
    std::string out(parameter);
    std::replace(out.begin(), out.end(), '_', '-');
    return out;
}

// "60", not "60.0".
std::string shortest(double value) {
    return fmt::format("{:g}", value);
}

// Which option gives a template the values it needs; null for those that need none.
const char* values_option(const planner::TemplateInfo& info) {
    if (!info.needs_values) return nullptr;
    return info.name == "arbitrage" ? "prices" : "load";
}

// A parameter of any template, and what it means to those that have it.
struct Known {
    std::string_view name, unit;
    std::vector<std::pair<std::string_view, std::string_view>> texts;  // template, text

    [[nodiscard]] std::string text() const {
        const bool alike = std::ranges::all_of(
            texts, [this](const auto& entry) { return entry.second == texts.front().second; });
        std::string out;
        if (alike) out = texts.front().second;
        for (const auto& [name_of_template, meaning] : texts) {
            if (!alike) out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", name_of_template, meaning);
        }
        return unit == "1" ? out : fmt::format("{}; {}", out, unit);
    }
};

std::vector<Known> all_parameters() {
    std::vector<Known> out;
    for (const auto& info : planner::templates()) {
        for (const auto& parameter : info.parameters) {
            auto found = std::ranges::find(out, parameter.name, &Known::name);
            if (found == out.end())
                found = out.insert(out.end(), {.name = parameter.name, .unit = parameter.unit, .texts = {}});
            found->texts.emplace_back(info.name, parameter.text);
        }
    }
    return out;
}

const planner::TemplateInfo* find(std::string_view name) {
    const auto all = planner::templates();
    const auto found = std::ranges::find(all, name, &planner::TemplateInfo::name);
    return found == all.end() ? nullptr : &*found;
}

// What only one of the two templates that need values takes.
void read_values(OptionLine& line, const planner::TemplateInfo* info, TemplateOptions& out) {
    const char* wanted = info ? values_option(*info) : nullptr;
    for (const char* option : {"prices", "load"}) {
        if (!line.has(option)) continue;
        if (info && (wanted == nullptr || std::string_view(wanted) != option))
            line.problem(fmt::format("--{}: is nothing that {} takes", option, info->name));
        else
            out.values = line.text(option).value_or("");
    }
    out.column = line.text("column");
    out.auction = line.text("auction");
    out.scale = line.number("scale").value_or(1);
    for (const char* option : {"column", "auction", "scale"}) {
        if (line.has(option) && info && wanted == nullptr)
            line.problem(fmt::format("--{}: is nothing that {} takes", option, info->name));
    }
    if (wanted != nullptr && !line.has(wanted))
        line.problem(fmt::format("--{}: must be given, a file of {}", wanted,
                                 wanted == std::string_view("load") ? "loads in kW" : "prices per MWh"));
}

void read_deadline(OptionLine& line, const planner::TemplateInfo* info, TemplateOptions& out) {
    const auto given = line.text("deadline");
    const auto deadline = given ? seconds_of(*given) : std::nullopt;
    if (!deadline) return;
    if (info && !info->needs_values)
        line.problem(fmt::format("--deadline: {} is not optimised, it takes no time", info->name));
    else
        out.deadline_s = *deadline;
}

void read_parameters(OptionLine& line, const planner::TemplateInfo* info, TemplateOptions& out) {
    for (const auto& parameter : all_parameters()) {
        const auto option = option_of(parameter.name);
        if (!line.has(option)) continue;
        if (info && std::ranges::find(info->parameters, parameter.name, &planner::TemplateParameter::name) ==
                        info->parameters.end()) {
            std::vector<std::string> taken;
            for (const auto& own : info->parameters)
                taken.push_back("--" + option_of(own.name));
            line.problem(fmt::format("--{}: is nothing that {} takes, it has {}", option, info->name,
                                     fmt::join(taken, ", ")));
        } else if (const auto text = line.text(option)) {
            const auto number = parameter.unit == "s" ? seconds_of(*text) : line.number(option);
            if (number) out.parameters[std::string(parameter.name)] = *number;
        }
    }
    if (!info) return;
    // Levels have no default that would make sense, what follows from the plant has its sentence in the
    // table.
    for (const auto& parameter : info->parameters) {
        if (parameter.needed && !line.has(option_of(parameter.name)))
            line.problem(fmt::format("--{}: must be given, {}", option_of(parameter.name), parameter.text));
    }
}

}  // namespace

std::vector<OptionRow> template_rows() {
    std::vector<std::string> names;
    for (const auto& known : planner::templates())
        names.emplace_back(known.name);
    OptionRule a_template = one_of(names);
    a_template.must = fmt::format("must be one of {}", fmt::join(names, ", "));
    std::vector<OptionRow> rows{
        {"template", Takes::value, "NAME",
         "makes the plan by a rule, see below; printed with --format csv it is a plan file",
         std::move(a_template)},
        {"plant", Takes::value, "ID", "whose plan the template makes"},
        {"signal", Takes::value, "p|q", "of the shapes; default p, active power", one_of({"p", "q"})},
        {"prices", Takes::value, "FILE",
         "per MWh, for arbitrage: CSV or XLSX with columns timestamp and price, or as the exchanges publish "
         "them, see docs/plans.md",
         not_empty(), Completes::file},
        {"load", Takes::value, "FILE",
         "in kW, for peak_shaving: columns timestamp and load, or timestep, the hours of a year numbered "
         "from "
         "1",
         not_empty(), Completes::file},
        {"column", Takes::value, "NAME", "of prices or load, where the file has several"},
        {"auction", Takes::value, "NAME",
         "of prices, where the file has several auctions, sequences or areas: \"Sequence 1\", \"BZN|ES\""},
        {"scale", Takes::value, "N", "every price or load times this; default 1",
         number_where([](double n) { return n > 0; }, "must be a number above 0")},
        {"deadline", Takes::value, "S",
         "for what is optimised, in seconds or as 1m30s: the best plan found by then counts, and its gap is "
         "told; default 60",
         seconds_where([](double s) { return s >= 0.1 && s <= 86'400; },
                       "must be a number of seconds from 0.1 to 86400")},
    };
    for (const auto& parameter : all_parameters())
        rows.push_back({option_of(parameter.name), Takes::value, "N", parameter.text(),
                        parameter.unit == "s"
                            ? seconds_where([](double) { return true; },
                                            "must be a finite number of seconds, or a length as 30s or 1h30m")
                            : number_where([](double) { return true; }, "must be a finite number")});
    for (auto& row : rows) {
        row.group = "Templates";
        if (row.name != "template") row.needs = OptionRelation{"template", "only with", ""};
    }
    return rows;
}

std::string template_help() {
    std::string out = "Templates, with what they need and [what they take], defaults shown:\n";
    for (const auto& info : planner::templates()) {
        out += fmt::format("  {:<16}{}\n", info.name, info.text);
        std::string line = std::string(18, ' ');
        const auto word = [&](const std::string& text) {
            if (line.size() + text.size() > 100) {
                out += line.substr(0, line.size() - 1) + "\n";
                line = std::string(18, ' ');
            }
            line += text + " ";
        };
        if (const auto* values = values_option(info)) word(fmt::format("--{} FILE", values));
        for (const auto& parameter : info.parameters) {
            // Those of the plant's battery, unless they are given.
            const bool of_plant = parameter.name.ends_with("charge_efficiency");
            const auto value =
                parameter.fallback && !of_plant ? shortest(*parameter.fallback) : std::string("N");
            const auto option = fmt::format("--{} {}", option_of(parameter.name), value);
            word(parameter.needed ? option : "[" + option + "]");
        }
        out += line.substr(0, line.size() - 1) + "\n";
    }
    return out;
}

std::optional<TemplateOptions> read_template_options(OptionLine& line) {
    if (!line.has("template")) return std::nullopt;
    TemplateOptions out;
    out.name = line.text("template").value_or("");
    const auto* info = find(out.name);
    out.plant = line.text("plant");
    if (line.text("signal") == "q") out.signal = schedule::Signal::q;
    if (out.signal == schedule::Signal::q && info && !info->shape)
        line.problem(fmt::format("--signal: {} is a plan of active power", info->name));
    read_values(line, info, out);
    read_deadline(line, info, out);
    read_parameters(line, info, out);
    return out;
}

}  // namespace hil::app
