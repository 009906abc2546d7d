// Everything that happens in a simulated site, as JSON lines in the order in which it happened. The latest
// ones are always kept, for the report of a broken invariant; all of them go to a sink where there is one.
#pragma once

#include "base/clock.hpp"
#include "base/zone.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace hil::simulate {

class Trace {
  public:
    using Sink = std::function<void(std::string_view line)>;  // with its line end

    // `clock` and `zone` outlive the trace. `kept`: how many of the latest lines are remembered.
    Trace(const Clock& clock, const Zone& zone, Sink sink, std::size_t kept = 20);

    // One line under construction; written when it goes.
    class Line {
      public:
        Line(Trace& trace, std::string_view event, std::string_view plant);
        Line(const Line&) = delete;
        Line& operator=(const Line&) = delete;
        ~Line();
        Line& text(std::string_view key, std::string_view value);
        Line& number(std::string_view key, double value);

      private:
        Trace& trace_;
        std::string line_;
    };
    Line add(std::string_view event, std::string_view plant = {}) { return Line(*this, event, plant); }

    // Whether lines too frequent to be made for nothing (reads) are wanted.
    [[nodiscard]] bool detailed() const { return static_cast<bool>(sink_); }
    [[nodiscard]] const std::deque<std::string>& latest() const { return latest_; }
    [[nodiscard]] std::uint64_t count() const { return count_; }

  private:
    const Clock& clock_;
    const Zone& zone_;
    Sink sink_;
    std::size_t kept_;
    std::uint64_t count_ = 0;
    std::deque<std::string> latest_;
};

}  // namespace hil::simulate
