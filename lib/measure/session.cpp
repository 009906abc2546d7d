#include "measure/session.hpp"

#include <algorithm>
#include <utility>

namespace hil::measure {

Session::Session(Zone zone, Settings settings, const Newest& newest, WallTime now,
                 std::function<void(RowKind)> on_row)
    : zone_(std::move(zone)),
      settings_(std::move(settings)),
      on_row_(std::move(on_row)),
      compression_(settings_.compression, settings_.format),
      newest_(newest) {
    // Somebody stopped without closing. Not yet when the first sample may still follow on without a hole.
    if (newest_.row && !newest_.row->null && newest_.row->at + settings_.period < now) {
        put_null(newest_.row->at + settings_.period);
    }
}

void Session::sample(const Row& row) {
    refusing_until_.reset();
    if (behind_until_ && row.at > *behind_until_) behind_until_.reset();
    if (auto* end = end_of(date_of(row.at))) {
        const bool taken =
            !end->known || (end->row && row.at < *end->row) || (end->measured && row.at <= *end->measured);
        if (taken && end->known && *end->row - row.at <= std::max(moment, 2 * settings_.period)) {
            refusing_until_ = end->row;
            if (on_row_) on_row_(RowKind::refused);
            return;
        }
        if (taken) begin_part(end->date, row.at);
    }
    if (newest_.measured && row.at < newest_.measured->at)
        behind_until_ = std::max(behind_until_.value_or(newest_.measured->at), newest_.measured->at);
    if (newest_.row && !newest_.row->null && row.at < newest_.row->at) break_off();
    // Where the recording before was closed with a null row at this very instant, this row takes its place.
    over_null_ = newest_.row && newest_.row->null && newest_.row->at == row.at;
    if (awaiting_ == Awaiting::first_sample) mark_begin(row.at);
    awaiting_ = Awaiting::nothing;
    saw_sample_ = true;
    const auto verdict = append(row);
    newest_.measured = row;
    if (on_row_) on_row_(verdict == Verdict::merged ? RowKind::merged : RowKind::kept);
}

// What was recorded up to now ends here; what follows begins like a session.
void Session::break_off() {
    if (newest_.row && !newest_.row->null) put_null(newest_.row->at + settings_.period);
    close_file();
    newest_.row.reset();
    awaiting_ = Awaiting::first_sample;
}

void Session::begin_part(const LocalDate& date, WallTime at) {
    break_off();
    auto& end = *end_of(date);
    if (end.row && *end.row > at) behind_until_ = std::max(behind_until_.value_or(*end.row), *end.row);
    end = {.date = date, .part = end.part + 1, .row = {}, .measured = {}};
}

void Session::gap() {
    if (awaiting_ != Awaiting::nothing) return;
    awaiting_ = Awaiting::link;
    put_null(newest_.row->at + settings_.period);
}

void Session::end(WallTime now) {
    if (awaiting_ == Awaiting::nothing) {
        put_null(newest_.row->at + settings_.period);
    } else if (!saw_sample_ && (!newest_.row || (!newest_.row->null && now > newest_.row->at))) {
        put_null(now);
    }
    close_file();
}

LocalDate Session::date_of(WallTime at) const {
    return in_file(at) ? *date_ : zone_.date(at);
}

RecordingEnd* Session::end_of(const LocalDate& date) {
    const auto known = std::ranges::find(newest_.ends, date, &RecordingEnd::date);
    return known == newest_.ends.end() ? nullptr : &*known;
}

void Session::remember(const Row& row) {
    const auto date = date_of(row.at);
    auto* end = end_of(date);
    if (end == nullptr) {
        const auto place = std::ranges::lower_bound(newest_.ends, date, {}, &RecordingEnd::date);
        end = &*newest_.ends.insert(place, {.date = date, .part = 1, .row = {}, .measured = {}});
    }
    end->known = true;
    end->row = std::max(end->row.value_or(row.at), row.at);
    if (!row.null) end->measured = std::max(end->measured.value_or(row.at), row.at);
}

void Session::mark_begin(WallTime first) {
    const WallTime before = first - settings_.period;
    if (newest_.row && !newest_.row->null && newest_.row->at < before) {
        put_null(newest_.row->at + settings_.period);
    }
    if (!newest_.row || newest_.row->at < before) put_null(before);
}

// Where the clock was set back, the instant may lie before what its file ends with: that ends the stretch.
void Session::put_null(WallTime at) {
    const auto* end = end_of(zone_.date(at));
    if (end != nullptr && (!end->known || (end->row && at <= *end->row))) return;
    append(null_row(at));
    if (on_row_) on_row_(RowKind::null);
}

Verdict Session::append(const Row& row) {
    if (!in_file(row.at)) open_file(row.at);
    const auto& outcome = compression_.push(row);
    for (std::uint8_t i = 0; i < outcome.final_count; ++i)
        print(outcome.final[i]);
    newest_.row = row;
    remember(row);
    return outcome.verdict;
}

void Session::open_file(WallTime at) {
    close_file();
    date_ = zone_.date(at);
    const auto* end = end_of(*date_);
    part_ = end == nullptr ? 1 : end->part;
    day_begin_ = zone_.midnight(*date_);
    day_end_ = zone_.midnight(next_day(*date_));
}

void Session::close_file() {
    if (!date_) return;
    if (const auto last = compression_.finish()) print(*last);
    lines().closed = true;
    date_.reset();
}

void Session::print(const Row& row) {
    auto& file = lines();
    file.over_null = file.over_null || std::exchange(over_null_, false);
    append_row(file.text, row, settings_.format, zone_);
    ++file.rows;
    file.values.push_back(as_printed(row, settings_.format));
}

FileLines& Session::lines() {
    if (waiting_.empty() || waiting_.back().date != *date_ || waiting_.back().part != part_) {
        waiting_.push_back({.date = *date_,
                            .part = part_,
                            .schema = settings_.format.schema,
                            .text = {},
                            .rows = 0,
                            .values = {},
                            .pending = {},
                            .closed = false,
                            .over_null = false});
    }
    return waiting_.back();
}

std::vector<FileLines> Session::take() {
    if (const auto* pending = compression_.pending()) {
        append_row(lines().pending, *pending, settings_.format, zone_);
    }
    return std::exchange(waiting_, {});
}

}  // namespace hil::measure
