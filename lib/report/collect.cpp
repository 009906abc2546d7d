#include "report/collect.hpp"

#include "journal/event_rows.hpp"
#include "plant/register_map.hpp"

#include <algorithm>
#include <memory>

namespace hil::report {
namespace {

constexpr std::size_t collected_cells = 1000;
constexpr std::size_t most_events = 5000, most_alerts = 2000, most_gaps = 2000;

// All that is made of the rows of a plant, in one pass.
class PlantPass {
  public:
    PlantPass(const config::Plant& plant, const config::Config& config, config::TransportMode transport,
              measure::Range range, const Zone& zone)
        : rules_(rules_for(plant, config)),
          summarizer_(plant.id, transport, range, rules_),
          slicer_(slice_bounds(range, zone)),
          episodes_(range, rules_.longest_hold, [this](const Episode& episode) { take(episode); }) {
        for (std::size_t i = 0; i < measure::column_count; ++i)
            makers_.emplace_back(range, collected_cells);
    }

    [[nodiscard]] Duration around() const { return rules_.longest_hold; }
    void take(std::span<const measure::Row> rows) { episodes_.take(rows); }

    void finish(PlantPart& part) {
        episodes_.finish();
        part.summary = summarizer_.result();
        part.slices = slicer_.result();
        for (std::size_t i = 0; i < measure::column_count; ++i)
            part.curves[i] = makers_[i].result();
        part.unknown = std::move(unknown_);
    }

  private:
    void take(const Episode& episode) {
        summarizer_.take(episode);
        slicer_.take(episode);
        for (std::size_t i = 0; i < measure::column_count; ++i)
            makers_[i].take(episode, episode.row != nullptr ? episode.row->values[i] : measure::unknown);
        if (episode.row != nullptr) return;
        if (!unknown_.empty() && unknown_.back().to == episode.from) {
            unknown_.back().to = episode.to;
        } else if (unknown_.size() < most_gaps) {
            unknown_.push_back({episode.from, episode.to});
        }
    }

    SummaryRules rules_;
    Summarizer summarizer_;
    Slicer slicer_;
    std::vector<CurveMaker> makers_;
    std::vector<measure::Range> unknown_;
    Episodes episodes_;
};

}  // namespace

PlantPart collect_plant(measure::HistoryTables& history, const config::Plant& plant,
                        const config::Config& config, config::TransportMode transport, measure::Range range,
                        const Zone& zone) {
    PlantPart part;
    part.id = plant.id;
    part.name = plant.name;
    part.model = plant.model;
    part.format = measure::column_format(plant, transport);
    PlantPass pass(plant, config, transport, range, zone);
    if (const auto extent = history.extent(plant.id, transport)) {
        constexpr Duration piece = std::chrono::hours(24);
        const auto end = std::min(range.to + pass.around(), extent->to + Duration{1});
        for (auto from = std::max(range.from - pass.around(), extent->from); from < end; from += piece)
            pass.take(history.rows(plant.id, transport, {from, std::min(from + piece, end)}, {}).rows);
    }
    pass.finish(part);
    return part;
}

bool has_table(store::Database& database, std::string_view name) {
    auto& ask =
        database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").bind(1, name);
    const bool found = ask.step();
    ask.reset();
    return found;
}

void collect_record(store::Database& database, Document& document) {
    const auto& range = document.range;
    if (has_table(database, "events")) {
        auto found = journal::select_events(database, range.from, range.to, most_events);
        document.events_left_out = found.in_all - found.events.size();
        document.events = std::move(found.events);
        document.alerts = journal::select_alerts(database, range.from, range.to, most_alerts);
    }
    if (!has_table(database, "reasons")) return;
    for (auto& plant : document.plants) {
        for (const auto signal : schedule::all_signals) {
            for (const auto& episode :
                 journal::dispatch_episodes(database, plant.id, signal, range.from, range.to)) {
                plant.plans.push_back({signal, episode});
                if (signal != schedule::Signal::p) continue;
                if (!plant.dispatched) plant.dispatched = Duration{};
                const bool by_plan =
                    episode.origin == journal::Origin::plan && episode.source != schedule::Source::none;
                if (by_plan && episode.until) *plant.dispatched += *episode.until - episode.since;
            }
        }
    }
}

}  // namespace hil::report
