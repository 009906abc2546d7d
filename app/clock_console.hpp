// The clock of a run that began paused, under control of whoever sits at standard input, or of a script: a
// line at a time, the next when the one before is done.
//
//   (nothing)    a step of one dispatch period
//   step 10s     a step of that length, then the plants as they are
//   go           the clock runs
//   pause        it stands still
//   speed 60     up to so many times as fast as real time, when it runs
//   end          the run ends in order
//
// Where nobody else could, the clock goes on when the input ends.
#pragma once

#include "app/line_input.hpp"
#include "service/service.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace hil::app {

struct ClockRequest {
    enum class Kind : std::uint8_t { step, go, pause, speed, end };
    Kind kind{};
    double amount = 0;  // seconds of a step, or the factor of the speed
};
// What a line asks for, or a sentence with the rule it breaks.
std::variant<ClockRequest, std::string> parse_clock_request(std::string_view line, Duration usual_step);

class ClockConsole {
  public:
    struct Hooks {
        std::function<void()> typed;  // a line was read
        std::function<void(std::string_view)> say;
        std::function<void()> show;  // the site as it is now
        std::function<void()> end;   // the run
    };

    // The service outlives the console. `alone`: nothing else can resume the clock.
    ClockConsole(service::Service& service, std::unique_ptr<LineInput> input, bool alone, Hooks hooks);

    // Until the input ends.
    awaitable<void> run();

  private:
    awaitable<void> carry_out(const ClockRequest& request);
    awaitable<bool> set_clock(boost::json::object payload);

    service::Service& service_;
    std::unique_ptr<LineInput> input_;
    bool alone_;
    Hooks hooks_;
};

}  // namespace hil::app
