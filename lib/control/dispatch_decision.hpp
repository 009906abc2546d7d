// Which setpoint registers must be written, decided from what was read back. No I/O.
#pragma once

#include "plant/register_map.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace hil::control {

// How the need for a write was decided.
enum class CompareSource : std::uint8_t {
    readback,        // the register's own words differ, or not
    cache_fallback,  // the device refuses to be read: compared with what was last written
};

struct SignalCompare {
    plant::Registers wanted{};
    std::optional<plant::Registers> read;     // none: the device refuses to read it
    std::optional<plant::Registers> written;  // the last acknowledged write of this session and epoch
};

struct SignalVerdict {
    bool write = false;
    CompareSource source = CompareSource::readback;
    std::optional<bool> mismatch;  // none when the register cannot be read
    bool confirmed = false;        // the plant is known to hold what is wanted
};

SignalVerdict compare(const SignalCompare& signal);

enum class WriteStatus : std::uint8_t { none, ok, partial, failed, skipped };
std::string_view to_string(WriteStatus status);
// Of the writes attempted in one cycle.
WriteStatus summarise(int attempted, int succeeded);

}  // namespace hil::control
