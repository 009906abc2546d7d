// What is made of the table of the command line: help, man page, completion.
#include "app/option_table.hpp"
#include "app/option_texts.hpp"
#include "app/options.hpp"
#include "support/catch.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include <unistd.h>

using namespace hil;
using namespace hil::app;

namespace {

std::string printed(const std::vector<std::string>& arguments) {
    const auto command = parse_command_line(arguments);
    if (const auto* error = std::get_if<UsageError>(&command)) return error->sentence;
    return std::get<HelpRequest>(command).text;
}

// What bash offers where the last of these words is typed.
std::string offered(const std::filesystem::path& script, const std::string& words, int last) {
    const auto command = "bash -c 'source " + script.string() + "; COMP_WORDS=(hil_scheduler " + words +
                         "); COMP_CWORD=" + std::to_string(last) +
                         "; _hil_scheduler; echo \"${COMPREPLY[*]}\"'";
    const std::unique_ptr<FILE, int (*)(FILE*)> shell(popen(command.c_str(), "r"), pclose);
    REQUIRE(shell);
    std::string out;
    for (int c = std::fgetc(shell.get()); c != EOF && c != '\n'; c = std::fgetc(shell.get()))
        out += static_cast<char>(c);
    return out;
}

}  // namespace

TEST_CASE("each sub-command of the table is read, and each of its options has a name of its own and a help") {
    std::set<std::string> names;
    for (const auto& command : sub_commands()) {
        CAPTURE(command.name);
        CHECK(names.insert(command.name).second);
        CHECK_FALSE(command.summary.empty());
        CHECK(printed({command.name, "--help"}) == help_text(command));
        CHECK(printed({"help", command.name}) == help_text(command));
        std::set<std::string> options{"help"};
        for (const auto& row : command.options) {
            CAPTURE(row.name);
            CHECK(options.insert(row.name).second);
            CHECK_FALSE(row.help.empty());
            CHECK((row.takes == Takes::nothing) == row.value.empty());
            CHECK(row.rule.must.empty() == !row.rule.holds);
            for (const auto& relation : {row.needs, row.excludes})
                if (relation)
                    CHECK(std::ranges::find(command.options, relation->option, &OptionRow::name) !=
                          command.options.end());
        }
    }
}

TEST_CASE("an option that breaks its rule is refused by every sub-command that takes it") {
    for (const auto& command : sub_commands()) {
        for (const auto& row : command.options) {
            if (row.rule.must.empty()) continue;
            CAPTURE(command.name, row.name);
            const auto bad = row.rule.holds("?") ? std::string() : std::string("?");
            REQUIRE_FALSE(row.rule.holds(bad));
            std::vector<std::string> arguments{command.name, "--" + row.name, bad};
            if (row.needs) arguments.push_back("--" + row.needs->option + "=square");
            CHECK_THAT(printed(arguments), Catch::Matchers::Contains("--" + row.name + ": " + row.rule.must));
        }
    }
}

TEST_CASE("all that breaks its rule is said at once, and help is given whatever else is wrong") {
    CHECK(printed({"run", "--speed", "0", "--port", "0"}) ==
          "hil_scheduler run: --speed: must be a number above 0 and at most 1000000, got \"0\"\n"
          "hil_scheduler run: --port: must be 1..65535, got \"0\"");
    CHECK_THAT(printed({"run", "--port", "0", "--help"}), Catch::Matchers::StartsWith("Usage:"));
    CHECK_THAT(printed({"simulate", "--seed", "1", "--seeds", "1..2"}),
               Catch::Matchers::Contains("--seeds: not together with --seed"));
}

TEST_CASE("the man page has every sub-command with every option and its rule, and no line of it is lost") {
    const auto page = printed({"help", "--man"});
    CHECK(page == man_page());
    for (const auto& command : sub_commands()) {
        CAPTURE(command.name);
        for (const auto& row : command.options) {
            std::string option = "\n.B \\-\\-" + row.name;
            for (auto at = option.find('-', 8); at != std::string::npos; at = option.find('-', at + 2))
                option.insert(at, "\\");
            CHECK_THAT(page, Catch::Matchers::Contains(option));
        }
    }
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        if (!line.starts_with(".")) continue;
        const auto request = line.substr(0, line.find(' '));
        const std::set<std::string> known{".TH", ".SH", ".B", ".PP", ".TP", ".nf", ".fi"};
        CHECK(known.contains(request));
    }
}

TEST_CASE("what bash completes by offers sub-commands, options, and the words of a rule") {
    const auto file =
        std::filesystem::temp_directory_path() / ("hil-completion-" + std::to_string(getpid()) + ".bash");
    std::ofstream(file) << printed({"help", "--completion", "bash"});
    CHECK(offered(file, "pl", 1) == "plan");
    CHECK(offered(file, "run --tr", 2) == "--transport --trace");
    CHECK(offered(file, "--headl", 1) == "--headless");
    CHECK(offered(file, "run --transport \"\"", 3) == "local remote");
    CHECK(offered(file, "plan --format c", 3) == "csv");
    CHECK(offered(file, "plan --days 1", 3).empty());
    std::filesystem::remove(file);
}

TEST_CASE("help takes what it prints and nothing else") {
    CHECK(printed({"help"}) == printed({"--help"}));
    CHECK_THAT(printed({"help", "fly"}), Catch::Matchers::Contains("got \"fly\""));
    CHECK_THAT(printed({"help", "--completion", "fish"}), Catch::Matchers::Contains("--completion bash"));
}
