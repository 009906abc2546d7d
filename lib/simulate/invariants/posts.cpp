#include "simulate/invariants/posts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace hil::simulate {
namespace {

using namespace std::chrono;

constexpr std::size_t soc_column = 4, p_poi_column = 5, q_poi_column = 6, v_poi_column = 7;

// "2025-10-01T00:00:00+00:00", as the platform wants it; none for anything else.
std::optional<WallTime> read_time(const std::string& text) {
    int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, used = 0;
    if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d+00:00%n", &y, &mo, &d, &h, &mi, &s, &used) != 6 ||
        used != static_cast<int>(text.size())) {
        return std::nullopt;
    }
    const year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
    if (!date.ok()) return std::nullopt;
    return WallTime(sys_days(date)) + hours(h) + minutes(mi) + std::chrono::seconds(s);
}

std::int64_t second_of(WallTime at) {
    return floor<std::chrono::seconds>(at).time_since_epoch().count();
}

bool same(double a, double b) {
    return std::abs(a - b) <= 1e-9 + 1e-9 * std::abs(a);
}

}  // namespace

PostWatch::PostWatch(const Clock& clock, const config::Config& config, const Watches& watches,
                     PlantInvariants::Fail fail)
    : clock_(clock), config_(config), watches_(watches), fail_(std::move(fail)) {
    for (std::size_t i = 0; i < config.plants.size(); ++i) {
        const auto& plant = config.plants[i];
        const auto& series = plant.measurement_series;
        const auto add = [&](const std::optional<int>& number, std::size_t column, double factor) {
            if (number) meanings_[*number] = {i, column, factor};
        };
        add(series.soc, soc_column, plant.model.capacity_kwh);
        add(series.p, p_poi_column, 1000);
        add(series.q, q_poi_column, 1000);
        add(series.v, v_poi_column, 1000);
    }
}

void PostWatch::fail(const char* invariant, std::string plant, std::string text) {
    fail_({invariant, std::move(plant), clock_.wall_now(), std::move(text)});
}

void PostWatch::taken(const plant_sim::MeasurementPost& post) {
    auto& of_series = taken_[post.series];
    for (const auto& value : post.values) {
        const auto at = read_time(value.timestamp);
        if (!at) {
            fail("posts", {},
                 fmt::format("a value of series {} has the time \"{}\"", post.series, value.timestamp));
            return;
        }
        const auto second = second_of(*at);
        waited_.erase({post.series, second});
        denied_.erase({post.series, second});
        const auto known = of_series.find(second);
        if (known != of_series.end()) {
            ++repeats_;
            if (!same(known->second, value.measurement)) {
                fail("outbox", {},
                     fmt::format("series {} at {} was {:g} and is {:g} in the repeat", post.series,
                                 value.timestamp, known->second, value.measurement));
            }
            continue;
        }
        if (!of_series.empty() && of_series.rbegin()->first > second) {
            fail("outbox", {},
                 fmt::format("series {} at {} arrives after a later value of the series", post.series,
                             value.timestamp));
        }
        of_series.emplace(second, value.measurement);
        ++values_;
        judge_value(post.series, *at, value.measurement);
    }
}

void PostWatch::judge_value(int series, WallTime at, double value) {
    const auto meaning = meanings_.find(series);
    if (meaning == meanings_.end()) {
        fail("posts", {}, fmt::format("nobody has the series {}", series));
        return;
    }
    const auto [plant, column, factor] = meaning->second;
    const auto& watch = *watches_[plant];
    // The sample was due at this second, and its registers were read within its timeout.
    const auto from = at - std::chrono::seconds(1);
    const auto to = at + std::chrono::seconds(1) + watch.timeout();
    const auto& all = watch.snapshots();
    auto first = std::upper_bound(all.begin(), all.end(), from,
                                  [](WallTime t, const PlantInvariants::Snapshot& s) { return t < s.at; });
    if (first != all.begin()) --first;
    const double slack = 0.001 + 0.51 * std::abs(watch.columns()[column].count * factor) * 0.02;
    for (auto snapshot = first; snapshot != all.end() && snapshot->at <= to; ++snapshot)
        if (std::abs(snapshot->values[column] * factor - value) <= slack + 1e-6 * std::abs(value)) return;
    fail("posts", watch.plant().id,
         fmt::format("series {} of {}: {:g} was posted, which the plant did not show then", series,
                     config_.timezone, value));
}

