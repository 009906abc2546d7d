#include "planfile/plan_builder.hpp"

#include "base/number.hpp"
#include "planfile/csv_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace hil::planfile {

namespace {

// Far from the ends of what a WallTime can hold, so that differences and sums of times fit.
constexpr WallTime earliest = std::chrono::sys_days{std::chrono::year{1970} / 1 / 1};
constexpr WallTime too_late = std::chrono::sys_days{std::chrono::year{2200} / 1 / 1};

std::string shown(std::string_view text, bool is_text) {
    return is_text ? quote_value(text) : std::string(text);
}

bool has_offset(std::string_view timestamp) {
    return timestamp.find_first_of("Zz+", 10) != std::string_view::npos ||
           timestamp.find('-', 10) != std::string_view::npos;
}

}  // namespace

PlanBuilder::PlanBuilder(std::string file, std::span<const std::string> plant_ids, const Zone& zone)
    : plant_ids_(plant_ids), zone_(zone) {
    result_.file = std::move(file);
}

void PlanBuilder::problem(std::size_t row, std::string_view column, std::string text) {
    if (result_.problems.size() >= max_problems) {
        ++result_.omitted;
        return;
    }
    result_.problems.push_back({result_.file, row, std::string(column), std::move(text)});
}

std::optional<std::size_t> PlanBuilder::find_column(std::string_view name) const {
    const auto found = std::find_if(columns_.begin(), columns_.end(),
                                    [&](const Column& column) { return column.name == name; });
    if (found == columns_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns_.begin());
}

void PlanBuilder::add_column(std::size_t row, std::string_view name) {
    const std::string label =
        name.empty() ? fmt::format("column {}", columns_.size() + 2) : std::string(name.substr(0, 64));
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
                fmt::format("must be one of {}, got {}", fmt::join(columns, ", "), quote_value(name)));
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

std::optional<WallTime> PlanBuilder::check_time(std::string_view text, bool is_text) {
    const auto refuse = [&](std::string_view rule) {
        problem(row_, "timestamp", fmt::format("{}, got {}", rule, shown(text, is_text)));
        return std::nullopt;
    };
    if (is_text && text.empty()) {
        problem(row_, "timestamp", "must not be empty");
        return std::nullopt;
    }
    if (!is_text) return refuse("must be a text with an ISO 8601 time");
    const result<WallTime> parsed = zone_.parse(text);
    if (parsed.error() == zone_errc::no_such_local_time) {
        return refuse(fmt::format("must be a local time that exists in {}", zone_.name()));
    }
    if (!parsed) return refuse("must be an ISO 8601 time");
    if (*parsed < earliest || *parsed >= too_late) return refuse("must be within the years 1970 to 2199");
    if (latest_ && *parsed <= *latest_) {
        const bool repeats =
            !has_offset(text) && zone_.local(*parsed).since_midnight ==
                                     zone_.local(*parsed + std::chrono::hours(1)).since_midnight;
        return refuse(fmt::format("must be later than the row before it, {}{}", zone_.format(*latest_),
                                  repeats ? " (this local time comes twice, write its offset)" : ""));
    }
    return *parsed;
}

void PlanBuilder::begin_row(std::size_t row, std::string_view timestamp, bool is_text) {
    row_ = row;
    time_ = check_time(timestamp, is_text);
    if (time_) before_it_ = std::exchange(latest_, time_);
}

void PlanBuilder::skip_row(std::size_t row) {
    row_ = row;
    time_.reset();
}

void PlanBuilder::value(std::size_t column, std::string_view text, bool is_number, bool is_text) {
    Column& into = columns_[column];
    if (!into.known) return;
    if (is_text && text.empty()) {
        problem(row_, into.name, "must not be empty");
        return;
    }
    const auto number = is_number ? parse_number(text) : std::nullopt;
    if (!number) {
        problem(row_, into.name, fmt::format("must be a finite number, got {}", shown(text, is_text)));
        return;
    }
    // Once there is a problem nothing will be used.
    if (time_ && result_.problems.empty()) {
        into.rows.push_back({*time_, *number, static_cast<std::uint32_t>(row_)});
    }
}

void PlanBuilder::end_at(std::size_t row, std::string_view timestamp) {
    row_ = row;
    end_ = check_time(timestamp, true);
}

WallTime PlanBuilder::end_of_plan() const {
    if (end_) return *end_;
    if (!before_it_) return zone_.midnight(next_day(zone_.date(*latest_)));
    const Duration interval = *latest_ - *before_it_;
    return interval > WallTime::max() - *latest_ ? WallTime::max() : *latest_ + interval;
}

PlanFile PlanBuilder::finish() {
    if (result_.problems.empty() && latest_) {
        const WallTime end = end_of_plan();
        for (Column& column : columns_) {
            result_.columns.push_back(
                {column.plant, column.signal, schedule::Series(std::move(column.rows), end)});
        }
    }
    return std::move(result_);
}

}  // namespace hil::planfile
