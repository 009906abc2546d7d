// Text of a file before it is a table: what it is if it is none, and how pieces of it are shown to people.
#pragma once

#include <string>
#include <string_view>

namespace hil::planfile {

std::string_view trim_blanks(std::string_view text);

// A value in a message: in quotes, what cannot be printed or seen escaped ("\x0A", "\u202E"), shortened when
// longer than `most` bytes.
std::string quote_value(std::string_view text, std::size_t most = 40);

// A label of a header in a message: on one line, what cannot be printed or seen escaped, cut at a whole
// character.
std::string shown_label(std::string_view text);

// What stands in a number or time that only looks as if it belonged there, as
// " (U+2212 is a minus sign of print: type -)"; empty when nothing does.
std::string lookalike_hint(std::string_view text);

// Why this is no UTF-8 text that could be a table ("is empty", "is a ZIP archive …"); empty when it may be.
std::string text_problem(std::string_view text);

// What other kind of file the first bytes say this is, as in text_problem(); empty when they do not.
std::string other_kind_of_file(std::string_view text);

bool is_utf8(std::string_view text);

// Windows' Western European text, which contains Latin-1, as UTF-8.
std::string from_windows_1252(std::string_view text);

// The text behind a UTF-8 byte order mark, if there is one.
std::string_view without_bom(std::string_view text);

}  // namespace hil::planfile
