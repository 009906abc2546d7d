#include "app/clock_console.hpp"

#include "app/options.hpp"
#include "base/duration_text.hpp"
#include "base/number.hpp"

#include <fmt/format.h>

#include <utility>

namespace hil::app {
namespace {

constexpr std::string_view rule = "a line is empty (one step), or step 10s, go, pause, speed 60 or end";

std::string_view trimmed(std::string_view text) {
    const auto from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::string sentence(std::string_view code) {
    if (code == "not_paused") return "only a paused clock can be stepped";
    if (code == "invalid_payload") return "a step is at most a day, a speed above 0 and at most 1000000";
    return fmt::format("the clock stays as it is: {}", code);
}

}  // namespace

std::variant<ClockRequest, std::string> parse_clock_request(std::string_view line, Duration usual_step) {
    using Kind = ClockRequest::Kind;
    const auto text = trimmed(line);
    const auto blank = std::min(text.find_first_of(" \t"), text.size());
    const auto word = text.substr(0, blank), more = trimmed(text.substr(blank));
    if (word.empty()) return ClockRequest{Kind::step, to_seconds(usual_step)};
    if (more.empty()) {
        if (word == "step") return ClockRequest{Kind::step, to_seconds(usual_step)};
        if (word == "go") return ClockRequest{Kind::go};
        if (word == "pause") return ClockRequest{Kind::pause};
        if (word == "end") return ClockRequest{Kind::end};
    } else if (word == "step") {
        if (const auto length = parse_duration(more); length && *length > Duration{})
            return ClockRequest{Kind::step, to_seconds(*length)};
        return fmt::format("step: must be followed by a time with a unit, as 10s or 5m, got \"{}\"", more);
    } else if (word == "speed") {
        if (const auto factor = parse_number(more)) return ClockRequest{Kind::speed, *factor};
        return fmt::format("speed: must be followed by a number, got \"{}\"", more);
    }
    return fmt::format("\"{}\" is not understood: {}", text, rule);
}

ClockConsole::ClockConsole(service::Service& service, std::unique_ptr<LineInput> input, bool alone,
                           Hooks hooks)
    : service_(service), input_(std::move(input)), alone_(alone), hooks_(std::move(hooks)) {}

awaitable<void> ClockConsole::run() {
    const auto usual_step = service_.parts().setup.config.timing.scheduler_period;
    while (const auto line = co_await input_->next()) {
        hooks_.typed();
        const auto request = parse_clock_request(*line, usual_step);
        if (const auto* mistake = std::get_if<std::string>(&request)) {
            hooks_.say(*mistake);
            continue;
        }
        co_await carry_out(std::get<ClockRequest>(request));
    }
    if (!alone_ || !service_.parts().context.clock.paused() || service_.is_ending()) co_return;
    hooks_.say("the input ended: the clock runs");
    (void)co_await set_clock({{"paused", false}});
}

awaitable<void> ClockConsole::carry_out(const ClockRequest& request) {
    switch (request.kind) {
        case ClockRequest::Kind::step: {
            auto& clock = service_.parts().context.clock;
            const auto until = clock.now() + seconds(request.amount);
            if (!co_await set_clock({{"step_s", request.amount}})) co_return;
            co_await clock.sleep_until(until);
            hooks_.show();
            co_return;
        }
        case ClockRequest::Kind::go:
            (void)co_await set_clock({{"paused", false}});
            co_return;
        case ClockRequest::Kind::pause:
            if (co_await set_clock({{"paused", true}})) hooks_.show();
            co_return;
        case ClockRequest::Kind::speed:
            (void)co_await set_clock({{"speed", request.amount}});
            co_return;
        case ClockRequest::Kind::end:
            hooks_.end();
            co_return;
    }
}

// As everybody else does, by a command: it is refused for the same reasons and found in the audit.
awaitable<bool> ClockConsole::set_clock(boost::json::object payload) {
    const auto id = service_.parts().commands.submit("clock.set", "", std::move(payload), "terminal").id;
    const auto ended = co_await service_.parts().commands.finished(id);
    if (ended && ended->state == control::CommandState::succeeded) co_return true;
    hooks_.say(sentence(ended ? ended->message : "the command is not known any more"));
    co_return false;
}

}  // namespace hil::app
