#include "battery/identify/cycler_file.hpp"

#include "base/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

namespace hil::battery {
namespace {

constexpr double celsius_k = 273.15;

std::vector<std::string_view> fields_of(std::string_view line, char separator) {
    std::vector<std::string_view> out;
    for (;;) {
        const auto end = line.find(separator);
        auto field = line.substr(0, end);
        while (!field.empty() && (field.front() == ' ' || field.front() == '"'))
            field.remove_prefix(1);
        while (!field.empty() && (field.back() == ' ' || field.back() == '"' || field.back() == '\r'))
            field.remove_suffix(1);
        out.push_back(field);
        if (end == std::string_view::npos) return out;
        line.remove_prefix(end + 1);
    }
}

// "Test_Time(s)" -> "testtime", "s"; "test_time_second" -> "testtime", "s".
struct Label {
    std::string name, unit;
};

Label label_of(std::string_view text) {
    std::string lower;
    for (const char c : text)
        lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    Label out;
    auto split = lower.find_first_of("([/");
    std::string unit;
    if (split != std::string::npos) {
        unit = lower.substr(split + 1);
    } else if (split = lower.find_last_of("_ "); split != std::string::npos && split > 0) {
        unit = lower.substr(split + 1);
    }
    std::erase_if(unit, [](char c) { return c == ')' || c == ']' || c == ' '; });
    static constexpr std::pair<std::string_view, std::string_view> units[] = {
        {"s", "s"},        {"sec", "s"},     {"second", "s"}, {"seconds", "s"}, {"min", "min"},
        {"minute", "min"}, {"h", "h"},       {"hour", "h"},   {"hours", "h"},   {"ms", "ms"},
        {"a", "a"},        {"ampere", "a"},  {"amps", "a"},   {"ma", "ma"},     {"milliampere", "ma"},
        {"v", "v"},        {"volt", "v"},    {"volts", "v"},  {"mv", "mv"},     {"degc", "c"},
        {"c", "c"},        {"celsius", "c"}, {"°c", "c"},     {"k", "k"},       {"kelvin", "k"}};
    for (const auto& [written, meant] : units)
        if (unit == written) out.unit = meant;
    out.name = out.unit.empty() ? lower : lower.substr(0, split);
    std::erase_if(out.name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); });
    return out;
}

enum Quantity : std::size_t { time, current, voltage, temperature };
constexpr std::array<std::string_view, 4> quantity_names{"time", "current", "voltage", "temperature"};

// The better a name fits the lower; none: it is not of this quantity.
std::optional<std::size_t> fit(Quantity quantity, const Label& label) {
    static const std::array<std::vector<std::string_view>, 4> known{{
        {"testtime", "totaltime", "time", "t", "elapsedtime", "elapsed"},
        {"current", "i", "cur", "amps", "currenta"},
        {"voltage", "u", "v", "volts", "vol", "cellvoltage", "terminalvoltage"},
        {"temperaturet1", "surfacetemperature", "celltemperature", "temperature", "t1", "temp",
         "auxtemperature1", "ambienttemperature"},
    }};
    static constexpr std::array<std::string_view, 4> allowed{"s min h ms", "a ma", "v mv", "c k"};
    if (!label.unit.empty() &&
        (" " + std::string(allowed[quantity]) + " ").find(" " + label.unit + " ") == std::string::npos)
        return std::nullopt;
    const auto& names = known[quantity];
    const auto found = std::ranges::find(names, std::string_view(label.name));
    if (found == names.end()) return std::nullopt;
    return static_cast<std::size_t>(found - names.begin());
}

struct CyclerColumn {
    std::optional<std::size_t> index;
    double factor = 1, offset = 0;
};
using ColumnMap = std::array<CyclerColumn, 4>;

