// A file as its bytes.
#pragma once

#include <filesystem>
#include <string>

namespace hil::planfile {

// Why the file could not be read, as "cannot be read: …"; empty when it was. Blocks.
std::string read_whole(const std::filesystem::path& path, std::string& into);

}  // namespace hil::planfile
