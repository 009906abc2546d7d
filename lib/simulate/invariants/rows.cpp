#include "simulate/invariants/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

namespace hil::simulate {
namespace {

using namespace std::chrono;

struct Line {
    WallTime at;
    int offset_minutes = 0;
    std::array<std::optional<double>, 8> values;
    bool null = true;
};

std::optional<int> digits(std::string_view text, std::size_t from, std::size_t count) {
    if (from + count > text.size()) return std::nullopt;
    int out = 0;
    const auto [end, error] = std::from_chars(text.data() + from, text.data() + from + count, out);
    if (error != std::errc{} || end != text.data() + from + count) return std::nullopt;
    return out;
}

// "2025-10-01T00:00:00+02:00" with or without six digits of a fraction.
bool read_row_time(std::string_view text, Line& line) {
    const auto y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2),
               h = digits(text, 11, 2), mi = digits(text, 14, 2), s = digits(text, 17, 2);
    if (!y || !mo || !d || !h || !mi || !s || text.size() < 25) return false;
    std::size_t sign = 19;
    Duration fraction{};
    if (text[19] == '.') {
        const auto micro = digits(text, 20, 6);
        if (!micro) return false;
        fraction = microseconds(*micro);
        sign = 26;
    }
    const auto oh = digits(text, sign + 1, 2), om = digits(text, sign + 4, 2);
    if (!oh || !om || (text[sign] != '+' && text[sign] != '-')) return false;
    line.offset_minutes = (*oh * 60 + *om) * (text[sign] == '-' ? -1 : 1);
    const auto date =
        year_month_day(year(*y), month(static_cast<unsigned>(*mo)), day(static_cast<unsigned>(*d)));
    line.at = WallTime(sys_days(date)) + hours(*h) + minutes(*mi) + std::chrono::seconds(*s) + fraction -
              minutes(line.offset_minutes);
    return true;
}

std::optional<Line> read_line(std::string_view text) {
    Line line;
    auto comma = text.find(',');
    if (comma == std::string_view::npos || !read_row_time(text.substr(0, comma), line)) return std::nullopt;
    for (auto& value : line.values) {
        if (comma == std::string_view::npos) return std::nullopt;
        const auto next = text.find(',', comma + 1);
        const auto field = text.substr(comma + 1, next == std::string_view::npos ? next : next - comma - 1);
        comma = next;
        if (field.empty()) continue;
        double v = 0;
        const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), v);
        if (error != std::errc{} || end != field.data() + field.size()) return std::nullopt;
        value = v;
        line.null = false;
    }
    return line;
}

WallTime last_sunday(int y, unsigned m) {
    return WallTime(sys_days(year(y) / month(m) / Sunday[last])) + hours(1);
}

class Judge {
  public:
    Judge(const PlantInvariants& watch, const RecordingRules& rules, const PlantInvariants::Fail& fail)
        : watch_(watch), rules_(rules), fail_(fail) {
        const auto& t = rules.compression.tolerances;
        tolerance_ = {t.p_setpoint_kw,   t.battery_active_power_kw,
                      t.q_setpoint_kvar, t.battery_reactive_power_kvar,
                      t.soc_pu,          t.p_poi_kw,
                      t.q_poi_kvar,      t.v_poi_kV};
    }

    bool file(const std::string& name, std::string_view text) {
        bool header = true;
        std::size_t number = 0;
        while (!text.empty()) {
            const auto end = text.find('\n');
            if (end == std::string_view::npos)
                return bad(last_ ? last_->at : rules_.grid, name + ": the last line has no end");
            const auto line = text.substr(0, end);
            text.remove_prefix(end + 1);
            ++number;
            if (std::exchange(header, false)) continue;
            const auto row = read_line(line);
            if (!row) {
                return bad(last_ ? last_->at : rules_.grid,
                           fmt::format("{}:{}: not a row: {}", name, number, line));
            }
            if (!judge(name, number, *row)) return false;
        }
        return true;
    }

    [[nodiscard]] std::size_t rows() const { return rows_; }

  private:
    bool bad(WallTime at, std::string text) {
        fail_({"rows", watch_.plant().id, at, std::move(text)});
        return false;
    }

    bool judge(const std::string& name, std::size_t number, const Line& row) {
        const auto place = [&] { return fmt::format("{}:{}: ", name, number); };
        if (last_ && row.at <= last_->at) return bad(row.at, place() + "time does not increase");
        // A session that saw no sample ends with a null row at its very end.
        if (!row.null && (row.at - rules_.grid) % rules_.period != Duration::zero())
            return bad(row.at, place() + "time is not on the grid");
        if (rules_.zone == "Europe/Madrid") {
            const int offset = central_european_offset(row.at);
            if (offset != row.offset_minutes)
                return bad(row.at, fmt::format("{}offset of {} minutes, {} are right", place(),
                                               row.offset_minutes, offset));
            const auto local = floor<days>(row.at + minutes(offset));
            if (!name.starts_with(stem_of(local)))
                return bad(row.at, place() + "row in the file of another day");
        }
        if (!row.null) {
            ++rows_;
            if (!was_read(row))
                return bad(row.at, place() + "nothing like it was read from the plant at that time");
            if (last_ && !last_->null && !between(*last_, row, place)) return false;
        }
        last_ = row;
        return true;
    }

