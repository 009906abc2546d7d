// Archives of plain files (POSIX ustar), as tar reads them: one header of 512 bytes, the content, zeros up to
// the next block; two blocks of zeros at the end.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace hil::care {

class TarWriter {
  public:
    // Throws std::system_error when the file cannot be written, here and in every call.
    explicit TarWriter(const std::filesystem::path& file);
    // Exactly `size` bytes come from `more`, piece by piece; where it ends before, std::runtime_error.
    void add(const std::string& name, std::uint64_t size, std::int64_t modified,
             const std::function<std::string()>& more);
    // The end of the archive, on the disk.
    void finish();

  private:
    void put(std::string_view bytes);
    std::filesystem::path path_;
    std::ofstream out_;
};

class TarReader {
  public:
    explicit TarReader(const std::filesystem::path& file) : in_(file, std::ios::binary) {}
    struct Entry {
        std::string name;
        std::uint64_t size = 0;
    };
    // The next file; none at the end. A sentence in problem() where there is no archive, or it breaks off.
    std::optional<Entry> next();
    // Up to 256 KiB of the content of the entry; empty at its end.
    std::string read();
    [[nodiscard]] const std::string& problem() const { return problem_; }

  private:
    std::optional<Entry> broken(std::string why);
    std::ifstream in_;
    std::uint64_t left_ = 0, padding_ = 0;
    std::string problem_;
};

}  // namespace hil::care
