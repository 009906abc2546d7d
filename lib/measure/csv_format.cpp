#include "measure/csv_format.hpp"

#include "base/number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

namespace hil::measure {
namespace {

// A float widened to a double has digits that nobody measured: the double of its shortest text has not.
double shortened(double value) {
    char digits[64];
    const auto written = std::to_chars(digits, digits + sizeof digits, static_cast<float>(value));
    double read = value;
    std::from_chars(digits, written.ptr, read);
    return read;
}

void append_value(std::string& out, double value, int decimals, bool is_float) {
    if (!std::isfinite(value)) return;
    append_number(out, is_float ? shortened(value) : value, decimals);
}

std::string_view trimmed(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    return text;
}

bool same_name(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [lower](char x, char y) { return lower(x) == lower(y); });
}

// Takes the first field off a line; none when the line has been used up.
std::optional<std::string_view> next_field(std::optional<std::string_view>& line) {
    if (!line) return {};
    const auto comma = line->find(',');
    const auto field = line->substr(0, comma);
    if (comma == std::string_view::npos) {
        line.reset();
    } else {
        line->remove_prefix(comma + 1);
    }
    return trimmed(field);
}

// Exact, as far as doubles go.
double power_of_ten(int exponent) {
    constexpr std::array powers{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    const auto i = static_cast<std::size_t>(exponent);
    return i < powers.size() ? powers[i] : std::pow(10.0, exponent);
}

}  // namespace

std::string_view csv_header(const device::Schema& schema) {
    return schema.header();
}

void append_row(std::string& out, const Row& row, const ColumnFormat& format, const Zone& zone) {
    zone.append(out, row.at);
    for (std::size_t i = 0; i < format.schema->size(); ++i) {
        out.push_back(',');
        if (!row.null) append_value(out, row.values[i], format.decimals[i], format.count[i] == 0);
    }
    out.push_back('\n');
}

Row as_printed(const Row& row, const ColumnFormat& format) {
    Row out = row;
    out.at = std::chrono::floor<std::chrono::microseconds>(row.at);
    if (row.null) return out;
    bool known = false;
    for (std::size_t i = 0; i < column_count; ++i) {
        auto& value = out.values[i];
        if (!std::isfinite(value)) {
            value = unknown;
            continue;
        }
        known = true;
        if (format.count[i] == 0) {
            value = shortened(value);
        } else if (format.decimals[i] >= 0) {
            const double power = power_of_ten(format.decimals[i]);
            value = std::round(value * power) / power;
        }
    }
    return known ? out : null_row(out.at);
}

CsvLayout::CsvLayout(const device::Schema& schema) : schema_(&schema), fields_{timestamp_field} {
    for (std::size_t i = 0; i < schema.size(); ++i)
        fields_.push_back(static_cast<std::int8_t>(i));
}

result<CsvLayout> CsvLayout::from_header(std::string_view line) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
    std::vector<std::string_view> names;
    std::optional<std::string_view> rest = line;
    while (const auto name = next_field(rest))
        names.push_back(*name);
    CsvLayout layout(device::schema_of_header(names));
    layout.fields_.clear();
    bool timed = false;
    for (const auto name : names) {
        std::int8_t meaning = ignored_field;
        if (same_name(name, "timestamp") && !timed) {
            meaning = timestamp_field;
            timed = true;
        }
        if (const auto found = layout.schema_->find(name); found < layout.schema_->size()) {
            const auto column = static_cast<std::int8_t>(found);
            const bool first =
                std::find(layout.fields_.begin(), layout.fields_.end(), column) == layout.fields_.end();
            if (first) meaning = column;
        }
        layout.fields_.push_back(meaning);
    }
    if (!timed) return errc::not_a_header;
    return layout;
}

result<Row> CsvLayout::parse(std::string_view line, const Zone& zone) const {
    Row row{.at = {}, .values = {}, .null = true};
    row.values.fill(unknown);
    std::optional<std::string_view> rest = line;
    for (const auto meaning : fields_) {
        const auto field = next_field(rest);
        if (!field) return errc::not_a_row;
        if (meaning == timestamp_field) {
            const auto at = zone.parse(*field);
            if (!at) return errc::not_a_row;
            row.at = *at;
        } else if (meaning != ignored_field && !field->empty()) {
            const auto value = parse_number(*field);
            if (!value) return errc::not_a_row;
            row.values[static_cast<std::size_t>(meaning)] = *value;
            row.null = false;
        }
    }
    if (rest) return errc::too_many_fields;
    return row;
}

result<ParsedFile> parse_file(std::string_view text, const Zone& zone) {
    ParsedFile parsed;
    if (text.empty()) return parsed;
    const auto header_end = text.find('\n');
    const auto layout = CsvLayout::from_header(text.substr(0, header_end));
    if (!layout) return layout.error();
    for (auto begin = header_end; begin != std::string_view::npos && ++begin < text.size();) {
        const auto end = text.find('\n', begin);
        const auto line = text.substr(begin, end == std::string_view::npos ? end : end - begin);
        begin = end;
        if (trimmed(line).empty()) continue;
        const auto row = layout->parse(line, zone);
        // Without its line end a line may be the begin of another: 20.0 of 20.05.
        if (row && end != std::string_view::npos) {
            parsed.rows.push_back(*row);
        } else {
            ++parsed.bad_lines;
        }
    }
    order_rows(parsed.rows);
    return parsed;
}

void order_rows(std::vector<Row>& rows) {
    const auto before = [](const Row& a, const Row& b) {
        return a.at != b.at ? a.at < b.at : a.null && !b.null;
    };
    if (!std::is_sorted(rows.begin(), rows.end(), before)) {
        std::vector<std::size_t> order(rows.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            if (before(rows[a], rows[b])) return true;
            return !before(rows[b], rows[a]) && a < b;
        });
        std::vector<Row> sorted;
        sorted.reserve(rows.size());
        for (const auto i : order)
            sorted.push_back(rows[i]);
        rows = std::move(sorted);
    }
    std::size_t kept = 0;
    for (const auto& row : rows) {
        if (kept > 0 && rows[kept - 1].at == row.at) --kept;
        rows[kept++] = row;
    }
    rows.resize(kept);
}

}  // namespace hil::measure
