// What the state document says of the last decision about a setpoint register.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace hil::control {

// How the need for a write was decided.
enum class CompareSource : std::uint8_t {
    readback,        // the register's own words differ, or not
    cache_fallback,  // the device refuses to be read: compared with what was last written
};

struct SignalVerdict {
    bool write = false;
    CompareSource source = CompareSource::readback;
    std::optional<bool> mismatch;  // none when the register cannot be read
    bool confirmed = false;        // the plant is known to hold what is wanted
};

enum class WriteStatus : std::uint8_t { none, ok, partial, failed, skipped };
std::string_view to_string(WriteStatus status);
// Of the writes attempted in one cycle.
WriteStatus summarise(int attempted, int succeeded);

}  // namespace hil::control