void set_unit(CyclerColumn& column, std::string_view unit) {
    if (unit == "min") column.factor = 60;
    if (unit == "h") column.factor = 3600;
    if (unit == "ms" || unit == "ma" || unit == "mv") column.factor = 1e-3;
    if (unit == "c") column.offset = celsius_k;
}

// The columns of a header, or those given; the sentence that says what is missing.
std::string find_columns(const std::vector<std::string_view>& header, bool named, const CyclerColumns& given,
                         ColumnMap& out) {
    const std::array<const std::string*, 4> wanted{&given.time, &given.current, &given.voltage,
                                                   &given.temperature};
    for (std::size_t q = 0; q < 4; ++q) {
        const auto& want = *wanted[q];
        auto& column = out[q];
        if (q == temperature) column.offset = celsius_k;
        if (!want.empty()) {
            if (const auto number = parse_number(want);
                number && *number >= 1 && *number == std::floor(*number)) {
                column.index = static_cast<std::size_t>(*number) - 1;
            } else if (const auto found = std::ranges::find(header, std::string_view(want));
                       named && found != header.end()) {
                column.index = static_cast<std::size_t>(found - header.begin());
            } else {
                return fmt::format("there is no column \"{}\" for {}", want, quantity_names[q]);
            }
            if (named && *column.index < header.size()) {
                column.offset = 0;
                const auto unit = label_of(header[*column.index]).unit;
                set_unit(column, unit.empty() && q == temperature ? "c" : unit);
            }
            continue;
        }
        if (!named) continue;
        std::size_t best = 1000;
        for (std::size_t i = 0; i < header.size(); ++i) {
            const auto label = label_of(header[i]);
            const auto fits = fit(static_cast<Quantity>(q), label);
            if (!fits || *fits >= best) continue;
            best = *fits;
            column = {.index = i};
            set_unit(column, label.unit.empty() && q == temperature ? "c" : label.unit);
        }
    }
    for (const auto q : {time, current, voltage})
        if (!out[q].index)
            return fmt::format(
                "no column of {} is known here: name the columns, as time=1,current=2,voltage=3",
                quantity_names[q]);
    return {};
}

std::optional<double> number_of(std::string_view field, bool decimal_comma) {
    if (!decimal_comma || field.find(',') == std::string_view::npos) return parse_number(field);
    std::string text(field);
    std::ranges::replace(text, ',', '.');
    return parse_number(text);
}

char separator_of(std::string_view line) {
    for (const char c : {';', '\t'})
        if (line.find(c) != std::string_view::npos) return c;
    return ',';
}

std::optional<CyclerRow> row_of(const std::vector<std::string_view>& fields, const ColumnMap& columns,
                                bool decimal_comma) {
    std::array<double, 4> values{};
    for (std::size_t q = 0; q < 4; ++q) {
        const auto& column = columns[q];
        if (!column.index) continue;
        const auto value =
            *column.index < fields.size() ? number_of(fields[*column.index], decimal_comma) : std::nullopt;
        if (!value && q != temperature) return std::nullopt;
        values[q] = value ? *value * column.factor + column.offset : 0;
    }
    return CyclerRow{values[time], values[current], values[voltage], values[temperature]};
}

// Volts by amperes over all steps of the current: below 0 where positive discharges.
double answer_to_steps(const std::vector<CyclerRow>& rows) {
    double product = 0;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        if (rows[i].t_s - rows[i - 1].t_s > 10) continue;
        product += (rows[i].voltage_v - rows[i - 1].voltage_v) * (rows[i].current_a - rows[i - 1].current_a);
    }
    return product;
}

void turn_sign(CyclerFile& out, const CyclerColumns& columns) {
    const double answer = answer_to_steps(out.rows);
    const bool charges = columns.positive_charges.value_or(answer >= 0);
    if (columns.positive_charges && answer != 0 && charges != (answer > 0))
        out.notes.push_back(
            fmt::format("a positive current is taken to {} as asked, though the voltage {} with it",
                        charges ? "charge" : "discharge", answer > 0 ? "rises" : "falls"));
    else
        out.notes.push_back(fmt::format("a positive current {}: the voltage {} with it",
                                        charges ? "charges" : "discharges", charges ? "rises" : "falls"));
    if (!charges) return;
    for (auto& row : out.rows)
        row.current_a = row.current_a == 0 ? 0 : -row.current_a;
}

}  // namespace

