#include "measure/file_index.hpp"

#include "measure/tail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <tuple>

namespace hil::measure {
namespace {

constexpr std::string_view remote_mark = ".remote";

// The header of a file, and where its rows begin.
struct Head {
    CsvLayout layout;
    std::uint64_t rows_begin = 0;
    std::string text;  // the first block
};

result<Head> read_head(FileStore& store, const std::filesystem::path& file) {
    constexpr std::size_t block = 4096;
    auto text = store.read(file, 0, block);
    if (!text) return text.error();
    const auto end = text->find('\n');
    if (end == std::string::npos) return errc::not_a_header;
    auto layout = CsvLayout::from_header(std::string_view(*text).substr(0, end));
    if (!layout) return layout.error();
    return Head{std::move(*layout), end + 1, std::move(*text)};
}

std::optional<Row> first_row(const Head& head, const Zone& zone) {
    const std::string_view text = head.text;
    auto begin = static_cast<std::size_t>(head.rows_begin);
    for (auto end = text.find('\n', begin); end != std::string_view::npos; end = text.find('\n', begin)) {
        const auto row = head.layout.parse(text.substr(begin, end - begin), zone);
        if (row) return *row;
        begin = end + 1;
    }
    return {};
}

// Gives rows to `visit`, newest first, until it says that it has seen enough.
result<void> visit_backward(FileStore& store, const std::filesystem::path& file, std::uint64_t size,
                            const Head& head, const Zone& zone,
                            const std::function<bool(const Row&)>& visit) {
    BackwardReader reader(store, file, size);
    for (;;) {
        const auto line = reader.next();
        if (!line) return line.error();
        if (!*line || (*line)->offset < head.rows_begin) return {};
        if (!(*line)->complete) continue;
        const auto row = head.layout.parse((*line)->text, zone);
        if (row && visit(*row)) return {};
    }
}

// Whether the line's time is certainly not after the other's, from the text alone: times of equal length and
// offset compare as texts. False where that cannot be told.
bool surely_not_after(std::string_view line, std::string_view other) {
    constexpr std::size_t offset_length = 6;
    line = line.substr(0, line.find(','));
    other = other.substr(0, other.find(','));
    if (line.size() != other.size() || line.size() <= offset_length) return false;
    const auto split = line.size() - offset_length;
    return line.substr(split) == other.substr(split) && line.substr(0, split) <= other.substr(0, split);
}

// The newest row by time for which `wanted` holds, wherever in the file it stands: lines that somebody put
// out of order do not hide it. Looks at every line and reads those that may be newer.
result<std::optional<Row>> newest_by_time(FileStore& store, const std::filesystem::path& file,
                                          std::uint64_t size, const Head& head, const Zone& zone,
                                          const std::function<bool(const Row&)>& wanted) {
    const bool time_first = std::string_view(head.text).starts_with("timestamp,");
    BackwardReader reader(store, file, size);
    std::optional<Row> newest;
    std::string text;  // of that row
    for (;;) {
        const auto line = reader.next();
        if (!line) return line.error();
        if (!*line || (*line)->offset < head.rows_begin) return newest;
        if (!(*line)->complete || (newest && time_first && surely_not_after((*line)->text, text))) continue;
        const auto row = head.layout.parse((*line)->text, zone);
        if (!row || !wanted(*row) || (newest && row->at <= newest->at)) continue;
        newest = *row;
        text = (*line)->text;
    }
}

bool is_ours(const error_code& error) {
    return error.category() == category();
}

}  // namespace

std::string file_name(const RecordingName& name) {
    return fmt::format("{}_{}{}{}.csv", compact(name.date), name.plant,
                       name.transport == TransportMode::remote ? remote_mark : "",
                       name.part > 1 ? fmt::format(".{}", name.part) : "");
}

std::optional<RecordingName> parse_file_name(std::string_view name) {
    std::string lower(name);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    std::string_view rest = lower;
    constexpr std::string_view suffix = ".csv";
    constexpr std::size_t date_length = 8;
    if (!rest.ends_with(suffix) || rest.size() <= date_length + 1 + suffix.size()) return {};
    rest.remove_suffix(suffix.size());
    if (rest[date_length] != '_') return {};
    unsigned digits = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + date_length, digits);
    if (error != std::errc{} || end != rest.data() + date_length) return {};
    RecordingName parsed;
    parsed.date = LocalDate{std::chrono::year{static_cast<int>(digits / 10000)},
                            std::chrono::month{digits / 100 % 100}, std::chrono::day{digits % 100}};
    if (!parsed.date.ok()) return {};
    rest.remove_prefix(date_length + 1);
    if (const auto dot = rest.rfind('.'); dot != std::string_view::npos) {
        const auto part = rest.substr(dot + 1);
        const bool is_number =
            part.size() <= 4 && part.find_first_not_of("0123456789") == std::string_view::npos;
        if (is_number && !part.empty()) {
            if (part.front() == '0' || part == "1") return {};
            std::from_chars(part.data(), part.data() + part.size(), parsed.part);
            rest.remove_suffix(part.size() + 1);
        }
    }
    if (rest.ends_with(remote_mark)) {
        parsed.transport = TransportMode::remote;
        rest.remove_suffix(remote_mark.size());
    }
    const auto in_id = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    if (rest.empty() || !std::all_of(rest.begin(), rest.end(), in_id)) return {};
    parsed.plant = rest;
    return parsed;
}

