// The recordings of a simulated plant held against what its registers held: read, dated and compared by code
// of its own.
//
//   rows   times increase, lie on the sampling grid and in the file of their own local day; each row is what
//   was
//          read at its time; what lies between two rows is what a line between them says, within the
//          tolerances; nothing is missing without a null row
#pragma once

#include "simulate/invariants/plant.hpp"

#include <map>
#include <string>

namespace hil::simulate {

struct RecordingRules {
    std::string zone;  // offsets are checked where the rule of the zone is known here: that of Central Europe
    WallTime grid;
    Duration period{};
    config::Compression compression;
};

// Files by path; those of other plants are passed over. Tells at most the first violation. Returns the
// measured rows.
std::size_t judge_recordings(const std::map<std::string, std::string>& files, const PlantInvariants& watch,
                             const RecordingRules& rules, const PlantInvariants::Fail& fail);

// Minutes that local time in Central Europe is ahead of UTC: 120 from the last Sunday of March, 01:00 UTC, to
// that of October, otherwise 60.
int central_european_offset(WallTime at);

}  // namespace hil::simulate
