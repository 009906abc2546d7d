#include "control/dispatch_decision.hpp"

namespace hil::control {

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
