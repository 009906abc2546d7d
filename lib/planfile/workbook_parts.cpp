#include "planfile/workbook_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <iterator>
#include <utility>

namespace hil::planfile {

namespace {

// A text in the table costs more than its characters.
constexpr std::size_t cost_of_text = sizeof(std::string);
constexpr std::size_t most_sheets = 1000, most_formats = 100'000;

// "../theme/x.xml" seen from "xl/worksheets/" is "xl/theme/x.xml"; an absolute name is its own.
std::string resolved(std::string_view folder, std::string_view target) {
    if (target.starts_with('/')) return std::string(target.substr(1));
    while (target.starts_with("../")) {
        target.remove_prefix(3);
        if (!folder.empty()) folder.remove_suffix(1);
        const auto slash = folder.rfind('/');
        folder = slash == std::string_view::npos ? std::string_view() : folder.substr(0, slash + 1);
    }
    return std::string(folder) + std::string(target);
}

}  // namespace

void Relationships::begin(std::string_view element, const XmlAttributes& attributes) {
    if (element != "Relationship" || attributes.get("TargetMode") == "External") return;
    if (targets_.size() >= most_sheets) return refuse("refers to more parts than a workbook has");
    const auto type = attributes.get("Type");
    targets_.emplace(attributes.get("Id"), Target{std::string(type.substr(type.rfind('/') + 1)),
                                                  resolved(folder_, attributes.get("Target"))});
}

const Relationships::Target* Relationships::find(std::string_view id) const {
    const auto found = targets_.find(id);
    return found == targets_.end() ? nullptr : &found->second;
}

const Relationships::Target* Relationships::of_type(std::string_view type) const {
    const auto found = std::find_if(targets_.begin(), targets_.end(),
                                    [&](const auto& target) { return target.second.type == type; });
    return found == targets_.end() ? nullptr : &found->second;
}

void SheetList::begin(std::string_view element, const XmlAttributes& attributes) {
    if (element == "workbookPr") {
        const auto value = attributes.get("date1904");
        system_1904_ = value == "1" || value == "true";
    } else if (element == "calcPr") {
        const auto load = attributes.get("fullCalcOnLoad"), done = attributes.get("calcCompleted");
        calculates_ = true;
        calculate_on_load_ = load == "1" || load == "true" || done == "0" || done == "false";
    } else if (element == "sheet") {
        const auto state = attributes.get("state");
        if (state == "hidden" || state == "veryHidden") return;
        if (visible_.size() >= most_sheets) return refuse("has more sheets than a workbook has");
        visible_.push_back({std::string(attributes.get("name")), std::string(attributes.relation())});
    }
}

namespace {

// A number format as far as it matters: what it shows, and the plain text in it.
struct FormatScan {
    bool date = false, percent = false;
    std::string literal;
    std::string words;        // in quotes or escaped
    std::size_t commas = 0;   // behind the last digit
    std::size_t divided = 0;  // by how many thousands: commas behind all digits, or in front of the point

    explicit FormatScan(std::string_view code) {
        for (std::size_t i = 0; i < code.size(); ++i)
            i = take(code, i);
        divided += commas;
    }

