#include "simulate/world/machine.hpp"

#include <utility>

namespace hil::simulate {

SimulatedMachine::SimulatedMachine(Clock& clock, Trace& trace, const FaultProfile& faults, Random random)
    : clock_(clock), trace_(trace), faults_(faults), random_(random) {
    files_->on_action = [this](measure::MemoryStore::Action action, const auto& file) {
        return judge(action, file);
    };
}

measure::MemoryStore::Verdict SimulatedMachine::judge(measure::MemoryStore::Action action,
                                                      const std::filesystem::path& file) {
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
    if (calm_ || cut_ || faults_.disk_delay <= 0 || !random_.chance(faults_.disk_delay)) return {};
    ++count_;
    return seconds(random_.uniform(0, faults_.longest_disk_delay_s));
}

std::unique_ptr<Blocking> SimulatedMachine::make_worker() {
    return make_inline_blocking(clock_, [this] { return draw_delay(); });
}

void SimulatedMachine::cut_off() {
    cut_ = true;
    torn_ = false;
    if (database_) database_->execute("PRAGMA query_only = 1");
}

void SimulatedMachine::take_on() {
    cut_ = false;
    if (database_) database_->execute("PRAGMA query_only = 0");
}

}  // namespace hil::simulate
