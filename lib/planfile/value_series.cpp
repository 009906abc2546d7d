// Which of the series of a table is wanted.
#include "planfile/value_series.hpp"

#include "planfile/file_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace hil::planfile {

namespace {

// In small letters, blanks single, "sequence sequence 1" as "sequence 1".
std::string simplified(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const char small = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        if (small != ' ' || (!out.empty() && out.back() != ' ')) out += small;
    }
    const std::string_view twice = "sequence sequence";
    if (const auto at = out.find(twice); at != std::string::npos) out.erase(at, twice.size() / 2 + 1);
    return out;
}

std::string sequence_name(std::string_view text) {
    const auto small = simplified(text);
    if (small == "without sequence") return {};
    const auto at = small.starts_with("sequence") ? text.size() - small.size() : 0;
    return std::string(text.substr(at));
}

const SeriesAlias* alias_of(const Layout& layout, const ValueSeries& series) {
    const auto found = std::ranges::find_if(layout.aliases, [&](const auto& alias) {
        return series.area.ends_with(alias.area) && simplified(series.sequence) == simplified(alias.series);
    });
    return found == layout.aliases.end() ? nullptr : &*found;
}

void add_part(std::string& to, std::string_view part) {
    if (part.empty()) return;
    if (!to.empty()) to += ", ";
    to += part;
}

bool asks_for(const ValueSeries& series, const std::string& wanted, bool exactly) {
    const auto area = simplified(series.area);
    const auto bar = area.find('|');
    for (const auto& part :
         {simplified(series.auction()), simplified(series.sequence), simplified(series.price),
          simplified(series.alias), area, bar == std::string::npos ? area : area.substr(bar + 1)}) {
        if (part.empty()) continue;
        if (exactly ? part == wanted : part.find(wanted) != std::string::npos) return true;
    }
    return simplified(series.name()) == wanted;
}

// A series of each column for each area and sequence that has a row for it.
std::vector<ValueSeries> all_series(const ValueTable& table, const TableHead& head) {
    const auto* area = head.find(Role::area);
    const auto* auction = head.find(Role::auction);
    const auto* labels = head.find(Role::labels_area);
    std::vector<ValueSeries> out;
    for (const auto& column : head.columns) {
        const auto role = column.rule->role;
        if (role != Role::value && role != Role::fallback && (role != Role::hours || !out.empty())) continue;
        const auto first_of_column = out.size();
        for (auto i = head.first_row; i < table.rows.size(); ++i) {
            const auto& row = table.rows[i];
            if (between_files(*head.layout, row)) continue;
            if ((area || auction) && says_nothing(*head.layout, row.cell(column.place))) continue;
            ValueSeries series{.column = &column,
                               .area = area     ? row.cell(area->place).text
                                       : labels ? labels->label
                                                : std::string(column.rule->area),
                               .auction_cell = auction ? row.cell(auction->place).text : std::string()};
            const auto known =
                std::find_if(out.begin() + static_cast<std::ptrdiff_t>(first_of_column), out.end(),
                             [&](const ValueSeries& one) {
                                 return one.area == series.area && one.auction_cell == series.auction_cell;
                             });
            if (known != out.end()) continue;
            series.sequence = sequence_name(series.auction_cell);
            series.price = column.rule->series;
            if (const auto* alias = alias_of(*head.layout, series)) series.alias = alias->alias;
            out.push_back(std::move(series));
            if (!area && !auction) break;
        }
    }
    return out;
}

// Whether the words stand in the label, from the begin of one of its words on.
bool has_words(std::string_view label, std::string_view words) {
    constexpr std::size_t least = 3;
    if (words.size() < least) return false;
    for (auto at = label.find(words); at != std::string_view::npos; at = label.find(words, at + 1)) {
        if (at == 0 || std::isalnum(static_cast<unsigned char>(label[at - 1])) == 0) return true;
    }
    return false;
}

void keep_if(std::vector<ValueSeries>& list, const auto& wanted) {
    std::vector<ValueSeries> kept;
    std::ranges::copy_if(list, std::back_inserter(kept), wanted);
    if (!kept.empty()) list = std::move(kept);
}

}  // namespace

std::string ValueSeries::auction() const {
    std::string out = price;
    add_part(out, alias.empty() ? sequence : fmt::format("{} ({})", sequence, alias));
    return out;
}

std::string ValueSeries::name() const {
    std::string out = area;
    add_part(out, auction());
    return out.empty() ? column->label : out;
}

std::optional<ValueSeries> choose_series(const ValueTable& table, const TableHead& head,
                                         const ValueChoice& choice, ProblemList& problems) {
    auto list = all_series(table, head);
    if (list.empty()) {
        problems.add(0, "", "has no values");
        return std::nullopt;
    }
    const auto column_names = [&list] {
        std::vector<std::string> names;
        for (const auto& one : list) {
            const auto& rule = *one.column->rule;
            const auto name = shown_label(!rule.series.empty() ? rule.series
                                          : !rule.area.empty() ? rule.area
                                                               : std::string_view(one.column->label));
            if (std::ranges::find(names, name) == names.end()) names.push_back(name);
        }
        return names;
    };
    const auto series_names = [&list] {
        std::vector<std::string> out;
        for (const auto& one : list)
            out.push_back(quote_value(one.name()));
        return out;
    };
    if (choice.column) {
        const auto wanted = simplified(*choice.column);
        const auto exactly = [&](const ValueSeries& one) {
            return one.column->label == *choice.column || simplified(one.column->label) == wanted ||
                   simplified(one.column->rule->series) == wanted ||
                   simplified(one.column->rule->area) == wanted;
        };
        const bool exact = std::ranges::any_of(list, exactly);
        // The begin of a word of a long label, and what follows it, will do.
        const auto has = [&](const ValueSeries& one) {
            return exact ? exactly(one) : has_words(simplified(one.column->label), wanted);
        };
        if (std::ranges::none_of(list, has)) {
            problems.add(head.line, "",
                         fmt::format("has no column {}, it has {}", quote_value(*choice.column),
                                     fmt::join(column_names(), ", ")));
            return std::nullopt;
        }
        keep_if(list, has);
    }
    if (choice.auction) {
        const auto wanted = simplified(*choice.auction);
        const bool exact =
            std::ranges::any_of(list, [&](const auto& one) { return asks_for(one, wanted, true); });
        const auto has = [&](const ValueSeries& one) { return asks_for(one, wanted, exact); };
        const bool of_layout =
            list.size() == 1 && simplified(head.layout->auction).find(wanted) != std::string::npos;
        if (std::ranges::none_of(list, has) && !of_layout) {
            problems.add(head.line, "",
                         fmt::format("has no auction, sequence or area {}, it has {}",
                                     quote_value(*choice.auction), fmt::join(series_names(), ", ")));
            return std::nullopt;
        }
        keep_if(list, has);
    } else {
        keep_if(list, [](const ValueSeries& one) { return one.column->rule->preferred; });
    }
    if (list.size() == 1) return list.front();
    const bool several = !list.front().column->rule->series.empty() || !list.front().area.empty() ||
                         !list.front().auction_cell.empty();
    problems.add(head.line, "",
                 several ? fmt::format("has the prices of {}: auction must name one of them",
                                       fmt::join(series_names(), ", "))
                         : fmt::format("has the columns {}: column must name one of them",
                                       fmt::join(column_names(), ", ")));
    return std::nullopt;
}

}  // namespace hil::planfile
