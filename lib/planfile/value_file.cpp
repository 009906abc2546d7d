#include "planfile/value_file.hpp"

#include "base/number.hpp"
#include "planfile/csv_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace hil::planfile {
namespace {

// Both published formats are in the time of the coupled Central European markets.
const Zone& market_zone() {
    static const Zone zone = Zone::find("Europe/Madrid").value();
    return zone;
}

std::vector<std::string_view> split(std::string_view text, char at) {
    std::vector<std::string_view> parts;
    for (std::size_t from = 0;;) {
        const auto to = text.find(at, from);
        parts.push_back(trim_blanks(text.substr(from, to == text.npos ? text.npos : to - from)));
        if (to == text.npos) return parts;
        from = to + 1;
    }
}

std::optional<int> whole(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}

// "29/03/2020" or "29.03.2020".
std::optional<LocalDate> day_first(std::string_view text, char separator) {
    const auto parts = split(text, separator);
    if (parts.size() != 3) return std::nullopt;
    const auto day = whole(parts[0]), month = whole(parts[1]), year = whole(parts[2]);
    if (!day || !month || !year || *day < 1 || *month < 1) return std::nullopt;
    const LocalDate date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                         std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) return std::nullopt;
    return date;
}

// "  27,13" and thousands are never separated in these files.
std::optional<double> comma_number(std::string_view text) {
    std::string dotted(text);
    std::ranges::replace(dotted, ',', '.');
    return parse_number(dotted);
}

class Reading {
  public:
    explicit Reading(std::string file) { out_.file = std::move(file); }

    void problem(std::size_t row, std::string column, std::string text) {
        if (out_.problems.size() < max_problems)
            out_.problems.push_back({out_.file, row, std::move(column), std::move(text)});
    }
    void value(std::size_t row, WallTime from, WallTime to, double value) {
        if (!out_.values.empty() && from < out_.values.back().to) {
            problem(row, "", "begins before the interval above it ends");
            return;
        }
        out_.values.push_back({from, to, value});
    }
    [[nodiscard]] ValueFile finish() {
        if (out_.values.empty() && out_.problems.empty()) problem(0, "", "has no values");
        if (!out_.ok()) out_.values.clear();
        return std::move(out_);
    }

  private:
    ValueFile out_;
};

void read_omie(std::string_view text, Reading& reading) {
    const auto lines = split(text, '\n');
    const auto head = split(lines.front(), ';');
    std::optional<LocalDate> date;
    for (const auto& cell : head) {
        // The date of issue comes with a time; the date of delivery stands alone.
        if (!date) date = day_first(cell, '/');
    }
    if (!date) return reading.problem(1, "", "must name the day of delivery as DD/MM/YYYY");
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const auto cells = split(lines[i], ';');
        // The ñ is Latin-1 in older files and UTF-8 in newer ones.
        if (!cells.front().starts_with("Precio marginal en el sistema espa")) continue;
        std::vector<double> prices;
        for (std::size_t c = 1; c < cells.size(); ++c) {
            if (cells[c].empty()) continue;
            const auto price = comma_number(cells[c]);
            if (!price)
                return reading.problem(i + 1, fmt::format("{}", c),
                                       "must be a number, got " + quote_value(cells[c]));
            prices.push_back(*price);
        }
        const auto hours = market_zone().day_length(*date) / std::chrono::hours(1);
        const auto count = static_cast<Duration::rep>(prices.size());
        if (count != hours && count != hours * 4) {
            return reading.problem(i + 1, "",
                                   fmt::format("must have {} hours or {} quarters on {}, got {}", hours,
                                               hours * 4, hil::to_string(*date), count));
        }
        const Duration step =
            count == hours ? Duration(std::chrono::hours(1)) : Duration(std::chrono::minutes(15));
        auto at = market_zone().midnight(*date);
        for (const double price : prices) {
            reading.value(i + 1, at, at + step, price);
            at += step;
        }
        return;
    }
    reading.problem(0, "", "must have a row \"Precio marginal en el sistema español (EUR/MWh)\"");
}

