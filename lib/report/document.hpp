// Everything a report shows, as plain values: what html.hpp makes into a page.
#pragma once

#include "base/zone.hpp"
#include "config/config.hpp"
#include "journal/reasons.hpp"
#include "measure/history.hpp"
#include "observe/alerts.hpp"
#include "observe/events.hpp"
#include "report/curve.hpp"
#include "report/plant_summary.hpp"
#include "report/slices.hpp"
#include "schedule/series.hpp"
#include "schedule/signal.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace hil::report {

// Something beside the events to be seen on the time line: a fault that a scenario put in, a step of a test.
struct Mark {
    WallTime at;
    std::optional<WallTime> until = {};  // none: an instant
    std::string kind;                    // "drop_responses", a word
    std::string text;                    // a sentence
    std::string plant = {};              // its id; empty: the site
};

// A stretch in which one plan, or something else in its place, decided a signal.
struct PlanEpisode {
    schedule::Signal signal{};
    journal::DispatchEpisode episode;
};

// A series that is kept in the site's database now.
struct SavedPlan {
    schedule::SeriesKey key;
    bool staged = false, enabled = false;
    schedule::Version version = 0;
    std::string origin;
    schedule::Series series;
};

struct PlantPart {
    std::string id, name;
    config::PlantModel model;
    measure::ColumnFormat format;
    PlantSummary summary;
    std::array<Curve, measure::column_count> curves;
    std::vector<measure::Range> unknown;  // stretches without data, of what is shown
    std::vector<Slice> slices;
    std::vector<PlanEpisode> plans;
    std::optional<Duration> dispatched;  // plans decided the active power; none: no record of that time
};

// What a watched device measured in a range, by the columns of its kind.
struct DeviceColumn {
    std::string_view name, unit;
    device::RollUp roll_up{};
    Span span;
    Duration known{};
};

struct DevicePart {
    std::string id, name;
    std::string_view noun;              // "a meter"
    std::vector<DeviceColumn> columns;  // those that it has points for
    std::uint64_t rows = 0;
    Duration known{};  // in which anything was known
    // The integral of its active power, what it gave and what it took apart; NaN where it is never known.
    double given_kwh = measure::unknown, taken_kwh = measure::unknown;
};

struct Document {
    std::string version;  // of the program
    WallTime made_at;
    Zone zone = Zone::utc();
    measure::Range range;
    config::TransportMode transport{};
    std::string source;  // where the rows come from: "hil.sqlite"
    std::vector<PlantPart> plants;
    std::vector<DevicePart> devices;     // that are only watched
    std::vector<observe::Event> events;  // oldest first
    std::uint64_t events_left_out = 0;   // the newest, where there are too many
    std::vector<observe::Alert> alerts;  // active at some time of the range, oldest first
    std::vector<Mark> marks;
    std::vector<SavedPlan> saved;
    std::string configuration;  // JSON, secrets masked; empty: not shown
};

}  // namespace hil::report