void PostWatch::denied(const plant_sim::MeasurementPost& post) {
    for (const auto& value : post.values)
        if (const auto at = read_time(value.timestamp)) ++denied_[{post.series, second_of(*at)}];
}

void PostWatch::asked(std::string_view operation, unsigned status) {
    if (operation == "measurements") {
        last_post_ = clock_.now();
        served_ = 0;
    } else if (status == 200) {
        ++served_;
    }
}

// Posting does not stay away while everything else works: no wait of its own is as long as that.
void PostWatch::look_at(bool posting) {
    constexpr auto longest_pause = minutes(15);
    constexpr unsigned enough = 6;
    if (!posting || waited_.empty()) {
        last_post_ = clock_.now();
        served_ = 0;
    }
    if (served_ < enough || clock_.now() - last_post_ < longest_pause) return;
    fail("posts", {},
         fmt::format("{} values wait and none was posted for {:.0f} s, though the platform answered {} other "
                     "requests meanwhile",
                     waited_.size(), to_seconds(clock_.now() - last_post_), served_));
}

PostWatch::Table PostWatch::read(store::Database& database) const {
    Table out;
    auto& row = database.prepare("SELECT id, series, measured_at FROM outbox");
    while (row.step())
        out.rows[{static_cast<int>(row.integer(1)), second_of(row.time(2))}] = row.integer(0);
    auto& newest = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'");
    while (newest.step())
        out.newest = newest.integer(0);
    auto& aside = database.prepare("SELECT series, measured_at FROM outbox_refused");
    while (aside.step())
        out.dead_letter.emplace(static_cast<int>(aside.integer(0)), second_of(aside.time(1)));
    return out;
}

// A drop that the rules allow.
bool PostWatch::may_be_gone(const Key& key, std::int64_t id, const Table& table) const {
    constexpr unsigned tries = 20;
    const auto denials = denied_.find(key);
    if (table.dead_letter.contains(key) && denials != denied_.end() && denials->second >= tries) return true;
    // More came after it than may wait, and nothing older was kept.
    const auto capacity = std::int64_t{config_.istentore_api.measurement_post_queue_maxlen};
    const bool oldest = std::ranges::none_of(table.rows, [id](const auto& row) { return row.second < id; });
    return oldest && table.newest - id >= capacity;
}

void PostWatch::look_at(store::Database& database) {
    const auto table = read(database);
    // What has left the table must have been taken: the platform answers before.
    for (auto at = waited_.begin(); at != waited_.end();) {
        if (table.rows.contains(at->first)) {
            ++at;
            continue;
        }
        if (!may_be_gone(at->first, at->second, table)) {
            fail("outbox", {},
                 fmt::format("series {}: a value left the outbox and never arrived", at->first.first));
        }
        at = waited_.erase(at);
    }
    for (const auto& [key, id] : table.rows) {
        const auto series = taken_.find(key.first);
        if (series == taken_.end() || !series->second.contains(key.second)) waited_[key] = id;
    }
}

void PostWatch::judge_end(store::Database& database) {
    look_at(database);
    const auto waits = read(database).rows.size();
    if (waits > 0 && !waited_.empty())
        fail("outbox", {}, fmt::format("{} values still wait though the platform has been well", waits));
}

std::size_t PostWatch::memory() const {
    std::size_t entries = waited_.size() + denied_.size();
    for (const auto& [series, values] : taken_)
        entries += values.size();
    return entries * 64;
}

}  // namespace hil::simulate
