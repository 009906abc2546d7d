#include "planfile/value_records.hpp"

#include "planfile/file_text.hpp"
#include "planfile/value_series.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <tuple>

namespace hil::planfile {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::optional<int> whole_number(std::string_view text) {
    // Programs that know only real numbers write "1.0".
    if (text.ends_with(".0")) text.remove_suffix(2);
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

// "26/10/2025 02:00:00 (CEST)": what stands in brackets behind a time says no more than the header.
std::string_view without_brackets(std::string_view text) {
    if (text.ends_with(')')) text = text.substr(0, std::min(text.rfind('('), text.size()));
    return trim_blanks(text);
}

// The zone that a label names, in small letters.
std::string in_brackets(std::string_view label) {
    const auto open = label.rfind('('), close = label.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
    std::string out(trim_blanks(label.substr(open + 1, close - open - 1)));
    std::ranges::transform(out, out.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

// "Hour 3B Q2": the third hour of the day by the clock, the second time it comes, its second quarter.
struct HourLabel {
    int hour = 0, quarter = 0;  // quarter 0: all of the hour
    std::optional<bool> second;
};
std::optional<HourLabel> hour_label(std::string_view label) {
    label.remove_prefix(std::min(label.find_first_of("0123456789"), label.size()));
    HourLabel out;
    const auto digits = std::min(label.find_first_not_of("0123456789"), label.size());
    out.hour = whole_number(label.substr(0, digits)).value_or(0);
    label.remove_prefix(digits);
    if (label.starts_with('A') || label.starts_with('B')) {
        out.second = label.starts_with('B');
        label.remove_prefix(1);
    }
    label = trim_blanks(label);
    if (label.starts_with('Q')) {
        out.quarter = whole_number(label.substr(1)).value_or(0);
        if (out.quarter < 1 || out.quarter > 4) return std::nullopt;
    } else if (!label.empty()) {
        return std::nullopt;
    }
    if (out.hour < 1 || out.hour > 24) return std::nullopt;
    return out;
}

// Far from the ends of what a WallTime can hold.
bool within_reach(LocalDate date) {
    return date.year() >= std::chrono::year{1970} && date.year() < std::chrono::year{2200};
}

class Records {
  public:
    Records(const ValueTable& table, const TableHead& head, const Zone& zone, const ValueChoice& choice,
            ProblemList& problems)
        : table_(table), head_(head), zone_(zone), choice_(choice), problems_(problems) {}

    RecordList run() {
        const auto series = choose_series(table_, head_, choice_, problems_);
        if (!series) return std::move(out_);
        out_.column = series->column;
        describe(*series);
        find_times(*series);
        std::vector<const TableRow*> rows;
        for (auto i = head_.first_row; i < table_.rows.size(); ++i) {
            const auto& row = table_.rows[i];
            if (between_files(*head_.layout, row)) continue;
            if (belongs(row, *series) && has_shape(row)) rows.push_back(&row);
        }
        if (!find_order(rows)) return std::move(out_);
        if (head_.find(Role::period) || head_.find(Role::hours)) by_day(rows);
        if (head_.find(Role::period))
            by_period(rows);
        else
            for (const auto* row : rows)
                add(*row);
        return std::move(out_);
    }

  private:
    void describe(const ValueSeries& series) {
        auto& from = out_.provenance;
        from.layout = head_.layout->name;
        from.area = series.area;
        if (series.price.empty() && choice_.quantity != Quantity::power) from.auction = head_.layout->auction;
        for (const auto& part :
             {series.auction(),
              series.sequence.empty() && series.price.empty() ? series.auction_cell : std::string()}) {
            if (part.empty() || (part == series.auction_cell && part == "Without Sequence")) continue;
            if (!from.auction.empty()) from.auction += ", ";
            from.auction += part;
        }
        from.column = series.column->label;
        if (series.column->rule->role == Role::hours)
            from.column += " to " + head_.all(Role::hours).back()->label;
        from.zone = zone_.name();
    }

    void find_times(const ValueSeries& series) {
        for (const auto role : {Role::range, Role::time, Role::date, Role::year, Role::step}) {
            if (!times_) times_ = head_.find(role);
        }
        const auto& own = series.column->rule->times;
        if (own.empty()) return;
        for (const auto& column : head_.columns) {
            if (fits(own, column.label)) own_times_ = &column;
        }
        // Those of the other column are read in its zone, too.
        if (own_times_ && times_ && in_brackets(own_times_->label) != in_brackets(times_->label))
            problems_.add(head_.line, own_times_->label,
                          fmt::format("must name the zone that {} names", shown_label(times_->label)));
    }

    [[nodiscard]] bool belongs(const TableRow& row, const ValueSeries& series) const {
        const auto* area = head_.find(Role::area);
        const auto* auction = head_.find(Role::auction);
        return (!area || row.cell(area->place).text == series.area) &&
               (!auction || row.cell(auction->place).text == series.auction_cell);
    }

    // A cell more than the header has may be the half of a number behind its decimal comma.
    bool has_shape(const TableRow& row) {
        auto cells = row.cells.size();
        while (cells > head_.width && row.cells[cells - 1].blank())
            --cells;
        const auto& layout = *head_.layout;
        const bool may_be_short =
            layout.by_place || table_.separator == 0 || (!layout.missing.empty() && !layout.whole_rows);
        if (cells <= head_.width && (may_be_short || row.cells.size() >= head_.width)) return true;
        problems_.add(row.line, "", fmt::format("must have {} cells, got {}", head_.width, cells));
        return false;
    }

    [[nodiscard]] std::string_view time_text(const TableRow& row) const {
        if (own_times_ && !row.cell(own_times_->place).blank()) return row.cell(own_times_->place).text;
        return row.cell(times_->place).text;
    }

    // Which of day and month comes first, before any of them is read.
    bool find_order(const std::vector<const TableRow*>& rows) {
        auto given = head_.layout->order;
        if (choice_.day_first) given = *choice_.day_first ? DateOrder::day_first : DateOrder::month_first;
        DateOrders orders(given);
        if (!head_.find(Role::year) && !head_.find(Role::step)) {
            for (const auto* row : rows)
                orders.see(row->line, time_text(*row));
        }
        order_ = orders.order();
        if (const auto problem = orders.problem(); !problem.empty()) {
            problems_.add(orders.row(), times_->label, problem);
            return false;
        }
        if (const auto note = orders.note(); !note.empty() && (!head_.layout->order || choice_.day_first))
            out_.notes.push_back(note);
        return true;
    }

    std::optional<WrittenTime> read_time(const TableRow& row, std::string_view text, std::string_view label) {
        const auto time = read_written_time(without_brackets(text), order_);
        if (time && within_reach(time->date)) return time;
        problems_.add(
            row.line, std::string(label),
            fmt::format("must be a time that exists, got {}{}", quote_value(text), time_hint(text)));
        return std::nullopt;
    }

    void add(const TableRow& row) {
        if (head_.find(Role::step)) return add_step(row);
        if (head_.find(Role::hours)) return add_day(row);
        const auto text = time_text(row);
        const auto& cell =
            row.cells.size() > times_->place ? row.cells[times_->place] : row.cell(times_->place);
        if (cell.kind == TableCell::Kind::refused) return problems_.add(row.line, times_->label, cell.text);
        if (own_times_ && row.cell(out_.column->place).blank() && row.cell(own_times_->place).blank()) return;
        ValueRecord record{.line = row.line, .value = &row.cell(out_.column->place)};
        if (head_.find(Role::range)) return add_range(row, text, std::move(record));
        const auto begin = read_time(row, text, times_->label);
        if (!begin) return;
        record.begin = *begin;
        if (const auto* clock = head_.find(Role::clock)) {
            const auto with_clock =
                read_time(row, fmt::format("{} {}", hil::to_string(begin->date), row.cell(clock->place).text),
                          clock->label);
            if (!with_clock) return;
            record.begin = *with_clock;
        }
        if (const auto* end = head_.find(Role::end)) {
            record.end = read_time(row, row.cell(end->place).text, end->label);
            if (!record.end) return;
        }
        out_.records.push_back(std::move(record));
    }

    void add_range(const TableRow& row, std::string_view text, ValueRecord record) {
        const auto between = text.find(" - ");
        if (between == std::string_view::npos)
            return problems_.add(row.line, times_->label,
                                 "must be \"DD.MM.YYYY hh:mm - DD.MM.YYYY hh:mm\", got " + quote_value(text) +
                                     lookalike_hint(text));
        const auto begin = read_time(row, trim_blanks(text.substr(0, between)), times_->label);
        const auto end =
            begin ? read_time(row, trim_blanks(text.substr(between + 3)), times_->label) : std::nullopt;
        if (!end) return;
        record.begin = *begin;
        record.end = *end;
        out_.records.push_back(std::move(record));
    }

    void add_step(const TableRow& row) {
        const auto number = static_cast<int>(out_.records.size()) + 1;
        const auto& cell = row.cell(times_->place);
        if (whole_number(cell.text) != number) {
            if (broken_) return;
            broken_ = true;
            return problems_.add(
                row.line, times_->label,
                fmt::format("must be {}, hours are numbered from 1, got {}", number, quote_value(cell.text)));
        }
        out_.records.push_back({.line = row.line,
                                .at = choice_.profile_begin + hours(number - 1),
                                .value = &row.cell(out_.column->place)});
    }

    void add_day(const TableRow& row) {
        const auto date = read_time(row, row.cell(times_->place).text, times_->label);
        if (!date) return;
        for (const auto* column : head_.all(Role::hours)) {
            const auto hour = hour_label(column->label);
            if (!hour) {
                if (row.line == table_.rows[head_.first_row].line)
                    problems_.add(head_.line, shown_label(column->label),
                                  "must be an hour as \"Hour 3\", \"Hour 3A\" or \"Hour 3 Q1\"");
                continue;
            }
            ValueRecord record{
                .line = row.line, .begin = *date, .second = hour->second, .value = &row.cell(column->place)};
            record.begin.since_midnight = hours(hour->hour - 1);
            record.length = hours(1);
            if (hour->quarter > 0) {
                record.begin.since_midnight += minutes(15 * (hour->quarter - 1));
                record.length = minutes(15);
            }
            // The second of an hour that comes once, and an hour that does not come at all, have no value.
            const auto once = zone_.instant(record.begin.date, record.begin.since_midnight);
            const bool twice =
                once && zone_.local(*once + hours(1)).since_midnight == record.begin.since_midnight;
            if ((!once || (hour->second == true && !twice)) && says_nothing(*head_.layout, *record.value))
                continue;
            out_.records.push_back(std::move(record));
        }
    }

    // The newest day may stand first; the hours of a day are in their order.
    void by_day(std::vector<const TableRow*>& rows) const {
        std::vector<std::tuple<std::optional<LocalDate>, std::size_t, const TableRow*>> dated;
        dated.reserve(rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i)
            dated.emplace_back(date_of(*rows[i]), i, rows[i]);
        std::ranges::sort(dated);
        std::ranges::transform(dated, rows.begin(), [](const auto& one) { return std::get<2>(one); });
    }

    void by_period(const std::vector<const TableRow*>& rows) {
        for (std::size_t i = 0; i < rows.size();) {
            const auto date = date_of(*rows[i]);
            auto next = i + 1;
            while (date && next < rows.size() && date_of(*rows[next]) == date)
                ++next;
            if (!date)
                problems_.add(
                    rows[i]->line, times_->label,
                    "must be a day that exists, got " + quote_value(rows[i]->cell(times_->place).text));
            else
                add_periods(*date, {rows.begin() + static_cast<std::ptrdiff_t>(i),
                                    rows.begin() + static_cast<std::ptrdiff_t>(next)});
            i = next;
        }
    }

    std::optional<LocalDate> date_of(const TableRow& row) const {
        if (const auto* year = head_.find(Role::year)) {
            const auto y = whole_number(row.cell(year->place).text),
                       m = whole_number(row.cell(head_.find(Role::month)->place).text),
                       d = whole_number(row.cell(head_.find(Role::day)->place).text);
            if (!y || !m || !d || *m < 1 || *d < 1) return std::nullopt;
            const LocalDate date{std::chrono::year{*y}, std::chrono::month{static_cast<unsigned>(*m)},
                                 std::chrono::day{static_cast<unsigned>(*d)}};
            return date.ok() && within_reach(date) ? std::optional(date) : std::nullopt;
        }
        const auto time = read_written_time(row.cell(times_->place).text, order_);
        return time && within_reach(time->date) ? std::optional(time->date) : std::nullopt;
    }

    void add_periods(LocalDate date, const std::vector<const TableRow*>& rows) {
        const auto hours_of_day = zone_.day_length(date) / hours(1);
        const auto count = static_cast<Duration::rep>(rows.size());
        if (count != hours_of_day && count != hours_of_day * 4)
            return problems_.add(rows.front()->line, "",
                                 fmt::format("must have {} hours or {} quarters on {}, got {}", hours_of_day,
                                             hours_of_day * 4, hil::to_string(date), count));
        const Duration step = count == hours_of_day ? Duration(hours(1)) : Duration(minutes(15));
        const auto* period = head_.find(Role::period);
        for (std::size_t k = 0; k < rows.size(); ++k) {
            const auto& text = rows[k]->cell(period->place).text;
            if (whole_number(text) != static_cast<int>(k) + 1)
                return problems_.add(rows[k]->line, period->label,
                                     fmt::format("must be {}, periods of a day are numbered from 1, got {}",
                                                 k + 1, quote_value(text)));
            out_.records.push_back({.line = rows[k]->line,
                                    .at = zone_.midnight(date) + step * static_cast<int>(k),
                                    .length = step,
                                    .value = &rows[k]->cell(out_.column->place)});
        }
    }

    const ValueTable& table_;
    const TableHead& head_;
    const Zone& zone_;
    const ValueChoice& choice_;
    ProblemList& problems_;
    RecordList out_;
    const TableColumn *times_ = nullptr, *own_times_ = nullptr;
    DateOrder order_ = DateOrder::day_first;
    bool broken_ = false;
};

}  // namespace

RecordList records_of(const ValueTable& table, const TableHead& head, const Zone& zone,
                      const ValueChoice& choice, ProblemList& problems) {
    return Records(table, head, zone, choice, problems).run();
}

std::optional<Zone> zone_of(const TableHead& head, const Zone& configured, ProblemList& problems) {
    const auto& layout = *head.layout;
    if (layout.zones.empty()) return layout.zone.empty() ? configured : Zone::find(layout.zone).value();
    const auto& label = head.find(Role::range) ? head.find(Role::range)->label : head.find(Role::time)->label;
    const auto open = label.rfind('('), close = label.rfind(')');
    std::vector<std::string_view> known;
    for (const auto& one : layout.zones) {
        known.push_back(one.label);
        if (open != std::string::npos && close != std::string::npos && open < close &&
            fits(one.label, std::string_view(label).substr(open + 1, close - open - 1)))
            return Zone::find(one.zone).value();
    }
    problems.add(
        head.line, shown_label(label),
        fmt::format("must name the zone of its times in brackets, one of {}", fmt::join(known, ", ")));
    return std::nullopt;
}

}  // namespace hil::planfile
