#include "planfile/written_number.hpp"

#include "base/number.hpp"
#include "planfile/file_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hil::planfile {

namespace {

bool digits_only(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "1.234.567" of "1.234.567,89": groups of three behind one of at most three.
bool grouped(std::string_view whole, char by = '.') {
    const auto first = std::min(whole.find(by), whole.size());
    if (!digits_only(whole.substr(0, first)) || first > 3) return false;
    for (whole.remove_prefix(first); !whole.empty(); whole.remove_prefix(4)) {
        if (whole.size() < 4 || whole[0] != by || !digits_only(whole.substr(1, 3))) return false;
    }
    return true;
}

std::string_view without_sign(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    return text;
}

}  // namespace

std::optional<double> read_written_number(std::string_view text, char decimal_sign) {
    const char by = decimal_sign == '.' ? ',' : '.';  // what may set off the thousands
    std::string plain(text);
    if (text.find(by) != std::string_view::npos) {
        const auto decimals = text.find(decimal_sign);
        if (decimals == std::string_view::npos || text.rfind(by) > decimals ||
            !grouped(without_sign(text.substr(0, decimals)), by))
            return std::nullopt;
        std::erase(plain, by);
    }
    if (decimal_sign == ',') std::ranges::replace(plain, ',', '.');
    return parse_number(plain);
}

std::string number_hint(std::string_view text, char decimal_sign) {
    if (auto hint = lookalike_hint(text); !hint.empty()) return hint;
    if (decimal_sign == '.' && text.find(',') != std::string_view::npos && read_written_number(text, ','))
        return grouped(without_sign(text), ',') ? " (a thousand, or a decimal comma? Write it without)"
                                                : " (a decimal comma: taken where cells are separated by "
                                                  "semicolons)";
    if (decimal_sign == ',' && parse_number(text))
        return " (a point, where other numbers have a decimal comma)";
    if (text.ends_with('%') &&
        read_written_number(trim_blanks(text.substr(0, text.size() - 1)), decimal_sign))
        return " (a percentage)";
    std::string digits(text);
    std::erase_if(digits, [](char c) { return c == ' ' || c == '\''; });
    if (digits.size() < text.size() && read_written_number(digits, decimal_sign))
        return " (thousands are set off by points or commas, or not at all)";
    return {};
}

void DecimalSigns::see(std::size_t row, std::string_view text) {
    const auto digits = without_sign(text);
    if (digits.empty() || digits.front() < '0' || digits.front() > '9') return;
    const auto point = digits.find('.'), comma = digits.find(',');
    if (comma != std::string_view::npos && comma < point && point != std::string_view::npos) {
        point_ = thousandths_ = true;  // "1,234.5"
        return;
    }
    if (comma != std::string_view::npos) {
        comma_ = true;
        return;
    }
    if (point == std::string_view::npos) {
        whole_ = true;
        return;
    }
    point_ = true;
    const bool like_thousands = grouped(digits) && digits.front() != '0';
    if (!like_thousands) {
        thousandths_ = true;
    } else if (thousands_row_ == 0) {
        thousands_row_ = row;
        thousands_ = text;
    }
}

std::string DecimalSigns::note() const {
    if (comma_ || thousandths_ || thousands_row_ == 0 || whole_) return {};
    return fmt::format("numbers as {} are read with three decimals, not as thousands",
                       quote_value(thousands_));
}

std::string DecimalSigns::problem() const {
    // Programs that write three decimals write them everywhere.
    if (comma_ || thousandths_ || thousands_row_ == 0 || !whole_) return {};
    return fmt::format(
        "{} may be with three decimals or in thousands: write it with another number of "
        "decimals, or without points",
        quote_value(thousands_));
}

}  // namespace hil::planfile
