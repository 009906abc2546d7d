// Reads the lines of a file from its end, a block at a time.
#pragma once

#include "base/result.hpp"
#include "measure/file_store.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace hil::measure {

class BackwardReader {
  public:
    BackwardReader(FileStore& store, std::filesystem::path file, std::uint64_t size)
        : store_(store), file_(std::move(file)), start_(size), end_(size) {}

    struct Line {
        std::uint64_t offset = 0;  // of its first byte
        std::string_view text;     // without its line end; valid until the next call
        bool complete = true;      // false: the last line of the file lacks its line end
    };
    // The line before the one given last, the first line of the file included; none when there are no more.
    result<std::optional<Line>> next();

  private:
    FileStore& store_;
    std::filesystem::path file_;
    std::string block_;    // the file from start_ to end_, at least
    std::uint64_t start_;  // offset of block_
    std::uint64_t end_;    // where the line given last begins
};

}  // namespace hil::measure
