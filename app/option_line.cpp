#include "app/option_line.hpp"

#include "app/option_texts.hpp"
#include "base/number.hpp"

#include <boost/program_options.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace hil::app {

namespace po = boost::program_options;

OptionLine::OptionLine(const SubCommand& command, const std::vector<std::string>& arguments)
    : command_(command) {
    const auto described = describe_options(command);
    namespace style = po::command_line_style;
    const auto parsed = [&] {
        try {
            return po::command_line_parser(arguments)
                .options(*described)
                .style(style::unix_style & ~style::allow_guessing)
                .run();
        } catch (const po::error& e) {
            throw Mistake(e.what());
        }
    }();
    for (const auto& option : parsed.options) {
        if (option.position_key < 0) continue;
        if (command.operand.empty())
            throw Mistake(fmt::format("unexpected argument \"{}\"", fmt::join(option.value, " ")));
        operands_.insert(operands_.end(), option.value.begin(), option.value.end());
    }
    po::variables_map values;
    try {
        po::store(parsed, values);
        po::notify(values);
    } catch (const po::error& e) {
        throw Mistake(e.what());
    }
    for (const auto& [name, value] : values) {
        auto& own = given_[name];
        if (const auto* several = boost::any_cast<std::vector<std::string>>(&value.value()))
            own = *several;
        else if (const auto* one = boost::any_cast<std::string>(&value.value()))
            own = {*one};
    }
    if (asks_for_help()) return;
    for (const auto& row : command.options)
        judge(row);
}

void OptionLine::judge(const OptionRow& row) {
    const auto found = given_.find(row.name);
    if (found == given_.end()) return;
    const auto related = [&](const OptionRelation& to) {
        problem(fmt::format("--{}: {} --{}{}", row.name, to.words, to.option, to.more));
    };
    if (row.excludes && has(row.excludes->option)) return related(*row.excludes);
    if (row.needs && !has(row.needs->option)) return related(*row.needs);
    if (row.rule.must.empty()) return;
    for (const auto& value : found->second) {
        if (row.rule.holds(value)) continue;
        problem(row.rule.shows_value ? fmt::format("--{}: {}, got \"{}\"", row.name, row.rule.must, value)
                                     : fmt::format("--{}: {}", row.name, row.rule.must));
        found->second.clear();
        return;
    }
}

bool OptionLine::has(std::string_view option) const {
    return given_.contains(option);
}

std::optional<std::string> OptionLine::text(std::string_view option) const {
    const auto found = given_.find(option);
    if (found == given_.end() || found->second.empty()) return std::nullopt;
    return found->second.back();
}

std::vector<std::string> OptionLine::texts(std::string_view option) const {
    const auto found = given_.find(option);
    return found == given_.end() ? std::vector<std::string>{} : found->second;
}

std::optional<double> OptionLine::number(std::string_view option) const {
    const auto given = text(option);
    return given ? parse_number(*given) : std::nullopt;
}

void OptionLine::check() const {
    if (problems_.empty()) return;
    throw Mistake(fmt::format("{}", fmt::join(problems_, "\nhil_scheduler " + command_.name + ": ")));
}

}  // namespace hil::app
