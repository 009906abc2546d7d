#include "measure/history_behind.hpp"

#include "measure/errors.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace hil::measure {

result<std::vector<RecordingFile>> recordings_ahead(FileStore& store, const std::filesystem::path& directory,
                                                    HistoryTables& tables, const Zone& zone, WallTime since) {
    const auto files = list_recordings(store, directory);
    if (!files) return files.error();
    std::map<std::pair<std::string, TransportMode>, std::size_t> looked_at;
    std::vector<RecordingFile> ahead;
    for (auto file = files->rbegin(); file != files->rend(); ++file) {
        const auto& name = file->name;
        if (++looked_at[{name.plant, name.transport}] > recordings_looked_at) continue;
        const auto ends = read_ends(store, file->path, zone);
        if (!ends && ends.error().category() != category()) return ends.error();
        if (!ends || !ends->last || ends->last->at < since) continue;
        // By this one row, not by where history ends: that may be a day on which the clock was far ahead.
        const auto last = ends->last->at;
        if (tables.count(name.plant, name.transport, {last, last + Duration{1}}) == 0) ahead.push_back(*file);
    }
    std::reverse(ahead.begin(), ahead.end());
    return ahead;
}

}  // namespace hil::measure