// "01.01.2023 00:00 - …": the begin as a wall clock shows it.
std::optional<std::pair<LocalDate, Duration>> entsoe_begin(std::string_view cell) {
    const auto parts = split(cell, ' ');
    if (parts.size() != 5 || parts[2] != "-") return std::nullopt;
    const auto date = day_first(parts[0], '.');
    const auto clock = split(parts[1], ':');
    if (!date || clock.size() != 2) return std::nullopt;
    const auto hour = whole(clock[0]), minute = whole(clock[1]);
    if (!hour || !minute || *hour > 23 || *minute > 59) return std::nullopt;
    return std::pair{*date, Duration(std::chrono::hours(*hour)) + Duration(std::chrono::minutes(*minute))};
}

void read_entsoe(std::string_view text, Reading& reading) {
    CsvReader csv(text);
    csv.next();
    std::optional<WallTime> previous;
    std::optional<Duration> step;
    std::vector<std::tuple<std::size_t, WallTime, double>> rows;
    while (csv.next()) {
        if (csv.blank()) continue;
        const auto cells = csv.cells();
        const auto begin = entsoe_begin(cells[0]);
        if (!begin || cells.size() < 2) {
            reading.problem(csv.line(), "MTU (CET/CEST)",
                            "must be \"DD.MM.YYYY hh:mm - DD.MM.YYYY hh:mm\", got " + quote_value(cells[0]));
            continue;
        }
        const auto at = market_zone().instant(begin->first, begin->second);
        if (cells[1].empty() || cells[1] == "N/A" || cells[1] == "-") {
            if (at) reading.problem(csv.line(), "price", "is missing");
            continue;  // the hour that does not exist
        }
        if (!at) {
            reading.problem(csv.line(), "MTU (CET/CEST)", "has a price for a local time that does not exist");
            continue;
        }
        const auto price = parse_number(cells[1]);
        if (!price) {
            reading.problem(csv.line(), "price", "must be a number, got " + quote_value(cells[1]));
            continue;
        }
        // The second of two equal labels is the hour after the first.
        auto from = *at;
        if (previous && from <= *previous) {
            const Duration repeated = std::chrono::hours(1);
            if (market_zone().format(from + repeated).substr(0, 16) !=
                market_zone().format(from).substr(0, 16)) {
                reading.problem(csv.line(), "MTU (CET/CEST)", "must be later than the row above");
                continue;
            }
            from += repeated;
        }
        if (previous && (!step || from - *previous < *step)) step = from - *previous;
        previous = from;
        rows.emplace_back(csv.line(), from, *price);
    }
    if (!csv.error().empty()) reading.problem(csv.line(), "", std::string(csv.error()));
    for (const auto& [line, from, price] : rows)
        reading.value(line, from, from + step.value_or(std::chrono::hours(1)), price);
}

struct NumberedValue {
    std::size_t line;
    WallTime from;
    double value;
};

// A value holds until the next one, the last as long as the one before it.
void take_values(const std::vector<NumberedValue>& rows, Reading& reading) {
    const auto length = [&rows](std::size_t k) { return rows[k + 1].from - rows[k].from; };
    const Duration last = rows.size() > 1 ? length(rows.size() - 2) : Duration(std::chrono::hours(1));
    for (std::size_t i = 0; i < rows.size(); ++i)
        reading.value(rows[i].line, rows[i].from, rows[i].from + (i + 1 < rows.size() ? length(i) : last),
                      rows[i].value);
}

// Which of the columns has the values; 0 and a problem where that is not known.
std::size_t chosen_column(std::span<const std::string_view> heads, const ValueChoice& choice,
                          Reading& reading) {
    if (!choice.column && heads.size() == 2) return 1;
    const auto names = fmt::format("{}", fmt::join(heads.subspan(1), ", "));
    if (!choice.column) {
        reading.problem(1, "", fmt::format("has the columns {}: column must name one of them", names));
        return 0;
    }
    const auto found = std::find(heads.begin() + 1, heads.end(), *choice.column);
    if (found != heads.end()) return static_cast<std::size_t>(found - heads.begin());
    reading.problem(1, "", fmt::format("has no column {}, it has {}", quote_value(*choice.column), names));
    return 0;
}

