// The command line of `plan --template`: every parameter of every template has an option of its name.
#pragma once

#include "app/option_line.hpp"
#include "schedule/signal.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hil::app {

struct TemplateOptions {
    std::string name;                  // of a template that exists
    std::optional<std::string> plant;  // none: the only one
    schedule::Signal signal = schedule::Signal::p;
    std::map<std::string, double, std::less<>> parameters;  // by their names, as "level_kw"
    std::filesystem::path values;                           // prices or load; empty: none needed
    std::optional<std::string> column;                      // of the values, where the file has several
    std::optional<std::string> auction;                     // or sequence or area of the prices, likewise
    double scale = 1;                                       // of the values
    double deadline_s = 60;                                 // for what is optimised
};

// Rows of the table: those of every template, and one for each parameter.
std::vector<OptionRow> template_rows();
// The templates with their parameters, for the end of a help text.
std::string template_help();

// What was asked for; none when no template was. What a template does not take or lacks is a problem of the
// line, each a sentence that names option, value and rule; what is returned is of no use then.
std::optional<TemplateOptions> read_template_options(OptionLine& line);

}  // namespace hil::app
