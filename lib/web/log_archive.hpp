// Lines of the log's files, a page at a time, newest first. Blocks: off the reactor only.
#pragma once

#include "base/result.hpp"
#include "base/zone.hpp"
#include "observe/log.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil::web {

// What a line must be to be shown.
struct LogFilter {
    std::optional<observe::Channel> channel;
    observe::Level level = observe::Level::debug;  // at least
    std::string plant, correlation, text;          // empty: any; text: part of the message, any case

    [[nodiscard]] bool matches(const observe::LogLine& line) const;
};

// A line as a file has it, text or JSON. A plant named before the message is told from its words by
// `plant_ids`. None for what is no line of ours.
std::optional<observe::LogLine> parse_log_line(std::string_view line,
                                               const std::vector<std::string>& plant_ids, const Zone& zone);

struct LogPage {
    std::vector<observe::LogLine> lines;  // newest first; numbered from 1 in their file
    std::uint64_t next = 0;               // the cursor of the next page; 0: there is none
};

class LogArchive {
  public:
    LogArchive(std::filesystem::path directory, std::vector<std::string> plant_ids, Zone zone)
        : directory_(std::move(directory)), plant_ids_(std::move(plant_ids)), zone_(std::move(zone)) {}

    // Names of the log files in the directory, newest first; anything else in it is not seen.
    [[nodiscard]] std::vector<std::string> files() const;
    // Up to `limit` lines numbered below the cursor (0: the newest). None when files() has no such name: a
    // name is looked up and never made into a path of its own.
    [[nodiscard]] std::optional<LogPage> read(std::string_view name, const LogFilter& filter,
                                              std::uint64_t cursor, std::size_t limit) const;

  private:
    std::filesystem::path directory_;
    std::vector<std::string> plant_ids_;
    Zone zone_;
};

}  // namespace hil::web
