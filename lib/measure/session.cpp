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
      newest_(newest),
      began_(now) {
    if (newest_.measured) remember(*newest_.measured);
    if (newest_.row) remember(*newest_.row);
    // Somebody stopped without closing. Not yet when the first sample may still follow on without a hole.
    if (newest_.row && !newest_.row->null && newest_.row->at + settings_.period < now) {
        put_null(newest_.row->at + settings_.period);
    }
}

void Session::sample(const Row& row) {
    refusing_until_ = refuses_until(row.at);
    if (refusing_until_) {
        if (on_row_) on_row_(RowKind::refused);
        return;
    }
    if (awaiting_ == Awaiting::first_sample) mark_begin(row.at);
    awaiting_ = Awaiting::nothing;
    saw_sample_ = true;
    const auto verdict = append(row);
    newest_.measured = row;
    if (on_row_) on_row_(verdict == Verdict::merged ? RowKind::merged : RowKind::kept);
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

// A file does not go back in time; an earlier file may follow, when the wall clock was far ahead and is set
// right. What an earlier file ends with is not known where this session has not written it: when the clock is
// set back by less than a day, rows wait for the time at which the session began.
std::optional<WallTime> Session::refuses_until(WallTime at) const {
    const auto date = zone_.date(at);
    const auto known = std::ranges::find(ends_, date, &FileEnd::date);
    if (known != ends_.end()) {
        const bool taken = at < known->row || (known->measured && at <= *known->measured);
        return taken ? std::optional(known->row) : std::nullopt;
    }
    // A sample may be of a step shortly before.
    const bool early = at + 2 * settings_.period < began_ && began_ - at < std::chrono::days(1);
    return early ? std::optional(began_) : std::nullopt;
}

void Session::remember(const Row& row) {
    constexpr std::size_t dates = 8;
    const auto date = zone_.date(row.at);
    auto known = std::ranges::find(ends_, date, &FileEnd::date);
    if (known == ends_.end()) {
        if (ends_.size() == dates) ends_.erase(ends_.begin());
        known = ends_.insert(ends_.end(), FileEnd{date, row.at, {}});
    }
    known->row = std::max(known->row, row.at);
    if (!row.null) known->measured = std::max(known->measured.value_or(row.at), row.at);
}

void Session::mark_begin(WallTime first) {
    const WallTime before = first - settings_.period;
    if (newest_.row && !newest_.row->null && newest_.row->at < before) {
        put_null(newest_.row->at + settings_.period);
    }
    if (!newest_.row || newest_.row->at < before) put_null(before);
}

void Session::put_null(WallTime at) {
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
    append_row(file.text, row, settings_.format, zone_);
    ++file.rows;
    file.values.push_back(as_printed(row, settings_.format));
}

FileLines& Session::lines() {
    if (waiting_.empty() || waiting_.back().date != *date_) {
        waiting_.push_back(
            {.date = *date_, .text = {}, .rows = 0, .values = {}, .pending = {}, .closed = false});
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
