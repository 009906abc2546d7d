#include "planfile/value_file.hpp"

#include "planfile/file_bytes.hpp"
#include "planfile/file_text.hpp"
#include "planfile/unit.hpp"
#include "planfile/value_times.hpp"
#include "planfile/written_number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
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
    void read(ValueTable table) {
        if (!table.problem.empty()) return problems_.add(table.problem_row, "", table.problem);
        const auto head = match_layout(table);
        if (!head) {
            const auto line = table.rows.empty() ? 0 : table.rows.front().line;
            return problems_.add(line, "", unknown_layout(table));
        }
        read_serials(table, *head);
        const auto zone = zone_of(*head, zone_, problems_);
        if (!zone) return;
        auto list = records_of(table, *head, *zone, choice_, problems_);
        if (!list.column) return;
        const auto rows =
            placed(list, *head->layout, *zone, time_label(*head), table.computed_times, problems_);
        out_.provenance = std::move(list.provenance);
        out_.notes = std::move(list.notes);
        std::ranges::move(table.notes, std::back_inserter(out_.notes));
        if (table.separator == ';') find_sign(list.records);
        shown_ = std::move(table.shown);
        const double hours = rows.empty() ? 1 : hours_of(rows.front());
        const auto conversion = conversion_of(*list.column, *head->layout, hours);
        for (const auto& row : rows)
            take(row, *head->layout, list.column->label, conversion);
    }

    // Numbers of a workbook where times are wanted.
    static void read_serials(ValueTable& table, const TableHead& head) {
        for (const auto& column : head.columns) {
            const auto role = column.rule->role;
            if (role == Role::time || role == Role::end || role == Role::date)
                table.read_serials(head.first_row, column.place);
        }
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
        if (sign_ == ',') out_.notes.emplace_back(decimal_comma_note);
        if (auto note = signs.note(); !note.empty()) out_.notes.push_back(std::move(note));
        if (const auto problem = signs.problem(); !problem.empty()) problems_.add(signs.row(), "", problem);
    }

    // What makes EUR/MWh or kW of what the file says.
    struct Conversion {
        double factor = 1;
        bool of_energy = false;  // divided by the hours of the interval, too
    };

    static double hours_of(const PlacedRecord& row) { return to_seconds(row.to - row.from) / 3600; }

    // `hours`: of the first interval.
    Conversion conversion_of(const TableColumn& column, const Layout& layout, double hours) {
        auto unit = unit_in(column.label);
        if (!unit) unit = unit_in(column.unit);
        // "price MWh" names what the price is for.
        if (unit && unit->quantity == Quantity::energy && choice_.quantity != Quantity::power &&
            unit->factor == 1000)
            unit.reset();
        if (!unit) return without_unit(column, layout);
        out_.provenance.unit = unit->text;
        if (auto problem = unit_problem(*unit, hours); !problem.empty()) {
            problems_.add(0, column.label, std::move(problem));
            return {};
        }
        if (!unit->known) return {choice_.scale};
        if (unit->quantity == Quantity::energy && choice_.quantity != Quantity::power) return {choice_.scale};
        const bool energy = unit->quantity == Quantity::energy;
        if (energy)
            out_.notes.push_back(fmt::format(
                "values are in {}, the energy of each interval: its mean power is taken", unit->text));
        else if (unit->factor != 1)
            out_.notes.push_back(
                fmt::format("values are in {} and were multiplied by {}", unit->text, unit->factor));
        return {choice_.scale * unit->factor, energy};
    }

    // Prices are per MWh, loads in kW, where nothing says otherwise.
    Conversion without_unit(const TableColumn& column, const Layout& layout) {
        auto money = money_in(column.label);
        if (!money) money = money_in(column.unit);
        const bool prices = choice_.quantity != Quantity::power;
        if (prices) out_.provenance.unit = layout.unit;
        if (!money) return {choice_.scale};
        if (!prices)
            problems_.add(
                0, column.label,
                fmt::format("is in {}, a price: a load is needed; column names another", money->text));
        else if (!money->known && choice_.scale == 1)
            problems_.add(
                0, column.label,
                fmt::format(
                    "is in {} of nobody says how much energy: scale must say what makes EUR/MWh of it",
                    money->text));
        else if (money->known && !layout.unit.empty())
            out_.provenance.unit = money->text + "/MWh";
        return {choice_.scale};
    }

    [[nodiscard]] std::string unit_problem(const NamedUnit& unit, double hours) const {
        const auto wanted = choice_.quantity;
        if (wanted == Quantity::price && unit.quantity == Quantity::power)
            return fmt::format("is in {}, a power: prices are needed; column names another", unit.text);
        if (wanted == Quantity::power && unit.quantity == Quantity::price)
            return fmt::format("is in {}, a price: a load is needed; column names another", unit.text);
        const bool given = choice_.scale != 1;
        if (unit.quantity == Quantity::other && !given)
            return fmt::format(
                "is in {}, and {} needed: column names another, or scale must say what makes {} of it",
                unit.text, wanted == Quantity::power ? "a load is" : "prices are",
                wanted == Quantity::power ? "kW" : "EUR/MWh");
        if (!given && (!unit.known || (wanted != Quantity::power && unit.quantity == Quantity::energy)))
            return fmt::format(
                "is in {}, which is no unit that is known here: scale must say what makes {} of it",
                unit.text, wanted == Quantity::power ? "kW" : "EUR/MWh");
        const bool energy = unit.quantity == Quantity::energy && wanted == Quantity::power;
        const bool converted =
            choice_.scale == unit.factor || (energy && choice_.scale == unit.factor / hours);
        if (given && unit.known && converted && (energy || unit.quantity != Quantity::energy))
            return fmt::format("is in {}, which is read as such: scale {} would convert it twice", unit.text,
                               choice_.scale);
        return {};
    }

    void take(const PlacedRecord& row, const Layout& layout, const std::string& label,
              const Conversion& conversion) {
        const auto& cell = *row.record->value;
        const auto refuse = [&](std::string text) {
            problems_.add(row.record->line, label, std::move(text));
        };
        if (cell.kind == TableCell::Kind::refused) return refuse(cell.text);
        if (cell.kind == TableCell::Kind::date) return refuse("must be a number, got a date: " + cell.text);
        if (!layout.missing.empty() && says_nothing(layout, cell)) {
            out_.missing.push_back({row.from, row.to, row.record->line, cell.text});
            return;
        }
        if (cell.shown > 0 && choice_.scale == 1) {
            const auto& unit = out_.provenance.unit;
            const std::string_view wanted = choice_.quantity == Quantity::power ? "kW" : "EUR/MWh";
            const auto other = shown_otherwise(shown_[cell.shown - 1U], unit.empty() ? wanted : unit);
            if (!other.empty())
                return refuse(
                    fmt::format("must be a number of {}, got {}, and {}: the header must name its unit",
                                unit.empty() ? wanted : unit, cell.text, other));
        }
        const char sign = cell.kind == TableCell::Kind::plain ? '.' : sign_;
        const auto number = read_written_number(cell.text, sign);
        if (!number && cell.blank()) return refuse("must not be empty");
        if (!number)
            return refuse(fmt::format("must be a number, got {}{}", quote_value(cell.text),
                                      number_hint(cell.text, sign)));
        const double hours = conversion.of_energy ? hours_of(row) : 1;
        out_.values.push_back({row.from, row.to, *number * conversion.factor / hours});
    }

    const Zone& zone_;
    const ValueChoice& choice_;
    ValueFile out_;
    ProblemList problems_;
    std::vector<ShownNumber> shown_;
    char sign_ = '.';
};

}  // namespace

void ProblemList::add(std::size_t row, std::string column, std::string text) {
    if (file_.problems.size() < max_problems)
        file_.problems.push_back({file_.file, row, shown_label(column), std::move(text)});
}

std::string Provenance::text() const {
    std::string out = layout;
    for (const auto& part : {area, auction, area.empty() && auction.empty() ? column : std::string()}) {
        if (!part.empty()) out += ", " + shown_label(part);
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
