#include "planfile/value_times.hpp"

#include "planfile/autumn_hour.hpp"
#include "planfile/even_grid.hpp"
#include "planfile/file_text.hpp"
#include "planfile/written_number.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hil::planfile {

namespace {

using std::chrono::hours;

constexpr Duration one_hour = hours(1);

bool comes_twice(const Zone& zone, WallTime first) {
    return zone.local(first).since_midnight == zone.local(first + one_hour).since_midnight;
}

auto wall_of(const WrittenTime& time) {
    return WallTime(std::chrono::sys_days{time.date}) + time.since_midnight;
}

bool has_offset(const ValueRecord& record) {
    return record.at || record.begin.offset;
}

// Whether the file shows a clock that is not put forward in spring nor back in autumn: it has the hour
// that does not come, or has the one that comes twice only once between its neighbours.
bool keeps_winter_time(const std::vector<ValueRecord>& records, const Zone& zone) {
    for (std::size_t i = 1; i + 1 < records.size(); ++i) {
        const auto& time = records[i].begin;
        if (has_offset(records[i])) return false;
        const auto at = zone.instant(time.date, time.since_midnight);
        if (!at) return true;
        if (!comes_twice(zone, *at)) continue;
        const auto repeated = std::count_if(records.begin(), records.end(),
                                            [&](const auto& other) { return other.begin == time; });
        if (repeated == 1) return true;
    }
    return false;
}

class Placing {
  public:
    Placing(RecordList& list, const Layout& layout, const Zone& zone, const std::string& label,
            ProblemList& problems)
        : list_(list), layout_(layout), zone_(zone), label_(label), problems_(problems) {}

    std::vector<PlacedRecord> run(bool computed) {
        auto& records = list_.records;
        if (records.size() > 1 && earlier(records.back(), records.front())) std::ranges::reverse(records);
        for (const auto& record : records)
            place(record);
        if (!problems_.empty()) return {};
        even_out(computed);
        set_ends();
        mention_autumn();
        return std::move(out_);
    }

  private:
    static bool earlier(const ValueRecord& a, const ValueRecord& b) {
        return a.at && b.at ? *a.at < *b.at : wall_of(a.begin) < wall_of(b.begin);
    }

    void refuse(const ValueRecord& record, std::string text) {
        problems_.add(record.line, label_, std::move(text));
    }

    // Which of two instants a local time that comes twice means follows from the row before it.
    std::optional<WallTime> begin_of(const ValueRecord& record) {
        if (record.at) return record.at;
        const auto first = instant_of(record.begin, zone_);
        if (!first) {
            if (!says_nothing(layout_, *record.value))
                refuse(record, "has a value for a local time that does not exist in " + zone_.name());
            return std::nullopt;  // the hour that does not come
        }
        if (record.begin.offset || !comes_twice(zone_, *first)) return *first;
        if (record.second) return *record.second ? *first + one_hour : *first;
        return !out_.empty() && *first <= out_.back().from ? *first + one_hour : *first;
    }

    void place(const ValueRecord& record) {
        const auto from = begin_of(record);
        if (!from) return;
        if (!out_.empty() && *from <= out_.back().from) {
            const auto& before = *out_.back().record;
            if (*from == out_.back().from && same_value(*record.value, *before.value)) {
                ++repeated_;
                return;
            }
            if (*from == out_.back().from)
                return refuse(record,
                              fmt::format("stands in line {} too, with {} instead of {}", before.line,
                                          quote_value(before.value->text), quote_value(record.value->text)));
            // The hour that comes twice, once: a repeated row of it looks like its second time.
            return refuse(record, "must be later than the row above");
        }
        out_.push_back({*from, *from, &record});
    }

    static bool same_value(const TableCell& a, const TableCell& b) {
        if (a.kind != b.kind) return false;
        if (a.text == b.text) return true;
        // "80" and "80.0", "80,5" and "80,50"
        for (const char sign : {'.', ','}) {
            const auto number = read_written_number(a.text, sign);
            if (number && number == read_written_number(b.text, sign)) return true;
        }
        return false;
    }

    void even_out(bool computed) {
        const bool any_offset =
            std::ranges::any_of(out_, [](const auto& one) { return has_offset(*one.record); });
        if (any_offset) return;
        std::vector<WallTime> times;
        times.reserve(out_.size());
        for (const auto& one : out_)
            times.push_back(one.from);
        const auto moved = put_on_even_grid(times, computed);
        if (!moved) return;
        for (std::size_t i = 0; i < out_.size(); ++i)
            out_[i].from = times[i];
        list_.notes.push_back(moved->note());
    }

