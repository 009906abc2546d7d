#include "planfile/workbook_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

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

    explicit FormatScan(std::string_view code) {
        for (std::size_t i = 0; i < code.size(); ++i)
            i = take(code, i);
    }

    // The position of the last character that was taken.
    std::size_t take(std::string_view code, std::size_t i) {
        const char c = code[i];
        if (c == '"') {
            const auto close = std::min(code.find('"', i + 1), code.size());
            literal += code.substr(i + 1, close - i - 1);
            return close;
        }
        if (c == '\\') {
            if (i + 1 < code.size()) literal += code[i + 1];
            return i + 1;
        }
        if (c == '_' || c == '*') return i + 1;  // as wide as what follows, or filled with it
        if (c == '[') {
            // Elapsed time as [h]; colours, conditions and locales are none.
            const auto close = std::min(code.find(']', i), code.size());
            const auto inside = code.substr(i + 1, close - i - 1);
            date = date || (!inside.empty() && inside.find_first_not_of("hHmMsS") == std::string_view::npos);
            return close;
        }
        if (std::string_view("dDmMyYhHsS").find(c) != std::string_view::npos) {
            date = true;
            literal += ' ';
        } else if (c == '%') {
            percent = true;
        } else if (std::string_view("UTCGMZ+-:0123456789 ").find(c) != std::string_view::npos) {
            literal += c;
        }
        return i;
    }
};

// "Z", "UTC", "GMT" or "+02:00" as the last words of a format.
std::string offset_in(std::string_view literal) {
    while (literal.ends_with(' '))
        literal.remove_suffix(1);
    const auto begin = literal.rfind(' ');
    auto word = begin == std::string_view::npos ? literal : literal.substr(begin + 1);
    if (word == "Z" || word == "UTC" || word == "GMT" || word == "(UTC)") return "Z";
    const auto digit = [&](std::size_t i) { return word[i] >= '0' && word[i] <= '9'; };
    if (word.starts_with("UTC") || word.starts_with("GMT")) word.remove_prefix(3);
    if (word.size() == 6 && (word[0] == '+' || word[0] == '-') && word[3] == ':' && digit(1) && digit(2) &&
        digit(4) && digit(5))
        return std::string(word);
    return {};
}

}  // namespace

CellFormat format_of(std::string_view code) {
    // The first section is that of numbers above zero, as dates are.
    const FormatScan scan(code.substr(0, code.find(';')));
    if (scan.date) return {CellFormat::Kind::date, offset_in(scan.literal)};
    return {scan.percent ? CellFormat::Kind::percent : CellFormat::Kind::number};
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
