#include "app/solver_progress.hpp"

#include "base/number.hpp"

#include <fmt/format.h>

namespace hil::app {

std::string solver_line(Duration since, Duration deadline, double found, double bound) {
    return fmt::format("{:.0f} s of {:.0f}: {} found, {} at most", to_seconds(since), to_seconds(deadline),
                       format_number(found, 2), format_number(bound, 2));
}

SolverProgress::SolverProgress(const Clock& clock, Duration deadline, std::FILE* out, bool tty)
    : clock_(clock),
      deadline_(deadline),
      out_(out),
      tty_(tty),
      began_(clock.io_now()),
      due_(began_ + std::chrono::seconds(1)) {}

SolverProgress::~SolverProgress() {
    if (tty_ && shown_) std::fputc('\n', out_);
}

planner::SolverWatch SolverProgress::watch() {
    return {.stop = [this] { return clock_.io_now() - began_ >= deadline_; },
            .progress = [this](double found, double bound) { notify(found, bound); }};
}

void SolverProgress::notify(double found, double bound) {
    const auto now = clock_.io_now();
    if (now < due_) return;
    due_ = now + (tty_ ? Duration(std::chrono::milliseconds(500)) : Duration(std::chrono::seconds(10)));
    shown_ = true;
    const auto line = solver_line(now - began_, deadline_, found, bound);
    fmt::print(out_, "{}{}{}", tty_ ? "\r\x1b[K" : "", line, tty_ ? "" : "\n");
    std::fflush(out_);
}

}  // namespace hil::app
