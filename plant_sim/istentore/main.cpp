#include "plant_sim/istentore/program.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>

int main(int argc, char* argv[]) {
    using namespace hil::plant_sim;
    try {
        if (std::any_of(argv + 1, argv + argc, [](std::string_view word) { return word == "--version"; })) {
            std::cout << "istentore_sim " << HIL_VERSION << '\n';
            return done;
        }
        auto command = parse_istentore_command_line({argv + 1, argv + argc});
        if (const auto* help = std::get_if<HelpRequest>(&command)) {
            std::cout << help->text;
            return done;
        }
        if (const auto* mistake = std::get_if<UsageError>(&command)) {
            std::cerr << "istentore_sim: " << mistake->sentence << '\n';
            return bad_usage;
        }
        auto& options = std::get<IstentoreOptions>(command);
        const auto variable = [](const char* name) {
            const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
            return std::string(value != nullptr ? value : "");
        };
        options.email = variable("HIL_ISTENTORE_SIM_EMAIL");
        options.password = variable("HIL_ISTENTORE_SIM_PASSWORD");
        return run_istentore(options, std::cout, std::cerr);
    } catch (const std::exception& escaped) {
        std::cerr << "istentore_sim: " << escaped.what() << '\n';
        return failed;
    }
}
