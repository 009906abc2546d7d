#include "app/option_texts.hpp"

#include <boost/program_options.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <sstream>
#include <utility>

namespace hil::app {
namespace {

namespace po = boost::program_options;

constexpr std::string_view what_it_is =
    "Drives battery plants from schedules over Modbus TCP and records what they do.";

// Words of a text in lines of at most `width`, those after the first behind `indent`.
std::string wrapped(const std::string& text, std::size_t width, const std::string& indent) {
    std::string out, line;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        if (!line.empty() && line.size() + 1 + word.size() > width) {
            out += line + "\n" + indent;
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return out + line;
}

// A hyphen is a minus, and nothing at a line's begin is a request.
std::string troff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) {
            out += "\\&";
            out += c;
        } else {
            out += c;
        }
    }
    return out;
}

std::string shown_option(const OptionRow& row) {
    if (row.takes == Takes::nothing) return "--" + row.name;
    if (row.takes == Takes::maybe_a_value) return fmt::format("--{} [{}]", row.name, row.value);
    return fmt::format("--{} {}", row.name, row.value);
}

}  // namespace

std::shared_ptr<po::options_description> describe_options(const SubCommand& command) {
    auto out = std::make_shared<po::options_description>("Options");
    out->add_options()("help,h", "this text");
    std::map<std::string, po::options_description> groups;
    for (const auto& row : command.options) {
        auto& group = row.group.empty() ? *out : groups.try_emplace(row.group, row.group).first->second;
        auto add = group.add_options();
        switch (row.takes) {
            case Takes::nothing:
                add(row.name.c_str(), row.help.c_str());
                break;
            case Takes::value:
                add(row.name.c_str(), po::value<std::string>()->value_name(row.value), row.help.c_str());
                break;
            case Takes::maybe_a_value:
                add(row.name.c_str(),
                    po::value<std::string>()->implicit_value(row.without_value)->value_name(row.value),
                    row.help.c_str());
                break;
            case Takes::values:
                add(row.name.c_str(),
                    po::value<std::vector<std::string>>()->composing()->value_name(row.value),
                    row.help.c_str());
                break;
        }
    }
    for (const auto& [name, group] : groups)
        out->add(group);
    return out;
}

std::string overview_text() {
    std::string out =
        fmt::format("Usage: hil_scheduler [SUB-COMMAND] [OPTIONS]\n\n{}\n\nSub-commands:\n", what_it_is);
    constexpr std::size_t column = 17, width = 100;
    for (const auto& command : sub_commands())
        out += fmt::format("  {:<15}{}\n", command.name,
                           wrapped(command.summary, width - column, std::string(column, ' ')));
    out +=
        "\nhil_scheduler SUB-COMMAND --help lists the options of one; hil_scheduler help --man and\n"
        "help --completion bash print a man page and what a shell completes by.\n";
    return out;
}

std::string help_text(const SubCommand& command) {
    std::ostringstream out;
    out << "Usage: hil_scheduler " << command.name << " " << command.usage << "\n\n";
    if (!command.about.empty()) out << command.about << "\n\n";
    out << *describe_options(command);
    if (!command.more.empty()) out << "\n" << command.more;
    return out.str();
}

std::string man_page() {
    std::string out = ".TH HIL_SCHEDULER 1 \"\" \"hil\\-scheduler " HIL_VERSION "\"\n";
    out += ".SH NAME\nhil_scheduler \\- drives battery plants from schedules and records what they do\n";
    out += ".SH SYNOPSIS\n.B hil_scheduler\n[\\fISUB\\-COMMAND\\fR] [\\fIOPTIONS\\fR]\n";
    out += fmt::format(".SH DESCRIPTION\n{}\n", troff(what_it_is));
    for (const auto& command : sub_commands()) {
        out += fmt::format(".SH {}\n.B hil_scheduler {} {}\n.PP\n{}\n", troff(command.name),
                           troff(command.name), troff(command.usage), troff(command.summary));
        if (!command.about.empty()) out += fmt::format(".PP\n{}\n", troff(command.about));
        for (const auto& row : command.options) {
            out += fmt::format(".TP\n.B {}\n{}\n", troff(shown_option(row)), troff(row.help));
            if (!row.rule.must.empty()) out += fmt::format("It {}.\n", troff(row.rule.must));
        }
        if (!command.more.empty()) out += fmt::format(".PP\n.nf\n{}.fi\n", troff(command.more));
    }
    return out;
}

std::string bash_completion() {
    std::string all, cases, values;
    for (const auto& command : sub_commands()) {
        all += command.name + " ";
        std::string options = "--help";
        for (const auto& row : command.options) {
            options += " --" + row.name;
            const auto key = fmt::format("        {}:--{}) ", command.name, row.name);
            if (!row.rule.words.empty())
                values += fmt::format("{}COMPREPLY=($(compgen -W \"{}\" -- \"$word\")); return ;;\n", key,
                                      fmt::join(row.rule.words, " "));
            else if (row.completes != Completes::nothing)
                values += fmt::format("{}COMPREPLY=($(compgen -{} -- \"$word\")); return ;;\n", key,
                                      row.completes == Completes::file ? "f" : "d");
            else if (row.takes == Takes::value || row.takes == Takes::values)
                values += key + "return ;;\n";
        }
        cases += fmt::format("        {}) options=\"{}\" ;;\n", command.name, options);
    }
    return fmt::format(
        "_hil_scheduler() {{\n"
        "    local word=\"${{COMP_WORDS[COMP_CWORD]}}\" before=\"${{COMP_WORDS[COMP_CWORD-1]}}\"\n"
        "    local command=\"${{COMP_WORDS[1]}}\" options=\"\"\n"
        "    [[ $command == -* ]] && command=run\n"
        "    COMPREPLY=()\n"
        "    if [[ $COMP_CWORD == 1 && $word != -* ]]; then\n"
        "        COMPREPLY=($(compgen -W \"{}help\" -- \"$word\")); return\n"
        "    fi\n"
        "    case \"$command:$before\" in\n"
        "{}"
        "    esac\n"
        "    case \"$command\" in\n"
        "{}"
        "    esac\n"
        "    if [[ $word == -* ]]; then\n"
        "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
        "    else\n"
        "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
        "    fi\n"
        "}}\n"
        "complete -F _hil_scheduler hil_scheduler\n",
        all, values, cases);
}

}  // namespace hil::app
