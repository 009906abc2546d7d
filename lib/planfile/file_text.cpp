#include "planfile/file_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <span>

namespace hil::planfile {

namespace {

constexpr std::size_t shown_label_bytes = 64;
// In which something that tells the kind of a file is looked for.
constexpr std::size_t first_bytes = 1024;

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

// Of a sequence of this length at the front of the text.
char32_t code_point(std::string_view text, std::size_t length) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (length == 1) return byte(0);
    char32_t out = byte(0) & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length; ++i)
        out = out << 6u | (byte(i) & 0x3Fu);
    return out;
}

struct CodeRange {
    char32_t first, last;
};
bool is_within(std::span<const CodeRange> ranges, char32_t code) {
    return std::ranges::any_of(
        ranges, [code](const CodeRange& range) { return range.first <= code && code <= range.last; });
}
// Controls, marks of the writing direction and others that show nothing, or turn round what is shown.
constexpr std::array unseen{CodeRange{0x00, 0x1F},      CodeRange{0x7F, 0x9F},     CodeRange{0xAD, 0xAD},
                            CodeRange{0x34F, 0x34F},    CodeRange{0x61C, 0x61C},   CodeRange{0x180E, 0x180E},
                            CodeRange{0x200B, 0x200F},  CodeRange{0x2028, 0x202E}, CodeRange{0x2060, 0x206F},
                            CodeRange{0xFE00, 0xFE0F},  CodeRange{0xFEFF, 0xFEFF}, CodeRange{0xFFF9, 0xFFFB},
                            CodeRange{0xE0000, 0xE0FFF}};
constexpr std::array other_blanks{CodeRange{0x1680, 0x1680}, CodeRange{0x2000, 0x200A},
                                  CodeRange{0x205F, 0x205F}, CodeRange{0x3000, 0x3000}};
constexpr std::array other_digits{CodeRange{0x660, 0x669}, CodeRange{0x6F0, 0x6F9}, CodeRange{0x966, 0x96F},
                                  CodeRange{0xFF10, 0xFF19}};

// The front of `text`, at most `most` bytes of it and only whole characters, what cannot be printed escaped.
std::string escaped(std::string_view text, std::size_t most, bool quotes) {
    std::string out;
    std::size_t at = 0;
    while (at < text.size() && at < most) {
        const std::size_t length = sequence_length(text.substr(at));
        const auto byte = static_cast<unsigned char>(text[at]);
        const auto code = length == 0 ? char32_t{byte} : code_point(text.substr(at), length);
        if (length == 0 || (length == 1 && is_within(unseen, code))) {
            out += fmt::format("\\x{:02X}", byte);
            ++at;
        } else if (is_within(unseen, code)) {
            out += fmt::format("\\u{:04X}", static_cast<std::uint32_t>(code));
            at += length;
        } else {
            if (quotes && (text[at] == '"' || text[at] == '\\')) out += '\\';
            out += text.substr(at, length);
            at += length;
        }
    }
    if (at < text.size()) out += "…";
    return out;
}

struct Lookalike {
    std::string_view bytes, code, meaning;
};
// Written out as bytes, for most of them cannot be told apart by eye.
constexpr std::array lookalikes{
    Lookalike{"\xE2\x88\x92", "U+2212", "a minus sign of print: type -"},
    Lookalike{"\xE2\x80\x90", "U+2010", "a hyphen of print: type -"},
    Lookalike{"\xE2\x80\x91", "U+2011", "a hyphen of print: type -"},
    Lookalike{"\xE2\x80\x93", "U+2013", "a dash: type -"},
    Lookalike{"\xE2\x80\x94", "U+2014", "a dash: type -"},
    Lookalike{"\xEF\xB9\xA3", "U+FE63", "a small hyphen: type -"},
    Lookalike{"\xEF\xBC\x8D", "U+FF0D", "a wide hyphen: type -"},
    Lookalike{"\xC2\xA0", "U+00A0", "a no-break space: remove it"},
    Lookalike{"\xE2\x80\x87", "U+2007", "a space as wide as a digit: remove it"},
    Lookalike{"\xE2\x80\x89", "U+2009", "a thin space: remove it"},
    Lookalike{"\xE2\x80\xAF", "U+202F", "a narrow no-break space: remove it"},
    Lookalike{"\xE2\x80\x8B", "U+200B", "a space without width: remove it"},
    Lookalike{"\xE2\x80\x8E", "U+200E", "a mark of the writing direction: remove it"},
    Lookalike{"\xE2\x80\x8F", "U+200F", "a mark of the writing direction: remove it"},
    Lookalike{"\xEF\xBB\xBF", "U+FEFF", "a byte order mark: remove it"},
    Lookalike{"\xE2\x80\x99", "U+2019", "an apostrophe of print: remove it"},
};

