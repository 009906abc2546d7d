// The files of the log: one current file per channel, put aside by day and size, compressed, removed when
// old. Blocks; used off the reactor only.
#pragma once

#include "base/result.hpp"
#include "base/zone.hpp"
#include "observe/log.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hil::observe {

// Whole lines of one channel and one local day.
struct LogChunk {
    Channel channel{};
    LocalDate day;
    std::string text;
    std::uint64_t lines = 0;
};

class LogFiles {
  public:
    LogFiles(std::filesystem::path directory, std::uint64_t rotate_bytes, int retention_days);
    LogFiles(const LogFiles&) = delete;
    LogFiles& operator=(const LogFiles&) = delete;
    ~LogFiles();

    // Appends the lines, after putting the current file aside when it belongs to another day or would grow
    // past the limit. On an error the file is left as it was.
    result<void> append(const LogChunk& chunk);

  private:
    struct File {
        int descriptor = -1;
        std::uint64_t size = 0;
        LocalDate day;
    };

    [[nodiscard]] std::filesystem::path current(Channel channel) const;
    result<void> open(Channel channel, LocalDate today);
    void close(File& file);
    result<void> put_aside(Channel channel);
    // Compresses what an interrupted run left uncompressed and removes what is older than the retention time.
    void tidy(LocalDate today);

    std::filesystem::path directory_;
    std::uint64_t rotate_bytes_;
    int retention_days_;
    std::array<File, channel_count> files_;
    std::optional<LocalDate> tidied_;
};

}  // namespace hil::observe
