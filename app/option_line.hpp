// A command line read by the table: every option is known, every value keeps its rule, none stands beside one
// that excludes it.
#pragma once

#include "app/option_table.hpp"

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace hil::app {

// One sentence that names option, value and rule; several of them stand on lines of their own.
struct Mistake : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class OptionLine {
  public:
    // Throws Mistake for a word or an option that the sub-command does not take. Of an option that breaks
    // its rule a problem is kept, unless help is asked for.
    OptionLine(const SubCommand& command, const std::vector<std::string>& arguments);

    [[nodiscard]] const SubCommand& command() const { return command_; }
    [[nodiscard]] bool asks_for_help() const { return has("help"); }
    [[nodiscard]] bool has(std::string_view option) const;
    // The value of an option, none when it was not given or breaks its rule. Of one that may be repeated the
    // last.
    [[nodiscard]] std::optional<std::string> text(std::string_view option) const;
    [[nodiscard]] std::vector<std::string> texts(std::string_view option) const;
    // Precondition: its rule is of numbers, or it was not given.
    [[nodiscard]] std::optional<double> number(std::string_view option) const;
    // Words that stand without an option.
    [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }

    void problem(std::string sentence) { problems_.push_back(std::move(sentence)); }
    // Throws Mistake when there are problems.
    void check() const;

  private:
    void judge(const OptionRow& row);

    const SubCommand& command_;
    std::map<std::string, std::vector<std::string>, std::less<>> given_;
    std::vector<std::string> operands_, problems_;
};

}  // namespace hil::app
