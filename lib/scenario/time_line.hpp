// Points of the time line as a scenario gives them: numbers of seconds and spans since the begin, times of
// day with a date, and steps, "link_lost" or "link_lost + 30s".
#pragma once

#include "base/zone.hpp"
#include "scenario/fields.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hil::scenario {

class TimeLine {
  public:
    TimeLine(const Zone& zone, WallTime from, Duration length) : zone_(zone), from_(from), length_(length) {}

    // From here on others may refer to it. False when the name is taken.
    bool define(const std::string& step, Duration at) { return steps_.emplace(step, at).second; }
    [[nodiscard]] bool knows(const std::string& step) const { return steps_.contains(step); }
    [[nodiscard]] Moment begin() const { return {Duration{}, "begin"}; }
    [[nodiscard]] Moment end() const { return {length_, "end"}; }

    // None when it is missing, or wrong, which is a problem.
    std::optional<Moment> take(Fields& fields, std::string_view key) const;

    // A name for a step: [a-z][a-z0-9_]*, not begin or end.
    static bool is_name(std::string_view text);

  private:
    [[nodiscard]] std::optional<Moment> read(std::string_view text) const;
    [[nodiscard]] std::optional<Moment> named(std::string_view text) const;

    const Zone& zone_;
    WallTime from_;
    Duration length_;
    std::map<std::string, Duration> steps_;
};

}  // namespace hil::scenario
