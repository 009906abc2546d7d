#include "simulate/scenarios/rows.hpp"

#include "measure/file_index.hpp"
#include "measure/recording_reader.hpp"

#include <optional>

namespace hil::simulate {

std::vector<measure::Row> recorded_rows(measure::FileStore& files, const service::Setup& setup,
                                        std::size_t plant) {
    std::vector<measure::Row> out;
    const auto recordings = measure::list_recordings(
        files, setup.config.general.data_dir,
        {.plant = setup.plant_ids[plant], .transport = config::TransportMode::remote});
    if (!recordings) return out;
    for (const auto& recording : *recordings) {
        measure::RecordingReader reader(files, recording.path, setup.zone);
        for (;;) {
            const auto rows = reader.next();
            if (!rows || rows->empty()) break;
            out.insert(out.end(), rows->begin(), rows->end());
        }
    }
    return out;
}

void judge_rows(scenario::Judge& judge, const std::string& plant, WallTime from,
                const std::vector<measure::Row>& rows) {
    scenario::Occurrence row;
    row.kind = scenario::OccurrenceKind::row;
    row.plant = plant;
    const auto tell = [&](WallTime at, const char* name) {
        row.at = at - from;
        row.name = name;
        judge.happened(row);
    };
    std::optional<WallTime> last;
    for (const auto& is : rows) {
        tell(is.at, is.null ? "null" : "measured");
        if (last && is.at <= *last) tell(is.at, "out_of_order");
        last = is.at;
    }
}

}  // namespace hil::simulate