// "timestamp" dates each value, "timestep" numbers hours.
void read_plain(std::string_view text, const Zone& zone, const ValueChoice& choice, Reading& reading) {
    CsvReader csv(text);
    const bool header = csv.next() && csv.cells().size() >= 2;
    const bool profile = header && csv.cells()[0] == "timestep";
    if (!header || (!profile && csv.cells()[0] != "timestamp"))
        return reading.problem(1, "", "must have the columns \"timestamp\" and one with values");
    const std::vector<std::string> names(csv.cells().begin(), csv.cells().end());
    const std::vector<std::string_view> heads(names.begin(), names.end());
    const auto chosen = chosen_column(heads, choice, reading);
    if (chosen == 0) return;
    std::vector<NumberedValue> rows;
    int hour = 0;
    while (csv.next()) {
        if (csv.blank()) continue;
        const auto cells = csv.cells();
        if (cells.size() != heads.size()) {
            reading.problem(csv.line(), "",
                            fmt::format("must have {} cells, got {}", heads.size(), cells.size()));
            continue;
        }
        const auto value = parse_number(cells[chosen]);
        if (!value)
            reading.problem(csv.line(), names[chosen], "must be a number, got " + quote_value(cells[chosen]));
        if (profile) {
            ++hour;
            if (whole(cells[0]) != hour)
                return reading.problem(csv.line(), "timestep",
                                       fmt::format("must be {}, hours are numbered from 1, got {}", hour,
                                                   quote_value(cells[0])));
            if (value)
                rows.push_back({csv.line(), choice.profile_begin + std::chrono::hours(hour - 1), *value});
            continue;
        }
        const auto at = zone.parse(cells[0]);
        if (!at)
            reading.problem(csv.line(), "timestamp", at.error().message() + ": " + quote_value(cells[0]));
        if (!at || !value) continue;
        if (!rows.empty() && *at <= rows.back().from) {
            reading.problem(csv.line(), "timestamp", "must be later than the row above");
            continue;
        }
        rows.push_back({csv.line(), *at, *value});
    }
    if (!csv.error().empty()) reading.problem(csv.line(), "", std::string(csv.error()));
    take_values(rows, reading);
}

}  // namespace

std::vector<IntervalValue> ValueFile::within(WallTime from, WallTime to) const {
    std::vector<IntervalValue> out;
    for (auto value : values) {
        value.from = std::max(value.from, from);
        value.to = std::min(value.to, to);
        if (value.from < value.to) out.push_back(value);
    }
    return out;
}

WallTime begin_of_year(LocalDate date, const Zone& zone) {
    return zone.midnight({date.year(), std::chrono::January, std::chrono::day{1}});
}

ValueFile parse_values(std::string_view text, std::string file, const Zone& zone, const ValueChoice& choice) {
    Reading reading(std::move(file));
    text = without_bom(text);
    // Older files of the market operator are Latin-1: no rule about UTF-8 for them.
    const bool omie = text.starts_with("OMIE");
    const bool entsoe = text.substr(0, text.find('\n')).find("MTU") != text.npos;
    if (choice.column && (omie || entsoe)) {
        reading.problem(1, "", "is a file of prices alone: there is no column to be chosen");
    } else if (omie) {
        read_omie(text, reading);
    } else if (const auto problem = text_problem(text); !problem.empty()) {
        reading.problem(0, "", problem);
    } else if (entsoe) {
        read_entsoe(text, reading);
    } else {
        read_plain(text, zone, choice, reading);
    }
    auto out = reading.finish();
    for (auto& value : out.values)
        value.value *= choice.scale;
    return out;
}

ValueFile load_values(const std::filesystem::path& path, const Zone& zone, const ValueChoice& choice) {
    std::ifstream in(path, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    if (!in.is_open() || in.bad()) {
        ValueFile out;
        out.file = path.string();
        out.problems.push_back({out.file, 0, "", "cannot be read"});
        return out;
    }
    return parse_values(text, path.string(), zone, choice);
}

}  // namespace hil::planfile
