#include "planfile/file_bytes.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace hil::planfile {

std::string read_whole(const std::filesystem::path& path, std::string& into) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return "cannot be read: it is a directory";
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file) return fmt::format("cannot be read: {}", std::generic_category().message(errno));
    const auto size = std::filesystem::file_size(path, error);
    if (!error) into.reserve(size + 1);
    char block[1 << 16];
    while (const std::size_t got = std::fread(block, 1, sizeof block, file.get()))
        into.append(block, got);
    if (std::ferror(file.get())) {
        return fmt::format("cannot be read: {}", std::generic_category().message(errno));
    }
    return {};
}

}  // namespace hil::planfile
