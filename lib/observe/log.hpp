// The log: lines with channel, level, plant and the correlation id of the command that caused them.
//
// Each channel has one current file in the log directory, `<channel>.log`. It is put aside when it grows too
// large or the local day ends (both on the site's clock), as `<channel>.<YYYY-MM-DD>[.n].log.gz`, and removed
// after the retention time, by the date in its name. Writing, compressing and removing happen off the
// reactor: a caller pays for one formatted line and never waits. When the disk cannot keep up, or fails,
// lines are dropped and counted; the file says how many are missing once it can be written again.
#pragma once

#include "base/blocking_executor.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/subscription.hpp"
#include "base/task_group.hpp"
#include "base/zone.hpp"

#include <fmt/core.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hil::observe {

enum class Channel : std::uint8_t { control, dispatch, measure, market, web, sim };
inline constexpr std::size_t channel_count = 6;
enum class Level : std::uint8_t { debug, info, warning, error };

std::string_view to_string(Channel channel);
// "DEBUG", "INFO", "WARNING", "ERROR"
std::string_view to_string(Level level);
// Upper or lower case; none for another word.
std::optional<Level> parse_level(std::string_view text);
std::optional<Channel> parse_channel(std::string_view text);

// What a line is about, besides its message.
struct LogContext {
    std::string_view plant{};
    std::string_view correlation{};
};

struct LogLine {
    std::uint64_t number = 0;  // counts all lines of this log, from 1
    WallTime time;
    Level level = Level::info;
    Channel channel = Channel::control;
    std::string message, plant, correlation;
};

enum class LogFormat : std::uint8_t { text, json };

struct LogOptions {
    std::filesystem::path directory;  // empty: no files
    Level level = Level::info;        // lines below it are not written
    LogFormat format = LogFormat::text;
    bool console = false;  // every line to standard error too
    std::uint64_t rotate_bytes = 16 << 20;
    int retention_days = 30;            // 0: for ever. Use 0 when the site's clock is not the real one
    std::size_t queue_bytes = 4 << 20;  // waiting to be written; lines beyond it are dropped
    std::size_t tail_lines = 1000;      // kept in memory
};

class Log {
  public:
    Log(Clock& clock, Zone zone, LogOptions options, BlockingExecutor& blocking);
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    // Writes what still waits, on the spot, unless a write is under way: await close() for an orderly end.
    ~Log();

    [[nodiscard]] bool enabled(Level level) const { return level >= level_; }
    void set_level(Level level) { level_ = level; }
    [[nodiscard]] Level level() const { return level_; }

    template <class... Args>
    void log(Level level, Channel channel, const LogContext& context, fmt::format_string<Args...> format,
             Args&&... args) {
        if (enabled(level))
            write(level, channel, context, fmt::vformat(format, fmt::make_format_args(args...)));
    }
    template <class... Args>
    void debug(Channel channel, const LogContext& context, fmt::format_string<Args...> format,
               Args&&... args) {
        log(Level::debug, channel, context, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void debug(Channel channel, fmt::format_string<Args...> format, Args&&... args) {
        log(Level::debug, channel, {}, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void info(Channel channel, const LogContext& context, fmt::format_string<Args...> format,
              Args&&... args) {
        log(Level::info, channel, context, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void info(Channel channel, fmt::format_string<Args...> format, Args&&... args) {
        log(Level::info, channel, {}, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void warning(Channel channel, const LogContext& context, fmt::format_string<Args...> format,
                 Args&&... args) {
        log(Level::warning, channel, context, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void warning(Channel channel, fmt::format_string<Args...> format, Args&&... args) {
        log(Level::warning, channel, {}, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void error(Channel channel, const LogContext& context, fmt::format_string<Args...> format,
               Args&&... args) {
        log(Level::error, channel, context, format, std::forward<Args>(args)...);
    }
    template <class... Args>
    void error(Channel channel, fmt::format_string<Args...> format, Args&&... args) {
        log(Level::error, channel, {}, format, std::forward<Args>(args)...);
    }

    // A message that is formatted already, whatever the level.
    void write(Level level, Channel channel, const LogContext& context, std::string message);

    // The latest lines, oldest first.
    [[nodiscard]] const std::deque<LogLine>& tail() const;
    // Told of every line from now on.
    Subscription subscribe(Publisher<LogLine>::Listener listener);

    // Lines that never reached their file, and why the last write failed (no error after a success).
    [[nodiscard]] std::uint64_t dropped() const;
    [[nodiscard]] error_code last_error() const;

    // Waits until every line given so far is in its file or dropped.
    awaitable<void> flush();
    // The same, then ends the writer. Later lines reach the tail and the listeners only.
    awaitable<void> close();

  private:
    struct State;
    std::shared_ptr<State> state_;
    Level level_;
    TaskGroup writer_;
};

// One line without its line end: "2025-10-01T10:00:00.250000+02:00 WARNING dispatch lib: no answer [c-12]".
// Control characters in the message are escaped, so that one line stays one line.
void append_text(std::string& out, const LogLine& line, const Zone& zone);
// {"time":…,"level":…,"channel":…,"message":…} and, where there are any, "plant" and "correlation".
void append_json(std::string& out, const LogLine& line, const Zone& zone);

}  // namespace hil::observe
