// The pending row of a recording, kept in a small file beside it: `20251001_lib.csv.pending`.
//
// Two slots of one disk sector each are overwritten in turn, each a row with its checksum, so that whatever
// moment a kill or a loss of power finds, one of them is whole.
#pragma once

#include "base/zone.hpp"
#include "measure/row.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace hil::measure {

inline constexpr std::size_t pending_slot_size = 512;
inline constexpr std::size_t pending_slots = 2;

std::filesystem::path pending_path(const std::filesystem::path& recording);

// What fills a slot. `line`: the row as in the recording, its line end included.
std::string pending_slot(std::string_view line);

struct PendingRow {
    Row row;
    std::string line;  // its line end included
};
// The newest row of a pending file; none when no slot is whole.
std::optional<PendingRow> read_pending(std::string_view file, const Zone& zone,
                                       const device::Schema& schema = device::battery_schema());

}  // namespace hil::measure
