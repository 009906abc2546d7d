#include "planfile/dialect.hpp"

#include "planfile/file_text.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

namespace hil::planfile {

namespace {

struct Counts {
    std::size_t commas = 0, semicolons = 0, tabs = 0, bars = 0;
};

Counts count(std::string_view line) {
    Counts out;
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') quoted = !quoted;
        if (quoted) continue;
        out.commas += c == ',';
        out.semicolons += c == ';';
        out.tabs += c == '\t';
        out.bars += c == '|';
    }
    return out;
}

// Of a line that only names it: sep=; in quotes or not.
std::optional<char> named_separator(std::string_view line) {
    if (line.size() >= 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
    if (line.size() != 5 || line[3] != '=') return std::nullopt;
    constexpr std::string_view word = "sep";
    const bool named = std::ranges::equal(
        line.substr(0, 3), word, [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
    return named ? std::optional(line[4]) : std::nullopt;
}

}  // namespace

Dialect dialect_of(std::string_view text) {
    Dialect out;
    out.text = without_bom(text);
    std::string_view rest = out.text;
    while (!rest.empty()) {
        const auto end = std::min(rest.find_first_of("\r\n"), rest.size());
        const auto whole = rest.substr(0, end);
        const auto line = trim_blanks(whole);
        rest.remove_prefix(end);
        const auto after = std::min<std::size_t>(rest.starts_with("\r\n") ? 2 : 1, rest.size());
        if (const auto named = named_separator(whole)) {
            out.separator = *named;
            out.text = rest.substr(after);
            out.lines_before = 1;
            break;
        }
        rest.remove_prefix(after);
        if (line.empty()) continue;
        const auto counts = count(line);
        if (counts.semicolons > 0 && counts.semicolons >= counts.commas) {
            out.separator = ';';
        } else if (counts.commas == 0 && counts.tabs > 0) {
            out.separator = '\t';
        } else if (counts.commas == 0 && counts.bars > 0) {
            out.separator = '|';
        }
        break;
    }
    if (out.separator == '\t')
        out.problem = "has its cells separated by tabs: save it with commas or semicolons between them";
    else if (out.separator != ',' && out.separator != ';')
        out.problem = "has its cells separated by " + quote_value(std::string(1, out.separator)) +
                      ": save it with commas or semicolons between them";
    return out;
}

}  // namespace hil::planfile
