#include "planfile/value_file.hpp"

#include "planfile/file_bytes.hpp"
#include "planfile/file_text.hpp"
#include "planfile/unit.hpp"
#include "planfile/value_times.hpp"
#include "planfile/written_number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hil::planfile {

namespace {

constexpr std::size_t most_gaps = 10;

class Values {
  public:
    Values(std::string file, const Zone& zone, const ValueChoice& choice)
        : zone_(zone), choice_(choice), problems_(out_) {
        out_.file = std::move(file);
    }

    ValueFile run(std::string_view bytes) {
        read(with_periods_as_rows(read_value_table(bytes)));
        if (out_.values.empty() && out_.ok()) problems_.add(0, "", "has no values");
        if (!out_.ok()) {
            out_.values.clear();
            out_.missing.clear();
        }
        return std::move(out_);
    }

  private:
    void read(const ValueTable& table) {
        if (!table.problem.empty()) return problems_.add(table.problem_row, "", table.problem);
        const auto head = match_layout(table);
        if (!head) {
            const auto line = table.rows.empty() ? 0 : table.rows.front().line;
            return problems_.add(line, "", unknown_layout(table));
        }
        const auto zone = zone_of(*head, zone_, problems_);
        if (!zone) return;
        auto list = records_of(table, *head, *zone, choice_, problems_);
        if (!list.column) return;
        const auto rows =
            placed(list, *head->layout, *zone, time_label(*head), table.computed_times, problems_);
        out_.provenance = std::move(list.provenance);
        out_.notes = std::move(list.notes);
        if (table.separator == ';') find_sign(list.records);
        const double factor = factor_of(*list.column, *head->layout);
        for (const auto& row : rows)
            take(row, *head->layout, list.column->label, factor);
    }

    static std::string time_label(const TableHead& head) {
        for (const auto role : {Role::range, Role::time, Role::date, Role::year, Role::step}) {
            if (const auto* column = head.find(role)) return shown_label(column->label);
        }
        return {};
    }

    // Where a comma or nothing ends a cell it is no decimal sign.
    void find_sign(const std::vector<ValueRecord>& records) {
        DecimalSigns signs;
        for (const auto& record : records) {
            if (record.value->kind == TableCell::Kind::text) signs.see(record.line, record.value->text);
        }
        sign_ = signs.sign();
        if (sign_ == ',') out_.notes.emplace_back("numbers have a decimal comma");
        if (const auto problem = signs.problem(); !problem.empty()) problems_.add(signs.row(), "", problem);
    }

    double factor_of(const TableColumn& column, const Layout& layout) {
        const auto& label = column.label;
        auto named = unit_in(label);
        if (!named) named = unit_in(column.unit);
        out_.provenance.unit = named ? named->text : std::string(layout.unit);
        if (!named || named->factor == 1) return choice_.scale;
        if (choice_.scale == named->factor)
            problems_.add(0, shown_label(label),
                          fmt::format("is in {}, which is read as such: scale {} would convert it twice",
                                      named->text, choice_.scale));
        out_.notes.push_back(
            fmt::format("values are in {} and were multiplied by {}", named->text, named->factor));
        return choice_.scale * named->factor;
    }

    void take(const PlacedRecord& row, const Layout& layout, const std::string& label, double factor) {
        const auto& cell = *row.record->value;
        const auto refuse = [&](std::string text) {
            problems_.add(row.record->line, shown_label(label), std::move(text));
        };
        if (cell.kind == TableCell::Kind::refused) return refuse(cell.text);
        if (cell.kind == TableCell::Kind::text &&
            std::ranges::find(layout.missing, std::string_view(cell.text)) != layout.missing.end()) {
            out_.missing.push_back({row.from, row.to, row.record->line, cell.text});
            return;
        }
        const char sign = cell.kind == TableCell::Kind::plain ? '.' : sign_;
        const auto number = read_written_number(cell.text, sign);
        if (!number)
            return refuse(fmt::format("must be a number, got {}{}", quote_value(cell.text),
                                      number_hint(cell.text, sign)));
        out_.values.push_back({row.from, row.to, *number * factor});
    }

    const Zone& zone_;
    const ValueChoice& choice_;
    ValueFile out_;
    ProblemList problems_;
    char sign_ = '.';
};

}  // namespace

void ProblemList::add(std::size_t row, std::string column, std::string text) {
    if (file_.problems.size() < max_problems)
        file_.problems.push_back({file_.file, row, std::move(column), std::move(text)});
}

std::string Provenance::text() const {
    std::string out = layout;
    for (const auto& part : {area, auction, area.empty() && auction.empty() ? column : std::string()}) {
        if (!part.empty()) out += ", " + part;
    }
    return out;
}

std::vector<IntervalValue> ValueFile::within(WallTime from, WallTime to) const {
    std::vector<IntervalValue> out;
    for (auto value : values) {
        value.from = std::max(value.from, from);
        value.to = std::min(value.to, to);
        if (value.from < value.to) out.push_back(value);
    }
    return out;
}

std::vector<std::string> ValueFile::gaps(WallTime from, WallTime to, const Zone& zone) const {
    std::vector<std::string> out;
    const auto gap = [&](WallTime begin, WallTime end) {
        if (out.size() >= most_gaps) return;
        std::string why;
        for (const auto& one : missing) {
            if (why.empty() && one.from < end && begin < one.to)
                why = fmt::format(" (line {} has {})", one.line,
                                  one.text.empty() ? "nothing" : quote_value(one.text));
        }
        out.push_back(fmt::format("{}: has a gap: no value from {} to {}{}", file, zone.format(begin),
                                  zone.format(end), why));
    };
    const auto inside = within(from, to);
    if (inside.empty() && !values.empty()) {
        return {fmt::format("{}: has no value from {} to {}: it begins at {} and ends at {}", file,
                            zone.format(from), zone.format(to), zone.format(values.front().from),
                            zone.format(values.back().to))};
    }
    auto reached = from;
    for (const auto& value : inside) {
        if (value.from > reached) gap(reached, value.from);
        reached = value.to;
    }
    if (reached < to) gap(reached, to);
    return out;
}

std::vector<IntervalValue> joined(std::vector<IntervalValue> values) {
    std::vector<IntervalValue> out;
    for (const auto& value : values) {
        if (!out.empty() && out.back().to == value.from && out.back().value == value.value)
            out.back().to = value.to;
        else
            out.push_back(value);
    }
    return out;
}

WallTime begin_of_year(LocalDate date, const Zone& zone) {
    return zone.midnight({date.year(), std::chrono::January, std::chrono::day{1}});
}

ValueFile parse_values(std::string_view bytes, std::string file, const Zone& zone,
                       const ValueChoice& choice) {
    return Values(std::move(file), zone, choice).run(bytes);
}

ValueFile load_values(const std::filesystem::path& path, const Zone& zone, const ValueChoice& choice) {
    std::string bytes;
    if (auto unreadable = read_whole(path, bytes); !unreadable.empty()) {
        ValueFile out;
        out.file = path.string();
        out.problems.push_back({out.file, 0, "", std::move(unreadable)});
        return out;
    }
    return parse_values(bytes, path.string(), zone, choice);
}

}  // namespace hil::planfile