struct Beginning {
    std::string_view bytes, sentence;
};
constexpr std::array beginnings{
    Beginning{"PK\x03\x04", "is a ZIP archive (a workbook?): save it as CSV"},
    Beginning{"\xD0\xCF\x11\xE0",
              "is an old workbook (XLS) or one with a password: save it as XLSX or CSV without one"},
    Beginning{"\xFF\xFE", "is UTF-16: save it as UTF-8"},
    Beginning{"\xFE\xFF", "is UTF-16: save it as UTF-8"},
    Beginning{"\x1F\x8B", "is compressed (gzip): unpack it"},
    Beginning{"BZh", "is compressed (bzip2): unpack it"},
    Beginning{"\xFD"
              "7zXZ",
              "is compressed (xz): unpack it"},
    Beginning{"\x28\xB5\x2F\xFD", "is compressed (zstd): unpack it"},
    Beginning{"7z\xBC\xAF", "is a 7-Zip archive: unpack it"},
    Beginning{"%PDF", "is a PDF document: a table as CSV or XLSX is needed"},
    Beginning{"PAR1", "is a Parquet file: save it as CSV or XLSX"},
    Beginning{"SQLite format 3", "is an SQLite database: a table as CSV or XLSX is needed"},
    Beginning{"{\\rtf", "is a text document (RTF): a table as CSV or XLSX is needed"},
};

bool begins_with_any_case(std::string_view text, std::string_view begin) {
    return text.size() >= begin.size() &&
           std::equal(begin.begin(), begin.end(), text.begin(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

bool begins_with_tag(std::string_view text, std::string_view tag) {
    if (!begins_with_any_case(text, tag)) return false;
    const auto after = text.substr(tag.size());
    return after.empty() || after.front() == '>' || after.front() == '/' ||
           std::isspace(static_cast<unsigned char>(after.front())) != 0;
}

// A part of a page may stand alone; comments or a declaration may stand in front of a whole one. XML has
// tables and heads of its own.
bool is_web_page(std::string_view text) {
    for (const std::string_view tag : {"<head", "<body", "<table", "<meta"}) {
        if (begins_with_tag(text, tag)) return true;
    }
    text = text.substr(0, first_bytes);
    for (; !text.empty(); text.remove_prefix(std::min(text.find('<', 1), text.size()))) {
        if (begins_with_tag(text, "<!doctype html") || begins_with_tag(text, "<html")) return true;
    }
    return false;
}

// Every other byte of the first characters is 0: Western text in UTF-16.
bool is_utf16_without_mark(std::string_view text) {
    if (text.size() < 4) return false;
    const auto zeros = [&](std::size_t at) { return text[at] == 0 && text[at + 2] == 0; };
    const auto others = [&](std::size_t at) { return text[at] != 0 && text[at + 2] != 0; };
    return (zeros(0) && others(1)) || (zeros(1) && others(0));
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

std::string quote_value(std::string_view text, std::size_t most) {
    return '"' + escaped(text, most, true) + '"';
}

std::string shown_label(std::string_view text) {
    return escaped(text, shown_label_bytes, false);
}

std::string lookalike_hint(std::string_view text) {
    for (const auto& one : lookalikes) {
        if (text.find(one.bytes) != std::string_view::npos)
            return fmt::format(" ({} is {})", one.code, one.meaning);
    }
    for (std::size_t at = 0; at < text.size();) {
        const auto length = sequence_length(text.substr(at));
        if (length == 0) return {};
        const auto code = code_point(text.substr(at), length);
        const auto* meaning = code < 0x80                     ? nullptr
                              : is_within(unseen, code)       ? "cannot be seen: remove it"
                              : is_within(other_blanks, code) ? "is a blank of another kind: remove it"
                              : is_within(other_digits, code) ? "is a digit of another kind: type 0 to 9"
                                                              : nullptr;
        if (meaning) return fmt::format(" (U+{:04X} {})", static_cast<std::uint32_t>(code), meaning);
        at += length;
    }
    return {};
}

std::string other_kind_of_file(std::string_view text) {
    for (const auto& one : beginnings) {
        if (text.starts_with(one.bytes)) return std::string(one.sentence);
    }
    if (is_utf16_without_mark(text)) return "is UTF-16: save it as UTF-8";
    text = without_bom(text);
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (!text.starts_with('<')) return {};
    if (is_web_page(text))
        return "is a web page (HTML), perhaps one that asks to log in: save the table as CSV or XLSX";
    return "is an XML document: save the table as CSV or XLSX";
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string from_windows_1252(std::string_view text) {
    // 0x80 to 0x9F; what has no meaning there stays what Latin-1 makes of it.
    constexpr std::array<std::uint16_t, 32> upper{
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (const char c : text) {
        unsigned code = static_cast<unsigned char>(c);
        if (code >= 0x80 && code < 0xA0) code = upper[code - 0x80];
        if (code < 0x80) {
            out += c;
        } else if (code < 0x800) {
            out += static_cast<char>(0xC0 | code >> 6u);
            out += static_cast<char>(0x80 | (code & 0x3Fu));
        } else {
            out += static_cast<char>(0xE0 | code >> 12u);
            out += static_cast<char>(0x80 | (code >> 6u & 0x3Fu));
            out += static_cast<char>(0x80 | (code & 0x3Fu));
        }
    }
    return out;
}

std::string text_problem(std::string_view text) {
    if (auto other = other_kind_of_file(text); !other.empty()) return other;
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

}  // namespace hil::planfile