    // What the name of the file of a day begins with.
    const std::string& stem_of(sys_days day) {
        if (stem_.empty() || day != stem_day_) {
            const auto date = year_month_day(stem_day_ = day);
            stem_ = fmt::format("{:04}{:02}{:02}_", static_cast<int>(date.year()),
                                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
        }
        return stem_;
    }

    // Snapshots that were in force at some time from `at` on, as long as a sample may take. What was written
    // at that very instant may have come after the sample.
    template <class Test>
    [[nodiscard]] bool any_snapshot(WallTime at, Test test) {
        const auto& all = watch_.snapshots();
        if (cursor_ >= all.size() || (cursor_ > 0 && all[cursor_].at >= at)) cursor_ = 0;
        if (!all.empty() && cursor_ == 0 && all[0].at < at) {
            cursor_ = static_cast<std::size_t>(
                std::lower_bound(all.begin(), all.end(), at,
                                 [](const PlantInvariants::Snapshot& s, WallTime t) { return s.at < t; }) -
                all.begin() - 1);
        }
        while (cursor_ + 1 < all.size() && all[cursor_ + 1].at < at)
            ++cursor_;
        for (auto i = cursor_; i < all.size() && all[i].at <= at + watch_.timeout(); ++i)
            if (test(all[i])) return true;
        return false;
    }

    [[nodiscard]] bool was_read(const Line& row) {
        const auto k = (row.at - rules_.grid) / rules_.period;
        if (!watch_.read_in(k) && !watch_.read_in(k + 1)) return false;
        for (std::size_t c = 0; c < row.values.size(); ++c) {
            if (!row.values[c]) continue;
            const double slack = std::max(std::abs(watch_.columns()[c].count) * 0.01, 1e-9);
            const auto same = [&](const PlantInvariants::Snapshot& s) {
                return std::abs(s.values[c] - *row.values[c]) <= slack + std::abs(s.values[c]) * 1e-6;
            };
            if (!any_snapshot(row.at, same)) return false;
        }
        return true;
    }

    template <class Place>
    bool between(const Line& a, const Line& b, const Place& place) {
        const auto gap = b.at - a.at;
        if (gap == rules_.period) return true;
        const auto longest =
            rules_.compression.enabled ? rules_.compression.max_kept_gap + rules_.period : rules_.period;
        if (gap > longest) {
            return bad(b.at, fmt::format("{}{:.0f} s since the row before, and no null row", place(),
                                         to_seconds(gap)));
        }
        for (WallTime at = a.at + rules_.period; at < b.at; at += rules_.period) {
            const double share = to_seconds(at - a.at) / to_seconds(gap);
            for (std::size_t c = 0; c < a.values.size(); ++c) {
                if (!a.values[c] || !b.values[c]) continue;
                const double line = *a.values[c] + share * (*b.values[c] - *a.values[c]);
                const double slack = 2 * tolerance_[c] + 1.01 * std::abs(watch_.columns()[c].count);
                const auto close = [&](const PlantInvariants::Snapshot& s) {
                    return std::abs(s.values[c] - line) <= slack;
                };
                if (!any_snapshot(at, close)) {
                    return bad(
                        at,
                        fmt::format("{}a line from the row before says {:g} for column {}, which was never "
                                    "read then: a row is missing",
                                    place(), line, c + 1));
                }
            }
        }
        return true;
    }

    const PlantInvariants& watch_;
    const RecordingRules& rules_;
    const PlantInvariants::Fail& fail_;
    std::array<double, 8> tolerance_{};
    std::optional<Line> last_;
    std::size_t cursor_ = 0;
    std::size_t rows_ = 0;
    sys_days stem_day_{};
    std::string stem_;
};

}  // namespace

int central_european_offset(WallTime at) {
    const int y = static_cast<int>(year_month_day(floor<days>(at)).year());
    return at >= last_sunday(y, 3) && at < last_sunday(y, 10) ? 120 : 60;
}

std::size_t judge_recordings(const std::map<std::string, std::string>& files, const PlantInvariants& watch,
                             const RecordingRules& rules, const PlantInvariants::Fail& fail) {
    std::size_t rows = 0;
    for (const char* side : {".csv", ".remote.csv"}) {
        Judge judge(watch, rules, fail);
        const auto ending = "_" + watch.plant().id + side;
        for (const auto& [path, text] : files) {
            const auto name = path.substr(path.find_last_of('/') + 1);
            if (name.ends_with(ending) && !judge.file(name, text)) break;
        }
        rows += judge.rows();
    }
    return rows;
}

}  // namespace hil::simulate
