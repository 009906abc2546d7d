#include "planfile/workbook_sheet.hpp"

#include "base/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace hil::planfile {

namespace {

constexpr std::size_t most_rows = 1'048'576, most_columns = 16'384;  // of a sheet, in any program
constexpr std::size_t most_arrays = 100;                             // that reach into one row

std::optional<std::size_t> whole(std::string_view text) {
    std::size_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return out;
}

// "AB" is 28; 0 for what is no column.
std::size_t column_of(std::string_view letters) {
    std::size_t out = 0;
    for (const char c : letters) {
        if (c < 'A' || c > 'Z' || out > most_columns) return 0;
        out = out * 26 + static_cast<std::size_t>(c - 'A') + 1;
    }
    return out;
}

}  // namespace

// "AB12"; none for what is no place of a sheet.
std::optional<SheetReader::Place> SheetReader::place_of(std::string_view text) {
    const auto digits = std::min(text.find_first_of("0123456789"), text.size());
    const auto column = column_of(text.substr(0, digits));
    const auto row = whole(text.substr(digits));
    if (column == 0 || column > most_columns || !row) return std::nullopt;
    return Place{column, *row};
}

void SheetReader::begin(std::string_view element, const XmlAttributes& attributes) {
    if (element == "sheetData") {
        in_data_ = true;
    } else if (!in_data_) {
        return;
    } else if (element == "row") {
        begin_row(attributes);
    } else if (element == "c" && in_row_) {
        begin_cell(attributes);
    } else if (in_cell_) {
        if (element == "f") begin_formula(attributes);
        if (element == "rPh") ++phonetic_;
        if (element == "v") begin_value();
        if (element == "v" || (element == "t" && phonetic_ == 0)) in_value_ = true;
    }
}

void SheetReader::begin_row(const XmlAttributes& attributes) {
    const auto given = attributes.find("r");
    const auto number = given ? whole(*given).value_or(0) : row_.number + 1;
    if (number <= row_.number || number > most_rows)
        return refuse(fmt::format("has a row \"{}\" after row {}", given.value_or(""), row_.number));
    row_.number = number;
    row_.cells.clear();
    column_ = 0;
    in_row_ = true;
    std::erase_if(arrays_, [&](const Area& area) { return area.last.row < number; });
}

void SheetReader::begin_cell(const XmlAttributes& attributes) {
    auto column = column_ + 1;
    if (const auto place = attributes.find("r")) {
        const auto at = place_of(*place);
        if (!at || at->column <= column_ || at->row != row_.number)
            return refuse(fmt::format("has a cell \"{}\" where it cannot be", place->substr(0, 32)));
        column = at->column;
    }
    column_ = column;
    type_ = attributes.get("t");
    format_ = whole(attributes.get("s")).value_or(0);
    value_.clear();
    formula_ = has_value_ = in_value_ = false;
    phonetic_ = 0;
    in_cell_ = true;
}

void SheetReader::begin_value() {
    if (has_value_) refuse(fmt::format("has a cell of two values in row {}", row_.number));
    has_value_ = true;
}

// A formula of an array fills an area, in whose other cells only values stand.
void SheetReader::begin_formula(const XmlAttributes& attributes) {
    formula_ = true;
    const auto area = attributes.get("ref");
    const auto colon = area.find(':');
    if (attributes.get("t") != "array" || colon == std::string_view::npos || arrays_.size() >= most_arrays)
        return;
    const auto first = place_of(area.substr(0, colon)), last = place_of(area.substr(colon + 1));
    if (first && last) arrays_.push_back({*first, *last});
}

bool SheetReader::within_array() const {
    return std::ranges::any_of(arrays_, [&](const Area& area) {
        return area.first.column <= column_ && column_ <= area.last.column && area.first.row <= row_.number &&
               row_.number <= area.last.row;
    });
}

void SheetReader::text(std::string_view part) {
    if (!in_value_) return;
    if (value_.size() + part.size() > most_of_one_)
        return refuse(fmt::format("has a cell of more than {} characters", most_of_one_));
    value_ += part;
}

void SheetReader::end(std::string_view element) {
    if (element == "v" || element == "t") in_value_ = false;
    if (element == "rPh" && phonetic_ > 0) --phonetic_;
    if (element == "c" && in_cell_) end_cell();
    if (element == "row" && in_row_) {
        in_row_ = false;
        rows_.row(row_, workbook_.system_1904());
    }
    if (element == "sheetData") in_data_ = false;
}

void SheetReader::end_cell() {
    using Kind = WorkbookCell::Kind;
    in_cell_ = false;
    WorkbookCell cell;
    cell.text = value_;
    if (type_ == "s") {
        const auto position = whole(value_);
        if (!position || *position >= texts_.size())
            return refuse("refers to a text that the workbook does not have");
        cell = {Kind::text, texts_[*position]};
    } else if (type_ == "inlineStr" || type_ == "str") {
        cell.kind = Kind::text;
    } else if (type_ == "d") {
        cell.kind = Kind::written_date;
        cell.offset = styles_.format(format_).offset;
    } else if (type_ == "b") {
        cell = {Kind::other, value_ == "1" ? "TRUE" : "FALSE"};
    } else if (type_ == "e") {
        cell.kind = Kind::other;
    } else if (!value_.empty()) {
        cell = number_cell();
    }
    // Programs that do not calculate store 0 and have it done by the one that opens the workbook.
    const bool computed = formula_ || within_array();
    if (computed && type_ != "s" && workbook_.calculate_on_load() && parse_number(value_) == 0.0)
        cell.kind = Kind::unknown;
    if (cell.text.empty()) {
        // An empty value of a formula is a text without characters where its type says so, or where other
        // formulas show that the program calculates.
        const bool stored =
            type_ == "str" || type_ == "s" || type_ == "inlineStr" || (has_value_ && calculated_);
        cell.kind = formula_ && !stored ? Kind::unknown : Kind::empty;
    } else if (formula_) {
        (parse_number(cell.text) == 0.0 ? zeros_ : calculated_) = true;
    }
    if (cell.kind == Kind::empty) return;
    row_.cells.resize(column_);
    row_.cells.back() = std::move(cell);
}

WorkbookCell SheetReader::number_cell() {
    using Kind = WorkbookCell::Kind;
    const auto& format = styles_.format(format_);
    switch (format.kind) {
        case CellFormat::Kind::date:
            if (clock_.empty()) clock_ = format.words;
            return {Kind::date, value_, format.offset};
        case CellFormat::Kind::percent:
            return {Kind::percent, value_};
        case CellFormat::Kind::number:
            break;
    }
    return {.kind = Kind::number, .text = value_, .words = format.words, .thousands = format.thousands};
}

}  // namespace hil::planfile
