// What an error of a plant's link means to somebody who wants something done: whether asking again can help,
// and when. No I/O.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>

namespace hil::control {

enum class Trouble : std::uint8_t {
    none,
    busy,     // exceptions 5 and 6: the device wants to be asked again
    silent,   // no answer, no connection, an answer that is none, or a gateway that did not reach the device
              // (exceptions 10 and 11): another time it may work
    lasting,  // refused (every other exception), or not what was asked for: asking again changes nothing
};
Trouble trouble_of(error_code error);

// Retries of one request within the time its step has: a busy device is asked again until that time is over.
// One answer may be lost, after which the step has its time anew: the link asks a plant that fell silent by
// itself, and refuses everybody else (plant::errc::not_answering) until it knows more.
class StepRetry {
  public:
    static constexpr Duration pause = std::chrono::milliseconds(250);

    StepRetry(Instant began, Duration time) : time_(time), until_(began + time) {}

    // How long to wait before asking again; none: the error stands.
    [[nodiscard]] std::optional<Duration> failed(error_code error, Instant now);

  private:
    Duration time_;
    Instant until_;
    bool lost_ = false;  // an answer
};

}  // namespace hil::control
