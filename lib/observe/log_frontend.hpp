// The way of a log line through Boost.Log: attributes in, formatted line out. Its headers stay in one source.
#pragma once

#include "base/zone.hpp"
#include "observe/log.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace hil::observe {

class LogFrontend {
  public:
    // Gets each line formatted, with its line end, before push() returns.
    using Accept = std::function<void(Channel channel, std::string_view line)>;

    LogFrontend(Zone zone, LogFormat format, Accept accept);
    LogFrontend(const LogFrontend&) = delete;
    LogFrontend& operator=(const LogFrontend&) = delete;
    ~LogFrontend();

    // The record carries Severity, Channel, TimeStamp, Plant, Correlation and Message, so that a further sink
    // of Boost.Log finds what it needs. Sinks of other logs in the process do not see it.
    void push(const LogLine& line);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace hil::observe
