// Which recordings history is behind of: after a kill the pending row is taken over by the file alone, and a
// loss of power can cost the database more than the file.
#pragma once

#include "base/result.hpp"
#include "base/zone.hpp"
#include "measure/file_index.hpp"
#include "measure/file_store.hpp"
#include "measure/history_tables.hpp"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace hil::measure {

// Of each plant and transport so many of the newest recordings are looked at: a start does not read a year.
inline constexpr std::size_t recordings_looked_at = 3;

// The recordings whose last row history does not have, oldest first; of those that end before `since` none.
// Reads their ends alone. Files that are no recordings are passed over. Blocking; fails when the
// directory or a recording cannot be read, throws store::DatabaseError.
result<std::vector<RecordingFile>> recordings_ahead(FileStore& store, const std::filesystem::path& directory,
                                                    HistoryTables& tables, const Zone& zone, WallTime since);

}  // namespace hil::measure
