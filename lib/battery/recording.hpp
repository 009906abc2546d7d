// A recording of a plant, as the service writes them, to be played back: what the meters showed, row by row.
//
//   timestamp,p_setpoint_kw,battery_active_power_kw,…,v_poi_kV
//   2025-10-01T00:00:00+02:00,100.0,99.9,0.0,0.0,0.4988,99.9,0.0,20.0
//   2025-10-01T00:00:02+02:00,,,,,,,,
#pragma once

#include "base/zone.hpp"
#include "battery/battery_model.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hil::battery {

struct RecordedRow {
    WallTime at;
    Output output;  // NaN where nothing is known
};

class Recording {
  public:
    // Precondition: not empty, times increase strictly, the first and the last row are known.
    explicit Recording(std::vector<RecordedRow> rows) : rows_(std::move(rows)) {}

    [[nodiscard]] WallTime begin() const { return rows_.front().at; }
    [[nodiscard]] WallTime end() const { return rows_.back().at; }
    [[nodiscard]] std::size_t size() const { return rows_.size(); }
    [[nodiscard]] const std::vector<RecordedRow>& rows() const { return rows_; }

    // The row in force at an instant: the first one before the begin, the last one after the end. Constant
    // time while time moves forward; `hint` is any number at first and remembers the row.
    [[nodiscard]] const RecordedRow& at(WallTime t, std::size_t& hint) const;

  private:
    std::vector<RecordedRow> rows_;
};

// A recording, or the sentence why there is none: "data/20251001_lib.csv:7: soc_pu: must be a number, got …".
struct RecordingRead {
    std::shared_ptr<const Recording> recording;
    std::string problem;
};

// Columns may come in any order; those nobody knows are left out, those that are missing are not known. Null
// rows before the first and after the last known row are no part of it, and neither is a last line that has
// no line end: it may be the begin of another. Times without an offset are local. Never throws for what the
// text contains.
RecordingRead parse_recording(std::string_view text, const std::string& file, const Zone& zone);
// The same from a file of at most 256 MiB. Blocks.
RecordingRead load_recording(const std::filesystem::path& file, const Zone& zone);

}  // namespace hil::battery
