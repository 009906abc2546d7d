// Puts bytes where somebody asked for them on a command line.
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <string_view>

namespace hil {

// A regular file, or one that is not there yet, is replaced in one step: whoever reads it sees the old or the
// new one whole, and nothing is changed where writing fails. A link is followed. Everything else that goes by
// such a name (a device, a pipe) is written into and stays what it is: only regular files are ever replaced
// or removed. Blocking. The error of the system where the bytes could not be written.
result<void> write_output(const std::filesystem::path& file, std::string_view bytes);

}  // namespace hil
