#include "app/template_options.hpp"

#include "base/number.hpp"
#include "planner/templates.hpp"

#include <boost/program_options.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace hil::app {
namespace {

namespace po = boost::program_options;

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
void read_values(const po::variables_map& values, const planner::TemplateInfo* info, TemplateOptions& out,
                 std::vector<std::string>& problems) {
    const char* wanted = info ? values_option(*info) : nullptr;
    for (const char* option : {"prices", "load"}) {
        if (!values.count(option)) continue;
        const auto file = values[option].as<std::string>();
        if (file.empty()) {
            problems.push_back(fmt::format("--{}: must not be empty", option));
        } else if (info && (wanted == nullptr || std::string_view(wanted) != option)) {
            problems.push_back(fmt::format("--{}: is nothing that {} takes", option, info->name));
        } else {
            out.values = file;
        }
    }
    if (values.count("column")) out.column = values["column"].as<std::string>();
    if (values.count("auction")) out.auction = values["auction"].as<std::string>();
    if (values.count("scale")) {
        const auto text = values["scale"].as<std::string>();
        const auto scale = parse_number(text);
        if (scale && *scale > 0)
            out.scale = *scale;
        else
            problems.push_back(fmt::format("--scale: must be a number above 0, got \"{}\"", text));
    }
    for (const char* option : {"column", "auction", "scale"}) {
        if (values.count(option) && info && wanted == nullptr)
            problems.push_back(fmt::format("--{}: is nothing that {} takes", option, info->name));
    }
    if (wanted != nullptr && !values.count(wanted))
        problems.push_back(
            fmt::format("--{}: must be given, a file of {}", wanted,
                        wanted == std::string_view("load") ? "loads in kW" : "prices per MWh"));
}

void read_deadline(const po::variables_map& values, const planner::TemplateInfo* info, TemplateOptions& out,
                   std::vector<std::string>& problems) {
    if (!values.count("deadline")) return;
    const auto& text = values["deadline"].as<std::string>();
    const auto number = parse_number(text);
    if (!number || !(*number >= 0.1 && *number <= 86'400)) {
        problems.push_back(
            fmt::format("--deadline: must be a number of seconds from 0.1 to 86400, got \"{}\"", text));
    } else if (info && !info->needs_values) {
        problems.push_back(fmt::format("--deadline: {} is not optimised, it takes no time", info->name));
    } else {
        out.deadline_s = *number;
    }
}

void read_parameters(const po::variables_map& values, const planner::TemplateInfo* info, TemplateOptions& out,
                     std::vector<std::string>& problems) {
    for (const auto& parameter : all_parameters()) {
        const auto option = option_of(parameter.name);
        if (!values.count(option)) continue;
        const auto text = values[option].as<std::string>();
        const auto number = parse_number(text);
        if (info && std::ranges::find(info->parameters, parameter.name, &planner::TemplateParameter::name) ==
                        info->parameters.end()) {
            std::vector<std::string> taken;
            for (const auto& own : info->parameters)
                taken.push_back("--" + option_of(own.name));
            problems.push_back(fmt::format("--{}: is nothing that {} takes, it has {}", option, info->name,
                                           fmt::join(taken, ", ")));
        } else if (!number) {
            problems.push_back(fmt::format("--{}: must be a finite number, got \"{}\"", option, text));
        } else {
            out.parameters[std::string(parameter.name)] = *number;
        }
    }
    if (!info) return;
    // Levels have no default that would make sense, what follows from the plant has its sentence in the
    // table.
    for (const auto& parameter : info->parameters) {
        if (parameter.needed && !values.count(option_of(parameter.name)))
            problems.push_back(
                fmt::format("--{}: must be given, {}", option_of(parameter.name), parameter.text));
    }
}

}  // namespace

void add_template_options(po::options_description& options) {
    auto add = options.add_options();
    add("template", po::value<std::string>()->value_name("NAME"),
        "makes the plan by a rule, see below; printed with --format csv it is a plan file");
    add("plant", po::value<std::string>()->value_name("ID"), "whose plan the template makes");
    add("signal", po::value<std::string>()->value_name("p|q"), "of the shapes; default p, active power");
    add("prices", po::value<std::string>()->value_name("FILE"),
        "per MWh, for arbitrage: CSV or XLSX with columns timestamp and price, or as the exchanges publish "
        "them, see docs/plans.md");
    add("load", po::value<std::string>()->value_name("FILE"),
        "in kW, for peak_shaving: columns timestamp and load, or timestep, the hours of a year numbered from "
        "1");
    add("column", po::value<std::string>()->value_name("NAME"),
        "of prices or load, where the file has several");
    add("auction", po::value<std::string>()->value_name("NAME"),
        "of prices, where the file has several auctions, sequences or areas: \"Sequence 1\", \"BZN|ES\"");
    add("scale", po::value<std::string>()->value_name("N"), "every price or load times this; default 1");
    add("deadline", po::value<std::string>()->value_name("S"),
        "for what is optimised, in seconds: the best plan found by then counts, and its gap is told; default "
        "60");
    for (const auto& parameter : all_parameters()) {
        add(option_of(parameter.name).c_str(), po::value<std::string>()->value_name("N"),
            parameter.text().c_str());
    }
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

std::optional<TemplateOptions> read_template_options(const po::variables_map& values,
                                                     std::vector<std::string>& problems) {
    if (!values.count("template")) {
        for (const char* option :
             {"plant", "signal", "prices", "load", "column", "auction", "scale", "deadline"}) {
            if (values.count(option)) problems.push_back(fmt::format("--{}: only with --template", option));
        }
        for (const auto& parameter : all_parameters()) {
            const auto option = option_of(parameter.name);
            if (values.count(option)) problems.push_back(fmt::format("--{}: only with --template", option));
        }
        return std::nullopt;
    }
    TemplateOptions out;
    out.name = values["template"].as<std::string>();
    const auto* info = find(out.name);
    if (!info) {
        std::vector<std::string_view> names;
        for (const auto& known : planner::templates())
            names.push_back(known.name);
        problems.push_back(
            fmt::format("--template: must be one of {}, got \"{}\"", fmt::join(names, ", "), out.name));
    }
    if (values.count("plant")) out.plant = values["plant"].as<std::string>();
    if (values.count("signal")) {
        const auto signal = values["signal"].as<std::string>();
        if (signal == "q")
            out.signal = schedule::Signal::q;
        else if (signal != "p")
            problems.push_back(fmt::format("--signal: must be p or q, got \"{}\"", signal));
        if (out.signal == schedule::Signal::q && info && !info->shape)
            problems.push_back(fmt::format("--signal: {} is a plan of active power", info->name));
    }
    read_values(values, info, out, problems);
    read_deadline(values, info, out, problems);
    read_parameters(values, info, out, problems);
    return out;
}

}  // namespace hil::app