    // The position of the last character that was taken.
    std::size_t take(std::string_view code, std::size_t i) {
        const char c = code[i];
        if (c == '"') {
            const auto close = std::min(code.find('"', i + 1), code.size());
            literal += code.substr(i + 1, close - i - 1);
            words += code.substr(i + 1, close - i - 1);
            percent = percent || literal.ends_with('%');
            return close;
        }
        if (c == '\\') {
            if (i + 1 < code.size()) {
                literal += code[i + 1];
                words += code[i + 1];
            }
            percent = percent || literal.ends_with('%');
            return i + 1;
        }
        if (c == '_' || c == '*') return i + 1;  // as wide as what follows, or filled with it
        if (c == '[') {
            // Elapsed time as [h]; colours, conditions and locales are none.
            const auto close = std::min(code.find(']', i), code.size());
            const auto inside = code.substr(i + 1, close - i - 1);
            date = date || (!inside.empty() && inside.find_first_not_of("hHmMsS") == std::string_view::npos);
            // [$€-407] is a sign of money in a language.
            if (inside.starts_with('$')) words += inside.substr(1, inside.find('-') - 1);
            return close;
        }
        if (c == '0' || c == '#' || c == '?') commas = 0;
        if (c == ',') ++commas;
        if (c == '.') divided += std::exchange(commas, 0);
        if (std::string_view("dDmMyYhHsS").find(c) != std::string_view::npos) {
            date = true;
            literal += ' ';
        } else if (c == '%') {
            percent = true;
        } else if (std::string_view("UuTtCcGgZz+-:()0123456789 ").find(c) != std::string_view::npos) {
            literal += c;
        }
        return i;
    }
};

// "+02:00", "utc+2" or "utc" in small letters as an offset; one without a name must be whole.
std::string offset_written(std::string_view word) {
    const bool named = word.starts_with("utc") || word.starts_with("gmt");
    if (named) word.remove_prefix(3);
    if (word.empty()) return named ? "Z" : "";
    const char sign = word.front();
    if (sign != '+' && sign != '-') return {};
    word.remove_prefix(1);
    std::string digits;
    std::ranges::copy_if(word, std::back_inserter(digits), [](char c) { return c != ':'; });
    const bool whole = word.size() == 5 && word[2] == ':' && digits.size() == 4;
    if (!whole && (!named || digits.empty() || digits.size() > 4)) return {};
    if (digits.find_first_not_of("0123456789") != std::string::npos) return {};
    if (digits.size() % 2 == 1) digits.insert(0, "0");
    if (digits.size() == 2) digits += "00";
    return fmt::format("{}{}:{}", sign, digits.substr(0, 2), digits.substr(2));
}

// The offset that the words of a format say: "Z" or "+02:00" as the last of them, "UTC", "GMT", "(UTC+1)"
// anywhere. Empty when they say none.
std::string offset_in(std::string_view literal) {
    std::string small;
    std::ranges::transform(literal, std::back_inserter(small), [](unsigned char c) {
        return c == '(' || c == ')' || c == '[' || c == ']' ? ' ' : static_cast<char>(std::tolower(c));
    });
    std::string_view rest = small;
    for (bool last = true; !rest.empty();) {
        while (rest.ends_with(' '))
            rest.remove_suffix(1);
        const auto blank = rest.rfind(' ');
        const auto begin = blank == std::string_view::npos ? 0 : blank + 1;
        const auto word = rest.substr(begin);
        if (last && word == "z") return "Z";
        if (last || word.starts_with("utc") || word.starts_with("gmt")) {
            if (auto offset = offset_written(word); !offset.empty()) return offset;
        }
        rest = rest.substr(0, begin);
        last = false;
    }
    return {};
}

// The clock that the words of a format name as people do, where no offset follows from it.
std::string clock_in(std::string_view words) {
    constexpr std::array<std::string_view, 27> clocks{"CET",  "CEST", "MEZ",  "MESZ", "WET",  "WEST", "EET",
                                                      "EEST", "BST",  "IST",  "EST",  "EDT",  "CST",  "CDT",
                                                      "MST",  "MDT",  "PST",  "PDT",  "MSK",  "TRT",  "JST",
                                                      "KST",  "AEST", "AEDT", "NZST", "NZDT", "HKT"};
    while (!words.empty()) {
        const auto begin = std::min(words.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), words.size());
        words.remove_prefix(begin);
        const auto end = std::min(words.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), words.size());
        const auto found = std::ranges::find(clocks, words.substr(0, end));
        if (found != clocks.end()) return std::string(*found);
        words.remove_prefix(end);
    }
    return {};
}

}  // namespace

CellFormat format_of(std::string_view code) {
    // The first section is that of numbers above zero, as dates are.
    const FormatScan scan(code.substr(0, code.find(';')));
    if (scan.date) {
        CellFormat out{CellFormat::Kind::date, offset_in(scan.literal)};
        if (out.offset.empty()) out.words = clock_in(scan.words);
        return out;
    }
    if (scan.percent) return {CellFormat::Kind::percent};
    return {.words = scan.words, .thousands = static_cast<int>(std::min<std::size_t>(scan.divided, 3))};
}

const CellFormat& Styles::format(std::size_t number) const {
    static const CellFormat plain;
    return number < formats_.size() ? formats_[number] : plain;
}

void Styles::begin(std::string_view element, const XmlAttributes& attributes) {
    if (element == "numFmts") {
        in_own_formats_ = true;
    } else if (element == "numFmt" && in_own_formats_) {
        if (own_.size() < most_formats)
            own_[std::string(attributes.get("numFmtId"))] = format_of(attributes.get("formatCode"));
    } else if (element == "cellXfs") {
        in_cell_formats_ = true;
    } else if (element == "xf" && in_cell_formats_) {
        if (formats_.size() >= most_formats) return refuse("has more cell formats than a workbook has");
        const auto id = attributes.get("numFmtId");
        int number = 0;
        std::from_chars(id.data(), id.data() + id.size(), number);
        const auto own = own_.find(id);
        // Those without a code of their own: dates and times of all languages, and the percentages.
        const bool date = (number >= 14 && number <= 22) || (number >= 27 && number <= 36) ||
                          (number >= 45 && number <= 47) || (number >= 50 && number <= 58);
        const bool percent = number == 9 || number == 10;
        formats_.push_back(own != own_.end() ? own->second
                           : date            ? CellFormat{CellFormat::Kind::date}
                           : percent         ? CellFormat{CellFormat::Kind::percent}
                                             : CellFormat{});
    }
}

void Styles::end(std::string_view element) {
    if (element == "numFmts") in_own_formats_ = false;
    if (element == "cellXfs") in_cell_formats_ = false;
}

void SharedTexts::begin(std::string_view element, const XmlAttributes&) {
    if (element == "si") {
        texts_.emplace_back();
        bytes_ += cost_of_text;
        if (bytes_ > most_bytes_) refuse("has more text than a plan");
    } else if (element == "rPh") {
        ++phonetic_;
    } else if (element == "t") {
        in_text_ = phonetic_ == 0 && !texts_.empty();
    }
}

void SharedTexts::end(std::string_view element) {
    if (element == "rPh" && phonetic_ > 0) --phonetic_;
    if (element == "t") in_text_ = false;
}

void SharedTexts::text(std::string_view part) {
    if (!in_text_) return;
    bytes_ += part.size();
    texts_.back() += part;
    if (bytes_ > most_bytes_) return refuse("has more text than a plan");
    if (texts_.back().size() > most_of_one_)
        refuse(fmt::format("has a text of more than {} characters", most_of_one_));
}

}  // namespace hil::planfile