    // Of the row's own end, which a clock shows: shorter in spring, and never the hour that comes twice
    // too long.
    [[nodiscard]] std::optional<Duration> own_length(const PlacedRecord& one) {
        const auto& record = *one.record;
        if (record.length) return record.length;
        if (!record.end) return std::nullopt;
        const auto end = instant_of(*record.end, zone_);
        if (record.end->offset && end) return *end - one.from;
        const Duration shown = wall_of(*record.end) - wall_of(record.begin);
        if (shown <= Duration{}) {
            // 02:45 to 02:00 when the clock is put back, and at no other time.
            const bool put_back = end && comes_twice(zone_, *end) && *end + one_hour > one.from;
            return put_back ? *end + one_hour - one.from : shown;
        }
        const auto real = end ? *end - one.from : shown;
        if (shown > hours(2)) return real;
        return real > Duration{} ? std::min(shown, real) : shown;
    }

    void set_ends() {
        // A value without an end of its own holds until the next, the last as long as the one before it.
        for (std::size_t i = 0; i < out_.size(); ++i) {
            auto& one = out_[i];
            if (const auto length = own_length(one)) {
                one.to = one.from + *length;
                if (*length <= Duration{}) refuse(*one.record, "must end after it begins");
            } else if (i + 1 < out_.size()) {
                one.to = out_[i + 1].from;
            } else {
                one.to = one.from + (i > 0 ? one.from - out_[i - 1].from : one_hour);
            }
            if (i > 0 && one.from < out_[i - 1].to)
                refuse(*one.record, "begins before the interval above it ends");
        }
        refuse_odd_length();
        if (repeated_ > 0)
            list_.notes.push_back(fmt::format("{} row{} again with the same value and {} read once",
                                              repeated_, repeated_ == 1 ? " stands" : "s stand",
                                              repeated_ == 1 ? "was" : "were"));
    }

    // Days and months that are exchanged make an hour of months at midnight: "07/06/2026 23:00 - 07/07/2026
    // 00:00" of a July.
    void refuse_odd_length() {
        if (out_.size() < 2) return;
        const auto length = [](const PlacedRecord& one) { return one.to - one.from; };
        const auto shortest = length(*std::ranges::min_element(out_, {}, length));
        for (const auto& one : out_) {
            if (!one.record->end || length(one) <= hours(26) || length(one) <= 100 * shortest) continue;
            refuse(*one.record,
                   fmt::format("lasts {} days, others {} minutes: are days and months exchanged?",
                               length(one) / hours(24), shortest / std::chrono::minutes(1)));
        }
    }

    void mention_autumn() {
        if (auto sentence = autumn_hour_without_rows(out_, zone_); !sentence.empty())
            list_.notes.push_back(std::move(sentence));
    }

    static std::string autumn_hour_without_rows(const std::vector<PlacedRecord>& rows, const Zone& zone) {
        for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
            const auto& row = rows[i];
            if (has_offset(*row.record) || row.to - row.from <= one_hour) continue;
            if (auto sentence = autumn_note(row.from, row.to, zone); !sentence.empty()) return sentence;
        }
        return {};
    }

    RecordList& list_;
    const Layout& layout_;
    const Zone& zone_;
    const std::string& label_;
    ProblemList& problems_;
    std::vector<PlacedRecord> out_;
    std::size_t repeated_ = 0;
};

}  // namespace

std::vector<PlacedRecord> placed(RecordList& list, const Layout& layout, Zone zone, const std::string& label,
                                 bool computed, ProblemList& problems) {
    if (layout.may_keep_winter_time) {
        if (keeps_winter_time(list.records, zone)) {
            zone = Zone::find("Etc/GMT-1").value();
            list.notes.emplace_back(
                "its clock is not put forward and back: times are read as UTC+1 all year");
        } else {
            list.notes.push_back(
                fmt::format("times are read as local in {}: files of a whole year show whether they are "
                            "UTC+1 all year",
                            zone.name()));
        }
        list.provenance.zone = zone.name();
    }
    return Placing(list, layout, zone, label, problems).run(computed);
}

}  // namespace hil::planfile
