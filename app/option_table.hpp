// The command line as a table: which sub-commands there are, and of each which options, with type, rule and
// help. Reading it, its help, the man page and shell completion are all made from here.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::app {

// What a value must be. `must` goes on behind the option's name: "must be 1..65535".
struct OptionRule {
    std::string must;                               // empty: anything goes
    std::function<bool(const std::string&)> holds;  // empty with `must`
    std::vector<std::string> words;                 // the only values there are; empty: not a list of words
    bool shows_value = true;                        // whether the complaint ends with what was given
};

OptionRule one_of(std::vector<std::string> words);
OptionRule not_empty();
OptionRule whole_from(std::uint64_t low, std::uint64_t high, std::string must);
OptionRule number_where(std::function<bool(double)> holds, std::string must);
// A duration with its unit, as 30s or 1h30m; not zero.
OptionRule a_duration();
// A number of seconds, or a duration with its unit.
OptionRule seconds_where(std::function<bool(double)> holds, std::string must);
// The value of such an option.
std::optional<double> seconds_of(const std::string& text);
// A number of days of 24 hours, or a duration with its unit.
std::optional<Duration> days_of(const std::string& text);

// Another option that this one needs or cannot stand beside: "--junit: only together with --scenario".
struct OptionRelation {
    std::string option, words, more;
};

enum class Takes : std::uint8_t {
    nothing,        // it is given or not
    value,          // --speed 60
    maybe_a_value,  // --start, --start lib
    values,         // --schedule a.csv --schedule b.csv
};

// What a value is, for completion: any text, a word of the rule, or what the shell knows itself.
enum class Completes : std::uint8_t { nothing, file, directory };

struct OptionRow {
    std::string name;  // without dashes
    Takes takes = Takes::value;
    std::string value;  // what the help calls it: "FILE", "local|remote"
    std::string help;
    OptionRule rule = {};
    Completes completes = Completes::nothing;
    std::string without_value = {};  // what counts when it is given without one
    std::optional<OptionRelation> needs = {}, excludes = {};
    std::string group = {};  // a heading of its own in the help; empty: "Options"
};

struct SubCommand {
    std::string name;
    std::string summary;       // in the list of all
    std::string usage;         // behind "hil_scheduler NAME"
    std::string about = {};    // a paragraph behind it; may be empty
    std::string operand = {};  // what a word without an option is; empty: none is taken
    std::vector<OptionRow> options;
    std::string more = {};  // at the end of the help
};

// Every sub-command but `help`, in the order they are shown; `run` is the default.
const std::vector<SubCommand>& sub_commands();
// Null: there is none of that name.
const SubCommand* find_sub_command(std::string_view name);
// "run, check, … and hash-password"
std::string sub_command_names();

}  // namespace hil::app
