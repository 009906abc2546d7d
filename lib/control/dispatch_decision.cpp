#include "control/dispatch_decision.hpp"

#include "base/mutation.hpp"

namespace hil::control {

SignalVerdict compare(const SignalCompare& signal) {
    if (signal.read && !mutated(Mutation::readback_ignored)) {
        const bool differs = *signal.read != signal.wanted;
        return {
            .write = differs, .source = CompareSource::readback, .mismatch = differs, .confirmed = !differs};
    }
    const bool differs = signal.written != signal.wanted;
    return {.write = differs, .source = CompareSource::cache_fallback, .mismatch = {}, .confirmed = !differs};
}

std::string_view to_string(WriteStatus status) {
    switch (status) {
        case WriteStatus::ok:
            return "ok";
        case WriteStatus::partial:
            return "partial";
        case WriteStatus::failed:
            return "failed";
        case WriteStatus::skipped:
            return "skipped";
        case WriteStatus::none:
            break;
    }
    return "none";
}

WriteStatus summarise(int attempted, int succeeded) {
    if (attempted == 0) return WriteStatus::none;
    if (succeeded == attempted) return WriteStatus::ok;
    return succeeded == 0 ? WriteStatus::failed : WriteStatus::partial;
}

}  // namespace hil::control
