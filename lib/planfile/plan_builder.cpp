#include "planfile/plan_builder.hpp"

#include "planfile/autumn_hour.hpp"
#include "planfile/even_grid.hpp"
#include "planfile/file_text.hpp"
#include "planfile/written_number.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

namespace hil::planfile {

namespace {

// Far from the ends of what a WallTime can hold, so that differences and sums of times fit.
constexpr WallTime earliest = std::chrono::sys_days{std::chrono::year{1970} / 1 / 1};
constexpr WallTime too_late = std::chrono::sys_days{std::chrono::year{2200} / 1 / 1};

std::string shown(std::string_view text, bool is_text) {
    return is_text ? quote_value(text) : std::string(text);
}

bool is_end(std::string_view text) {
    constexpr std::string_view word = "end";
    return std::ranges::equal(
        text, word, [](unsigned char x, char y) { return std::tolower(x) == static_cast<unsigned char>(y); });
}

}  // namespace

PlanBuilder::PlanBuilder(std::string file, std::span<const std::string> plant_ids, const Zone& zone)
    : plant_ids_(plant_ids), zone_(&zone) {
    result_.file = std::move(file);
}

void PlanBuilder::problem(std::size_t row, std::string_view column, std::string text) {
    if (result_.problems.size() >= max_problems) {
        ++result_.omitted;
        return;
    }
    result_.problems.push_back({result_.file, row, std::string(column), std::move(text)});
}

void PlanBuilder::note(std::string sentence) {
    if (!sentence.empty()) result_.notes.push_back(std::move(sentence));
}

void PlanBuilder::write_of(DateOrder order, char decimal_sign) {
    order_ = order;
    decimal_sign_ = decimal_sign;
}

std::optional<std::size_t> PlanBuilder::find_column(std::string_view name) const {
    const auto found = std::find_if(columns_.begin(), columns_.end(),
                                    [&](const Column& column) { return column.name == name; });
    if (found == columns_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns_.begin());
}

void PlanBuilder::add_column(std::size_t row, std::string_view name) {
    const std::string label =
        name.empty() ? fmt::format("column {}", columns_.size() + 2) : shown_label(name);
    const auto key = schedule::parse_column_name(name);
    Column column;
    column.name = name;
    if (!key) {
        std::vector<std::string> columns{"timestamp"};
        for (const std::string& id : plant_ids_) {
            for (const schedule::Signal signal : schedule::all_signals)
                columns.push_back(schedule::column_name({id, signal}));
        }
        problem(row, label,
                fmt::format("must be one of {}, got {}{}", fmt::join(columns, ", "), quote_value(name),
                            lookalike_hint(name)));
    } else if (const auto plant = std::find(plant_ids_.begin(), plant_ids_.end(), key->plant);
               plant == plant_ids_.end()) {
        problem(row, label,
                fmt::format("must name one of the plants {}, got {}", fmt::join(plant_ids_, ", "),
                            quote_value(key->plant)));
    } else if (find_column(name)) {
        problem(row, label, "must be given once, got it again");
    } else {
        column.known = true;
        column.plant = static_cast<schedule::PlantIndex>(plant - plant_ids_.begin());
        column.signal = key->signal;
    }
    columns_.push_back(std::move(column));
}

std::string PlanBuilder::not_later(std::string_view text, bool is_text) const {
    const auto written = read_written_time(text, order_);
    const auto at = written ? instant_of(*written, *zone_) : result<WallTime>(zone_errc::not_a_time);
    const bool twice =
        at && !written->offset &&
        zone_->local(*at).since_midnight == zone_->local(*at + std::chrono::hours(1)).since_midnight;
    return fmt::format("must be later than the row before it, {}{}, got {}", zone_->format(times_.back().at),
                       twice ? " (this local time comes twice, write its offset)" : "", shown(text, is_text));
}

std::optional<PlanBuilder::Time> PlanBuilder::check_time(std::string_view text, bool is_text) {
    const auto refuse = [&](std::string_view rule) {
        problem(row_, "timestamp",
                fmt::format("{}, got {}{}", rule, shown(text, is_text),
                            is_text ? time_hint(text) : std::string()));
        return std::nullopt;
    };
    if (is_text && text.empty()) {
        problem(row_, "timestamp", "must not be empty");
        return std::nullopt;
    }
    if (!is_text) return refuse("must be a text with an ISO 8601 time");
    const auto written = read_written_time(text, order_);
    if (!written) return refuse("must be an ISO 8601 time");
    // Further off a WallTime cannot hold it.
    const auto year = static_cast<int>(written->date.year());
    if (year < 1969 || year > 2250) return refuse("must be within the years 1970 to 2199");
    const auto at = instant_of(*written, *zone_);
    if (!at) return refuse(fmt::format("must be a local time that exists in {}", zone_->name()));
    if (*at < earliest || *at >= too_late) return refuse("must be within the years 1970 to 2199");
    if (!times_.empty() && *at < times_.back().at) {
        problem(row_, "timestamp", not_later(text, is_text));
        return std::nullopt;
    }
    return Time{*at, static_cast<std::uint32_t>(row_), written->offset.has_value()};
}

void PlanBuilder::begin_row(std::size_t row, std::string_view timestamp, bool is_text) {
    row_ = row;
    repeats_ = repeats_otherwise_ = false;
    time_ = check_time(timestamp, is_text);
    if (!time_) return;
    repeats_ = !times_.empty() && time_->at == times_.back().at;
    if (repeats_) {
        repeated_time_ = timestamp;
        ++repeated_rows_;
    } else {
        times_.push_back(*time_);
    }
}

void PlanBuilder::skip_row(std::size_t row) {
    row_ = row;
    repeats_ = false;
    time_.reset();
}

void PlanBuilder::value(std::size_t column, std::string_view text, bool is_number, bool is_text) {
    Column& into = columns_[column];
    if (!into.known) return;
    if (is_text && text.empty()) {
        problem(row_, into.name, "must not be empty");
        return;
    }
    if (is_text && is_end(text)) return keep(into, std::nan(""));
    const auto number = is_number ? read_written_number(text, decimal_sign_) : std::nullopt;
    if (!number) {
        problem(row_, into.name,
                fmt::format("must be a finite number, got {}{}", shown(text, is_text),
                            is_text ? number_hint(text, decimal_sign_) : std::string()));
        return;
    }
    keep(into, *number);
}

void PlanBuilder::keep(Column& into, double value) {
    if (!time_) return;
    if (repeats_) {
        const bool same = into.last == value || (std::isnan(into.last) && std::isnan(value));
        if (!same && !std::exchange(repeats_otherwise_, true))
            problem(row_, "timestamp", not_later(repeated_time_, true));
        return;
    }
    into.last = value;
    // Once there is a problem nothing will be used.
    if (result_.problems.empty()) into.values.push_back(value);
}

void PlanBuilder::end_at(std::size_t row, std::string_view timestamp) {
    row_ = row;
    end_ = check_time(timestamp, true);
    if (end_ && !times_.empty() && end_->at == times_.back().at)
        problem(row_, "timestamp", not_later(timestamp, true));
}

WallTime PlanBuilder::end_of_plan() const {
    if (end_) return end_->at;
    const auto latest = times_.back().at;
    if (times_.size() == 1) return zone_->midnight(next_day(zone_->date(latest)));
    const Duration interval = latest - times_[times_.size() - 2].at;
    return interval > WallTime::max() - latest ? WallTime::max() : latest + interval;
}

// Programs of people fill times down and let them drift; what says its offset was written by one that does
// not.
void PlanBuilder::put_on_grid() {
    if (std::ranges::any_of(times_, &Time::has_offset) || (end_ && end_->has_offset)) return;
    std::vector<WallTime> times;
    times.reserve(times_.size() + 1);
    for (const auto& time : times_)
        times.push_back(time.at);
    if (end_) times.push_back(end_->at);
    const auto moved = put_on_even_grid(times, computed_);
    if (!moved && computed_) note(common_offset_note(times));
    if (!moved) return;
    for (std::size_t i = 0; i < times_.size(); ++i)
        times_[i].at = times[i];
    if (end_) end_->at = times.back();
    note(moved->note());
}

schedule::Series PlanBuilder::series_of(const Column& column, WallTime end) const {
    std::vector<schedule::Row> rows;
    for (std::size_t i = 0; i < times_.size(); ++i) {
        const bool silent = std::isnan(column.values[i]);
        if (silent && (rows.empty() || rows.back().silent)) continue;
        rows.push_back({times_[i].at, silent ? 0 : column.values[i], times_[i].row, silent});
    }
    if (!rows.empty() && rows.back().silent) {
        end = rows.back().at;
        rows.pop_back();
    }
    if (rows.empty()) return {};
    return schedule::Series(std::move(rows), end);
}

void PlanBuilder::mention_autumn() {
    for (std::size_t i = 0; i < times_.size(); ++i) {
        const auto until = i + 1 < times_.size() ? times_[i + 1].at : end_of_plan();
        if (times_[i].has_offset) continue;
        if (auto sentence = autumn_note(times_[i].at, until, *zone_); !sentence.empty())
            note(std::move(sentence));
    }
}

PlanFile PlanBuilder::finish() {
    if (result_.problems.empty() && !times_.empty()) {
        put_on_grid();
        const WallTime end = end_of_plan();
        for (const Column& column : columns_)
            result_.columns.push_back({column.plant, column.signal, series_of(column, end)});
        mention_autumn();
        if (repeated_rows_ > 0)
            note(fmt::format("{} row{} again with the same values and {} read once", repeated_rows_,
                             repeated_rows_ == 1 ? " stands" : "s stand",
                             repeated_rows_ == 1 ? "was" : "were"));
    }
    return std::move(result_);
}

}  // namespace hil::planfile
