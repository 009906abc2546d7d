#include "planfile/dialect.hpp"

#include "planfile/file_text.hpp"

#include <algorithm>

namespace hil::planfile {

namespace {

struct Counts {
    std::size_t commas = 0, semicolons = 0, tabs = 0;
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
    }
    return out;
}

}  // namespace

Dialect dialect_of(std::string_view text) {
    Dialect out;
    out.text = without_bom(text);
    std::string_view rest = out.text;
    while (!rest.empty()) {
        const auto end = std::min(rest.find_first_of("\r\n"), rest.size());
        const auto line = trim_blanks(rest.substr(0, end));
        rest.remove_prefix(end);
        const auto after = std::min<std::size_t>(rest.starts_with("\r\n") ? 2 : 1, rest.size());
        if (out.lines_before == 0 && line.size() == 5 && line.starts_with("sep=")) {
            out.separator = line[4];
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