result<std::vector<RecordingFile>> list_recordings(FileStore& store, const std::filesystem::path& directory,
                                                   const RecordingFilter& filter) {
    const auto names = store.list(directory);
    if (!names) return names.error();
    std::vector<RecordingFile> files;
    for (const auto& name : *names) {
        const auto parsed = parse_file_name(name);
        if (!parsed) continue;
        if (filter.plant && *filter.plant != parsed->plant) continue;
        if (filter.transport && *filter.transport != parsed->transport) continue;
        files.push_back({directory / name, *parsed});
    }
    std::sort(files.begin(), files.end(), [](const RecordingFile& a, const RecordingFile& b) {
        return std::tie(a.name.date, a.name.plant, a.name.transport, a.name.part) <
               std::tie(b.name.date, b.name.plant, b.name.transport, b.name.part);
    });
    return files;
}

result<FileEnds> read_ends(FileStore& store, const std::filesystem::path& file, const Zone& zone) {
    FileEnds ends;
    const auto size = store.size(file);
    if (!size) return size.error();
    ends.size = *size;
    if (ends.size == 0) return ends;
    const auto head = read_head(store, file);
    if (!head) return head.error();
    ends.first = first_row(*head, zone);
    const auto seen = visit_backward(store, file, ends.size, *head, zone, [&ends](const Row& row) {
        if (!ends.last) ends.last = row;
        if (!row.null) ends.last_measured = row;
        return !row.null;
    });
    if (!seen) return seen.error();
    return ends;
}

result<std::uint64_t> count_rows(FileStore& store, const std::filesystem::path& file) {
    constexpr std::size_t block = 1u << 20u;
    std::uint64_t lines = 0;
    for (std::uint64_t offset = 0;;) {
        const auto text = store.read(file, offset, block);
        if (!text) return text.error();
        if (text->empty()) break;
        lines += static_cast<std::uint64_t>(std::count(text->begin(), text->end(), '\n'));
        offset += text->size();
    }
    return lines > 0 ? lines - 1 : 0;
}

result<Newest> newest_rows(FileStore& store, const std::filesystem::path& directory, std::string_view plant,
                           TransportMode transport, const Zone& zone) {
    const auto files =
        list_recordings(store, directory, {.plant = std::string(plant), .transport = transport});
    if (!files) return files.error();
    Newest newest;
    std::size_t read = 0;
    for (auto file = files->rbegin(); file != files->rend(); ++file) {
        const bool later_part = !newest.ends.empty() && newest.ends.back().date == file->name.date;
        if (newest.measured && (later_part || read >= Newest::looked_at)) {
            if (!later_part)
                newest.ends.push_back({.date = file->name.date,
                                       .part = file->name.part,
                                       .row = {},
                                       .measured = {},
                                       .known = false});
            continue;
        }
        ++read;
        const auto ends = read_ends(store, file->path, zone);
        if (!ends && !is_ours(ends.error())) return ends.error();
        if (!ends) continue;  // not a recording, whatever its name says
        if (!newest.row) newest.row = ends->last;
        if (!newest.measured) newest.measured = ends->last_measured;
        if (later_part) continue;
        RecordingEnd end{.date = file->name.date, .part = file->name.part, .row = {}, .measured = {}};
        if (ends->last) end.row = ends->last->at;
        if (ends->last_measured) end.measured = ends->last_measured->at;
        newest.ends.push_back(end);
    }
    std::ranges::reverse(newest.ends);
    return newest;
}

std::optional<double> newest_soc(FileStore& store, const std::filesystem::path& directory,
                                 std::string_view plant, const Zone& zone) {
    const auto files =
        list_recordings(store, directory, {.plant = std::string(plant), .transport = TransportMode::local});
    if (!files) return {};
    std::optional<double> soc;
    for (auto file = files->rbegin(); file != files->rend() && !soc; ++file) {
        const auto size = store.size(file->path);
        if (!size || *size == 0) continue;
        const auto head = read_head(store, file->path);
        if (!head) continue;
        const auto known = [](const Row& row) { return !row.null && !std::isnan(row[Column::soc]); };
        const auto newest = newest_by_time(store, file->path, *size, *head, zone, known);
        if (newest && *newest) soc = std::clamp((**newest)[Column::soc], 0.0, 1.0);
    }
    return soc;
}

}  // namespace hil::measure
