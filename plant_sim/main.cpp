#include "plant_sim/program.hpp"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <string_view>

int main(int argc, char* argv[]) {
    using namespace hil::plant_sim;
    try {
        if (std::any_of(argv + 1, argv + argc, [](std::string_view word) { return word == "--version"; })) {
            std::cout << "plant_sim " << HIL_VERSION << '\n';
            return done;
        }
        const auto command = parse_command_line({argv + 1, argv + argc});
        if (const auto* help = std::get_if<HelpRequest>(&command)) {
            std::cout << help->text;
            return done;
        }
        if (const auto* mistake = std::get_if<UsageError>(&command)) {
            std::cerr << "plant_sim: " << mistake->sentence << '\n';
            return bad_usage;
        }
        return run_program(std::get<ProgramOptions>(command), std::cout, std::cerr,
                           isatty(STDOUT_FILENO) == 1);
    } catch (const std::exception& escaped) {
        std::cerr << "plant_sim: " << escaped.what() << '\n';
        return failed;
    }
}
