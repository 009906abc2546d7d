#include "planfile/csv_reader.hpp"

#include "planfile/file_text.hpp"

#include <algorithm>
#include <array>

namespace hil::planfile {

CsvReader::CsvReader(std::string_view text, char separator)
    : text_(without_bom(text)), separator_(separator) {}

bool CsvReader::blank() const {
    return !(cells_.size() == 1 && quoted_) && std::ranges::all_of(cells_, &std::string_view::empty);
}

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
        const std::size_t comma = line.find(separator_);
        cells_.push_back(trim_blanks(line.substr(0, comma)));
        if (comma == std::string_view::npos) return true;
        line.remove_prefix(comma + 1);
    }
}

bool CsvReader::quoted_record() {
    const std::array ends{separator_, '\r', '\n'};
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
            if (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\r' && text_[at_] != '\n') {
                error_ = "a quoted cell must end at its closing quote";
                return false;
            }
        } else {
            const std::size_t end =
                std::min(text_.find_first_of(std::string_view(ends.data(), 3), at_), text_.size());
            cells_.push_back(trim_blanks(text_.substr(at_, end - at_)));
            at_ = end;
        }
        if (at_ < text_.size() && text_[at_] == separator_) {
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