CyclerFile parse_cycler(std::string_view text, const std::string& file, const CyclerColumns& given) {
    CyclerFile out;
    const auto fail = [&](std::size_t line, const std::string& what) {
        out.rows.clear();
        out.problem = fmt::format("{}:{}: {}", file, line, what);
        return out;
    };
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    ColumnMap columns;
    bool begun = false;
    char separator = ',';
    std::size_t number = 0, skipped = 0, first_skipped = 0;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        ++number;
        if (line.empty() || line == "\r" || line.front() == '#') continue;
        if (!begun) separator = separator_of(line);
        const auto fields = fields_of(line, separator);
        if (!begun) {
            begun = true;
            // A header has no numbers.
            const bool named =
                std::ranges::none_of(fields, [](std::string_view f) { return parse_number(f).has_value(); });
            const auto problem = find_columns(fields, named, given, columns);
            if (!problem.empty()) return fail(number, problem);
            if (named) continue;
        }
        const auto row = row_of(fields, columns, separator == ';');
        if (!row) {
            if (skipped++ == 0) first_skipped = number;
            continue;
        }
        if (!out.rows.empty() && row->t_s < out.rows.back().t_s)
            return fail(number, fmt::format("the time goes back from {} s to {} s",
                                            format_number(out.rows.back().t_s), format_number(row->t_s)));
        if (!out.rows.empty() && row->t_s == out.rows.back().t_s)
            out.rows.back() = *row;
        else
            out.rows.push_back(*row);
    }
    if (out.rows.size() < 2)
        return fail(std::max<std::size_t>(number, 1),
                    "there are not two rows with time, current and voltage");
    const double begin = out.rows.front().t_s;
    for (auto& row : out.rows)
        row.t_s -= begin;
    if (skipped > 0)
        out.notes.push_back(fmt::format("{} rows without numbers are left out, the first in line {}", skipped,
                                        first_skipped));
    turn_sign(out, given);
    return out;
}

ColumnsRead parse_columns(std::string_view text) {
    ColumnsRead out;
    const std::array<std::string*, 4> places{&out.columns.time, &out.columns.current, &out.columns.voltage,
                                             &out.columns.temperature};
    for (const auto& part : fields_of(text, ',')) {
        const auto equals = part.find('=');
        const auto name = part.substr(0, equals);
        const auto place = std::ranges::find(quantity_names, name);
        if (equals == std::string_view::npos || place == quantity_names.end() || equals + 1 == part.size()) {
            out.problem =
                fmt::format("must be as time=1,current=2,voltage=3,temperature=4, got \"{}\"", part);
            return out;
        }
        *places[static_cast<std::size_t>(place - quantity_names.begin())] = part.substr(equals + 1);
    }
    return out;
}

std::string to_bdf(const std::vector<CyclerRow>& rows) {
    const bool warm = std::ranges::any_of(rows, [](const CyclerRow& row) { return row.temperature_k > 0; });
    std::string out = "Test Time / s,Voltage / V,Current / A";
    out += warm ? ",Ambient Temperature / degC\n" : "\n";
    for (const auto& row : rows) {
        append_number(out, row.t_s, 6);
        out += ',';
        append_number(out, row.voltage_v, 6);
        out += ',';
        append_number(out, row.current_a == 0 ? 0 : -row.current_a, 6);
        if (warm) {
            out += ',';
            if (row.temperature_k > 0) append_number(out, row.temperature_k - celsius_k, 3);
        }
        out += '\n';
    }
    return out;
}

}  // namespace hil::battery
