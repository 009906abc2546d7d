#include "planfile/csv_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace hil::planfile {

namespace {

constexpr std::size_t shown_bytes = 40;

// Length of the UTF-8 sequence at the front of `text`, 0 when it is none.
std::size_t sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    // Overlong forms, surrogates, beyond U+10FFFF.
    const unsigned second = byte(1);
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
        (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) {
        return 0;
    }
    return length;
}

}  // namespace

std::string_view trim_blanks(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string_view without_bom(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    return text;
}

std::string quote_value(std::string_view text) {
    std::string out = "\"";
    std::size_t at = 0;
    while (at < text.size() && at < shown_bytes) {
        const std::size_t length = sequence_length(text.substr(at));
        const auto byte = static_cast<unsigned char>(text[at]);
        if (length == 0 || byte < 0x20 || byte == 0x7F) {
            out += fmt::format("\\x{:02X}", byte);
            ++at;
        } else {
            if (text[at] == '"' || text[at] == '\\') out += '\\';
            out += text.substr(at, length);
            at += length;
        }
    }
    if (at < text.size()) out += "…";
    return out + '"';
}

std::string text_problem(std::string_view text) {
    if (text.starts_with("PK\x03\x04")) return "is a ZIP archive (a workbook?): save it as CSV";
    if (text.starts_with("\xD0\xCF\x11\xE0"))
        return "is an old workbook (XLS) or one with a password: save it as XLSX or CSV without one";
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        return "is UTF-16: save it as UTF-8";
    }
    if (without_bom(text).find_first_not_of(" \t\r\n") == std::string_view::npos) return "is empty";
    for (std::size_t at = 0; at < text.size();) {
        const auto byte = static_cast<unsigned char>(text[at]);
        const bool control = byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t';
        const std::size_t length = control ? 0 : sequence_length(text.substr(at));
        if (length == 0) {
            return fmt::format("is not UTF-8 text: byte 0x{:02X} at position {}", byte, at);
        }
        at += length;
    }
    return {};
}

CsvReader::CsvReader(std::string_view text) : text_(without_bom(text)) {}

// The rest of the line at `at_` without its end; moves behind that end.
std::string_view CsvReader::plain_line() {
    if (!newline_known_ || newline_ < at_) {
        newline_ = std::min(text_.find('\n', at_), text_.size());
        newline_known_ = true;
    }
    const std::string_view line = text_.substr(at_, newline_ - at_);
    const std::size_t carriage = line.find('\r');
    if (carriage == std::string_view::npos) {
        at_ = std::min(newline_ + 1, text_.size());
        return line;
    }
    at_ += carriage + 1;
    if (at_ == newline_ && newline_ < text_.size()) ++at_;
    return line.substr(0, carriage);
}

bool CsvReader::next() {
    if (at_ >= text_.size() || !error_.empty()) return false;
    cells_.clear();
    unescaped_.clear();
    quoted_ = false;
    line_ = next_line_;
    const std::size_t begin = at_;
    std::string_view line = plain_line();
    if (line.find('"') != std::string_view::npos) {
        at_ = begin;
        return quoted_record();
    }
    ++next_line_;
    for (;;) {
        const std::size_t comma = line.find(',');
        cells_.push_back(trim_blanks(line.substr(0, comma)));
        if (comma == std::string_view::npos) return true;
        line.remove_prefix(comma + 1);
    }
}

bool CsvReader::quoted_record() {
    for (;;) {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t'))
            ++at_;
        if (at_ < text_.size() && text_[at_] == '"') {
            quoted_ = true;
            const std::size_t begin = ++at_;
            bool doubled = false;
            for (;; ++at_) {
                at_ = text_.find('"', at_);
                if (at_ == std::string_view::npos) {
                    at_ = text_.size();
                    error_ = "a quote is not closed";
                    return false;
                }
                if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
                doubled = true;
                ++at_;
            }
            std::string_view cell = text_.substr(begin, at_ - begin);
            next_line_ += static_cast<std::size_t>(std::count(cell.begin(), cell.end(), '\n'));
            if (doubled) {
                std::string& plain = unescaped_.emplace_back();
                for (std::size_t i = 0; i < cell.size(); ++i) {
                    plain += cell[i];
                    if (cell[i] == '"') ++i;
                }
                cell = plain;
            }
            cells_.push_back(cell);
            ++at_;
            while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t'))
                ++at_;
            if (at_ < text_.size() && text_[at_] != ',' && text_[at_] != '\r' && text_[at_] != '\n') {
                error_ = "a quoted cell must end at its closing quote";
                return false;
            }
        } else {
            const std::size_t end = std::min(text_.find_first_of(",\r\n", at_), text_.size());
            cells_.push_back(trim_blanks(text_.substr(at_, end - at_)));
            at_ = end;
        }
        if (at_ < text_.size() && text_[at_] == ',') {
            ++at_;
            continue;
        }
        if (at_ < text_.size() && text_[at_] == '\r') ++at_;
        if (at_ < text_.size() && text_[at_] == '\n') ++at_;
        ++next_line_;
        return true;
    }
}

}  // namespace hil::planfile
