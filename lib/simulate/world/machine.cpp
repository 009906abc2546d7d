#include "simulate/world/machine.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hil::simulate {

SimulatedMachine::SimulatedMachine(Clock& clock, Trace& trace, const FaultProfile& faults, Random random,
                                   Random hanging)
    : clock_(clock), trace_(trace), faults_(faults), random_(random), hanging_(hanging) {
    if (faults_.disk_hangs > 0) draw_hang(clock_.now());
    files_->on_action = [this](measure::MemoryStore::Action action, const auto& file) {
        return judge(action, file);
    };
}

measure::MemoryStore::Verdict SimulatedMachine::judge(measure::MemoryStore::Action action,
                                                      const std::filesystem::path& file) {
    using Action = measure::MemoryStore::Action;
    if (action == Action::write_at || action == Action::overwrite || action == Action::sync)
        wrote_ = clock_.now();
    measure::MemoryStore::Verdict verdict;
    if (cut_) {
        verdict.error = make_error_code(boost::system::errc::io_error);
        if (!std::exchange(torn_, true)) verdict.written = static_cast<std::size_t>(random_.below(200));
        return verdict;
    }
    if (calm_ || faults_.disk_failure <= 0 || !random_.chance(faults_.disk_failure)) return verdict;
    verdict.error = make_error_code(boost::system::errc::io_error);
    verdict.written = static_cast<std::size_t>(random_.below(200));
    ++count_;
    trace_.add("fault")
        .text("kind", "file")
        .text("file", file.filename().string())
        .number("action", static_cast<double>(action));
    return verdict;
}

Duration SimulatedMachine::draw_delay() {
    const auto hung = hang();
    if (calm_ || cut_ || faults_.disk_delay <= 0 || !random_.chance(faults_.disk_delay)) return hung;
    ++count_;
    return std::max(hung, seconds(random_.uniform(0, faults_.longest_disk_delay_s)));
}

void SimulatedMachine::draw_hang(Instant from) {
    constexpr double day_s = 86400, shortest_s = 5;
    const double wait_s = -std::log(1.0 - hanging_.uniform()) * day_s / faults_.disk_hangs;
    hang_.begin = from + seconds(std::min(wait_s, 1e6));
    hang_.end = hang_.begin +
                seconds(hanging_.uniform(shortest_s, std::max(shortest_s, faults_.longest_disk_hang_s)));
    hang_notified_ = false;
}

// How long the disk answers nothing from now on.
Duration SimulatedMachine::hang() {
    if (faults_.disk_hangs <= 0) return {};
    while (hang_.end <= clock_.now())
        draw_hang(hang_.end);
    if (calm_ || cut_ || clock_.now() < hang_.begin) return {};
    if (!std::exchange(hang_notified_, true)) {
        ++count_;
        trace_.add("fault").text("kind", "disk hangs").number("for_s", to_seconds(hang_.end - hang_.begin));
    }
    return hang_.end - clock_.now();
}

std::unique_ptr<BlockingExecutor> SimulatedMachine::make_worker() {
    return make_inline_executor(clock_, [this] { return draw_delay(); });
}

std::unique_ptr<BlockingExecutor> SimulatedMachine::make_file_worker() {
    wrote_.reset();  // by whoever repaired the files before the start, without a worker
    return make_inline_executor(clock_, [this] {
        const auto delay = draw_delay();
        if (std::exchange(wrote_, std::nullopt) == clock_.now() && delay > Duration::zero())
            unanswered_ = Span{clock_.now(), clock_.now() + delay};
        return delay;
    });
}

Duration SimulatedMachine::silence() const {
    const bool under_way = unanswered_ && clock_.now() < unanswered_->end;
    return under_way ? clock_.now() - unanswered_->begin : Duration::zero();
}

void SimulatedMachine::cut_off() {
    cut_ = true;
    torn_ = false;
    if (database_) database_->execute("PRAGMA query_only = 1");
}

void SimulatedMachine::take_on() {
    cut_ = false;
    unanswered_.reset();
    if (database_) database_->execute("PRAGMA query_only = 0");
}

}  // namespace hil::simulate
