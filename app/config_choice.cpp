#include "app/config_choice.hpp"

namespace hil::app {

config::DefaultFile config_choice(const OptionLine& line) {
    if (const auto file = line.text("config")) return {.file = *file, .of_working_directory = false};
    return config::default_file();
}

}  // namespace hil::app
