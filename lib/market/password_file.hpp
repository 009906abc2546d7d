// The password of the platform, from a file that only the service may read.
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <string>

namespace hil::market {

// The first line, without its end. Blocks. An error of the system when the file cannot be read;
// invalid_argument when it has no first line, or one of more than a thousand characters.
result<std::string> read_password_file(const std::filesystem::path& file);

}  // namespace hil::market
