// Where the configuration is when nobody says where.
#pragma once

#include <filesystem>

namespace hil::config {

// etc/hil.json beside the sources the program was built from, when it is there; otherwise the installed
// /etc/hil-scheduler/hil.json.
std::filesystem::path default_file();

}  // namespace hil::config
