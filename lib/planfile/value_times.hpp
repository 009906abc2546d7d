// From what clocks show to instants: the hour that comes twice, the one that does not come, and how long each
// value holds.
#pragma once

#include "planfile/value_records.hpp"

namespace hil::planfile {

// A record with the interval over which its value holds.
struct PlacedRecord {
    WallTime from, to;
    const ValueRecord* record = nullptr;
};

// The records in the order of time, those that stand twice once. `computed`: times of a workbook, which may
// lie a little beside what was meant. Problems name the line; `label` is that of the times.
std::vector<PlacedRecord> placed(RecordList& list, const Layout& layout, Zone zone, const std::string& label,
                                 bool computed, ProblemList& problems);

}  // namespace hil::planfile
