#include "planfile/csv_reader.hpp"
#include "planfile/file_text.hpp"
#include "planfile/plan_formats.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace hil::planfile {

namespace {

constexpr std::array<std::string_view, 2> setpoints{"p_setpoint_kw", "q_setpoint_kvar"};
constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

bool same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::size_t place_of(std::span<const std::string_view> names, std::string_view wanted) {
    const auto found =
        std::ranges::find_if(names, [&](std::string_view name) { return same_name(name, wanted); });
    return found == names.end() ? nowhere : static_cast<std::size_t>(found - names.begin());
}

// Whose recording it is: "data/20251001_lib.remote.csv" is that of lib, and any file that of the only plant.
const std::string* plant_of(std::string_view file, std::span<const std::string> plant_ids) {
    if (plant_ids.size() == 1) return &plant_ids.front();
    auto name = file.substr(file.find_last_of("/\\") + 1);
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (name.size() < 10 || !std::ranges::all_of(name.substr(0, 8), digit) || name[8] != '_') return nullptr;
    name = name.substr(9);
    if (name.ends_with(".csv")) name.remove_suffix(4);
    // What was recorded after the clock was set back: "20251001_lib.2.csv".
    const auto part = name.rfind('.');
    if (part != std::string_view::npos && part + 1 < name.size() &&
        std::ranges::all_of(name.substr(part + 1), digit))
        name = name.substr(0, part);
    if (name.ends_with(".remote")) name.remove_suffix(7);
    const auto found = std::ranges::find(plant_ids, name);
    return found == plant_ids.end() ? nullptr : &*found;
}

// What was asked of the plant at one sample; views into the text.
struct Sample {
    std::size_t line = 0;
    std::string_view time;
    std::array<std::string_view, 2> values;
    bool null = false;  // nothing was measured
};

class Setpoints {
  public:
    Setpoints(std::string_view text, PlanBuilder& plan)
        // What was written last may be the begin of a line.
        : csv_(text.substr(0, text.rfind('\n') + 1)), plan_(plan) {}

    void run(std::string_view file, std::span<const std::string> plant_ids) {
        if (!csv_.next()) return plan_.problem(0, "", "has no whole line");
        const auto* plant = plant_of(file, plant_ids);
        if (!plant) {
            return plan_.problem(
                0, "",
                fmt::format("is a recording, whose name must be YYYYMMDD_<plant>.csv to say of which plant; "
                            "there are {}",
                            fmt::join(plant_ids, ", ")));
        }
        read_header(*plant);
        while (csv_.next())
            read_row();
        if (!csv_.error().empty()) return plan_.problem(csv_.line(), "", std::string(csv_.error()));
        if (samples_.empty()) return plan_.problem(0, "", "must have a row after the header");
        give_rows();
    }

  private:
    void read_header(const std::string& plant) {
        cells_ = csv_.cells().size();
        time_ = place_of(csv_.cells(), "timestamp");
        for (std::size_t i = 0; i < setpoints.size(); ++i) {
            places_[i] = place_of(csv_.cells(), setpoints[i]);
            if (places_[i] != nowhere)
                plan_.add_column(csv_.line(), schedule::column_name({plant, schedule::all_signals[i]}));
        }
    }

    void read_row() {
        if (csv_.blank()) return;
        const auto cells = csv_.cells();
        if (cells.size() != cells_) {
            plan_.problem(csv_.line(), "",
                          fmt::format("must have {} cells as the header, got {}", cells_, cells.size()));
            return;
        }
        Sample sample{.line = csv_.line(), .time = cells[time_], .values = {}};
        sample.null = std::ranges::count(cells, std::string_view()) + 1 == std::ranges::ssize(cells);
        for (std::size_t i = 0; i < places_.size(); ++i) {
            if (places_[i] == nowhere) continue;
            // What nobody knows is not repeated: no power.
            sample.values[i] = cells[places_[i]].empty() ? "0" : cells[places_[i]];
        }
        // Of a null row and a measured one of the same instant the measured one counts.
        if (!samples_.empty() && samples_.back().time == sample.time && samples_.back().null != sample.null) {
            if (samples_.back().null) samples_.back() = sample;
            return;
        }
        samples_.push_back(sample);
    }

    // A row for each change, and the last two, from which the end follows.
    void give_rows() {
        for (std::size_t k = 0; k < samples_.size(); ++k) {
            const auto& sample = samples_[k];
            const bool kept = k == 0 || k + 2 >= samples_.size() || sample.values != samples_[k - 1].values;
            if (!kept) continue;
            plan_.begin_row(sample.line, sample.time);
            std::size_t column = 0;
            for (std::size_t i = 0; i < places_.size(); ++i) {
                if (places_[i] != nowhere) plan_.value(column++, sample.values[i]);
            }
        }
    }

    CsvReader csv_;
    PlanBuilder& plan_;
    std::size_t cells_ = 0, time_ = 0;
    std::array<std::size_t, 2> places_{nowhere, nowhere};
    std::vector<Sample> samples_;
};

}  // namespace

bool looks_like_recording(std::string_view text) {
    text = without_bom(text);
    CsvReader header(text.substr(0, text.find('\n')));
    if (!header.next() || place_of(header.cells(), "timestamp") == nowhere) return false;
    return std::ranges::any_of(
        setpoints, [&](std::string_view name) { return place_of(header.cells(), name) != nowhere; });
}

void read_plan_recording(std::string_view text, std::string_view file, std::span<const std::string> plant_ids,
                         PlanBuilder& plan) {
    Setpoints(text, plan).run(file, plant_ids);
}

}  // namespace hil::planfile
