#include "measure/recording_reader.hpp"

#include "measure/errors.hpp"

#include <algorithm>
#include <utility>

namespace hil::measure {

RecordingReader::RecordingReader(FileStore& store, std::filesystem::path file, Zone zone, std::size_t block)
    : store_(store), file_(std::move(file)), zone_(std::move(zone)), block_(block) {}

result<std::vector<Row>> RecordingReader::next() {
    std::vector<Row> rows;
    while (rows.empty()) {
        auto more = store_.read(file_, offset_, block_);
        if (!more) return more.error();
        if (more->empty()) {
            if (!text_.empty()) ++bad_lines_;
            text_.clear();
            break;
        }
        offset_ += more->size();
        text_ += *more;
        if (!headed_) {
            if (const auto taken = take_header(); !taken) return taken.error();
        }
        if (headed_) take_lines(rows);
        if (text_.size() > block_) return errc::not_a_row;  // a line without end is no recording
    }
    return rows;
}

result<void> RecordingReader::take_header() {
    const auto end = text_.find('\n');
    if (end == std::string::npos) return {};
    auto layout = CsvLayout::from_header(std::string_view(text_).substr(0, end));
    if (!layout) return layout.error();
    layout_ = std::move(*layout);
    text_.erase(0, end + 1);
    headed_ = true;
    return {};
}

void RecordingReader::take_lines(std::vector<Row>& rows) {
    const std::string_view text(text_);
    rows.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', begin)) {
        const auto line = text.substr(begin, end - begin);
        begin = end + 1;
        if (line.empty() || line == "\r") continue;
        if (const auto row = layout_.parse(line, zone_)) {
            rows.push_back(*row);
        } else {
            ++bad_lines_;
        }
    }
    text_.erase(0, begin);
}

}  // namespace hil::measure
