// Which configuration a command line means.
#pragma once

#include "app/option_line.hpp"
#include "config/location.hpp"

namespace hil::app {

// What --config says, or config::default_file().
config::DefaultFile config_choice(const OptionLine& line);

}  // namespace hil::app
